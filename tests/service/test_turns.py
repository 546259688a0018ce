"""Rules: an agency that turns on too many at once is held back, and what it then says anew counts for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from certsvc.core.model import Decision, Enterprise, Finding, Identifier, Result, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.model import Event
from certsvc.service.agency_ports import AgencyBook
from certsvc.service.agency_records import Hold, Known, Prior
from certsvc.service.ports import Store
from certsvc.service.turns import TurnLimit, TurnWatch, is_held_back, standing_of
from certsvc.store.agency_acts import PostgresAgencyActs
from certsvc.store.agency_book import PostgresAgencyBook
from certsvc.store.connections import create_pool
from tests.service.assessing import NOON, all_but, an_event, assessed
from tests.service.memory_book import MemoryBook
from tests.situations import DAY, a_finding, an_enterprise, clear_findings, codes
from tests.strategies import BARRED, CLEAR, UNKNOWN

HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
WINDOW = timedelta(hours=20)
LIMIT = TurnLimit(Decimal("0.2"), WINDOW, 5)
LIMITS = {"hacienda": LIMIT}
NO_STORE = cast("Store", None)
"""No earlier case is read here."""

BAR, CLEARED = a_finding("tax", Outcome.BARRED_ARREARS), a_finding("tax")


def enterprise(number: int) -> Enterprise:
    return Enterprise((Identifier("cr.cedula_juridica", f"31019{number:05}"),))


def heard_long_ago(book: MemoryBook, count: int, finding: Finding = CLEARED) -> None:
    """So many enterprises of which the tax office has said the same for long; last three days ago."""
    then = NOON - 3 * ONE_DAY
    for number in range(count):
        book.said_before(enterprise(number), replace(finding, checked_at=then), then - 30 * ONE_DAY)


async def asked(book: AgencyBook, number: int, tax: Finding, at: datetime = NOON, limit: TurnLimit = LIMIT) -> Decision:
    """What is decided on the enterprise while the tax office says this, and all others that it is clear."""
    at_once = replace(tax, checked_at=at)
    found = (*all_but("tax"), at_once)
    decision, _ = await assessed(
        NO_STORE, *found, book=book, turns={"hacienda": limit}, enterprise=enterprise(number), at=at
    )
    return decision


# --- Half of all answers flip in one night ---


@pytest.fixture
async def books(database: str) -> AsyncIterator[list[PostgresAgencyBook]]:
    """The book as two processes have it, on one database."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(2):
            pool = await create_pool(database, size=1)
            stack.push_async_callback(pool.close)
            book = PostgresAgencyBook(database, pool)
            stack.push_async_callback(book.close)
            opened.append(book)
        yield opened


@pytest.fixture
async def acts(database: str) -> AsyncIterator[PostgresAgencyActs]:
    pool = await create_pool(database, size=1)
    yield PostgresAgencyActs(pool)
    await pool.close()


@pytest.mark.parametrize(("before", "after"), [(CLEARED, BAR), (BAR, CLEARED)], ids=["bars", "clears"])
async def test_half_of_all_answers_flip_in_one_night_and_the_service_stops_and_asks(
    books: list[PostgresAgencyBook], acts: PostgresAgencyActs, before: Finding, after: Finding
) -> None:
    long_ago, count = NOON - 9 * ONE_DAY, 24
    for number in range(count):
        await books[0].note(enterprise(number), [replace(before, checked_at=long_ago)], NOON)
    decisions = []
    with capture_logs() as logs:
        for number in range(count):
            answer = after if number % 2 else before
            decisions.append(await asked(books[number % 2], number, answer, NOON + number * timedelta(minutes=1)))
    assert [(log["event"], log["alert"], log["agency"]) for log in logs] == [("agency_held_back", True, "hacienda")]
    turned = [codes(decision) for decision in decisions[1::2]]
    usual = [] if after is CLEARED else ["tax:BARRED_ARREARS"]
    assert turned == [usual] * 4 + [["tax:DISPUTED"]] * 8, "the fifth turn holds itself back as well"
    kept = [] if before is CLEARED else ["tax:BARRED_ARREARS"]
    assert [codes(decision) for decision in decisions[::2]] == [kept] * 12, "what it said before and says still counts"
    later = NOON + HOUR
    for book in books:
        assert codes(await asked(book, 900, CLEARED, later)) == ["tax:DISPUTED"], "nor what was never heard before"

    await acts.release("hacienda", "operator/ana", "the register was restored", later)
    assert codes(await asked(books[0], 3, after, later)) == ["tax:DISPUTED"], "one person releases nothing"
    await acts.release("hacienda", "operator/luis", "the register was restored", later + HOUR)
    for book in books:
        assert codes(await asked(book, 3, after, later + 2 * HOUR)) == usual
        assert codes(await asked(book, 900, CLEARED, later + 2 * HOUR)) == []


async def test_what_was_turned_before_a_release_is_not_counted_again() -> None:
    book = MemoryBook()
    heard_long_ago(book, 12)
    for number in range(6):
        await asked(book, number, BAR)
    assert len(book.open_holds) == 1
    book.release("hacienda", NOON + HOUR)
    for number in range(6, 10):
        assert codes(await asked(book, number, BAR, NOON + 2 * HOUR)) == ["tax:BARRED_ARREARS"]
    assert not book.open_holds
    assert codes(await asked(book, 10, BAR, NOON + 3 * HOUR)) == ["tax:DISPUTED"]


# --- The limit ---


@pytest.mark.parametrize(
    ("turned", "same", "limit", "held"),
    [
        (5, 0, LIMIT, True),
        (4, 0, LIMIT, False),
        (5, 20, LIMIT, False),  # a fifth, and not more
        (5, 19, LIMIT, True),
        (1, 0, TurnLimit(Decimal(1), WINDOW, 1), False),
        (1, 0, TurnLimit(Decimal("0.99"), WINDOW, 1), True),
    ],
)
async def test_an_agency_is_held_that_turns_on_more_than_its_share_and_no_fewer_than_the_least(
    turned: int, same: int, limit: TurnLimit, *, held: bool
) -> None:
    book = MemoryBook()
    heard_long_ago(book, turned + same)
    for number in range(turned, turned + same):
        await asked(book, number, CLEARED, limit=limit)
    for number in range(turned):
        await asked(book, number, BAR, limit=limit)
    assert bool(book.open_holds) == held
    if held:
        (hold,) = book.open_holds
        assert (hold.agency, hold.since, hold.suspect_from) == ("hacienda", NOON, NOON - WINDOW)
        assert (hold.asked, hold.turned) == (turned + same, turned)


async def test_turns_over_a_long_time_hold_nothing_back() -> None:
    book = MemoryBook()
    heard_long_ago(book, 12)
    for number in range(12):
        decision = await asked(book, number, BAR, NOON + number * WINDOW / 3)
        assert codes(decision) == ["tax:BARRED_ARREARS"]
    assert not book.open_holds


async def test_the_hold_of_one_agency_leaves_the_others_alone_and_an_agency_without_limit_is_never_held() -> None:
    book = MemoryBook()
    heard_long_ago(book, 9)
    for number in range(9):
        book.said_before(enterprise(number), replace(a_finding("work_injury"), checked_at=NOON - ONE_DAY))
        injured = a_finding("work_injury", Outcome.BARRED_NOT_REGISTERED)
        found = (*all_but("work_injury"), injured)
        decision, _ = await assessed(NO_STORE, *found, book=book, turns=LIMITS, enterprise=enterprise(number))
        assert decision.result is Result.GRANTED, "that proof is not needed"
    assert not book.open_holds


async def test_reports_turn_as_answers_do() -> None:
    book = MemoryBook()
    heard_long_ago(book, 6)
    for number in range(6):
        event = replace(an_event(scheme="tax"), identifier=enterprise(number).identifier)
        book.events.append(event)
    decisions = [await asked(book, number, replace(CLEARED, data_as_of=DAY - ONE_DAY)) for number in range(6)]
    assert [codes(d) for d in decisions] == [["tax:BARRED_ARREARS"]] * 4 + [["tax:DISPUTED"]] * 2


async def test_an_imported_file_that_turns_on_many_is_noticed_whenever_they_apply() -> None:
    """Its answers are of the import, days ago; they turn when they are heard."""
    book = MemoryBook()
    then = NOON - 9 * ONE_DAY
    for number in range(6):
        book.said_before(enterprise(number), replace(CLEARED, checked_at=then - ONE_DAY))
    filed = replace(BAR, checked_at=then, data_as_of=DAY - 9 * ONE_DAY, source=Source.FILE)
    for number in range(6):
        await assessed(
            NO_STORE, *all_but("tax"), filed, book=book, turns=LIMITS, enterprise=enterprise(number), at=NOON
        )
    assert [hold.agency for hold in book.open_holds] == ["hacienda"]


async def test_operators_are_alerted_once_and_nobody_is_named() -> None:
    book = MemoryBook()
    heard_long_ago(book, 7)
    with capture_logs() as logs:
        for number in range(7):
            await asked(book, number, BAR)
    assert logs == [
        {
            "event": "agency_held_back",
            "log_level": "error",
            "alert": True,
            "agency": "hacienda",
            "asked": 5,
            "turned": 5,
        }
    ]


# --- What is noted ---


def watched(book: MemoryBook, *said: Finding, at: datetime = NOON) -> Sequence[Hold]:
    async def watch() -> Sequence[Hold]:
        known = await book.known(an_enterprise(), at)
        return await TurnWatch(book, LIMITS)(an_enterprise(), said, known, at)

    return asyncio.run(watch())


def prior_of(book: MemoryBook, agency: str = "hacienda") -> Prior:
    return next(prior for (_, name, _), prior in book.priors.items() if name == agency)


def test_what_says_nothing_new_is_noted_again_after_a_tenth_of_the_window() -> None:
    book = MemoryBook()
    tenth, instant = WINDOW / 10, timedelta(microseconds=1)
    watched(book, CLEARED)
    assert book.notes == 1
    watched(book, replace(CLEARED, checked_at=NOON + tenth - instant), at=NOON + tenth - instant)
    assert book.notes == 1
    watched(book, replace(CLEARED, checked_at=NOON + tenth), at=NOON + tenth)
    assert book.notes == 2
    assert (prior_of(book).since, prior_of(book).checked_at) == (NOON, NOON + tenth)


@pytest.mark.parametrize(
    "news", [BAR, replace(CLEARED, data_as_of=DAY + ONE_DAY), replace(CLEARED, outcome=Outcome.CLEAR_UNDER_ARRANGEMENT)]
)
def test_what_says_something_new_is_noted_at_once(news: Finding) -> None:
    book, at = MemoryBook(), NOON + timedelta(seconds=1)
    watched(book, CLEARED)
    watched(book, replace(news, checked_at=at), at=at)
    assert (book.notes, prior_of(book).outcome, prior_of(book).data_as_of) == (2, news.outcome, news.data_as_of)


def test_of_several_answers_the_bar_is_the_agencys_word_and_what_is_unknown_is_none() -> None:
    for said in ((CLEARED, BAR), (BAR, CLEARED), (replace(CLEARED, further=(Outcome.BARRED_ARREARS,)),)):
        book = MemoryBook()
        watched(book, *said)
        assert prior_of(book).outcome is Outcome.BARRED_ARREARS
    for outcome in UNKNOWN:
        book = MemoryBook()
        watched(book, replace(CLEARED, outcome=outcome), a_finding("work_injury", outcome))
        watched(book, replace(CLEARED, further=(outcome,)))
        assert not book.priors


def test_nothing_is_counted_while_nothing_turns() -> None:
    book = MemoryBook()
    watched(book, *clear_findings(DAY))
    watched(book, *clear_findings(DAY), at=NOON + WINDOW)
    assert (book.counted, book.notes) == (0, 2)


# --- While an agency is held ---

_instants = st.integers(-60, 0).map(lambda hours: NOON + timedelta(hours=hours))
_definite = st.sampled_from((*CLEAR, *BARRED))
_priors = st.none() | st.builds(
    lambda outcome, since, later: Prior(
        "hacienda", "tax", outcome, DAY, min(since + later, NOON), min(since + later, NOON), since
    ),
    _definite,
    _instants,
    st.integers(0, 40).map(lambda hours: timedelta(hours=hours)),
)
_holds = st.builds(lambda hours: Hold(1, "hacienda", NOON, NOON - timedelta(hours=hours), 100, 60), st.integers(1, 48))
_answers = st.builds(
    Finding,
    st.just("tax"),
    st.just("hacienda"),
    st.sampled_from((*CLEAR * 2, *BARRED, *UNKNOWN)),
    st.just(NOON),
    st.sampled_from((DAY, DAY - ONE_DAY)),
    st.just(()) | st.sampled_from(Outcome).map(lambda outcome: (outcome,)),
    source=st.sampled_from(Source),
)
_reports = st.lists(st.sampled_from([kind for kind in Event if kind is not Event.PAYMENT]), max_size=1)


@given(_answers, _priors, _holds, _reports)
def test_while_an_agency_is_held_nothing_is_granted_that_rests_on_what_it_says_anew(
    answer: Finding, prior: Prior | None, hold: Hold, reports: list[Event]
) -> None:
    book = MemoryBook(open_holds=[hold])
    if prior is not None:
        book.said_before(
            an_enterprise(), replace(CLEARED, outcome=prior.outcome, checked_at=prior.checked_at), prior.since
        )
    book.events = [an_event(kind, NOON - HOUR, scheme="tax") for kind in reports]
    found = (*all_but("tax"), answer)
    decision, evidence = asyncio.run(assessed(NO_STORE, *found, book=book, turns=LIMITS))
    trusted = prior is not None and prior.since < hold.suspect_from
    if decision.result is Result.GRANTED:
        assert trusted
        assert prior is not None
        assert prior.outcome.standing is standing_of(answer) is Standing.CLEAR
    if decision.result is Result.REFUSED:
        assert trusted
        assert prior is not None
        assert prior.outcome.standing is Standing.BARRED
    held = [f for f in evidence.findings if f.agency == "hacienda" and f.standing is not Standing.UNKNOWN]
    assert all(trusted and prior is not None and prior.outcome.standing is standing_of(f) for f in held)


@given(_answers, _priors, _holds)
def test_what_is_unknown_and_what_others_say_is_never_held_back(
    answer: Finding, prior: Prior | None, hold: Hold
) -> None:
    priors = () if prior is None else (prior,)
    assert not is_held_back(answer, priors, ())
    assert not is_held_back(replace(answer, agency="ccss"), priors, (hold,))
    if answer.outcome in UNKNOWN:
        assert not is_held_back(answer, priors, (hold,))


def test_what_was_said_before_the_agency_is_suspect_counts_and_from_that_moment_on_not() -> None:
    hold = Hold(1, "hacienda", NOON, NOON - WINDOW, 9, 9)
    for since, held in ((NOON - WINDOW - timedelta(microseconds=1), False), (NOON - WINDOW, True)):
        prior = Prior("hacienda", "tax", Outcome.CLEAR, DAY, NOON, NOON, since)
        assert is_held_back(CLEARED, (prior,), (hold,)) == held


def test_a_hold_known_only_from_the_book_counts_without_any_turn() -> None:
    hold = Hold(1, "hacienda", NOON - HOUR, NOON - ONE_DAY, 9, 9)
    holds = watched(MemoryBook(open_holds=[hold]), CLEARED)
    assert holds == (hold,)
    known = Known(holds=(hold,))
    assert is_held_back(CLEARED, known.priors, known.holds)


def test_evidence_of_a_held_agency_says_what_it_was_held_for() -> None:
    book = MemoryBook(open_holds=[Hold(1, "hacienda", NOON - HOUR, NOON - ONE_DAY, 9, 9)])
    _, evidence = asyncio.run(assessed(NO_STORE, *all_but("tax"), BAR, book=book))
    held = replace(BAR, outcome=Outcome.DISPUTED, further=(Outcome.BARRED_ARREARS,))
    assert [f for f in evidence.findings if f.agency == "hacienda"] == [held]
