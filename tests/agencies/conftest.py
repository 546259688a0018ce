"""A sandbox on loopback, clocks that stand still, and the synthetic agency answers in `data/`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from tests.agencies.kit import TODAY, FixedClock, Monotonic


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(load_scenario(shipped_text()), today=lambda: TODAY) as running:
        yield running
