"""The decision: what a rule set says of one enterprise on one legal day, by the evidence at hand.

Invariants
- Pure: the same arguments give the same decision, whatever the order of findings and facts.
- Granted only if every scheme that must be known is clear or excused by a rule, or its agency is out and the rules
  accept that for a while; and if every proof group is met.
- Unknown never becomes clear and is no bar: it leaves the decision open, unless the rules say what an outage does. An
  outage by itself leads to a PROVISIONAL certificate at best.
- A bar refuses, whatever else is known or unknown; adding one never improves a decision.
- An agency's fact comes before the caller's.
- Nothing is granted while the names that are known of the enterprise differ, whoever holds them: the
  answers may then be on two enterprises.
- No certificate outlives the oldest clear day by more than the scheme's `standing_days`, nor what is known to end on a
  day: a tolerance, a discharge, the time in which a new enterprise owes no return, facts that must be updated.

Steps
1 the rule set must be in force on the day
2 the facts that count (`facts_used`)
3 the profile: names, sector, size, regime, upkeep (`profile`)
4 each scheme in the order of the rule set: a does it apply, b what do its findings prove, c what does each outcome come
  to, d its standing, e what an outage does, f what that means for the decision (`scheme`, `findings`, `account`)
5 the proof groups (`proofs`)
6 any bar or unmet group: REFUSED with all of them, and with the problems of step 3 if no scheme is open
7 any doubt: UNDECIDED with what is unknown at which agency. A doubt that matters to a proof group alone does not
  hold up step 8: with one bar less that group might need no answer, and a bar must not make matters better
8 problems of the profile: REFUSED (two names alone: the size may then be another enterprise's)
9 nothing clear at all: UNDECIDED
10 else GRANTED, with the kind, the validity that everything carries, and what it opens (`effects`)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from certsvc.core.decision.conclusion import Conclusion, conclude
from certsvc.core.decision.facts_used import known_facts
from certsvc.core.decision.profile import Profile, profile_of
from certsvc.core.decision.proofs import Counted, count
from certsvc.core.decision.scheme import Status, Weighed, weigh
from certsvc.core.decision.situation import Situation
from certsvc.core.errors import NoRuleSet
from certsvc.core.model import Decision, Enterprise, Evidence, Finding
from certsvc.core.rules.model import RuleSet


class Assessed(NamedTuple):
    """A decision with all that it was made of."""

    evidence: Evidence
    situation: Situation
    profile: Profile
    weighed: Mapping[str, Weighed]
    counted: tuple[Counted, ...]
    conclusion: Conclusion


def decide(enterprise: Enterprise, evidence: Evidence, rule_set: RuleSet, on: date) -> Decision:
    """The decision on the legal date `on`. Raises NoRuleSet if the rule set is not in force on it."""
    return assess(enterprise, evidence, rule_set, on).conclusion.decision


def assess(enterprise: Enterprise, evidence: Evidence, rule_set: RuleSet, on: date) -> Assessed:
    """The decision with all that it was made of. Raises NoRuleSet if the rule set is not in force on that day."""
    if not rule_set.covers(on):  # 1
        raise NoRuleSet(f"{rule_set.ref} is not in force on {on}")
    known = known_facts(evidence.facts, rule_set, on)  # 2
    profile = profile_of(enterprise, evidence, known, rule_set, on)  # 3
    situation = Situation(enterprise, rule_set, on, known, profile.size, profile.regime, evidence.switched)
    weighed = _weigh_all(evidence.findings, situation)  # 4
    counted = tuple([count(rule, weighed, rule_set) for rule in rule_set.proofs])  # 5
    conclusion = conclude(situation, profile, weighed, counted)  # 6 to 10
    return Assessed(evidence, situation, profile, weighed, counted, conclusion)


def _weigh_all(findings: Iterable[Finding], situation: Situation) -> Mapping[str, Weighed]:
    """Every scheme by name, in the order of the rule set. The payment of a regime is weighed first."""
    by_scheme: dict[str, list[Finding]] = {}
    for finding in findings:
        by_scheme.setdefault(finding.scheme, []).append(finding)
    rules, regime = situation.rule_set.schemes, situation.regime
    if regime is None:
        return {rule.name: weigh(rule, by_scheme.get(rule.name, ()), situation) for rule in rules}
    paid_by = next(rule for rule in rules if rule.name == regime.paid_by)
    paying = weigh(paid_by, by_scheme.get(paid_by.name, ()), situation)
    # A payment that is not due satisfies nothing, whatever regime the enterprise is said to have joined.
    satisfies = regime.satisfies if paying.status is not Status.NOT_APPLICABLE else ()
    return {
        rule.name: paying
        if rule is paid_by
        else weigh(rule, by_scheme.get(rule.name, ()), situation, paying if rule.name in satisfies else None)
        for rule in rules
    }
