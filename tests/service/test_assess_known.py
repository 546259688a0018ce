"""Rules: what was reported, heard, disputed, held back or switched counts in every assessment, and never clears."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from certsvc.core.model import (
    CertificateKind,
    Identifier,
    Result,
    Source,
)
from certsvc.core.outcome import Outcome
from certsvc.core.rules.model import Event
from certsvc.core.rules.scheme import Degraded
from certsvc.service.agency_records import Dispute, Hold, ModeSwitch
from certsvc.store.postgres import PostgresStore
from tests.service.assessing import NOON, all_but, an_event, assessed, out
from tests.service.cases import an_application
from tests.service.conftest import Publishing
from tests.service.memory_book import MemoryBook
from tests.situations import (
    AGENCY_OF,
    DAY,
    RULES,
    a_finding,
    an_enterprise,
    clear_findings,
    codes,
)
from tests.strategies import UNKNOWN, noon

HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
REUSED = next(s.name for s in RULES.schemes if s.degraded is not None and s.degraded.mode is Degraded.REUSE)


@pytest.fixture
async def store(publishing: Publishing) -> PostgresStore:
    return await publishing.store()


# --- Reports ---


async def test_arrears_reported_after_the_agencys_data_refuse_beside_its_clear_answer(store: PostgresStore) -> None:
    book = MemoryBook(events=[an_event(received=NOON - HOUR)])
    clear = a_finding("social_security", days_old=3)
    decision, evidence = await assessed(store, *all_but("social_security"), clear, book=book)
    assert codes(decision) == ["social_security:BARRED_ARREARS"]
    found = [f for f in evidence.findings if f.scheme == "social_security"]
    assert {f.source for f in found} == {Source.ASKED, Source.EVENT}
    assert clear in found


async def test_data_of_a_later_day_takes_the_place_of_the_report(store: PostgresStore) -> None:
    book = MemoryBook(events=[an_event(at=NOON - 2 * ONE_DAY)])
    decision, evidence = await assessed(store, *clear_findings(DAY), book=book)
    assert decision.result is Result.GRANTED
    assert {f.source for f in evidence.findings} == {Source.ASKED}


async def test_a_report_on_another_number_concerns_another(store: PostgresStore) -> None:
    other = replace(an_event(), identifier=Identifier("cr.cedula_juridica", "3101999902"))
    decision, _ = await assessed(store, *clear_findings(DAY), book=MemoryBook(events=[other]))
    assert decision.result is Result.GRANTED


async def test_after_a_payment_the_same_days_answer_counts_if_it_was_asked_for_then(store: PostgresStore) -> None:
    book = MemoryBook(events=[an_event(at=NOON - 3 * HOUR), an_event(Event.PAYMENT, NOON - 2 * HOUR)])
    decision, _ = await assessed(store, *clear_findings(DAY), book=book)
    assert decision.result is Result.GRANTED
    late = replace(book.events[1], received_at=NOON)
    decision, evidence = await assessed(store, *clear_findings(DAY), book=MemoryBook(events=[book.events[0], late]))
    assert codes(decision) == ["social_security:PAYMENT_NOT_POSTED"], "it came in while the agency was asked"
    assert decision.result is Result.UNDECIDED
    assert any(f.account is not None and f.account.last_payment_on == DAY for f in evidence.findings)


async def test_a_reported_bar_refuses_while_its_agency_is_out_and_what_was_clear_before_is_older(
    store: PostgresStore,
) -> None:
    then = DAY - 9 * ONE_DAY
    await store.record(an_application(then, *clear_findings(then)))
    event = an_event(at=NOON - ONE_DAY, scheme=REUSED)
    decision, _ = await assessed(store, *all_but(REUSED), out(REUSED), book=MemoryBook(events=[event]))
    assert codes(decision) == [f"{REUSED}:BARRED_ARREARS"]


async def test_a_report_that_a_later_answer_has_settled_does_not_come_back_while_the_agency_is_out(
    store: PostgresStore,
) -> None:
    book = MemoryBook(events=[an_event(at=NOON - 9 * ONE_DAY, scheme=REUSED)])
    then = DAY - 3 * ONE_DAY
    book.said_before(an_enterprise(), a_finding(REUSED, on=then))
    decision, _ = await assessed(store, *all_but(REUSED), out(REUSED), book=book)
    assert codes(decision) == [f"{REUSED}:UNAVAILABLE"]
    await store.record(an_application(then, *clear_findings(then)))
    decision, _ = await assessed(store, *all_but(REUSED), out(REUSED), book=book)
    assert (decision.result, dict(decision.clear)[REUSED]) == (Result.GRANTED, then)


async def test_a_report_in_an_earlier_case_does_not_outlive_the_answer_that_settled_it(store: PostgresStore) -> None:
    then = DAY - 9 * ONE_DAY
    reported = replace(a_finding(REUSED, Outcome.BARRED_ARREARS, on=then), source=Source.EVENT)
    await store.record(an_application(then, *clear_findings(then), reported))
    book = MemoryBook(events=[an_event(at=noon(then), scheme=REUSED)])
    silent = (*all_but(REUSED), out(REUSED))
    decision, _ = await assessed(store, *silent, book=book)
    assert codes(decision) == [f"{REUSED}:BARRED_ARREARS"]
    book = MemoryBook(events=book.events)
    book.said_before(an_enterprise(), a_finding(REUSED, on=DAY - ONE_DAY))
    decision, _ = await assessed(store, *silent, book=book)
    assert decision.result is Result.GRANTED


# --- What was heard before ---


async def test_a_clear_answer_by_older_data_than_a_bar_that_anybody_heard_grants_nothing(store: PostgresStore) -> None:
    book = MemoryBook()
    book.said_before(an_enterprise(), a_finding("tax", Outcome.BARRED_ARREARS, on=DAY - ONE_DAY))
    older = a_finding("tax", days_old=2)
    decision, _ = await assessed(store, *all_but("tax"), older, book=book)
    assert codes(decision) == ["tax:DISPUTED"]
    assert next(iter(book.priors.values())).outcome is Outcome.BARRED_ARREARS, "the newer bar stays what is known"
    decision, _ = await assessed(store, *clear_findings(DAY), book=book)
    assert decision.result is Result.GRANTED


async def test_no_earlier_case_stands_in_that_a_bar_heard_since_has_overtaken(store: PostgresStore) -> None:
    then = DAY - 9 * ONE_DAY
    await store.record(an_application(then, *clear_findings(then)))
    book = MemoryBook()
    book.said_before(an_enterprise(), a_finding(REUSED, Outcome.BARRED_ARREARS, on=DAY - ONE_DAY))
    decision, _ = await assessed(store, *all_but(REUSED), out(REUSED), book=book)
    assert codes(decision) == [f"{REUSED}:UNAVAILABLE"]


# --- Disputes ---


def a_dispute(**changes: Any) -> Dispute:
    dispute = Dispute(
        id="00000000-0000-4000-8000-000000000001",
        agency="ccss",
        scheme="social_security",
        identifier=an_enterprise().identifier,
        statement="a receipt",
        opened_by="operator/ana",
        opened_at=NOON - ONE_DAY,
        until=NOON + ONE_DAY,
        approved_by="operator/luis",
        approved_at=NOON - HOUR,
    )
    return replace(dispute, **changes)


async def test_an_approved_dispute_turns_a_refusal_into_waiting_and_never_into_a_grant(store: PostgresStore) -> None:
    barred = (*all_but("social_security"), a_finding("social_security", Outcome.BARRED_ARREARS))
    decision, _ = await assessed(store, *barred)
    assert decision.result is Result.REFUSED
    decision, evidence = await assessed(store, *barred, book=MemoryBook(disputes=[a_dispute()]))
    assert codes(decision) == ["social_security:DISPUTED"]
    assert decision.waits_for == ("ccss",)
    assert [f.further for f in evidence.findings if f.outcome is Outcome.DISPUTED] == [(Outcome.BARRED_ARREARS,)]


@pytest.mark.parametrize(
    "changes",
    [
        {"approved_by": "", "approved_at": None},
        {"until": NOON},
        {"closed_by": "operator/ana", "closed_at": NOON - HOUR},
        {"agency": "hacienda"},
        {"scheme": "tax"},
        {"identifier": Identifier("cr.cedula_juridica", "3101999902")},
    ],
)
async def test_a_dispute_that_does_not_count_or_is_about_something_else_suspends_nothing(
    store: PostgresStore, changes: dict[str, Any]
) -> None:
    barred = (*all_but("social_security"), a_finding("social_security", Outcome.BARRED_ARREARS))
    decision, _ = await assessed(store, *barred, book=MemoryBook(disputes=[a_dispute(**changes)]))
    assert codes(decision) == ["social_security:BARRED_ARREARS"]


async def test_a_dispute_leaves_clear_what_is_clear(store: PostgresStore) -> None:
    decision, _ = await assessed(store, *clear_findings(DAY), book=MemoryBook(disputes=[a_dispute()]))
    assert (decision.result, decision.kind) == (Result.GRANTED, CertificateKind.FULL)


async def test_a_reported_bar_is_disputed_as_an_answered_one_is(store: PostgresStore) -> None:
    book = MemoryBook(events=[an_event(received=NOON - HOUR)], disputes=[a_dispute()])
    decision, _ = await assessed(store, *clear_findings(DAY), book=book)
    assert codes(decision) == ["social_security:DISPUTED"]


# --- Switches ---


def a_switch(
    mode: Degraded | None = Degraded.PROVISIONAL, agency: str = "ccss", until: datetime = NOON + HOUR
) -> ModeSwitch:
    return ModeSwitch(agency, mode, "long outage", "operator/ana", NOON - HOUR, until)


async def test_while_an_agency_is_out_it_is_treated_as_an_operator_has_switched_it(store: PostgresStore) -> None:
    silent = (*all_but("social_security"), out("social_security"))
    decision, evidence = await assessed(store, *silent)
    assert (codes(decision), evidence.switched) == (["social_security:UNAVAILABLE"], ())
    decision, evidence = await assessed(store, *silent, book=MemoryBook(switches=[a_switch()]))
    assert (decision.result, decision.kind) == (Result.GRANTED, CertificateKind.PROVISIONAL)
    assert decision.unchecked == (("social_security", "ccss"),)
    assert evidence.switched == (("ccss", "provisional"),)


@pytest.mark.parametrize(
    "switch", [a_switch(None), a_switch(until=NOON), a_switch(agency="hacienda"), a_switch(Degraded.REFUSE)]
)
async def test_a_switch_that_is_over_taken_back_elsewhere_or_against_the_rules_changes_nothing(
    store: PostgresStore, switch: ModeSwitch
) -> None:
    silent = (*all_but("social_security"), out("social_security"))
    decision, _ = await assessed(store, *silent, book=MemoryBook(switches=[switch]))
    assert codes(decision) == ["social_security:UNAVAILABLE"]


async def test_a_switch_of_an_agency_that_answers_is_not_on_record(store: PostgresStore) -> None:
    decision, evidence = await assessed(store, *clear_findings(DAY), book=MemoryBook(switches=[a_switch()]))
    assert (decision.kind, evidence.switched) == (CertificateKind.FULL, ())


async def test_haste_makes_no_outage_of_an_agency_that_is_switched_either(store: PostgresStore) -> None:
    silent = (*all_but("social_security"), out("social_security"))
    decision, evidence = await assessed(store, *silent, within=1.0, book=MemoryBook(switches=[a_switch()]))
    assert codes(decision) == ["social_security:NO_FINDING"]
    assert evidence.switched == ()


async def test_an_agency_switched_to_waiting_is_not_stood_in_for(store: PostgresStore) -> None:
    await store.record(an_application(DAY - ONE_DAY, *clear_findings(DAY - ONE_DAY)))
    waiting = MemoryBook(switches=[a_switch(Degraded.PENDING, AGENCY_OF[REUSED])])
    decision, evidence = await assessed(store, *all_but(REUSED), out(REUSED), book=waiting)
    assert codes(decision) == [f"{REUSED}:UNAVAILABLE"]
    assert [f.outcome for f in evidence.findings if f.scheme == REUSED] == [Outcome.UNAVAILABLE]


# --- Held back ---


@pytest.mark.parametrize("outcome", [o for o in Outcome if o not in UNKNOWN])
async def test_what_a_held_agency_says_anew_neither_grants_nor_refuses(store: PostgresStore, outcome: Outcome) -> None:
    held = Hold(1, "hacienda", NOON - HOUR, NOON - ONE_DAY, 100, 60)
    book = MemoryBook(open_holds=[held])
    decision, _ = await assessed(store, *all_but("tax"), a_finding("tax", outcome), book=book)
    assert codes(decision) == ["tax:DISPUTED"]
    book.said_before(an_enterprise(), replace(a_finding("tax", outcome), checked_at=NOON), NOON - 9 * ONE_DAY)
    as_before, _ = await assessed(store, *all_but("tax"), a_finding("tax", outcome), book=book)
    free, _ = await assessed(store, *all_but("tax"), a_finding("tax", outcome))
    assert as_before == free, "what it said before it was suspect, and says still, counts"


async def test_what_a_held_agency_calls_clear_anew_settles_no_report(store: PostgresStore) -> None:
    book = MemoryBook(events=[an_event(at=NOON - 3 * ONE_DAY, scheme="tax")])
    book.said_before(an_enterprise(), a_finding("tax", on=DAY - ONE_DAY))
    silent = (*all_but("tax"), out("tax"))
    decision, _ = await assessed(store, *silent, book=book)
    assert codes(decision) == ["tax:UNAVAILABLE"]
    book.open_holds.append(Hold(1, "hacienda", NOON - HOUR, NOON - 2 * ONE_DAY, 100, 60))
    decision, _ = await assessed(store, *silent, book=book)
    assert codes(decision) == ["tax:DISPUTED", "tax:UNAVAILABLE"]


async def test_an_earlier_case_stands_in_for_a_held_agency_only_if_it_said_so_all_along(store: PostgresStore) -> None:
    then = DAY - 3 * ONE_DAY
    await store.record(an_application(then, *clear_findings(then)))
    agency = AGENCY_OF[REUSED]
    book = MemoryBook(open_holds=[Hold(1, agency, NOON - HOUR, NOON - 2 * ONE_DAY, 100, 60)])
    decision, _ = await assessed(store, *all_but(REUSED), out(REUSED), book=book)
    assert decision.result is Result.UNDECIDED
    book.said_before(an_enterprise(), a_finding(REUSED, on=then))
    decision, _ = await assessed(store, *all_but(REUSED), out(REUSED), book=book)
    assert decision.result is Result.GRANTED
