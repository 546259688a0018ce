"""Rule: an agency's return wakes those who wait for it once, and never harms whoever brought the news."""

from __future__ import annotations

import asyncio

import pytest

from certsvc.app.waking import Waking
from certsvc.core.errors import StoreUnavailable


class Store:
    """Writes down whom it wakes, once it may."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.woken: list[str] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.fault = fault

    async def wake_waiting(self, agency: str) -> int:
        self.begun.set()
        await self.gate.wait()
        self.woken.append(agency)
        if self.fault is not None:
            raise self.fault
        return 1


async def _ended(waking: Waking) -> None:
    async with asyncio.timeout(10):
        await asyncio.gather(*waking._running.values())


async def test_one_return_wakes_once_however_often_it_is_told() -> None:
    store = Store()
    waking = Waking(store.wake_waiting)
    for agency in ("ccss", "ccss", "hacienda"):
        waking(agency)
    store.gate.set()
    await _ended(waking)
    assert store.woken == ["ccss", "hacienda"]
    waking("ccss")
    await _ended(waking)
    assert store.woken == ["ccss", "hacienda", "ccss"], "the next return is another"


async def test_a_database_that_is_away_wakes_nobody_and_breaks_nothing() -> None:
    store = Store(StoreUnavailable("57P03"))
    store.gate.set()
    waking = Waking(store.wake_waiting)
    for _ in range(2):
        waking("ccss")
        await _ended(waking)
    assert store.woken == ["ccss", "ccss"]


async def test_closing_does_not_wait_for_the_database() -> None:
    store = Store()
    waking = Waking(store.wake_waiting)
    waking("ccss")
    async with asyncio.timeout(10):
        await store.begun.wait()
        await waking.close()
    assert store.woken == []


@pytest.mark.parametrize("agencies", [(), ("ccss",)])
async def test_closing_at_once_ends_everything(agencies: tuple[str, ...]) -> None:
    store = Store()
    waking = Waking(store.wake_waiting)
    for agency in agencies:
        waking(agency)
    async with asyncio.timeout(10):
        await waking.close()
    assert store.woken == []
