"""The pause of an agency without published limits, kept by all processes together.

Invariants
- A pause holds here from its first moment, is told to the other processes for as long as it lasts, and outlives this
  one.
- It is read at the start and then at most once a second, and only while somebody wants to ask: who comes in between
  pays nothing, and a pause that another process began holds here after a second at the latest.
- While the ledger is away the agency is asked: it has no limit that could be passed, and nobody waits for the ledger.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from certsvc.agencies.telling import MOMENT, Teller, Troubles
from certsvc.core.errors import CertsvcError
from certsvc.service.agency_records import QuotaStanding, Urgency
from certsvc.service.ending import ended
from certsvc.service.quota import Allowance

_FRESH = 1.0
"""Seconds for which what was read counts."""

_NEVER_FULL = Allowance(rate=1e-9, burst=1)
"""Of a bucket of which only the pause counts. Calls are not counted, so should it get limits later, it begins empty."""


class PauseLedger(Protocol):
    """The pauses of all agencies. Every call raises StoreUnavailable where the database did not confirm it."""

    async def paused(self, agency: str) -> float:
        """For how many seconds more nobody may call; 0 if anybody may."""
        ...

    async def pause(self, agency: str, allowed: Allowance, seconds: float) -> None:
        """See certsvc.agencies.shared_quota.Ledger."""
        ...

    async def standing(self, agency: str, allowed: Allowance) -> QuotaStanding:
        """See certsvc.agencies.shared_quota.Ledger."""
        ...


class SharedPause:
    """Fits `certsvc.agencies.quota.Quota`. Times are those of the running loop."""

    def __init__(self, agency: str, ledger: PauseLedger) -> None:
        self._agency = agency
        self._ledger = ledger
        self._troubles = Troubles(agency)
        self._teller = Teller(lambda seconds: ledger.pause(agency, _NEVER_FULL, seconds), self._troubles)
        self._paused_until = self._fresh_until = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._late = False
        self._closed = False

    async def open(self) -> None:
        """Reads a pause that began before this process."""
        await self._look()

    async def take(self, calls: int, urgency: Urgency, within: float) -> bool:  # noqa: ARG002  nothing is counted
        """True unless the agency is left alone."""
        return await self._may()

    async def again(self, calls: int) -> bool:  # noqa: ARG002  nothing is counted
        """True unless the agency is left alone."""
        return await self._may()

    async def pause(self, seconds: float) -> None:
        """See Quota. Returns once the other processes know, or soon after, if the ledger is away."""
        if self._closed:
            return
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)
        await self._teller.tell(self._paused_until)

    async def standing(self) -> QuotaStanding:
        """No limit, and the pause."""
        try:
            return replace(await self._ledger.standing(self._agency, _NEVER_FULL), left=None)
        except CertsvcError:
            return QuotaStanding()

    async def close(self) -> None:
        """Nobody may call any more."""
        self._closed = True
        if self._reading is not None:
            await ended([self._reading])
        await self._teller.close()

    async def _may(self) -> bool:
        time = asyncio.get_running_loop().time
        if not self._closed and max(self._paused_until, self._fresh_until) <= time():
            await self._look()
        return not self._closed and self._paused_until <= time()

    async def _look(self) -> None:
        """Reads the pause, together with all who want it now. A ledger that is slow or away holds up nobody twice."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(), name=f"pause-{self._agency}")
        if not self._late and not self._troubles.last:
            await asyncio.wait((self._reading,), timeout=MOMENT)
            self._late = not self._reading.done()

    async def _read(self) -> None:
        time = asyncio.get_running_loop().time
        try:
            paused_until = time() + await self._ledger.paused(self._agency)
        except Exception as fault:  # whatever it is: it must not keep anybody from asking
            self._troubles.tell(fault)
        else:
            self._troubles.over()
            self._paused_until = max(self._paused_until, paused_until)
        self._late = False
        self._fresh_until = time() + _FRESH
