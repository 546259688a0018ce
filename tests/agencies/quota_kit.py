"""A ledger without a database, on the clock of the running loop: a stand-in for what several processes share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from certsvc.core.errors import StoreUnavailable
from certsvc.service.agency_records import QuotaStanding
from certsvc.service.quota import Allowance, Step, Taken


class Book:
    """What all ledgers write in: when the bucket would be full, until when it is paused, whether it can be read."""

    def __init__(self) -> None:
        self.full_at: float | None = None
        self.paused_until = float("-inf")
        self.away = False
        self.asked = 0
        self.ahead = 0.0

    @property
    def now(self) -> float:
        """Its clock, which can be set ahead."""
        return asyncio.get_running_loop().time() + self.ahead


class BookLedger:
    """Fits `certsvc.agencies.shared_quota.Ledger`. `latency` passes before the book is read, and again after it."""

    def __init__(self, book: Book, latency: float = 0.001) -> None:
        self._book = book
        self._latency = latency
        self._doubted = False

    async def take(self, agency: str, allowed: Allowance, steps: Sequence[Step]) -> Taken:
        await self._reach()
        now, fill = self._book.now, allowed.seconds_to_fill
        full_at = self._book.full_at
        full_at = now + fill if full_at is None or self._doubted else min(max(full_at, now), now + fill)
        full_at = max(full_at, self._book.paused_until + fill)
        level = allowed.burst - allowed.rate * (full_at - now)
        calls = max([step.upto for step in steps if step.level <= level], default=0)
        self._book.full_at = full_at + calls / allowed.rate
        self._doubted = False
        await asyncio.sleep(self._latency)
        return Taken(calls, level - calls)

    def doubt(self, agency: str) -> None:
        self._doubted = True

    async def pause(self, agency: str, allowed: Allowance, seconds: float) -> None:
        await self._reach()
        self._book.paused_until = max(self._book.paused_until, self._book.now + seconds)

    async def standing(self, agency: str, allowed: Allowance) -> QuotaStanding:
        await self._reach()
        return QuotaStanding(left=1)

    async def _reach(self) -> None:
        await asyncio.sleep(self._latency)
        self._book.asked += 1
        if self._book.away:
            raise StoreUnavailable("away")
