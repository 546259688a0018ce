"""What agencies report is recorded once, wakes who waits for it, and moves with its cursor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from certsvc.core.errors import StoreRejected, StreamTaken
from certsvc.core.events import AgencyEvent
from certsvc.core.model import Enterprise, Identifier
from certsvc.core.rules.model import Event
from certsvc.service.agency_records import Urgency
from certsvc.service.records import Application
from certsvc.store.connections import connect
from certsvc.store.events import PostgresEventBook
from certsvc.store.jobs import urgency_of
from certsvc.store.postgres import PostgresStore
from certsvc.store.statements import statement
from tests.store import samples

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
A_DAY = timedelta(days=1)
FIRM = Identifier("cr.cedula_juridica", "3101777001")
OTHER = Identifier("cr.cedula_juridica", "3101777002")
OpenBook = Callable[[str], Awaitable[PostgresEventBook]]


@pytest.fixture
async def open_book(database: str) -> AsyncIterator[OpenBook]:
    """Opens the book as a process of this name."""
    async with AsyncExitStack() as stack:

        async def open_one(owner: str) -> PostgresEventBook:
            book = await PostgresEventBook.connect(database, owner)
            stack.push_async_callback(book.close)
            return book

        yield open_one


@pytest.fixture
async def book(open_book: OpenBook) -> PostgresEventBook:
    return await open_book("one")


def event(
    event_id: str = "e-1", identifier: Identifier = FIRM, agency: str = "ccss", kind: Event = Event.PAYMENT
) -> AgencyEvent:
    return AgencyEvent(agency, event_id, kind, "social_security", identifier, AT, samples.NOW)


def pending_for(*identifiers: Identifier) -> Application:
    """An application that waits, and whose next attempt is a day away."""
    request = replace(samples.request(), enterprise=Enterprise(identifiers))
    return samples.pending(of=request, after=A_DAY)


async def recorded(sql: asyncpg.Connection, agency: str = "ccss") -> list[str]:
    rows = await sql.fetch("SELECT event_id FROM agency_event WHERE agency = $1 ORDER BY event_id", agency)
    return [row["event_id"] for row in rows]


async def urgent(sql: asyncpg.Connection, applications: Iterable[Application]) -> set[str]:
    """Those whose next attempt is due now, and urgent."""
    rows = await sql.fetch("SELECT payload, priority FROM pgqueuer WHERE execute_after <= clock_timestamp()")
    due = {r["payload"].decode().split(" ")[0] for r in rows if urgency_of(r["priority"]) is Urgency.URGENT}
    return due & {a.id for a in applications}


async def test_an_event_that_comes_again_changes_nothing(book: PostgresEventBook, sql: asyncpg.Connection) -> None:
    later = replace(event(), received_at=samples.NOW + A_DAY)
    assert await book.receive([event(), event("e-2"), event()]) == 2
    assert await book.receive([later, event("e-3")]) == 1
    assert await recorded(sql) == ["e-1", "e-2", "e-3"]
    assert await sql.fetchval("SELECT received_at FROM agency_event WHERE event_id = 'e-1'") == samples.NOW


@pytest.mark.parametrize(
    "other",
    [
        replace(event(), kind=Event.ARREARS),
        replace(event(), scheme="tax"),
        replace(event(), identifier=OTHER),
        replace(event(), occurred_at=AT + timedelta(microseconds=1)),
    ],
)
async def test_an_id_that_comes_again_with_other_content_changes_nothing_and_alerts(
    book: PostgresEventBook, sql: asyncpg.Connection, other: AgencyEvent
) -> None:
    await book.receive([event()])
    before = await sql.fetch("SELECT * FROM agency_event")
    with capture_logs() as logs:
        assert await book.receive([other, event("e-2")]) == 1
    assert [(line["event"], line["count"], line["alert"]) for line in logs] == [("agency_events_contradicted", 1, True)]
    assert not any(secret in str(logs) for secret in (FIRM.value, OTHER.value))
    assert await sql.fetch("SELECT * FROM agency_event WHERE event_id = 'e-1'") == before


async def test_of_two_events_under_one_id_in_one_report_the_first_counts(
    book: PostgresEventBook, sql: asyncpg.Connection
) -> None:
    with capture_logs() as logs:
        assert await book.receive([event(), replace(event(), kind=Event.ARREARS)]) == 1
    assert [line["count"] for line in logs] == [1]
    assert await sql.fetchval("SELECT kind FROM agency_event") == "payment"


async def test_two_agencies_may_give_the_same_id(book: PostgresEventBook, sql: asyncpg.Connection) -> None:
    assert await book.receive([event(), event(agency="ins")]) == 2


async def test_a_pending_application_that_names_the_number_is_due_at_once_and_urgent(
    book: PostgresEventBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    concerned = [pending_for(FIRM), pending_for(OTHER, replace(FIRM, value="3101777003")), pending_for(FIRM)]
    for application in concerned:
        await store.record(application)
    await store.record(samples.refused(replace(samples.request(), enterprise=Enterprise((FIRM,)))))
    await book.receive([event()])
    assert await urgent(sql, concerned) == {concerned[0].id, concerned[2].id}
    assert await sql.fetchval("SELECT count(*) FROM pgqueuer") == 3, "each has one job"


async def test_an_event_that_is_known_wakes_nobody(
    book: PostgresEventBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    await book.receive([event()])
    application = await store.record(replace(pending_for(FIRM), created_at=samples.NOW + A_DAY))
    await book.receive([event()])
    assert await urgent(sql, [application]) == set()


async def test_what_is_reported_while_agencies_are_asked_is_answered_by_one_more_attempt(
    book: PostgresEventBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    await book.receive([event()])  # received at NOW, when the application is asked about; recorded before it
    asked = [replace(pending_for(FIRM), created_at=samples.NOW + timedelta(seconds=5)), pending_for(OTHER)]
    for application in asked:
        await store.record(application)
    assert await urgent(sql, asked) == {asked[0].id}


async def test_what_is_reported_during_an_attempt_is_answered_by_one_more(
    book: PostgresEventBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    application = await store.record(pending_for(FIRM))
    after = samples.attempted(application, A_DAY)
    lease = samples.lease(after)
    assert await store.claim(lease, samples.LASTING)
    await book.receive([event()])
    await store.resolve(after, lease)
    assert await urgent(sql, [application]) == {application.id}


async def test_what_cannot_be_recorded_wakes_nobody_and_moves_no_cursor(
    book: PostgresEventBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    application = await store.record(pending_for(FIRM))
    assert await book.lease("ccss", 60) == ""
    with pytest.raises(StoreRejected):
        await book.receive([event(), event("no text has a \0")], ("ccss", "c-1"))
    assert await recorded(sql) == []
    assert await urgent(sql, [application]) == set()
    assert await book.lease("ccss", 60) == ""


async def test_who_waits_is_found_by_the_number_and_not_by_looking_through_all_who_wait(database: str) -> None:
    wanted = statement("pending_that_name")
    connection = await connect(database, application="test", plan_once=True)
    try:
        rows = await connection.fetch(f"EXPLAIN {wanted.sql}", [f"cr.nite:{n}" for n in range(500)])
    finally:
        await connection.close()
    plan = "\n".join(row[0] for row in rows)
    assert "Bitmap Index Scan on application_identifiers" in plan
    assert "application_pending" not in plan


async def test_events_and_the_cursor_behind_them_are_recorded_together(book: PostgresEventBook) -> None:
    assert await book.lease("ccss", 60) == ""
    assert await book.receive([event()], ("ccss", "c-1")) == 1
    assert await book.receive([], ("ccss", "c-2")) == 0
    assert await book.lease("ccss", 60) == "c-2"
    assert await book.lease("ins", 60) == "", "each agency has its own"


async def test_a_stream_is_leased_to_one_process_until_the_lease_runs_out_or_is_given_back(
    open_book: OpenBook,
) -> None:
    one, other = await open_book("one"), await open_book("other")
    assert await one.lease("ccss", 60) == ""
    assert await other.lease("ccss", 60) is None
    assert await one.lease("ccss", 0) == "", "renewed, and run out at once"
    assert await other.lease("ccss", 60) == ""
    assert await one.lease("ccss", 60) is None
    await one.release("ccss")
    assert await one.lease("ccss", 60) is None, "nobody gives back what is another's"
    await other.release("ccss")
    assert await one.lease("ccss", 60) == ""


async def test_a_process_that_lost_its_lease_records_nothing(open_book: OpenBook, sql: asyncpg.Connection) -> None:
    one, other = await open_book("one"), await open_book("other")
    await one.lease("ccss", 0)
    assert await one.receive([event()], ("ccss", "c-1")) == 1, "run out, but nobody took it"
    assert await other.lease("ccss", 60) == "c-1"
    with pytest.raises(StreamTaken):
        await one.receive([event("e-2")], ("ccss", "c-2"))
    with pytest.raises(StreamTaken):
        await one.receive([], ("ins", "c-1"))
    assert await recorded(sql) == ["e-1"]
    assert await other.lease("ccss", 60) == "c-1"


async def test_of_many_processes_one_gets_the_lease(open_book: OpenBook) -> None:
    books = [await open_book(str(number)) for number in range(5)]
    answers = await asyncio.gather(*(book.lease("ccss", 60) for book in books * 4))
    assert len({books[i % 5] for i, answer in enumerate(answers) if answer is not None}) == 1


async def test_reports_that_overlap_in_opposite_orders_are_each_recorded(
    open_book: OpenBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    applications = [pending_for(FIRM) for _ in range(20)]
    await asyncio.gather(*(store.record(application) for application in applications))
    one, other = await open_book("one"), await open_book("other")
    events = [event(f"e-{number:03}") for number in range(200)]
    new = await asyncio.gather(*(b.receive(e) for b, e in ((one, events), (other, events[::-1])) * 3))
    assert sum(new) == 200
    assert len(await recorded(sql)) == 200
    assert await urgent(sql, applications) == {a.id for a in applications}


FIRMS = 4
runs = count()
told = st.tuples(st.integers(0, 7), st.integers(0, FIRMS - 1), st.sampled_from(Event), st.integers(0, 100))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_duplicates_and_any_order_leave_the_same_events_and_the_same_wake_ups(
    book: PostgresEventBook, store: PostgresStore, sql: asyncpg.Connection, data: st.DataObject
) -> None:
    run = next(runs)  # events stay for ever, so each run has an agency and firms of its own
    agency = f"agency_{run}"
    firms = [Identifier("cr.cedula_juridica", f"3101{run:05}{n}") for n in range(FIRMS)]
    waiting = [await store.record(pending_for(firm)) for firm in firms]
    drawn = data.draw(st.lists(told, max_size=12, unique_by=lambda one: one[0]))
    events = [
        AgencyEvent(agency, f"e-{name}", kind, "tax", firms[firm], AT + timedelta(hours=hours), samples.NOW)
        for name, firm, kind, hours in drawn
    ]
    sent = data.draw(st.permutations([*events, *(data.draw(st.lists(st.sampled_from(events))) if events else [])]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=3)))
    new = [await book.receive(part) for part in parts(sent, cuts)]
    in_order = sorted(events, key=lambda e: e.occurred_at)
    assert sum(new) == len(in_order)
    rows = await sql.fetch("SELECT event_id, kind, identifier, occurred_at FROM agency_event WHERE agency = $1", agency)
    assert {tuple(row) for row in rows} == {(e.id, e.kind.value, str(e.identifier), e.occurred_at) for e in in_order}
    concerned = {e.identifier for e in in_order}
    assert await urgent(sql, waiting) == {a.id for a in waiting if a.request.enterprise.identifier in concerned}


def parts(sent: Sequence[AgencyEvent], cuts: Sequence[int]) -> Iterable[Sequence[AgencyEvent]]:
    """What was sent, in so many reports."""
    bounds = [0, *cuts, len(sent)]
    return (sent[begin:end] for begin, end in pairwise(bounds))
