"""What happens in the sandbox is told by its agencies and seen in their answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import aiohttp
import pytest

from certsvc.agencies.grpc import GrpcAgency
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.http import EVENTS_PATH
from certsvc.agencies.sandbox.scenario import Behaviour, load_scenario, shipped_text
from certsvc.agencies.stream import AgencyStream
from certsvc.core.outcome import Outcome
from certsvc.core.rules.model import Event
from certsvc.service.event_reading import read_event
from certsvc.service.follow import Changes
from certsvc.service.identifiers import KINDS
from certsvc.system import SystemClock
from tests.agencies.kit import PLENTY, company, outcome
from tests.agencies.streaming import event

CLEAR, ARRANGED = "3101999901", "3102999902"
CLOCK = SystemClock()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(load_scenario(shipped_text())) as running:
        yield running


async def told(sandbox: Sandbox, count: int, cursor: str = "", agency: str = "ccss") -> list[Changes]:
    stream = AgencyStream(agency, getattr(sandbox.addresses, agency))
    async with asyncio.timeout(PLENTY), aclosing(stream.changes(cursor)) as messages:
        seen = [await anext(messages) for _ in range(count)]
    await stream.close()
    return seen


async def answer(sandbox: Sandbox, number: str) -> Outcome:
    agency = GrpcAgency("ccss", sandbox.addresses.ccss, schemes=("social_security",), kinds=KINDS, clock=CLOCK)
    try:
        return outcome(await agency.find(company(number), PLENTY))
    finally:
        await agency.close()


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (Event.PAYMENT, Outcome.CLEAR),
        (Event.ARREARS, Outcome.BARRED_ARREARS),
        (Event.ARRANGEMENT_BROKEN, Outcome.BARRED_ARRANGEMENT_BROKEN),
    ],
)
async def test_what_happens_is_told_and_seen_in_the_answers(sandbox: Sandbox, kind: Event, after: Outcome) -> None:
    assert await answer(sandbox, ARRANGED) is Outcome.CLEAR_UNDER_ARRANGEMENT
    event_id = sandbox.happen("ccss", kind, ARRANGED)
    ((message,), now) = (await told(sandbox, 1), CLOCK.now())
    (only,) = message.events
    read = read_event(only, "ccss", ("social_security",), now, "events[0]")
    assert (read.id, read.kind, read.identifier.value) == (event_id, kind, ARRANGED)
    assert await answer(sandbox, ARRANGED) is after


async def test_a_cursor_leads_on_and_one_of_another_run_begins_anew(sandbox: Sandbox) -> None:
    for number in range(3):
        sandbox.report("ccss", event(str(number)))
    (first,) = await told(sandbox, 1)
    assert [e.event_id for e in first.events] == ["0", "1", "2"]
    sandbox.report("ccss", event("3"))
    (after,) = await told(sandbox, 1, first.cursor)
    assert [e.event_id for e in after.events] == ["3"]
    async with Sandbox(load_scenario(shipped_text())) as restarted:
        restarted.report("ccss", event("4"))
        (anew,) = await told(restarted, 1, after.cursor)
    assert [e.event_id for e in anew.events] == ["4"]


@pytest.mark.parametrize("cursor", [":", "x:1", "1", ":-1", "x" * 500])
async def test_a_cursor_that_is_nobodys_begins_at_the_start(sandbox: Sandbox, cursor: str) -> None:
    sandbox.report("ins", event("1"))
    (first,) = await told(sandbox, 1, cursor, "ins")
    assert [e.event_id for e in first.events] == ["1"]


async def test_what_happens_later_is_told_when_it_happens(sandbox: Sandbox) -> None:
    sandbox.report("ccss", event("1"))
    stream = AgencyStream("ccss", sandbox.addresses.ccss)
    async with asyncio.timeout(PLENTY), aclosing(stream.changes("")) as messages:
        await anext(messages)
        following = asyncio.ensure_future(anext(messages))
        sandbox.report("ccss", event("2"))
        assert [e.event_id for e in (await following).events] == ["2"]
    await stream.close()


async def test_many_events_come_in_messages_of_500(sandbox: Sandbox) -> None:
    for number in range(1001):
        sandbox.report("ccss", event(str(number)))
    assert [len(message.events) for message in await told(sandbox, 3)] == [500, 500, 1]


async def test_an_agency_that_is_out_refuses_its_stream(sandbox: Sandbox) -> None:
    sandbox.behave("ccss", Behaviour.UNAVAILABLE)
    with pytest.raises(ConnectionError):
        await told(sandbox, 1)


async def test_one_request_lets_it_happen(sandbox: Sandbox) -> None:
    address = sandbox.addresses.hacienda.partition("/fe/")[0] + EVENTS_PATH
    async with aiohttp.ClientSession() as session:
        good = {"agency": "ccss", "kind": "arrears", "id": CLEAR}
        async with session.post(address, params=good) as response:
            assert response.status == 200
            event_id = (await response.json())["event_id"]
        for wrong in ({"agency": "hacienda"}, {"kind": "amnesty"}, {"id": "3101000000"}):
            async with session.post(address, params={**good, **wrong}) as response:
                assert response.status == 400
                assert "agency=ccss|ins" in await response.text()
    (message,) = await told(sandbox, 1)
    assert [e.event_id for e in message.events] == [event_id]
    assert await answer(sandbox, CLEAR) is Outcome.BARRED_ARREARS
