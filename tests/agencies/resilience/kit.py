"""An agency that does as it is told, on the simulated loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from certsvc.agencies.adapter import UNKNOWN, Answer, to_evidence
from certsvc.agencies.quota import Quota
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.resilience.policy import Policy
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome, Standing
from certsvc.service.agency_records import QuotaStanding, Urgency
from tests.agencies.kit import NOW, FixedClock, company
from tests.agencies.resilience.simulated import now

FIRM = company("3101999901")


def firm(number: int) -> Enterprise:
    """One of many enterprises."""
    return company(str(3101000000 + number))


def said(outcome: Outcome) -> Evidence:
    """The agency's answer of that outcome."""
    answer = UNKNOWN[outcome] if outcome.standing is Standing.UNKNOWN else Answer(outcome, data_as_of=NOW.date())
    return to_evidence("agency", ("duty",), answer, NOW)


class Told:
    """An adapter whose answers are told beforehand: each an outcome, or None to hang. The last is repeated.

    Each call takes `takes` seconds. `calls` has when and on whom each was made, and how many seconds it got.
    """

    name = "agency"
    schemes = ("duty",)

    def __init__(self, *plan: Outcome | None, takes: float = 0.01) -> None:
        self.plan = deque(plan or [Outcome.CLEAR])
        self.takes = takes
        self.calls: list[tuple[float, Enterprise, float]] = []
        self.open = 0
        self.most_open = 0
        self.closed = False

    def will(self, *plan: Outcome | None) -> None:
        """From now on it answers so."""
        self.plan = deque(plan)

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        self.calls.append((now(), enterprise, within))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        outcome = self.plan.popleft() if len(self.plan) > 1 else self.plan[0]
        try:
            return await self.answer(outcome, within)
        finally:
            self.open -= 1

    async def answer(self, outcome: Outcome | None, within: float) -> Evidence:
        if outcome is None or self.takes >= within:
            await asyncio.sleep(within)  # as adapters do, it ends by its own deadline
            return said(Outcome.UNAVAILABLE)
        await asyncio.sleep(self.takes)
        return said(outcome)

    async def close(self) -> None:
        self.closed = True


class Counting:
    """A quota that grants what it is told to, and notes what it was asked."""

    def __init__(self, *, grants: bool = True, waits: float = 0.0) -> None:
        self.grants = grants
        self.waits = waits
        self.taken: list[tuple[int, Urgency, float]] = []

    async def take(self, calls: int, urgency: Urgency, within: float) -> bool:
        self.taken.append((calls, urgency, within))
        await asyncio.sleep(min(self.waits, within))
        return self.grants and self.waits <= within

    async def again(self, calls: int) -> bool:
        raise AssertionError("the adapter's own business")

    async def pause(self, seconds: float) -> None:
        raise AssertionError("the adapter's own business")

    async def standing(self) -> QuotaStanding:
        return QuotaStanding(left=7)


def guarded(
    adapter: Any, quota: Quota | None = None, jitter: Callable[[], float] = lambda: 0.0, **policy: Any
) -> Guard:
    """The adapter behind its guard, on the simulated clock."""
    return Guard(adapter, FixedClock(), Policy(**policy), quota=quota, monotonic=now, jitter=jitter)
