"""Rules: an agency that was not asked is not out, and no outage hides what speaks against a provisional certificate.

Every decision here is made once more from its stored evidence, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from certsvc.core.model import CertificateKind, Decision, Finding, Result
from certsvc.core.outcome import Outcome
from certsvc.core.rules.scheme import Degraded, Requirement
from certsvc.service.agency_records import Dispute, Hold, ModeSwitch
from certsvc.store.postgres import PostgresStore
from tests.service.assessing import NOON, all_but, an_event, assessed, out
from tests.service.cases import an_application
from tests.service.conftest import Publishing
from tests.service.memory_book import MemoryBook
from tests.situations import BOOK, DAY, RULES, a_finding, an_enterprise, clear_findings, codes

HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
FUND = "social_security"
LENIENT = replace(BOOK.in_force(date(2022, 7, 1)), first=date(2020, 1, 1), until=None)
"""The version of an outage: a provisional certificate may stand in for the social-security fund's answer."""
OLDEST = next(s.evidence.max_age_days for s in LENIENT.schemes if s.name == FUND)
REUSED = next(s.name for s in RULES.schemes if s.degraded is not None and s.degraded.mode is Degraded.REUSE)
EXTRA = replace(next(s for s in RULES.schemes if s.name == "tax"), name="stamps", requirement=Requirement.OPTIONAL)
SPARED = replace(RULES, schemes=(*RULES.schemes, EXTRA))
"""Rules that can do without one agency."""
HELD = Hold(1, "ccss", NOON - HOUR, NOON - ONE_DAY, 100, 60)
DISPUTE = Dispute(
    "d", "ccss", FUND, an_enterprise().identifier, "paid", "ana", NOON - HOUR, NOON + HOUR, "eva", NOON - HOUR
)


@pytest.fixture
async def store(publishing: Publishing) -> PostgresStore:
    return await publishing.store()


def limited(scheme: str) -> Finding:
    return replace(out(scheme), outcome=Outcome.RATE_LIMITED)


def a_bar(on: date = DAY) -> Finding:
    return a_finding(FUND, Outcome.BARRED_ARREARS, on=on)


async def while_the_fund_is_out(store: PostgresStore, book: MemoryBook) -> Decision:
    decision, _ = await assessed(store, *all_but(FUND), out(FUND), rules=LENIENT, book=book)
    return decision


# --- An agency that is well, and only was not asked ---


@pytest.mark.parametrize("within", [5.0, 0.3])
async def test_an_agency_that_takes_no_more_questions_is_waited_for(store: PostgresStore, within: float) -> None:
    decision, _ = await assessed(store, *all_but(FUND), limited(FUND), rules=LENIENT, within=within)
    assert codes(decision) == [f"{FUND}:RATE_LIMITED"]
    assert decision.waits_for == ("ccss",)


@pytest.mark.parametrize("within", [5.0, 0.3])
async def test_no_earlier_evidence_stands_in_for_it(store: PostgresStore, within: float) -> None:
    then = DAY - 80 * ONE_DAY
    await store.record(an_application(then, *clear_findings(then)))
    decision, evidence = await assessed(store, *all_but(REUSED), limited(REUSED), within=within)
    assert codes(decision) == [f"{REUSED}:RATE_LIMITED"]
    assert [f.outcome for f in evidence.findings if f.scheme == REUSED] == [Outcome.RATE_LIMITED]


@pytest.mark.parametrize("cut_off", [out, limited])
async def test_nothing_is_granted_while_haste_cuts_off_an_agency_that_the_rules_can_do_without(
    store: PostgresStore, cut_off: Callable[[str], Finding]
) -> None:
    answers = *clear_findings(DAY), replace(cut_off("tax"), scheme="stamps", agency="stamp_office")
    patient, _ = await assessed(store, *answers, rules=SPARED)
    hasty, _ = await assessed(store, *answers, rules=SPARED, within=0.3)
    assert (patient.result, hasty.result) == (Result.GRANTED, Result.UNDECIDED)


async def test_its_switch_is_not_on_record(store: PostgresStore) -> None:
    switch = ModeSwitch("ccss", Degraded.PROVISIONAL, "outage", "ana", NOON - HOUR, NOON + HOUR)
    decision, evidence = await assessed(
        store, *all_but(FUND), limited(FUND), rules=LENIENT, book=MemoryBook(switches=[switch])
    )
    assert (decision.result, evidence.switched) == (Result.UNDECIDED, ())


# --- What the agency said before it went out ---


@pytest.mark.parametrize("days", [0, OLDEST])
async def test_a_bar_that_the_agency_told_last_leaves_open_what_its_outage_would_let_pass(
    store: PostgresStore, days: int
) -> None:
    book = MemoryBook()
    book.said_before(an_enterprise(), a_bar(DAY - days * ONE_DAY))
    decision, evidence = await assessed(store, *all_but(FUND), out(FUND), rules=LENIENT, book=book)
    assert codes(decision) == [f"{FUND}:DISPUTED", f"{FUND}:UNAVAILABLE"]
    (doubt,) = (f for f in evidence.findings if f.outcome is Outcome.DISPUTED)
    assert doubt.further == (Outcome.BARRED_ARREARS,)


async def test_a_bar_without_a_day_is_as_old_as_the_answer(store: PostgresStore) -> None:
    for days, result in ((OLDEST, Result.UNDECIDED), (OLDEST + 1, Result.GRANTED)):
        book = MemoryBook()
        book.said_before(an_enterprise(), replace(a_bar(DAY - days * ONE_DAY), data_as_of=None))
        assert (await while_the_fund_is_out(store, book)).result is result


async def test_a_bar_too_old_to_count_or_a_clear_answer_forbids_nothing(store: PostgresStore) -> None:
    for said in (a_bar(DAY - (OLDEST + 1) * ONE_DAY), a_finding(FUND, on=DAY - ONE_DAY)):
        book = MemoryBook()
        book.said_before(an_enterprise(), said)
        assert (await while_the_fund_is_out(store, book)).kind is CertificateKind.PROVISIONAL


async def test_a_disputed_bar_leaves_open_during_an_outage_too(store: PostgresStore) -> None:
    book = MemoryBook(disputes=[DISPUTE])
    book.said_before(an_enterprise(), a_bar())
    assert (await while_the_fund_is_out(store, book)).result is Result.UNDECIDED
    reported = MemoryBook(disputes=[DISPUTE], events=[an_event(at=NOON - ONE_DAY)])
    assert (await while_the_fund_is_out(store, reported)).result is Result.UNDECIDED


async def test_an_agency_that_is_held_back_and_then_out_is_waited_for(store: PostgresStore) -> None:
    book = MemoryBook(open_holds=[HELD])
    assert codes(await while_the_fund_is_out(store, book)) == [f"{FUND}:DISPUTED", f"{FUND}:UNAVAILABLE"]
    book.said_before(an_enterprise(), a_finding(FUND, on=DAY - 9 * ONE_DAY))
    assert (await while_the_fund_is_out(store, book)).result is Result.UNDECIDED
    other = MemoryBook(open_holds=[replace(HELD, agency="hacienda")])
    book.said_before(an_enterprise(), a_finding("tax", on=DAY - 9 * ONE_DAY))
    assert codes(await while_the_fund_is_out(store, other)) == ["tax:DISPUTED"]


async def test_a_switch_to_provisional_hides_no_bar_either(store: PostgresStore) -> None:
    switch = ModeSwitch("ccss", Degraded.PROVISIONAL, "outage", "ana", NOON - HOUR, NOON + HOUR)
    book = MemoryBook(switches=[switch])
    book.said_before(an_enterprise(), a_bar())
    decision, evidence = await assessed(store, *all_but(FUND), out(FUND), book=book)
    assert codes(decision) == [f"{FUND}:DISPUTED", f"{FUND}:UNAVAILABLE"]
    assert evidence.switched == (("ccss", "provisional"),)


# --- One provisional certificate, and no other in its place ---


async def test_no_provisional_certificate_follows_one_that_the_agency_has_not_answered(store: PostgresStore) -> None:
    assert (await while_the_fund_is_out(store, MemoryBook())).kind is CertificateKind.PROVISIONAL
    assert codes(await while_the_fund_is_out(store, MemoryBook(left_unchecked={"ccss"}))) == [f"{FUND}:NO_FINDING"]
    other = await while_the_fund_is_out(store, MemoryBook(left_unchecked={"hacienda"}))
    assert other.kind is CertificateKind.PROVISIONAL


async def test_no_other_agencys_answer_takes_the_place_of_the_one_that_is_waited_for(store: PostgresStore) -> None:
    elsewhere = replace(a_finding(FUND), agency="elsewhere")
    book = MemoryBook(left_unchecked={"ccss"})
    decision, _ = await assessed(store, *all_but(FUND), out(FUND), elsewhere, rules=LENIENT, book=book)
    assert codes(decision) == [f"{FUND}:NO_FINDING"]


async def test_where_every_agency_answers_an_earlier_provisional_certificate_is_no_obstacle(
    store: PostgresStore,
) -> None:
    book = MemoryBook(left_unchecked={"ccss"})
    decision, _ = await assessed(store, *clear_findings(DAY), rules=LENIENT, book=book)
    assert decision.kind is CertificateKind.FULL
