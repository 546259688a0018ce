"""A case put to the rules: the evidence it stands for, what is decided on it, and where that differs.

Invariants
- Every agency is asked at noon of the day in the authority's zone, so a case is on its day wherever it is run.
- A case that the rules cannot be asked about (no rule set that day, a scheme, an effect or a switch that they do not
  have) is a fault of the table, never a case that passes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta

from certsvc.core.decision import Explanation, decide, explain
from certsvc.core.model import Decision, Enterprise, Evidence, Finding
from certsvc.core.outcome import Outcome
from certsvc.core.rules.book import RuleBook
from certsvc.core.rules.cases.table import Answer, Case, CaseTable, Expected
from certsvc.core.rules.model import RuleSet


@dataclass(frozen=True, slots=True)
class Difference:
    """One key of `expect` that came out otherwise."""

    key: str
    expected: str
    decided: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case, what was decided on it, and every difference from what it expects."""

    case: Case
    decision: Decision
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """True if the decision is as expected."""
        return not self.differences


def enterprise_of(case: Case) -> Enterprise:
    """The enterprise of the case."""
    return Enterprise((case.identifier,), case.declared_name)


def evidence_of(case: Case, rule_set: RuleSet) -> Evidence:
    """The evidence that the case stands for under these rules: what it does not name is clear."""
    findings = [
        _finding(case, scheme.name, answer, rule_set)
        for scheme in rule_set.schemes
        for answer in case.answers.get(scheme.name, (Answer(case.agency(scheme.name), Outcome.CLEAR),))
    ]
    switched = tuple((agency, mode.value) for agency, mode in sorted(case.switched.items()))
    return Evidence(tuple(findings), case.facts, switched)


def run(case: Case, book: RuleBook) -> Verdict:
    """What the rules in force on the day of the case decide. Raises NoRuleSet if there are none."""
    decision = _decided(case, book.in_force(case.on))
    return Verdict(case, decision, compared(case.expect, told(decision)))


def explained(case: Case, rule_set: RuleSet) -> Explanation:
    """How these rules decide the case. Raises NoRuleSet if they are not in force on its day."""
    return explain(enterprise_of(case), evidence_of(case, rule_set), rule_set, case.on)


def decided_under(case: Case, rule_set: RuleSet) -> Expected:
    """What these rules would decide if they were in force on the day of the case."""
    return told(_decided(case, replace(rule_set, first=min(rule_set.first, case.on), until=None)))


def told(decision: Decision) -> Expected:
    """The decision in the words of a case table, with every key that applies to it."""
    return Expected(
        result=decision.result,
        reasons=tuple(f"{r.scheme}:{r.code}" if r.scheme else r.code for r in decision.reasons),
        kind=decision.kind,
        size=decision.size,
        score=None if decision.score is None else str(decision.score),
        days=None if decision.valid_for is None else decision.valid_for.days,
        effects=tuple(name for name, _ in decision.effects),
        unchecked=tuple(scheme for scheme, _ in decision.unchecked),
    )


def compared(expected: Expected, decided: Expected) -> tuple[Difference, ...]:
    """Every key that is written in the first and is otherwise in the second; of another result the reasons too."""
    found = []
    for field in fields(Expected):
        wanted, got = getattr(expected, field.name), getattr(decided, field.name)
        why = field.name == "reasons" and expected.result is not decided.result
        if (wanted is not None or why) and wanted != got:
            found.append(Difference(field.name, _said(wanted), _said(got)))
    return tuple(found)


def table_faults(table: CaseTable, book: RuleBook) -> tuple[str, ...]:
    """Everything that makes a case of this table ask what these rules cannot answer, each with its place."""
    faults = [f"{case.where}: {fault}" for case in table.cases for fault in _case_faults(case, book)]
    known = {scheme.name for rule_set in book.sets for scheme in rule_set.schemes}
    faults += [f"agencies.{scheme}: no rule set has this scheme" for scheme in table.agencies if scheme not in known]
    jurisdiction = book.sets[0].jurisdiction
    if table.jurisdiction not in ("", jurisdiction):
        faults.append(f"jurisdiction: {table.jurisdiction!r} is not that of the rules; write {jurisdiction!r}")
    return tuple(faults)


def _case_faults(case: Case, book: RuleBook) -> list[str]:
    rule_set = next((each for each in book.sets if each.covers(case.on)), None)
    if rule_set is None:
        return [f"on: no rules are in force on {case.on}; write a day that a rule file covers"]
    version = f"{rule_set.jurisdiction}/{rule_set.first}"
    schemes = tuple(scheme.name for scheme in rule_set.schemes)
    effects = tuple(effect.name for effect in rule_set.effects)
    blamed = (reason.rpartition(":")[0] for reason in case.expect.reasons or ())
    wanted = (
        ("findings", schemes, tuple(case.answers)),
        ("expect.reasons", schemes, tuple(scheme for scheme in blamed if scheme)),
        ("expect.effects", effects, case.expect.effects or ()),
        ("expect.unchecked", schemes, case.expect.unchecked or ()),
    )
    faults = [
        f"{key}: {name!r} is not in {version}; write one of: {', '.join(known) or 'none'}"
        for key, known, names in wanted
        for name in names
        if name not in known
    ]
    return faults + _switch_faults(case, rule_set)


def _switch_faults(case: Case, rule_set: RuleSet) -> list[str]:
    """A switch shows nothing unless the agency is out in the case and the rules allow the mode."""
    rules = {scheme.name: scheme.degraded for scheme in rule_set.schemes}
    findings = evidence_of(case, rule_set).findings
    out = [(f.agency, rules[f.scheme]) for f in findings if f.outcome is Outcome.UNAVAILABLE]
    faults = []
    for agency, mode in case.switched.items():
        of_agency = [rule for name, rule in out if name == agency]
        if not of_agency:
            faults.append(f"switched.{agency}: this agency is not out here; let it answer UNAVAILABLE, or leave it out")
        elif not any(rule is not None and rule.allows(mode) for rule in of_agency):
            faults.append(
                f'switched.{agency}: no rule allows "{mode}" here; write it into `also` of [schemes.degraded]'
            )
    return faults


def _decided(case: Case, rule_set: RuleSet) -> Decision:
    return decide(enterprise_of(case), evidence_of(case, rule_set), rule_set, case.on)


def _finding(case: Case, scheme: str, answer: Answer, rule_set: RuleSet) -> Finding:
    return Finding(
        scheme=scheme,
        agency=answer.agency,
        outcome=answer.outcome,
        checked_at=datetime.combine(case.on, time(12), rule_set.time_zone).astimezone(UTC),
        data_as_of=None if answer.undated else case.on - timedelta(days=answer.days_old),
        further=answer.further,
        account=answer.account,
    )


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    return "-" if value is None else str(value)
