"""An agency's stream of changes: bounded, renewed when silent, and never lost for one bad message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import grpc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from certsvc.agencies.stream import MESSAGE_CAP, AgencyStream, TooMuch, read_changes
from certsvc.service.follow import Changes
from tests.agencies.kit import PLENTY
from tests.agencies.streaming import StreamingAgency, ends, event, fails, message, sends


@asynccontextmanager
async def following(agency: StreamingAgency, idle: float = PLENTY) -> AsyncIterator[AgencyStream]:
    async with agency.serve() as target, asyncio.timeout(PLENTY):
        stream = AgencyStream("ccss", target, idle=idle)
        try:
            yield stream
        finally:
            await stream.close()


async def first(stream: AgencyStream, count: int, cursor: str = "") -> list[Changes]:
    """So many messages, and the call is left."""
    async with aclosing(stream.changes(cursor)) as messages:
        return [await anext(messages) for _ in range(count)]


async def test_messages_come_in_order_behind_the_cursor_that_is_given() -> None:
    agency = StreamingAgency(sends(message("c-2", event("1"), event("2")), message("c-3"), message("c-4", event("3"))))
    async with following(agency) as stream:
        seen = await first(stream, 3, "c-1")
        await agency.left.wait()
    assert agency.asked.get_nowait() == "c-1"
    assert [([e.event_id for e in m.events], m.cursor, m.fault) for m in seen] == [
        (["1", "2"], "c-2", ""),
        ([], "c-3", ""),
        (["3"], "c-4", ""),
    ]


async def test_silence_is_renewed_from_the_last_cursor() -> None:
    agency = StreamingAgency(sends(message("c-2", event("1"))), sends(), sends(message("c-3", event("2"))))
    async with following(agency, idle=0.05) as stream:
        seen = await first(stream, 2)
    assert [m.cursor for m in seen] == ["c-2", "c-3"]
    assert [agency.asked.get_nowait() for _ in range(3)] == ["", "c-2", "c-2"]


async def test_a_message_that_cannot_be_read_does_not_stop_those_behind_it() -> None:
    agency = StreamingAgency(sends(b"\xff<html>", message("", event("1")), message("c-3", event("2"))))
    async with following(agency) as stream:
        seen = await first(stream, 3)
    assert [(m.cursor, bool(m.fault)) for m in seen] == [("", True), ("", True), ("c-3", False)]
    assert [e.event_id for e in seen[1].events] == ["1"], "its events count although its cursor does not"


async def test_a_stream_that_breaks_is_a_connection_error_and_no_text_of_the_agency_is_logged() -> None:
    agency = StreamingAgency(fails(grpc.StatusCode.UNAVAILABLE, message("c-1", event("1"))))
    async with following(agency) as stream, aclosing(stream.changes("")) as messages:
        assert (await anext(messages)).cursor == "c-1"
        with capture_logs() as logs, pytest.raises(ConnectionError):
            await anext(messages)
    assert [(line["code"], line["alert"]) for line in logs] == [("UNAVAILABLE", False)]
    assert "3101123456" not in str(logs)


@pytest.mark.parametrize("code", [grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.PERMISSION_DENIED])
async def test_a_stream_that_will_not_mend_itself_alerts(code: grpc.StatusCode) -> None:
    async with following(StreamingAgency(fails(code))) as stream:
        with capture_logs() as logs, pytest.raises(ConnectionError):
            await first(stream, 1)
    assert [(line["code"], line["alert"]) for line in logs] == [(code.name, True)]


async def test_a_message_beyond_the_bound_is_not_taken_and_alerts() -> None:
    huge = message("c-1", event("x" * MESSAGE_CAP))
    async with following(StreamingAgency(sends(huge))) as stream:
        with capture_logs() as logs, pytest.raises(ConnectionError):
            await first(stream, 1)
    assert [(line["code"], line["alert"]) for line in logs] == [("RESOURCE_EXHAUSTED", True)]


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT]
)
async def test_a_cursor_that_the_agency_refuses_is_given_up_for_all_that_it_keeps(code: grpc.StatusCode) -> None:
    agency = StreamingAgency(fails(code), sends(message("n-1", event("1"))))
    async with following(agency) as stream:
        assert [m.cursor for m in await first(stream, 1, "of a log that was lost")] == ["n-1"]
    assert [agency.asked.get_nowait() for _ in range(2)] == ["of a log that was lost", ""]


async def test_an_agency_that_refuses_even_the_start_is_not_asked_again_at_once() -> None:
    agency = StreamingAgency(fails(grpc.StatusCode.OUT_OF_RANGE))
    async with following(agency) as stream:
        with pytest.raises(ConnectionError):
            await first(stream, 1, "c-1")
    assert agency.asked.qsize() == 2


async def test_an_agency_that_ends_the_stream_ends_it() -> None:
    async with following(StreamingAgency(ends(message("c-1")))) as stream:
        assert [changes.cursor async for changes in stream.changes("")] == ["c-1"]


async def test_nobody_listens_is_a_connection_error() -> None:
    async with StreamingAgency(sends()).serve() as target:
        pass
    stream = AgencyStream("ccss", target)
    with pytest.raises(ConnectionError):
        await first(stream, 1)
    await stream.close()


@pytest.mark.parametrize("cursor", ["", "x" * 513, "a\n", "ñ", "\x7f"])
def test_a_cursor_is_short_printable_ascii(cursor: str) -> None:
    read = read_changes(message(cursor, event("1")))
    assert (read.cursor, bool(read.fault), len(read.events)) == ("", True, 1)


async def test_a_message_with_more_events_than_allowed_is_not_passed_by_and_alerts() -> None:
    many = message("c-1", *(event(str(n)) for n in range(501)))
    async with following(StreamingAgency(sends(many, message("c-2")))) as stream:
        with capture_logs() as logs, pytest.raises(ConnectionError, match="500"):
            await first(stream, 1)
    assert [(line["code"], line["alert"]) for line in logs] == [("TOO_MANY_EVENTS", True)]
    assert not read_changes(message("c-1", *(event(str(n)) for n in range(500)))).fault


def test_of_a_message_full_of_empty_events_none_is_looked_at() -> None:
    with pytest.raises(TooMuch):
        read_changes(message("c-1") + b"\x0a\x00" * (MESSAGE_CAP // 2 - 10))


async def test_a_cursor_behind_which_messages_came_is_not_given_up() -> None:
    agency = StreamingAgency(fails(grpc.StatusCode.INVALID_ARGUMENT, message("c-2", event("1"))))
    async with following(agency) as stream:
        with pytest.raises(ConnectionError):
            await first(stream, 2, "c-1")
    assert agency.asked.qsize() == 1, "the follower pauses before it asks again"


async def test_a_cursor_is_given_up_once_in_a_while_and_what_stays_broken_alerts_once_in_a_while() -> None:
    now = 0.0
    agency = StreamingAgency(fails(grpc.StatusCode.NOT_FOUND))
    async with agency.serve() as target, asyncio.timeout(PLENTY):
        stream = AgencyStream("ccss", target, monotonic=lambda: now)
        asked, alerts = [], []
        for at in (0.0, 1.0, 59.0, 61.0, 299.0, 301.0):
            now = at
            with capture_logs() as logs, pytest.raises(ConnectionError):
                await first(stream, 1, "c-1")
            alerts.append(sum(line["alert"] for line in logs))
            asked.append([agency.asked.get_nowait() for _ in range(agency.asked.qsize())])
        await stream.close()
    assert asked == [["c-1", ""], ["c-1"], ["c-1"], ["c-1"], ["c-1"], ["c-1", ""]]
    assert alerts == [1, 0, 0, 1, 1, 0]


@given(st.binary())
@example(message("c-1", event("1"))[:-1])
def test_any_bytes_are_read_as_changes_or_a_fault(body: bytes) -> None:
    read = read_changes(body)
    assert bool(read.cursor) != bool(read.fault)
