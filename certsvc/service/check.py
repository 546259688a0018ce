"""Check: what would be decided today or on another legal date, without recording or issuing anything.

Invariants
- Agencies are asked for a programme and for today alone; all else is answered from stored evidence.
- A programme is answered from its own applications.
- An application that names a number which was not asked about is left out: it may speak of another enterprise.
- No newer bar is ignored: what agencies reported up to the date, or barred when anybody asked, counts beside stored
  evidence as beside an answer. What is disputed or held back now is so for today and for later dates; how an earlier
  day stood was decided without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from certsvc.core.decision import decide
from certsvc.core.errors import InvalidRequest, NoRuleSet
from certsvc.core.evidence import in_order
from certsvc.core.model import DECLARED, Decision, Enterprise, Evidence, Fact
from certsvc.core.reported import day_of, speaks_of
from certsvc.core.rules import RuleBook, RuleSet
from certsvc.service.agency_ports import AgencyBook
from certsvc.service.agency_records import Known
from certsvc.service.assess import Assess, as_declared
from certsvc.service.counted import counted, said
from certsvc.service.ports import Clock, Store
from certsvc.service.recall import CASES, as_of

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
"""The legal dates that can be asked about."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `on` is None for today, `scope` the programme that asks, None for who sees all."""

    enterprise: Enterprise
    declared: tuple[Fact, ...] = ()
    on: date | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What would be decided. `stored` is true if no agency was asked; `newest` is then when the newest finding came."""

    decision: Decision
    evidence: Evidence
    stored: bool = False
    newest: datetime | None = None


class CheckEligibility:
    """Answers who wants to know before it applies, or how things stood, or will stand."""

    def __init__(self, *, assess: Assess, store: Store, book: AgencyBook, rules: RuleBook, clock: Clock) -> None:
        self._assess = assess
        self._store = store
        self._book = book
        self._rules = rules
        self._clock = clock

    async def __call__(self, question: Question, within: float) -> Answer:
        """The decision and its evidence; agencies get at most `within` seconds.

        Raises InvalidRequest for a date outside FIRST_DAY to LAST_DAY or without rules, NoRuleSet if there are none
        today, StoreUnavailable.
        """
        today = self._rules.legal_date(self._clock.now())
        on = today if question.on is None else question.on
        if question.scope is not None and on == today:
            decision, evidence = await self._assess(question.enterprise, question.declared, within, on)
            return Answer(decision, evidence)
        rule_set = self._rules.in_force(on) if on == today else self._rules_on(on)
        return await self._recalled(question, rule_set, on, today)

    async def _recalled(self, question: Question, rule_set: RuleSet, on: date, today: date) -> Answer:
        stored = await self._store.cases_of(question.enterprise.identifiers, caller=question.scope, limit=CASES)
        asked = frozenset(question.enterprise.identifiers)
        recalled = as_of((c for c in stored if asked.issuperset(c.enterprise.identifiers)), on, rule_set.time_zone)
        known = await self._book.known(question.enterprise, self._clock.now())
        then = _up_to(on, known, rule_set.time_zone)
        findings = said(recalled.findings, then, rule_set.time_zone)
        if on >= today:
            findings = counted(findings, known, known.holds)
        evidence = in_order(Evidence(findings, _said_now(recalled.facts, question.declared)))
        newest = max((finding.checked_at for finding in evidence.findings), default=None)
        return Answer(decide(question.enterprise, evidence, rule_set, on), evidence, stored=True, newest=newest)

    def _rules_on(self, on: date) -> RuleSet:
        if not FIRST_DAY <= on <= LAST_DAY:
            raise InvalidRequest("legal_date", f"write a day from {FIRST_DAY} to {LAST_DAY}")
        try:
            return self._rules.in_force(on)
        except NoRuleSet as error:
            first, until = self._rules.sets[0].first, self._rules.sets[-1].until
            known = f"from {first} on" if until is None else f"from {first} to {until - timedelta(days=1)}"
            raise InvalidRequest("legal_date", f"write a day for which rules are known: {known}") from error


def _up_to(on: date, known: Known, zone: ZoneInfo) -> Known:
    """What is known that speaks of no later day."""
    return replace(
        known,
        priors=tuple(prior for prior in known.priors if speaks_of(prior.as_finding(), zone) <= on),
        events=tuple(event for event in known.events if day_of(event, zone) <= on),
    )


def _said_now(stored: tuple[Fact, ...], declared: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The stored facts, what was declared before replaced by what is declared now."""
    said = {fact.name for fact in declared}
    return (*(f for f in stored if f.source != DECLARED or f.name not in said), *as_declared(declared))
