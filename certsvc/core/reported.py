"""What agencies reported without being asked, or said before, put beside what they answer.

A report of arrears or of a broken arrangement is a finding of its agency, whose data are of the day on which it
happened, while no newer answer of that agency takes its place. A payment is no finding: it is entered in the bars of
its agency, where the posting rule of the law may let them wait.

Invariants
- A bar is never taken away, and never becomes clear. What was answered stays, beside the bar that was reported.
- Only a whole answer of the same agency on the same scheme takes the place of a report: one that speaks of a later day;
  or of the same day, if a payment later than the report had come in before the agency was asked.
- A payment before the newest report of a bar counts for nothing: what was reported after it is not paid.
- Neither the order of the reports nor one that comes twice makes any difference.
- Nothing is dated ahead: a report happened no later than it came, and an answer reaches no further than the day on
  which it was given. Whatever an agency's clock says, what comes afterwards is newer.
- What is clear does not count once its agency has said the opposite by newer data, on whatever path that came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from certsvc.core.account import Account
from certsvc.core.events import AgencyEvent
from certsvc.core.model import Finding, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.model import Event

_BARS = {
    Event.ARREARS: Outcome.BARRED_ARREARS,
    Event.ARRANGEMENT_BROKEN: Outcome.BARRED_ARRANGEMENT_BROKEN,
}

_NO_ACCOUNT = Account()


def speaks_of(finding: Finding, zone: ZoneInfo) -> date:
    """The day up to which the finding reaches: the agency's, but none later than that on which we asked."""
    checked_on = finding.checked_at.astimezone(zone).date()
    return checked_on if finding.data_as_of is None else min(finding.data_as_of, checked_on)


def day_of(event: AgencyEvent, zone: ZoneInfo) -> date:
    """The day on which it happened."""
    return _happened_at(event).astimezone(zone).date()


def is_overtaken(finding: Finding, heard: Iterable[Finding], zone: ZoneInfo) -> bool:
    """True for what is clear though its agency has said by newer data that it bars, or later by data of that day."""
    if finding.standing is not Standing.CLEAR or _bars(finding):
        return False
    return any(
        (other.agency, other.scheme) == (finding.agency, finding.scheme)
        and _bars(other)
        and _is_older(finding, other, zone)
        for other in heard
    )


def _is_older(finding: Finding, other: Finding, zone: ZoneInfo) -> bool:
    if finding.source is other.source is Source.FILE:
        # A file takes the place of the one before it whole. Its days say nothing of that: a debtor who has left the
        # list is answered by its oldest row, which may be older than his own was.
        return finding.checked_at < other.checked_at
    return (speaks_of(finding, zone), finding.checked_at) < (speaks_of(other, zone), other.checked_at)


def _happened_at(event: AgencyEvent) -> datetime:
    """Nothing is reported before it happens, whatever the agency's clock says."""
    return min(event.occurred_at, event.received_at)


def with_events(
    findings: Sequence[Finding],
    events: Iterable[AgencyEvent],
    zone: ZoneInfo,
    *,
    asked_at: datetime | None = None,
    heard: Sequence[Finding] = (),
) -> tuple[Finding, ...]:
    """The findings and every reported bar that stands beside them; bars with the newest payment that counts for them.

    `zone` is the authority's. `asked_at` is when the newest of the answers was asked for: an answer that is newer than
    that was still under way. None takes each to be asked for when it came. `heard` are earlier answers, of which those
    that are clear take the place of a report as well, but are no part of the result.
    """
    by_question: dict[tuple[str, str], list[AgencyEvent]] = {}
    for event in events:
        by_question.setdefault((event.agency, event.scheme), []).append(event)
    found = list(findings)
    for question, reported in by_question.items():
        earlier = [f for f in heard if f.standing is Standing.CLEAR]
        answers = [f for f in (*findings, *earlier) if (f.agency, f.scheme) == question and _is_whole(f)]
        bars = _standing(reported, answers, zone, asked_at)
        if (paid_on := _paid_on(reported, zone)) is not None:
            found = [_paid(f, paid_on) if (f.agency, f.scheme) == question else f for f in found]
            bars = [_paid(bar, paid_on) for bar in bars]
        found += [bar for bar in bars if bar not in found]
    return tuple(found)


def _is_whole(finding: Finding) -> bool:
    """True for an answer of which no part is unknown."""
    outcomes = (finding.outcome, *finding.further)
    return finding.source is not Source.EVENT and all(o.standing is not Standing.UNKNOWN for o in outcomes)


def _standing(
    reported: Sequence[AgencyEvent], answers: Sequence[Finding], zone: ZoneInfo, asked_at: datetime | None
) -> list[Finding]:
    """The bars that no answer takes the place of, the newest of each outcome."""
    payments = [event for event in reported if event.kind is Event.PAYMENT]
    newest: dict[Outcome, AgencyEvent] = {}
    for event in sorted(reported, key=lambda event: (_happened_at(event), event.received_at)):
        if event.kind is Event.PAYMENT:
            continue
        later = [payment for payment in payments if _happened_at(payment) > _happened_at(event)]
        if not any(_replaces(answer, event, later, zone, asked_at) for answer in answers):
            newest[_BARS[event.kind]] = event
    return [_as_finding(outcome, event, zone) for outcome, event in newest.items()]


def _replaces(
    answer: Finding, bar: AgencyEvent, later: Sequence[AgencyEvent], zone: ZoneInfo, asked_at: datetime | None
) -> bool:
    """True if the answer takes the place of the bar, after which these payments were made."""
    spoken_of, reported_on = speaks_of(answer, zone), day_of(bar, zone)
    if spoken_of != reported_on:
        return spoken_of > reported_on
    asked = answer.checked_at if asked_at is None else min(answer.checked_at, asked_at)
    return any(payment.received_at < asked for payment in later)


def _as_finding(outcome: Outcome, event: AgencyEvent, zone: ZoneInfo) -> Finding:
    return Finding(event.scheme, event.agency, outcome, event.received_at, day_of(event, zone), source=Source.EVENT)


def _paid_on(reported: Sequence[AgencyEvent], zone: ZoneInfo) -> date | None:
    """The day of the newest payment after which no bar was reported."""
    newest = max(reported, key=lambda event: (_happened_at(event), event.kind is not Event.PAYMENT))
    return day_of(newest, zone) if newest.kind is Event.PAYMENT else None


def _paid(finding: Finding, day: date) -> Finding:
    """The finding with the payment, if it bars."""
    if not _bars(finding):
        return finding
    account = finding.account or _NO_ACCOUNT
    if account.last_payment_on is not None and account.last_payment_on >= day:
        return finding
    return replace(finding, account=replace(account, last_payment_on=day))


def _bars(finding: Finding) -> bool:
    return any(outcome.standing is Standing.BARRED for outcome in (finding.outcome, *finding.further))
