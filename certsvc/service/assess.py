"""Ask and decide: the steps that a check, an issue and a retry have in common (4 to 6 of `issue`)."""

from __future__ import annotations

from math import inf

from certsvc.core.decision import decide
from certsvc.core.evidence import in_order
from certsvc.core.model import DECLARED, Decision, Enterprise, Evidence, Fact
from certsvc.core.rules import RuleBook
from certsvc.service.ports import Agencies, Clock


class Assess:
    """Asks every agency and decides by the rule set in force when the question came in."""

    def __init__(self, *, agencies: Agencies, rules: RuleBook, clock: Clock, budget: float) -> None:
        """`budget` is the most seconds that the agencies get, however patient the caller is."""
        self._agencies = agencies
        self._rules = rules
        self._clock = clock
        self._budget = budget

    async def __call__(
        self, enterprise: Enterprise, declared: tuple[Fact, ...], within: float = inf
    ) -> tuple[Decision, Evidence]:
        """The decision for today's legal date, and the evidence it rests on, after at most `within` seconds.

        Raises NoRuleSet if no rules are in force today.
        """
        # The rules are pinned before the agencies are asked: midnight or a reload in between must not mix two laws.
        on = self._rules.legal_date(self._clock.now())
        rule_set = self._rules.in_force(on)
        answered = await self._agencies.ask(enterprise, min(within, self._budget))
        evidence = in_order(Evidence(answered.findings, (*answered.facts, *_as_declared(declared))))
        return decide(enterprise, evidence, rule_set, on), evidence


def _as_declared(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The caller's facts, marked as the caller's own word whatever they claim."""
    return tuple(f if f.source == DECLARED else Fact(f.name, f.value, DECLARED, f.as_of) for f in facts)
