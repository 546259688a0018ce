"""Ask and decide: the steps that a check, an issue and a retry have in common (4 to 6 of `issue`).

 1 the agencies are asked, and then what is known of the enterprise is read; a retry reads it before as well, and asks
   only those whose earlier answer does not count any more (`kept_answers`, `_has_news`)
 2 earlier evidence stands in for agencies that are out, where the rules say so
 3 what the agencies reported without being asked is put beside it (`with_events`)
 4 what is new is noted, and an agency that turned on too many is held back (`turns`)
 5 what is disputed, held back or overtaken by newer data is suspended
 6 the decision, by the rules in force and the degraded modes to which operators have switched agencies that are out

Invariants
- Nothing is granted on guesswork: where the books cannot be read nothing is decided.
- A newer bar wins over an older clear answer, on whatever path it came: asked, in a file, reported, or heard when
  somebody else asked.
- What was recorded before the last agency had answered counts: a report, a bar that another application heard, a
  dispute, a hold, a switch.
- While every agency answers, no earlier case is read.
- A caller in haste makes no outage, and so neither a grant nor a refusal (`outages`); nor do we, who do not ask an
  agency for want of room or of its quota.
- No provisional certificate takes the place of one that was given on the same agency's silence.
- Nothing is granted while an agency is cut off by haste, even one whose answer the rules could do without: the facts
  that it might have told are missing too, and declared ones would count in their place. The evidence then counts as
  not gathered at all. An issue waits, and completes by itself when every agency has had its full time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

from certsvc.core.decision import decide
from certsvc.core.evidence import in_order
from certsvc.core.model import (
    DECLARED,
    CertificateKind,
    Decision,
    Enterprise,
    Evidence,
    Fact,
    Finding,
    Result,
    Source,
)
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook, RuleSet
from certsvc.service.agency_ports import AgencyBook
from certsvc.service.agency_records import Hold, Known, Urgency
from certsvc.service.counted import counted, said
from certsvc.service.kept import kept_answers
from certsvc.service.outages import doubts_beside, reuse_ages, stand_ins, without_cut_off, without_repeated
from certsvc.service.ports import Agencies, Clock, Store
from certsvc.service.recall import CASES, OUTAGES
from certsvc.service.turns import TurnLimit, TurnWatch

_NOTHING = Evidence(())


class Assess:
    """Asks the agencies and decides by the rule set in force when the question came in."""

    def __init__(
        self,
        *,
        agencies: Agencies,
        rules: RuleBook,
        store: Store,
        book: AgencyBook,
        clock: Clock,
        budget: float,
        keep: timedelta,
        turns: Mapping[str, TurnLimit],
    ) -> None:
        """`budget` is the most seconds that the agencies get, however patient the caller is. `keep` is for how long
        what an agency answered is kept while an application waits for another; `turns` are limits by agency."""
        self._agencies = agencies
        self._rules = rules
        self._store = store
        self._book = book
        self._clock = clock
        self._budget = budget
        self._keep = keep
        self._watch = TurnWatch(book, turns)

    async def __call__(
        self,
        enterprise: Enterprise,
        declared: tuple[Fact, ...],
        within: float = inf,
        on: date | None = None,
        *,
        former: Evidence | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> tuple[Decision, Evidence]:
        """The decision for today's legal date, and the evidence it rests on, after at most `within` seconds.

        `on` is that date, where the caller has told it already; `former` is the evidence of an earlier attempt at the
        same application. Raises NoRuleSet if no rules are in force on the date, and StoreUnavailable where what is
        known, or earlier evidence that is needed, cannot be read.
        """
        # The rules are pinned before the agencies are asked: midnight or a reload in between must not mix two laws.
        asked_at = self._clock.now()
        on = on or self._rules.legal_date(asked_at)
        rule_set = self._rules.in_force(on)
        kept = _NOTHING
        if former is not None:
            kept = kept_answers(former, self._agencies.schemes, rule_set, on, asked_at, self._keep)
        known, kept, answered = await self._ask(enterprise, kept, min(within, self._budget), urgency, asked_at)
        switched = {switch.agency: switch.mode.value for switch in known.switches if switch.mode is not None}
        cut_off = within < self._budget and any(f.outcome in OUTAGES for f in answered.findings)
        if cut_off:
            answered = without_cut_off(answered, rule_set, switched)
        earlier = await self._earlier(enterprise, answered, known, switched, rule_set, on)
        fresh = (*kept.findings, *answered.findings)
        findings, holds = await self._counted(enterprise, fresh, earlier.findings, known, rule_set.time_zone, asked_at)
        findings = (*findings, *doubts_beside(findings, known.priors, holds, rule_set, switched, on))
        facts = (*kept.facts, *answered.facts, *earlier.facts, *as_declared(declared))
        evidence = _in_full(findings, facts, switched)
        decision = decide(enterprise, evidence, rule_set, on)
        if decision.kind is CertificateKind.PROVISIONAL and (again := await self._book.unanswered(enterprise)):
            evidence = _in_full(without_repeated(findings, again, rule_set, switched), facts, switched)
            decision = decide(enterprise, evidence, rule_set, on)
        if cut_off and decision.result is Result.GRANTED:
            evidence = in_order(Evidence((), as_declared(declared)))
            decision = decide(enterprise, evidence, rule_set, on)
        return decision, evidence

    async def _ask(
        self, enterprise: Enterprise, kept: Evidence, within: float, urgency: Urgency, asked_at: datetime
    ) -> tuple[Known, Evidence, Evidence]:
        """What is known, what of the kept answers still counts, and what those answer that must be asked."""
        if not kept.findings:
            answered = await self._agencies.ask(enterprise, within, urgency=urgency)
            return await self._book.known(enterprise, self._clock.now()), kept, answered
        # Which answers still count shows only when it is known what has come since. Nobody waits for a retry.
        known = await self._book.known(enterprise, asked_at)
        margin = timedelta(seconds=self._budget)
        again = {f.agency for f in kept.findings if _has_news(f, known, margin)}
        still = {f.agency for f in kept.findings} - again
        kept = Evidence(
            tuple(f for f in kept.findings if f.agency in still), tuple(f for f in kept.facts if f.source in still)
        )
        only = self._agencies.schemes.keys() - still
        if not only:
            return known, kept, _NOTHING
        answered = await self._agencies.ask(enterprise, within, only=only, urgency=urgency)
        return await self._book.known(enterprise, self._clock.now()), kept, answered

    async def _earlier(
        self,
        enterprise: Enterprise,
        answered: Evidence,
        known: Known,
        switched: Mapping[str, str],
        rule_set: RuleSet,
        on: date,
    ) -> Evidence:
        """What stands in for agencies that are out: findings, and what else the same agencies said."""
        ages = reuse_ages(answered, rule_set, switched)
        if not ages:
            return _NOTHING
        cases = await self._store.cases_of((enterprise.identifier,), caller=None, limit=CASES)
        heard = [prior.as_finding() for prior in known.priors]
        return stand_ins(cases, enterprise, answered, ages, heard, on, rule_set.time_zone)

    async def _counted(
        self,
        enterprise: Enterprise,
        fresh: tuple[Finding, ...],
        earlier: tuple[Finding, ...],
        known: Known,
        zone: ZoneInfo,
        asked_at: datetime,
    ) -> tuple[tuple[Finding, ...], tuple[Hold, ...]]:
        """All that was found and reported, what is new noted, what does not count suspended; and who is held back."""
        found = said((*fresh, *earlier), known, zone, asked_at=asked_at)
        # What stands in for an answer was noted when it was given.
        reused = {(f.scheme, f.agency) for f in earlier}
        new = [f for f in found if f.source is Source.EVENT or (f.scheme, f.agency) not in reused]
        holds = await self._watch(enterprise, new, known, self._clock.now())
        return counted(found, known, holds), holds


def _has_news(kept: Finding, known: Known, margin: timedelta) -> bool:
    """True if something has come from the agency since it gave this answer, or may have while it did."""
    reported = any(e.agency == kept.agency and e.received_at > kept.checked_at - margin for e in known.events)
    return reported or any(
        (prior.agency, prior.scheme) == (kept.agency, kept.scheme)
        and prior.outcome.standing is not kept.standing
        and prior.checked_at > kept.checked_at
        for prior in known.priors
    )


def _in_full(findings: tuple[Finding, ...], facts: tuple[Fact, ...], switched: Mapping[str, str]) -> Evidence:
    """The evidence, with the switches of those agencies that are out in it."""
    out = {f.agency for f in findings if f.outcome is Outcome.UNAVAILABLE}
    return in_order(
        Evidence(findings, facts, tuple((agency, mode) for agency, mode in switched.items() if agency in out))
    )


def as_declared(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The caller's facts, marked as the caller's own word whatever they claim."""
    return tuple(f if f.source == DECLARED else Fact(f.name, f.value, DECLARED, f.as_of) for f in facts)
