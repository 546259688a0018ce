"""What the findings of one scheme prove on a day (steps 4b and 4c).

Invariants
- What is unknown, undated where a date is required, dated in the future or too old proves nothing, whether it would
  have been clear or barred. What an unknown answer lists further is not looked at.
- While an agency is out, the rules may let older answers of that same agency count; then its silence is no doubt.
  Another agency's answer never stands in for it; nor does an event, which tells of one bar and not of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from certsvc.core.decision.account import STANDING, readings
from certsvc.core.decision.days import AHEAD_AT_MOST, FOREVER, age
from certsvc.core.decision.situation import Situation
from certsvc.core.model import CertificateKind, Finding, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.codes import RuleCode
from certsvc.core.rules.scheme import Degraded, SchemeRule, Undated

OUTAGES = frozenset({Outcome.UNAVAILABLE.value})
"""The answers of an agency that is out. One that takes no more questions just now is well: it is waited for."""

_CLEAR, _UNKNOWN = Outcome.CLEAR, Standing.UNKNOWN
_NONE: frozenset[str] = frozenset()


@dataclass(slots=True)
class Proven:
    """What the findings of a scheme prove: bars and doubts by agency and code, with the day from which they count.

    `oldest` is the oldest day up to which an answer speaks, `carries` for how many days what was lifted stays lifted;
    `arranged` and `applies` as in `Reading`.
    """

    oldest: date
    bars: dict[tuple[str, str], date | None] = field(default_factory=dict)
    doubts: dict[tuple[str, str], date | None] = field(default_factory=dict)
    carries: int = FOREVER
    arranged: bool = False
    applies: bool = True


def plainly_clear(rule: SchemeRule, findings: Sequence[Finding], situation: Situation) -> date | None:
    """The oldest day up to which the findings speak, if each proves just that it is clear; None says nothing.

    It is what `prove` comes to, for less: most enterprises owe nothing, and no agency has more to tell of them.
    """
    oldest = situation.on if findings else None
    for finding in findings:
        if finding.outcome is not _CLEAR or finding.further or finding.account is not None:
            return None
        day = _by_age(finding, rule, situation, rule.evidence.max_age_days)
        if isinstance(day, str):
            return None
        if oldest is None or day < oldest:  # a day ahead counts as today
            oldest = day
    return oldest


def prove(rule: SchemeRule, findings: Sequence[Finding], situation: Situation) -> Proven:
    """What these findings of the scheme prove."""
    proven, out = Proven(situation.on), agencies_out(rule, findings, situation)
    heard: set[str] = set()
    silent: list[tuple[str, str]] = []
    for finding in findings:
        day = day_or_doubt(finding, rule, situation, out)
        if isinstance(day, str):
            if finding.agency in out and day in OUTAGES:
                silent.append((finding.agency, day))
            else:
                proven.doubts[finding.agency, day] = None
            continue
        if day < proven.oldest:  # a day ahead counts as today
            proven.oldest = day
        if finding.outcome is not _CLEAR or finding.further or finding.account is not None:
            _read(finding, rule, situation, proven)
        if out and finding.source is not Source.EVENT:
            heard.add(finding.agency)
    proven.doubts |= {(agency, outage): None for agency, outage in silent if agency not in heard}
    return proven


def agencies_out(rule: SchemeRule, findings: Iterable[Finding], situation: Situation) -> frozenset[str]:
    """The agencies that do not answer and whose older answers count meanwhile."""
    if rule.degraded is None or Degraded.REUSE not in (rule.degraded.mode, *rule.degraded.also):
        return _NONE
    out = {finding.agency for finding in findings if finding.outcome in OUTAGES}
    return frozenset(agency for agency in out if mode_of(rule, agency, situation) is Degraded.REUSE)


def mode_of(rule: SchemeRule, agency: str, situation: Situation) -> Degraded:
    """What is done on this scheme while the agency is out: by an operator's word where rules allow it, else by them."""
    if rule.degraded is None:
        return Degraded.PENDING
    return rule.degraded.under(situation.switched_to(agency))


def greatest_age(rule: SchemeRule, finding: Finding, out: frozenset[str]) -> int:
    """How many days old the data of this finding may be, while these agencies are out."""
    if rule.degraded is not None and finding.agency in out:
        return rule.degraded.reuse_max_age_days
    return rule.evidence.max_age_days


def day_or_doubt(finding: Finding, rule: SchemeRule, situation: Situation, out: frozenset[str]) -> date | str:
    """Up to which day the finding speaks; or why it proves nothing on the legal date, as a reason code."""
    if STANDING[finding.outcome] is _UNKNOWN:
        return finding.outcome.value
    return _by_age(finding, rule, situation, greatest_age(rule, finding, out))


def _by_age(finding: Finding, rule: SchemeRule, situation: Situation, max_age_days: int) -> date | str:
    day = day_of(finding, rule, situation)
    if day is None:
        return RuleCode.EVIDENCE_UNDATED.value
    days_old = age(day, situation.on)
    if days_old < -AHEAD_AT_MOST:
        return Outcome.MALFORMED.value
    return day if days_old <= max_age_days else RuleCode.EVIDENCE_STALE.value


def day_of(finding: Finding, rule: SchemeRule, situation: Situation) -> date | None:
    """The day of the finding's data; None if it does not say and the rule demands that it does."""
    if finding.data_as_of is not None:
        return finding.data_as_of
    if rule.evidence.undated is Undated.REJECT:
        return None
    return finding.checked_at.astimezone(situation.rule_set.time_zone).date()


def _read(finding: Finding, rule: SchemeRule, situation: Situation, proven: Proven) -> None:
    """Adds what the outcomes of a finding come to."""
    for _, reading in readings(finding, rule, situation):
        key = finding.agency, reading.code
        if reading.standing is Standing.BARRED:
            proven.bars[key] = _earlier(proven.bars.get(key), reading.since)
        elif reading.standing is _UNKNOWN:
            proven.doubts[key] = None
        else:
            proven.arranged |= reading.arranged and rule.arrangement.gives is not CertificateKind.FULL
            proven.applies &= reading.applies
            proven.carries = min(proven.carries, reading.carries)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
