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
- An agency that asks for peace, or that was not asked, is not out: nothing stands in for it, it is waited for.
- No outage hides what speaks against a provisional certificate (`doubts_beside`, `without_repeated`): that the agency
  barred when it last spoke, that it is held back, or that one was given before on its silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from certsvc.core.model import Enterprise, Evidence, Finding, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.reported import is_overtaken, speaks_of
from certsvc.core.rules import RuleSet
from certsvc.core.rules.scheme import Degraded, DegradedRule
from certsvc.core.suspension import suspended
from certsvc.service.agency_records import Hold, Prior
from certsvc.service.recall import as_of, is_bar
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
        if f.outcome is Outcome.UNAVAILABLE
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


def doubts_beside(
    findings: Sequence[Finding],
    priors: Sequence[Prior],
    holds: Sequence[Hold],
    rule_set: RuleSet,
    switched: Mapping[str, str],
    on: date,
) -> tuple[Finding, ...]:
    """What forbids a provisional certificate on the silence of these agencies, to be put beside it: the bar that one
    of them last told, suspended; and for one that is held back that nothing which it says counts."""
    ages = {scheme.name: scheme.evidence.max_age_days for scheme in rule_set.schemes}
    doubts: list[Finding] = []
    for silent in _unchecked(findings, rule_set, switched):
        told = [p for p in priors if (p.agency, p.scheme) == (silent.agency, silent.scheme)]
        bars = [p.as_finding() for p in told if p.outcome.standing is Standing.BARRED]
        doubts += [suspended(bar) for bar in bars if (on - speaks_of(bar, rule_set.time_zone)).days <= ages[bar.scheme]]
        if any(hold.agency == silent.agency for hold in holds):
            doubts.append(replace(silent, outcome=Outcome.DISPUTED, further=()))
    return tuple(doubt for doubt in dict.fromkeys(doubts) if doubt not in findings)


def without_repeated(
    findings: Sequence[Finding], unanswered: Collection[str], rule_set: RuleSet, switched: Mapping[str, str]
) -> tuple[Finding, ...]:
    """The findings without those on schemes for which a provisional certificate would rest once more on the silence of
    one of these agencies: without an answer such a scheme stays open."""
    repeated = {f.scheme for f in _unchecked(findings, rule_set, switched) if f.agency in unanswered}
    return tuple(f for f in findings if f.scheme not in repeated)


def _unchecked(findings: Iterable[Finding], rule_set: RuleSet, switched: Mapping[str, str]) -> Iterator[Finding]:
    """The outages that a provisional certificate would leave unchecked."""
    rules = _rules(rule_set)
    for finding in findings:
        if finding.outcome is not Outcome.UNAVAILABLE or finding.scheme not in rules:
            continue
        if rules[finding.scheme].under(switched.get(finding.agency)) is Degraded.PROVISIONAL:
            yield finding


def _rules(rule_set: RuleSet) -> Mapping[str, DegradedRule]:
    return {scheme.name: scheme.degraded for scheme in rule_set.schemes if scheme.degraded is not None}
