"""What became of the rules of one scheme, as steps of an explanation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from certsvc.core.decision.account import Reading, readings
from certsvc.core.decision.days import age
from certsvc.core.decision.findings import OUTAGES, agencies_out, day_of, day_or_doubt, greatest_age, mode_of
from certsvc.core.decision.journal import Because, Details, RuleKind, Step, StepState
from certsvc.core.decision.liability import ground, zones_of
from certsvc.core.decision.scheme import Mode, Status, Weighed, bars_even_if_excused
from certsvc.core.decision.situation import Situation
from certsvc.core.model import Finding, Reason
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.codes import RuleCode
from certsvc.core.rules.scheme import Degraded, SchemeRule
from certsvc.core.rules.terms import Basis

_STATES = {
    Status.CLEAR: StepState.PASSED,
    Status.NOT_APPLICABLE: StepState.NOT_APPLICABLE,
    Status.BARRED: StepState.FAILED,
    Status.OPEN: StepState.OPEN,
    Status.UNCHECKED: StepState.OPEN,
}


@dataclass(frozen=True)
class SchemeSteps:
    """One scheme as it was weighed. `steps` tells what became of each of its rules."""

    weighed: Weighed
    findings: tuple[Finding, ...]
    situation: Situation

    @property
    def rule(self) -> SchemeRule:
        """The scheme."""
        return self.weighed.rule

    def steps(self, kind: RuleKind, name: str, basis: Basis) -> Iterator[Step]:
        """At least one step for the rule of this kind and name."""
        if kind is RuleKind.SCHEME:
            yield self._scheme(basis)
        elif kind is RuleKind.EVIDENCE:
            yield from self._evidence(basis)
        elif kind is RuleKind.LIABILITY:
            yield self._liability(name, basis)
        elif kind is RuleKind.DEGRADED:
            yield from self._degraded(basis)
        else:
            yield from self._noted(kind, name, basis)

    def _scheme(self, basis: Basis) -> Step:
        weighed = self.weighed
        against: tuple[Reason, ...] = weighed.refuses or weighed.bars or weighed.doubts
        code = against[0].code if against else ""
        details: Details = (("day", weighed.clear_on.isoformat()),) if weighed.clear_on is not None else ()
        return self._step(
            RuleKind.SCHEME, "", _STATES[weighed.status], basis, code=code, details=details + self._because()
        )

    def _because(self) -> Details:
        """Why the scheme asks for nothing, if it does not; or bars though it asks for nothing."""
        if self.weighed.mode is not Mode.REQUIRED:
            barred = self.weighed.status is Status.BARRED
            return Because.OLD_DEBTS.details() if barred else (("because", self.weighed.mode.value),)
        if self.weighed.status is not Status.NOT_APPLICABLE:
            return ()
        not_liable = any(outcome is Outcome.CLEAR_NOT_LIABLE for _, outcome, _ in self._readings)
        return (Because.NOT_LIABLE if not_liable else Because.NEWLY_REGISTERED).details()

    def _evidence(self, basis: Basis) -> Iterator[Step]:
        if not self.findings:
            if self.weighed.mode is Mode.REQUIRED:
                code = RuleCode.NO_FINDING.value
                yield self._step(RuleKind.EVIDENCE, "", StepState.OPEN, basis, code=code)
            else:
                yield self._step(RuleKind.EVIDENCE, "", StepState.NOT_APPLICABLE, basis, details=self._because())
        for finding in self.findings:
            day = day_or_doubt(finding, self.rule, self.situation, self._out)
            state, code = (StepState.OPEN, day) if isinstance(day, str) else (StepState.PASSED, self._said(finding))
            details: Details = (("limit", str(greatest_age(self.rule, finding, self._out))),)
            if self.weighed.mode is not Mode.REQUIRED and not self._bars(finding):
                state, details = StepState.NOT_APPLICABLE, self._because()
            yield self._step(RuleKind.EVIDENCE, "", state, basis, code=code, details=details, finding=finding)

    def _said(self, finding: Finding) -> str:
        """What the answer comes to: the bar that it is, where particulars make one of a clear outcome."""
        bars = (r.code for each, _, r in self._readings if each is finding and r.standing is Standing.BARRED)
        clear = finding.outcome.standing is Standing.CLEAR
        return next(bars, finding.outcome.value) if clear else finding.outcome.value

    @cached_property
    def _out(self) -> frozenset[str]:
        return agencies_out(self.rule, self.findings, self.situation)

    def _liability(self, name: str, basis: Basis) -> Step:
        row = next(row for row in self.rule.liability if row.name == name)
        found = ground(row, zones_of(self.rule.liability), self.situation.known, self.situation.on)
        details: Details = tuple(("fact", fact.value) for fact in found.missing)
        return self._step(
            RuleKind.LIABILITY, name, found.state, basis, details=(("since", row.since.isoformat()), *details)
        )

    def _degraded(self, basis: Basis) -> Iterator[Step]:
        """One step for each mode that was in force for some agency that is out; one, if none is out."""
        assert self.rule.degraded is not None
        out: dict[tuple[Degraded, bool], Finding] = {}
        for finding in self.findings:
            if finding.outcome.value in OUTAGES:
                mode = mode_of(self.rule, finding.agency, self.situation)
                out.setdefault((mode, self._is_switched(finding.agency)), finding)
        if not out:
            yield self._while_out(self.rule.degraded.mode, None, basis, switched=False)
        for (mode, switched), finding in out.items():
            yield self._while_out(mode, finding, basis, switched=switched)

    def _is_switched(self, agency: str) -> bool:
        """True if the agency's mode is an operator's choice, which the rules allow."""
        assert self.rule.degraded is not None
        mode = self.situation.switched_to(agency)
        return mode is not None and self.rule.degraded.allows(mode)

    def _while_out(self, mode: Degraded, finding: Finding | None, basis: Basis, *, switched: bool) -> Step:
        applied = {
            Degraded.PENDING: bool(self.weighed.leaves_open),
            Degraded.REFUSE: any(bar.code in OUTAGES for bar in self.weighed.bars),
            Degraded.PROVISIONAL: self.weighed.status is Status.UNCHECKED,
            Degraded.REUSE: any(finding.agency in self._out for finding, _, _ in self._readings),
        }
        state = StepState.APPLIED if finding is not None and applied[mode] else StepState.NOT_APPLICABLE
        told = finding if state is StepState.APPLIED else None
        because = Because.SWITCHED.details() if told is not None and switched else ()
        return self._step(
            RuleKind.DEGRADED,
            "",
            state,
            basis,
            code=told.outcome.value if told is not None else "",
            details=(("mode", mode.value), *because),
            finding=told,
        )

    def _noted(self, kind: RuleKind, name: str, basis: Basis) -> Iterator[Step]:
        """What the readings of the outcomes say of this rule; where they say nothing, it concerned nothing."""
        found = False
        for finding, outcome, reading in self._readings:
            for note in reading.notes:
                if (note.kind, note.name) == (kind, name):
                    found = True
                    yield self._step(
                        kind, name, note.state, basis, code=outcome.value, details=note.details, finding=finding
                    )
        if not found:
            early = kind is RuleKind.AMNESTY and self.situation.on < self._amnesty_begins(name)
            yield self._step(kind, name, StepState.NOT_IN_FORCE if early else StepState.NOT_APPLICABLE, basis)

    def _amnesty_begins(self, name: str) -> date:
        return next(amnesty.first for amnesty in self.rule.amnesties if amnesty.name == name)

    @cached_property
    def _readings(self) -> tuple[tuple[Finding, Outcome, Reading], ...]:
        """Every outcome that counted, with what it came to."""
        return tuple(
            (finding, outcome, reading)
            for finding in self.findings
            if not isinstance(day_or_doubt(finding, self.rule, self.situation, self._out), str)
            for outcome, reading in readings(finding, self.rule, self.situation)
            if self.weighed.mode is Mode.REQUIRED or reading.arranged or _counts_if_excused(outcome, reading)
        )

    def _bars(self, finding: Finding) -> bool:
        return any(each is finding and reading.standing is Standing.BARRED for each, _, reading in self._readings)

    def _step(
        self,
        kind: RuleKind,
        name: str,
        state: StepState,
        basis: Basis,
        *,
        code: str = "",
        details: Details = (),
        finding: Finding | None = None,
    ) -> Step:
        day = day_of(finding, self.rule, self.situation) if finding is not None else None
        return Step(
            rule=kind.path(self.rule.name, *((name,) if name else ())),
            kind=kind,
            state=state,
            citation=basis.citation,
            confirmed=basis.confirmed,
            scheme=self.rule.name,
            agency=finding.agency if finding is not None else "",
            code=code,
            data_as_of=day,
            checked_at=finding.checked_at if finding is not None else None,
            age_days=age(day, self.situation.on) if day is not None else None,
            details=details,
        )


def _counts_if_excused(outcome: Outcome, reading: Reading) -> bool:
    """True for what would bar though no duty is owed, lifted or not."""
    return bars_even_if_excused(outcome.value) or bars_even_if_excused(reading.code)


def by_scheme(
    weighed: Mapping[str, Weighed], findings: tuple[Finding, ...], situation: Situation
) -> Mapping[str, SchemeSteps]:
    """Every scheme with its findings, by name."""
    return {
        name: SchemeSteps(each, tuple(finding for finding in findings if finding.scheme == name), situation)
        for name, each in weighed.items()
    }
