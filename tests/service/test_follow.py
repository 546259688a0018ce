"""A followed stream is recorded once, by one process, and never given up. Real streams, a real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import grpc
import pytest
from structlog.testing import capture_logs

from certsvc.agencies.stream import AgencyStream
from certsvc.core.errors import StoreUnavailable
from certsvc.core.events import AgencyEvent
from certsvc.service.follow import FollowAgency, Patience
from certsvc.service.receive_events import ReceiveEvents
from certsvc.store.events import PostgresEventBook
from tests.agencies.kit import PLENTY, FixedClock
from tests.agencies.streaming import StreamingAgency, ends, event, fails, message, sends

QUICK = Patience(first=0.01, last=0.02, lease=0.3)


class Watched(PostgresEventBook):
    """The book, which tells what it was asked; `failing` times it records and then says that it could not tell."""

    def __init__(self, pool: Any, owner: str) -> None:
        super().__init__(pool, owner)
        self.recorded: asyncio.Queue[tuple[list[str], str]] = asyncio.Queue()
        self.leased: asyncio.Queue[str | None] = asyncio.Queue()
        self.failing = 0

    async def receive(self, events: Sequence[AgencyEvent], cursor: tuple[str, str] | None = None) -> int:
        new = await super().receive(events, cursor)
        if self.failing:
            self.failing -= 1
            raise StoreUnavailable("the answer was lost")
        self.recorded.put_nowait(([e.id for e in events], cursor[1] if cursor else ""))
        return new

    async def lease(self, agency: str, seconds: float) -> str | None:
        answer = await super().lease(agency, seconds)
        self.leased.put_nowait(answer)
        return answer


class Stage:
    """Followers of one agency, each a process of its own as far as the database knows."""

    def __init__(self, dsn: str, target: str, stack: AsyncExitStack) -> None:
        self._dsn, self._target, self._stack = dsn, target, stack

    async def follow(
        self, name: str, failing: int = 0, patience: Patience = QUICK
    ) -> tuple[FollowAgency, Watched, asyncio.Task[None]]:
        book = await Watched.connect(self._dsn, name)
        self._stack.push_async_callback(book.close)
        book.failing = failing
        stream = AgencyStream("ccss", self._target)
        self._stack.push_async_callback(stream.close)
        receive = ReceiveEvents(book=book, schemes={"ccss": ("social_security",)}, clock=FixedClock())
        follower = FollowAgency("ccss", stream, receive=receive, book=book, monotonic=time.monotonic, patience=patience)
        task = asyncio.create_task(follower.run())
        self._stack.push_async_callback(stopped, task)
        return follower, book, task


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()


@asynccontextmanager
async def stage(agency: StreamingAgency, dsn: str) -> AsyncIterator[Stage]:
    async with agency.serve() as target, asyncio.timeout(PLENTY), AsyncExitStack() as stack:
        yield Stage(dsn, target, stack)


async def in_the_book(dsn: str, column: str = "cursor") -> tuple[list[str], str | None]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT event_id FROM agency_event ORDER BY seq")
        return [row["event_id"] for row in rows], await connection.fetchval(f"SELECT {column} FROM agency_stream")
    finally:
        await connection.close()


async def test_what_is_told_is_recorded_with_its_cursor_and_followed_from_there_again(database: str) -> None:
    agency = StreamingAgency(sends(message("c-1", event("1"), event("2")), message("c-2", event("3"))), sends())
    async with stage(agency, database) as on:
        _, book, task = await on.follow("one")
        assert [await book.recorded.get() for _ in range(2)] == [(["1", "2"], "c-1"), (["3"], "c-2")]
        await stopped(task)
        assert await in_the_book(database, "owner") == (["1", "2", "3"], None), "others need not wait for the lease"
        await on.follow("two")
        assert [await agency.asked.get() for _ in range(2)] == ["", "c-2"]
    assert await in_the_book(database) == (["1", "2", "3"], "c-2")


@pytest.mark.parametrize(
    "broken", [fails(grpc.StatusCode.UNAVAILABLE, message("c-1", event("1"))), ends(message("c-1", event("1")))]
)
async def test_after_a_break_it_is_followed_again_from_the_recorded_cursor(database: str, broken: object) -> None:
    agency = StreamingAgency(broken, fails(grpc.StatusCode.INTERNAL), sends(message("c-2", event("2"))))  # type: ignore[arg-type]
    async with stage(agency, database) as on:
        _, book, _ = await on.follow("one")
        assert [await book.recorded.get() for _ in range(2)] == [(["1"], "c-1"), (["2"], "c-2")]
        assert [await agency.asked.get() for _ in range(3)] == ["", "c-1", "c-1"]


async def test_an_event_or_a_message_that_cannot_be_read_is_told_counted_and_passed_by(database: str) -> None:
    bodies = (message("c-1", event("1"), event("2", "of nobody"), event("3")), b"\xff", message("c-2", event("4")))
    agency = StreamingAgency(sends(*bodies))
    with capture_logs() as logs:
        async with stage(agency, database) as on:
            follower, book, _ = await on.follow("one")
            assert [await book.recorded.get() for _ in range(3)] == [(["1", "3"], "c-1"), ([], ""), (["4"], "c-2")]
            assert follower.left_out == 2
    assert [line["event"] for line in logs if line.get("alert")] == [
        "agency_events_unreadable",
        "agency_stream_unreadable",
    ]
    assert "of nobody" not in str(logs)
    assert await in_the_book(database) == (["1", "3", "4"], "c-2")


async def test_a_message_without_a_cursor_is_recorded_and_the_cursor_stays(database: str) -> None:
    agency = StreamingAgency(sends(message("c-1", event("1")), message("", event("2"))))
    async with stage(agency, database) as on:
        _, book, _ = await on.follow("one")
        assert [await book.recorded.get() for _ in range(2)] == [(["1"], "c-1"), (["2"], "")]
    assert await in_the_book(database) == (["1", "2"], "c-1")


async def test_a_message_whose_record_was_not_confirmed_comes_again_and_is_recorded_once(database: str) -> None:
    async def script(cursor: str, _context: object) -> AsyncIterator[bytes]:
        for number in range(int(cursor or 0) + 1, 4):
            yield message(str(number), event(f"e-{number}"))
        await asyncio.Event().wait()

    agency = StreamingAgency(script)  # type: ignore[arg-type]  # a generator
    async with stage(agency, database) as on:
        _, book, _ = await on.follow("one", failing=2)
        assert await book.recorded.get() == (["e-3"], "3"), "the first two were recorded before the answer was lost"
        assert [await agency.asked.get() for _ in range(3)] == ["", "1", "2"]
    assert await in_the_book(database) == (["e-1", "e-2", "e-3"], "3")


async def test_one_of_several_processes_follows_and_another_takes_over_when_it_stops(database: str) -> None:
    agency = StreamingAgency(sends(message("c-1", event("1"))), sends(message("c-2", event("2"))))
    async with stage(agency, database) as on:
        # Long enough for a busy machine to renew it in time.
        _, book, task = await on.follow("one", patience=replace(QUICK, lease=5.0))
        await book.recorded.get()
        _, waiting, _ = await on.follow("two")
        assert [await waiting.leased.get() for _ in range(3)] == [None] * 3
        await stopped(task)
        assert await waiting.recorded.get() == (["2"], "c-2")
        assert [await agency.asked.get() for _ in range(2)] == ["", "c-1"]


async def test_a_silent_stream_is_held_for_longer_than_a_lease(database: str) -> None:
    agency = StreamingAgency(sends(message("c-1", event("1"))))
    async with stage(agency, database) as on:
        _, book, _ = await on.follow("one")
        assert [await book.leased.get() for _ in range(6)] == [""] + ["c-1"] * 5, "a third of a lease lies between"
        assert agency.asked.qsize() == 1


async def test_a_process_that_lost_its_lease_leaves_the_stream(database: str) -> None:
    agency = StreamingAgency(sends(message("c-1", event("1"))))
    async with stage(agency, database) as on:
        _, book, _ = await on.follow("one")
        await book.recorded.get()
        connection = await asyncpg.connect(database)
        await connection.execute("UPDATE agency_stream SET owner = 'two', leased_until = now() + interval '1 hour'")
        await connection.close()
        await agency.left.wait()
        while await book.leased.get() is not None:
            pass
        assert await book.leased.get() is None, "it looks again, and finds it taken"
        assert agency.asked.qsize() == 1
