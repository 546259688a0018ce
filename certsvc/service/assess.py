"""Ask and decide: the steps that a check, an issue and a retry have in common (4 to 6 of `issue`).

Invariants
- Earlier evidence stands in for an agency only while that agency is out, only where the rules say so, and only up to
  the age that they allow; the outage itself stays in the evidence.
- It comes from applications that named the same numbers in the same order: the agency was then asked the same question.
  Whichever programme applied: an agency's answer is evidence of the service. So one programme may be shown an answer
  that another's application brought, with the time at which it came, and neither who applied nor the account.
- While every agency answers, the store is not asked.
- What the rules allow, or refuse, while an agency is out needs an agency that had its full time: a caller in haste
  makes no outage. What it cut off counts as not answered, which only leaves the decision open.
- Nothing is granted while an agency is cut off by haste, even one whose answer the rules could do without: the facts
  that it might have told are missing too, and declared ones would count in their place. The evidence then counts as
  not gathered at all. An issue waits, and completes by itself when every agency has had its full time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import inf

from certsvc.core.decision import decide
from certsvc.core.evidence import in_order
from certsvc.core.model import DECLARED, Decision, Enterprise, Evidence, Fact, Result
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook, RuleSet
from certsvc.core.rules.scheme import Degraded
from certsvc.service.ports import Agencies, Clock, Store
from certsvc.service.recall import CASES, OUTAGES, as_of, is_bar, speaks_of


class Assess:
    """Asks every agency and decides by the rule set in force when the question came in."""

    def __init__(self, *, agencies: Agencies, rules: RuleBook, store: Store, clock: Clock, budget: float) -> None:
        """`budget` is the most seconds that the agencies get, however patient the caller is."""
        self._agencies = agencies
        self._rules = rules
        self._store = store
        self._clock = clock
        self._budget = budget

    async def __call__(
        self, enterprise: Enterprise, declared: tuple[Fact, ...], within: float = inf, on: date | None = None
    ) -> tuple[Decision, Evidence]:
        """The decision for today's legal date, and the evidence it rests on, after at most `within` seconds.

        `on` is that date, where the caller has told it already. Raises NoRuleSet if no rules are in force on it, and
        StoreUnavailable where earlier evidence is needed and cannot be read.
        """
        # The rules are pinned before the agencies are asked: midnight or a reload in between must not mix two laws.
        on = on or self._rules.legal_date(self._clock.now())
        rule_set = self._rules.in_force(on)
        answered = await self._agencies.ask(enterprise, min(within, self._budget))
        cut_off = within < self._budget and any(f.outcome is Outcome.UNAVAILABLE for f in answered.findings)
        if cut_off:
            answered = _without_cut_off(answered, rule_set)
        earlier = await self._earlier(enterprise, answered, rule_set, on)
        findings = (*answered.findings, *earlier.findings)
        evidence = in_order(Evidence(findings, (*answered.facts, *earlier.facts, *as_declared(declared))))
        decision = decide(enterprise, evidence, rule_set, on)
        if cut_off and decision.result is Result.GRANTED:
            evidence = in_order(Evidence((), as_declared(declared)))
            decision = decide(enterprise, evidence, rule_set, on)
        return decision, evidence

    async def _earlier(self, enterprise: Enterprise, answered: Evidence, rule_set: RuleSet, on: date) -> Evidence:
        """What stands in for agencies that are out: findings, and what else the same agencies said."""
        out = {(f.scheme, f.agency) for f in answered.findings if f.outcome in OUTAGES}
        ages = _reuse_ages(rule_set) if out else {}
        wanted = {asked for asked in out if asked[0] in ages}
        if not wanted:
            return Evidence(())
        longest = max(ages[scheme] for scheme, _ in wanted)
        cases = await self._store.cases_of((enterprise.identifier,), caller=None, limit=CASES)
        same = (c for c in cases if c.enterprise.identifiers == enterprise.identifiers)
        recalled = as_of((c for c in same if (on - c.decision.on).days <= longest), on, rule_set.time_zone)
        # Where one of several answers is too old, none stands in: it may be the bar, and the other what is clear.
        wanted -= {
            (f.scheme, f.agency)
            for f in recalled.findings
            if (f.scheme, f.agency) in wanted and (on - speaks_of(f, rule_set.time_zone)).days > ages[f.scheme]
        }
        findings = tuple(f for f in recalled.findings if (f.scheme, f.agency) in wanted)
        silent = {f.agency for f in findings} - {fact.source for fact in answered.facts}
        return Evidence(findings, tuple(fact for fact in recalled.facts if fact.source in silent))


def _without_cut_off(answered: Evidence, rule_set: RuleSet) -> Evidence:
    """What was answered; of a scheme that was cut off and whose rules look at outages, the bars alone."""
    rules = {scheme.name: scheme.degraded for scheme in rule_set.schemes if scheme.degraded is not None}
    cut_off = {f.scheme for f in answered.findings if f.outcome is Outcome.UNAVAILABLE and f.scheme in rules}
    open_schemes = {scheme for scheme in cut_off if rules[scheme].mode is not Degraded.PENDING}
    kept = tuple(f for f in answered.findings if f.scheme not in open_schemes or is_bar(f))
    return Evidence(kept, answered.facts)


def _reuse_ages(rule_set: RuleSet) -> Mapping[str, int]:
    """For each scheme whose agency may be stood in for, up to which age of the evidence in days."""
    ages = {scheme.name: scheme.degraded for scheme in rule_set.schemes if scheme.degraded is not None}
    return {name: rule.reuse_max_age_days for name, rule in ages.items() if rule.mode is Degraded.REUSE}


def as_declared(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The caller's facts, marked as the caller's own word whatever they claim."""
    return tuple(f if f.source == DECLARED else Fact(f.name, f.value, DECLARED, f.as_of) for f in facts)
