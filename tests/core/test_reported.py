"""Rules: a newer bar from any path wins over an older clear answer, and a report never makes anything clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certsvc.core.account import Account
from certsvc.core.decision import decide
from certsvc.core.decision.days import age
from certsvc.core.events import AgencyEvent
from certsvc.core.evidence import in_order
from certsvc.core.model import Decision, Evidence, Finding, Identifier, Result, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.reported import day_of, is_overtaken, with_events
from certsvc.core.rules.model import Event
from tests.core.decision.drawn_rules import AGENCIES, FLAT, ON, SCHEMES
from tests.core.decision.kit import ARREARS, BROKEN, DAY, OUT, ends, rules, scheme, told
from tests.core.decision.strategies import Case, any_case, findings
from tests.core.decision.test_properties import grants_more, is_better
from tests.strategies import BARRED, noon

ZONE = ZoneInfo("America/Costa_Rica")
NOON = noon(DAY)
HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
NUMBER = Identifier("xx.number", "1")


def an_event(
    kind: Event = Event.ARREARS,
    at: datetime = NOON,
    *,
    received: datetime | None = None,
    scheme: str = "tax",
    agency: str = "",
) -> AgencyEvent:
    """What the scheme's agency reports; it comes at once unless said otherwise."""
    return AgencyEvent(agency or scheme, f"{kind} {at}", kind, scheme, NUMBER, at, received or at)


def merged(
    *found: Finding | AgencyEvent, asked_at: datetime | None = None, heard: Sequence[Finding] = ()
) -> tuple[Finding, ...]:
    """What stands once these reports are put beside these answers."""
    answers = tuple(f for f in found if isinstance(f, Finding))
    return with_events(answers, [e for e in found if isinstance(e, AgencyEvent)], ZONE, asked_at=asked_at, heard=heard)


def as_bar(event: AgencyEvent, day: date = DAY, outcome: Outcome = ARREARS, paid_on: date | None = None) -> Finding:
    account = Account(last_payment_on=paid_on) if paid_on else None
    received = event.received_at
    return Finding(event.scheme, event.agency, outcome, received, day, account=account, source=Source.EVENT)


# --- Bars ---


@pytest.mark.parametrize(("kind", "outcome"), [(Event.ARREARS, ARREARS), (Event.ARRANGEMENT_BROKEN, BROKEN)])
def test_a_report_is_a_bar_of_its_agency_as_of_the_day_on_which_it_happened(kind: Event, outcome: Outcome) -> None:
    event = an_event(kind, NOON - ONE_DAY, received=NOON)
    assert merged(event) == (as_bar(event, DAY - ONE_DAY, outcome),)


def test_the_day_is_that_of_the_authority_and_not_that_of_greenwich() -> None:
    evening = datetime(2026, 6, 2, 5, 59, tzinfo=UTC)
    assert merged(an_event(at=evening))[0].data_as_of == date(2026, 6, 1)
    assert merged(an_event(at=evening + timedelta(minutes=1)))[0].data_as_of == date(2026, 6, 2)


def test_nothing_is_reported_before_it_happens_whatever_the_agencys_clock_says() -> None:
    event = an_event(at=NOON + 400 * ONE_DAY, received=NOON)
    assert merged(event) == (as_bar(event),)


@pytest.mark.parametrize("days_old", [0, 1, 30])
def test_a_report_stands_beside_an_answer_that_speaks_of_no_later_day(days_old: int) -> None:
    event, clear = an_event(), replace(told(days_old=days_old), checked_at=NOON + HOUR)
    assert merged(clear, event) == (clear, as_bar(event))
    assert ends(rules(), *merged(clear, event)) == "REFUSED tax:BARRED_ARREARS"


def test_an_answer_that_speaks_of_a_later_day_takes_the_place_of_a_report() -> None:
    event = an_event(at=NOON - ONE_DAY)
    assert merged(told(), event) == (told(),)
    undated = told(days_old=None)
    assert merged(undated, event) == (undated,), "of the day on which we asked"


def test_only_a_whole_answer_of_the_same_agency_on_the_same_scheme_takes_the_place_of_a_report() -> None:
    event = an_event(at=NOON - ONE_DAY)
    bar = as_bar(event, DAY - ONE_DAY)
    for other in (
        told(scheme="levy", agency="tax"),
        told(agency="elsewhere"),
        told(OUT),
        told(Outcome.DISPUTED),
        told(Outcome.CLEAR, Outcome.MALFORMED),
        told(ARREARS, OUT),
    ):
        assert merged(other, event) == (other, bar)


def test_a_report_takes_the_place_of_no_other_report_and_the_newest_of_each_kind_stands() -> None:
    older, newer = an_event(at=NOON - ONE_DAY), an_event()
    broken = an_event(Event.ARRANGEMENT_BROKEN, NOON - 2 * ONE_DAY)
    assert set(merged(older, newer, broken)) == {as_bar(newer), as_bar(broken, DAY - 2 * ONE_DAY, BROKEN)}


def test_what_was_clear_before_takes_the_place_of_a_report_though_the_agency_is_out_now() -> None:
    event, before = an_event(at=NOON - 2 * ONE_DAY), told(on=DAY - ONE_DAY)
    assert merged(told(OUT), event, heard=[before]) == (told(OUT),)
    older = told(on=DAY - 2 * ONE_DAY)
    assert len(merged(told(OUT), event, heard=[older])) == 2
    barred = told(ARREARS, on=DAY - ONE_DAY)
    assert len(merged(told(OUT), event, heard=[barred])) == 2, "a bar that is gone from the evidence bars nothing"


# --- Payments ---


def test_a_payment_alone_is_no_finding_and_clears_nothing() -> None:
    payment = an_event(Event.PAYMENT)
    assert merged(payment) == ()
    for answer in (told(), told(OUT), told(Outcome.CLEAR_UNDER_ARRANGEMENT)):
        assert merged(answer, payment) == (answer,)


POSTING = rules(scheme(more="[schemes.posting]\nlag_days = 5"), scheme("levy"))
LEVY = told(scheme="levy")


def test_a_payment_turns_arrears_into_waiting_for_as_long_as_posting_takes() -> None:
    for days, ending in ((0, "UNDECIDED tax:PAYMENT_NOT_POSTED"), (5, "REFUSED tax:BARRED_ARREARS")):
        payment = an_event(Event.PAYMENT, NOON - days * ONE_DAY)
        assert ends(POSTING, *merged(told(ARREARS), payment), LEVY) == ending
        reported = an_event(at=NOON - 9 * ONE_DAY)
        assert ends(POSTING, *merged(reported, payment), LEVY) == ending
    assert ends(rules(), *merged(told(ARREARS), an_event(Event.PAYMENT))) == "REFUSED tax:BARRED_ARREARS", (
        "no such rule"
    )


def test_a_payment_of_another_scheme_or_agency_pays_nothing() -> None:
    for payment in (an_event(Event.PAYMENT, scheme="levy", agency="tax"), an_event(Event.PAYMENT, agency="elsewhere")):
        assert ends(POSTING, *merged(told(ARREARS), payment), LEVY) == "REFUSED tax:BARRED_ARREARS"


def test_what_is_reported_after_a_payment_is_not_paid() -> None:
    payment, again = an_event(Event.PAYMENT, NOON - HOUR), an_event()
    assert merged(told(ARREARS), payment, again) == (told(ARREARS), as_bar(again))
    assert merged(replace(payment, occurred_at=NOON), again) == (as_bar(again),), (
        "at the same moment the bar comes last"
    )


def test_the_newest_payment_is_the_one_that_is_told() -> None:
    first, last = an_event(Event.PAYMENT, NOON - 3 * ONE_DAY), an_event(Event.PAYMENT, NOON - ONE_DAY)
    (found,) = merged(told(ARREARS), last, first)
    assert found.account == Account(last_payment_on=DAY - ONE_DAY)
    later = told(ARREARS, account=Account(registered_on=date(2020, 1, 1), last_payment_on=DAY))
    assert merged(later, last) == (later,)


@pytest.mark.parametrize(
    ("paid", "received", "asked", "stands"),
    [
        (HOUR, HOUR, 2 * HOUR, False),
        (HOUR, HOUR, HOUR, True),  # it came in while the agency was asked
        (HOUR, 3 * HOUR, 2 * HOUR, True),
        (-HOUR, -HOUR, 2 * HOUR, True),  # what was paid before is another debt
        (timedelta(0), HOUR, 2 * HOUR, True),
    ],
)
def test_an_answer_of_the_same_day_takes_the_place_of_a_report_if_it_was_asked_for_after_a_payment(
    paid: timedelta, received: timedelta, asked: timedelta, stands: bool
) -> None:
    bar, payment = an_event(), an_event(Event.PAYMENT, NOON + paid, received=NOON + received)
    clear = replace(told(), checked_at=NOON + asked)
    assert (len(merged(clear, bar, payment)) == 2) == stands
    under_way = replace(told(), checked_at=NOON + 9 * HOUR)
    assert (len(merged(under_way, bar, payment, asked_at=NOON + asked)) == 2) == stands


def test_a_report_that_comes_after_the_payment_though_it_happened_before_is_taken_in_its_order() -> None:
    bar, payment = an_event(received=NOON + 2 * HOUR), an_event(Event.PAYMENT, NOON + HOUR)
    clear = replace(told(), checked_at=NOON + 3 * HOUR)
    assert merged(clear, bar, payment) == merged(clear, payment, bar) == (clear,)
    assert merged(told(OUT), bar, payment) == (told(OUT), as_bar(bar, paid_on=DAY))


# --- Overtaken ---


def test_a_clear_answer_by_older_data_than_a_bar_that_was_heard_is_overtaken() -> None:
    bar = told(ARREARS, days_old=3)
    for clear, overtaken in (
        (told(days_old=4), True),
        (replace(told(days_old=3), checked_at=NOON - HOUR), True),
        (replace(told(days_old=3), checked_at=NOON + HOUR), False),
        (told(days_old=2), False),
        (told(days_old=4, agency="elsewhere"), False),
        (told(days_old=4, scheme="levy", agency="tax"), False),
        (told(ARREARS, days_old=4), False),
        (told(OUT, days_old=4), False),
    ):
        assert is_overtaken(clear, [bar], ZONE) == overtaken
    assert not is_overtaken(told(days_old=4), [told(days_old=3)], ZONE)


# --- Properties ---

_instants = st.integers(-20 * 24, 12).map(lambda hours: noon(ON) + timedelta(hours=hours))


@st.composite
def events(draw: st.DrawFn) -> AgencyEvent:
    """Any report of the last weeks, received when it happened, later, or even before by the agency's clock."""
    at = draw(_instants)
    received = min(at + timedelta(hours=draw(st.sampled_from((0, 0, 1, 30, -30)))), noon(ON) + timedelta(hours=12))
    scheme, agency = draw(st.sampled_from((*SCHEMES, FLAT))), draw(st.sampled_from(AGENCIES))
    kind = draw(st.sampled_from(Event))
    return AgencyEvent(agency, f"{kind} {agency} {scheme} {at} {received}", kind, scheme, NUMBER, at, received)


_events, _heard = st.lists(events(), max_size=6), st.lists(findings, max_size=3)


def decided(case: Case, reports: Sequence[AgencyEvent], heard: Sequence[Finding] = ()) -> Decision:
    zone = case.rules.time_zone
    found = with_events(case.evidence.findings, reports, zone, asked_at=noon(ON), heard=heard)
    return decide(case.enterprise, in_order(replace(case.evidence, findings=found)), case.rules, ON)


@given(any_case, _events, _heard)
def test_every_answer_stays_and_no_bar_becomes_clear(
    case: Case, reports: list[AgencyEvent], heard: list[Finding]
) -> None:
    before = case.evidence.findings
    after = with_events(before, reports, case.rules.time_zone, heard=heard)
    assert [replace(f, account=None) for f in after[: len(before)]] == [replace(f, account=None) for f in before]
    assert all(f.source is Source.EVENT and f.standing is Standing.BARRED for f in after[len(before) :])
    for was, now in zip(before, after, strict=False):
        changes = replace(now.account or Account(), last_payment_on=None)
        assert changes == replace(was.account or Account(), last_payment_on=None)
        assert now.account == was.account or any(o in BARRED for o in (was.outcome, *was.further))


@given(any_case, _events, _heard, st.data())
def test_order_and_duplicates_of_reports_change_nothing(
    case: Case, reports: list[AgencyEvent], heard: list[Finding], data: st.DataObject
) -> None:
    zone, found = case.rules.time_zone, case.evidence.findings
    once = with_events(found, reports, zone, heard=heard)
    more = data.draw(st.permutations(reports + reports[:2]))
    again = with_events(found, more, zone, heard=data.draw(st.permutations(heard)))
    assert in_order(Evidence(again)) == in_order(Evidence(once))
    assert in_order(Evidence(with_events(once, more, zone, heard=heard))) == in_order(Evidence(once)), "nor twice over"


@given(any_case, _events, _heard, events())
def test_one_more_reported_bar_never_makes_a_decision_more_favourable(
    case: Case, reports: list[AgencyEvent], heard: list[Finding], new: AgencyEvent
) -> None:
    """It never grants more. Nor does it turn a refusal into waiting, where it refuses by itself and is not too old: a
    report that is leaves open what it was about, as every bar does that is."""
    assume(new.kind is not Event.PAYMENT)
    before, after = decided(case, reports, heard), decided(case, [*reports, new], heard)
    assert not grants_more(after, before)
    rule = next((rule for rule in case.rules.schemes if rule.name == new.scheme), None)
    outcome = ARREARS if new.kind is Event.ARREARS else BROKEN
    if rule is None or outcome not in rule.bars:
        return
    if age(day_of(new, case.rules.time_zone), ON) <= rule.evidence.max_age_days:
        assert not is_better(after, before)


@given(any_case, _events, events())
def test_a_payment_may_turn_arrears_into_waiting_or_let_an_answer_asked_for_after_it_count_and_nothing_else(
    case: Case, reports: list[AgencyEvent], new: AgencyEvent
) -> None:
    payment = replace(new, kind=Event.PAYMENT)
    before, after = decided(case, reports), decided(case, [*reports, payment])
    rule = next((rule for rule in case.rules.schemes if rule.name == new.scheme), None)
    if not is_better(after, before):
        return
    assert rule is not None
    zone = case.rules.time_zone
    replaced = len(with_events(case.evidence.findings, reports, zone, asked_at=noon(ON))) > len(
        with_events(case.evidence.findings, [*reports, payment], zone, asked_at=noon(ON))
    )
    assert (
        replaced or (rule.posting is not None and after.result is not Result.GRANTED) or before.result is after.result
    )


@given(any_case, events(), findings)
def test_a_report_older_than_the_answer_changes_nothing(case: Case, report: AgencyEvent, answer: Finding) -> None:
    assume(report.kind is not Event.PAYMENT)
    answer = replace(
        answer, scheme=report.scheme, agency=report.agency, outcome=Outcome.CLEAR, further=(), source=Source.ASKED
    )
    zone = case.rules.time_zone
    asked_on = answer.checked_at.astimezone(zone).date()
    spoken_of = min(answer.data_as_of or asked_on, asked_on)  # nobody speaks of a day that has not come
    assume(min(report.occurred_at, report.received_at).astimezone(zone).date() < spoken_of)
    found = (*case.evidence.findings, answer)
    assert with_events(found, [report], zone) == found
