"""Agencies that are out: what stands in for them, and what is left of an answer that haste cut off.

Invariants
- Earlier evidence stands in for an agency only while that agency is out, only where the rules say so, and only up to
  the age that they allow; the outage itself stays in the evidence.
- It comes from applications that named the same numbers in the same order: the agency was then asked the same question.
  Whichever programme applied: an agency's answer is evidence of the service. So one programme may be shown an answer
  that another's application brought, with the time at which it came, and neither who applied nor the account.
- What the rules allow, or refuse, while an agency is out needs an agency that had its full time: a caller in haste
  makes no outage. What it cut off counts as not answered, which only leaves the decision open.
- An operator's switch counts here as it does in the decision: where the rules allow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from certsvc.core.model import Enterprise, Evidence, Finding, Source
from certsvc.core.outcome import Outcome
from certsvc.core.reported import is_overtaken, speaks_of
from certsvc.core.rules import RuleSet
from certsvc.core.rules.scheme import Degraded, DegradedRule
from certsvc.service.recall import OUTAGES, as_of, is_bar
from certsvc.service.records import StoredCase


def without_cut_off(answered: Evidence, rule_set: RuleSet, switched: Mapping[str, str]) -> Evidence:
    """What was answered; of a scheme that was cut off and whose rules look at outages, the bars alone."""
    rules = _rules(rule_set)
    open_schemes = {
        f.scheme
        for f in answered.findings
        if f.outcome is Outcome.UNAVAILABLE
        and f.scheme in rules
        and rules[f.scheme].under(switched.get(f.agency)) is not Degraded.PENDING
    }
    return replace(answered, findings=tuple(f for f in answered.findings if f.scheme not in open_schemes or is_bar(f)))


def reuse_ages(answered: Evidence, rule_set: RuleSet, switched: Mapping[str, str]) -> Mapping[tuple[str, str], int]:
    """For each scheme and agency that is out and may be stood in for, up to which age of the evidence in days."""
    rules = _rules(rule_set)
    return {
        (f.scheme, f.agency): rules[f.scheme].reuse_max_age_days
        for f in answered.findings
        if f.outcome in OUTAGES
        and f.scheme in rules
        and rules[f.scheme].under(switched.get(f.agency)) is Degraded.REUSE
    }


def stand_ins(
    cases: Iterable[StoredCase],
    enterprise: Enterprise,
    answered: Evidence,
    ages: Mapping[tuple[str, str], int],
    heard: Sequence[Finding],
    on: date,
    zone: ZoneInfo,
) -> Evidence:
    """What these earlier cases have to stand in for the agencies of `ages`: findings, and what else they said.

    `heard` is what agencies last said, whoever asked.
    """
    longest = max(ages.values(), default=0)
    same = (c for c in cases if c.enterprise.identifiers == enterprise.identifiers)
    recalled = as_of((c for c in same if (on - c.decision.on).days <= longest), on, zone)
    # Where one of several answers is too old, none stands in: it may be the bar, and the other what is clear. Nor does
    # any where the agency has barred since: the particulars of that bar are not kept, so it has to be asked.
    unfit = {
        (f.scheme, f.agency)
        for f in recalled.findings
        if (f.scheme, f.agency) in ages
        and ((on - speaks_of(f, zone)).days > ages[f.scheme, f.agency] or is_overtaken(f, heard, zone))
    }
    wanted = ages.keys() - unfit
    # What was reported is put beside it anew: since then another answer may have taken its place.
    findings = tuple(f for f in recalled.findings if (f.scheme, f.agency) in wanted and f.source is not Source.EVENT)
    silent = {f.agency for f in findings} - {fact.source for fact in answered.facts}
    return Evidence(findings, tuple(fact for fact in recalled.facts if fact.source in silent))


def _rules(rule_set: RuleSet) -> Mapping[str, DegradedRule]:
    return {scheme.name: scheme.degraded for scheme in rule_set.schemes if scheme.degraded is not None}
