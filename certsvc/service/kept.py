"""Kept answers: what a waiting application need not ask again.

Invariants
- Pure. An agency's answer is kept whole or not at all: every one of its schemes answered, each definitely.
- Kept is only what an agency was asked over the network. A file costs nothing to look at again, and a newer one may
  have come; what was reported, declared, or reused in place of an answer is added anew by whoever asks.
- A kept answer is one that the rules would still take on the legal date, with a day to spare: what is about to age out
  is asked again while the application waits anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from certsvc.core.decision.days import AHEAD_AT_MOST, age
from certsvc.core.model import Evidence, Finding, Source
from certsvc.core.outcome import Standing
from certsvc.core.reported import speaks_of
from certsvc.core.rules import RuleSet
from certsvc.core.rules.scheme import EvidenceRule, Undated

SPARE_DAYS = 1
"""How many days before an answer is too old for the rules it is asked for again."""


def kept_answers(
    former: Evidence,
    schemes: Mapping[str, tuple[str, ...]],
    rule_set: RuleSet,
    on: date,
    now: datetime,
    keep: timedelta,
) -> Evidence:
    """The findings and facts of those agencies, out of an application's former evidence, that need not be asked again.

    `schemes` names every configured agency and what it answers for. An answer is kept for at most `keep`.
    """
    rules = {scheme.name: scheme.evidence for scheme in rule_set.schemes}
    answers: dict[str, list[Finding]] = {}
    for finding in former.findings:
        answers.setdefault(finding.agency, []).append(finding)
    kept = {
        agency
        for agency, findings in answers.items()
        if _is_whole(findings, schemes.get(agency, ()))
        and all(now - keep < finding.checked_at <= now for finding in findings)
        and all(_is_young(finding, rules.get(finding.scheme), on, rule_set.time_zone) for finding in findings)
    }
    return Evidence(
        tuple(finding for finding in former.findings if finding.agency in kept),
        tuple(fact for fact in former.facts if fact.source in kept),
    )


def _is_whole(findings: Sequence[Finding], schemes: tuple[str, ...]) -> bool:
    """True if the agency was asked and has answered definitely, once for each of its schemes."""
    answered = all(f.source is Source.ASKED and f.standing is not Standing.UNKNOWN for f in findings)
    return answered and sorted(f.scheme for f in findings) == sorted(schemes)


def _is_young(finding: Finding, rule: EvidenceRule | None, on: date, zone: ZoneInfo) -> bool:
    """True if the rules take the finding on that day and on the next as well; nothing is asked of a scheme without."""
    if rule is None:
        return True
    if finding.data_as_of is None and rule.undated is Undated.REJECT:
        return False
    day = speaks_of(finding, zone)
    ahead = -age(finding.data_as_of or day, on)
    return ahead <= AHEAD_AT_MOST and age(day, on) <= max(rule.max_age_days - SPARE_DAYS, 0)
