"""The sandbox's ministry counts and blocks as the real one does."""

from __future__ import annotations

import aiohttp
import pytest

from certsvc.agencies.sandbox import PUBLISHED, Limits, Sandbox
from certsvc.agencies.sandbox.http import COUNTS_PATH, HACIENDA_PATH
from certsvc.agencies.sandbox.limits import CallCounter
from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.service.quota import Window
from tests.agencies.kit import Monotonic


def calls(counter: CallCounter, number: int, client: str = "a") -> list[float | None]:
    return [counter.arrive(client, "1") for _ in range(number)]


@pytest.mark.parametrize(("number", "apart"), [(100, 0.0), (300, 0.051), (1200, 0.09), (3000, 0.1001)])
def test_who_stays_within_every_window_is_answered(monotonic: Monotonic, number: int, apart: float) -> None:
    counter = CallCounter(PUBLISHED, monotonic)
    for _ in range(number):
        assert counter.arrive("a", "1") is None
        monotonic.seconds += apart
    assert counter.blocks == 0


@pytest.mark.parametrize(("apart", "at"), [(0.0, 101), (0.04, 101), (0.06, 1201), (0.099, 1201)])
def test_the_first_call_beyond_a_window_is_blocked(monotonic: Monotonic, apart: float, at: int) -> None:
    counter = CallCounter(PUBLISHED, monotonic)
    for _ in range(at - 1):
        assert counter.arrive("a", "1") is None
        monotonic.seconds += apart
    assert counter.arrive("a", "1") == 600
    assert counter.blocks == 1


def test_a_block_lasts_its_time_is_not_prolonged_by_calls_and_is_one_address_s_own(monotonic: Monotonic) -> None:
    counter = CallCounter(Limits((Window(2, 1.0),), block_seconds=10), monotonic)
    assert calls(counter, 3) == [None, None, 10]
    assert calls(counter, 1, "b") == [None]
    monotonic.seconds += 9
    assert calls(counter, 2) == [1, 1]
    monotonic.seconds += 1
    assert calls(counter, 2) == [None, None]
    assert counter.blocks == 1


def test_everybody_can_be_blocked_at_will(monotonic: Monotonic) -> None:
    counter = CallCounter(Limits(), monotonic)
    assert calls(counter, 500) == [None] * 500
    counter.block(2)
    assert [*calls(counter, 1, "a"), *calls(counter, 1, "b")] == [2, 2]
    monotonic.seconds += 2
    assert calls(counter, 1) == [None]
    assert counter.blocks == 0


@pytest.mark.parametrize("tells", [True, False])
async def test_over_http_a_block_is_a_429_that_perhaps_says_for_how_long(tells: bool) -> None:
    limits = Limits((Window(1, 60.0),), block_seconds=30.5, tells=tells)
    async with Sandbox(load_scenario(shipped_text()), limits=limits) as sandbox, aiohttp.ClientSession() as session:
        statuses = []
        for _ in range(2):
            async with session.get(sandbox.addresses.hacienda, params={"identificacion": "3101999901"}) as answer:
                statuses.append(answer.status)
        assert statuses == [200, 429]
        assert answer.headers.get("Retry-After") == ("31" if tells else None)
        async with session.get(sandbox.addresses.hacienda.replace(HACIENDA_PATH, COUNTS_PATH)) as answer:
            assert await answer.json() == {"calls": 2, "blocks": 1}
