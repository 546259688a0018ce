"""One quota for all processes: who waits here takes his turn, and one poller asks the ledger for all of them.

Invariants
- A call is made only after the ledger has recorded it. While the ledger is away, nothing may be taken.
- In one process the more urgent go first, and among equals who came first.
- The ledger is not asked in vain: what it last said tells when the next call can be had at the earliest.
- Whoever cannot have his turn in time is told so at once, and waits for nothing.
- A pause holds here from its first moment, and is told to the other processes for as long as it lasts.
- A bucket that holds more than it can since it was last asked was put back, or its clock set ahead: it counts as
  empty, and what was just taken from it for nothing.

A crash here loses what was taken and not yet used, never the other way round.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import Protocol

import structlog

from certsvc.agencies.telling import AFTER_FAILURE, MOMENT, Teller, Troubles
from certsvc.core.errors import CertsvcError
from certsvc.service.agency_records import QuotaStanding, Urgency
from certsvc.service.ending import ended
from certsvc.service.quota import Allowance, Step, Taken, steps

_log = structlog.get_logger(__name__)

_BATCH = 64
"""How many take their turn in one statement."""

_LEAST_REST = 0.005
"""Seconds. The ledger's clock and ours differ by the way there and back, so a rest may end a moment early."""

_FASTEST_CLOCK = 1.01
"""How much faster than ours the ledger's clock may run."""


class Ledger(Protocol):
    """The buckets of all agencies. Every call raises StoreUnavailable where the database did not confirm it."""

    async def take(self, agency: str, allowed: Allowance, steps: Sequence[Step]) -> Taken:
        """Takes the calls of as many of the steps as the bucket holds, beginning with the first. Maybe of none."""
        ...

    def doubt(self, agency: str) -> None:
        """The next `take` finds the bucket empty, since more may have been taken from it than it knows."""
        ...

    async def pause(self, agency: str, allowed: Allowance, seconds: float) -> None:
        """Nothing can be taken for so long; afterwards the bucket is empty. Never shortens a pause."""
        ...

    async def standing(self, agency: str, allowed: Allowance) -> QuotaStanding:
        """What the bucket holds now."""
        ...


@dataclass(slots=True, eq=False)
class _Waiting:
    """Somebody who wants to make `calls`, until a time of the loop's clock. `turn`: whether he may."""

    calls: int
    urgency: Urgency
    until: float
    turn: asyncio.Future[bool]


class SharedQuota:
    """The quota of one agency; fits `certsvc.agencies.quota.Quota`. Times are those of the running loop."""

    def __init__(self, agency: str, allowed: Allowance, ledger: Ledger) -> None:
        self._agency = agency
        self._allowed = allowed
        self._ledger = ledger
        self._waiting: tuple[deque[_Waiting], ...] = tuple(deque() for _ in Urgency)
        self._news = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None
        # What the ledger last said, and when it was asked and answered; it can have refilled since, at best.
        self._level = float(allowed.burst)
        self._asked_at = self._answered_at = float("-inf")
        self._paused_until = float("-inf")
        self._troubles = Troubles(agency)
        self._teller = Teller(lambda seconds: ledger.pause(agency, allowed, seconds), self._troubles)
        self._closed = False

    async def open(self) -> None:
        """Makes the ledger begin to fill a bucket of which it knows nothing, before the first caller needs it."""
        with suppress(CertsvcError):
            await self._take(())

    async def take(self, calls: int, urgency: Urgency, within: float) -> bool:
        """See Quota. False also for more calls than there may ever be at once."""
        if calls == 0:
            return True
        if calls > self._allowed.burst:
            _log.error("quota_too_small", agency=self._agency, calls=calls, burst=self._allowed.burst, alert=True)
            return False
        now = asyncio.get_running_loop().time()
        if self._closed or self._earliest(calls, urgency) > now + within:
            return False
        until = now + max(within, MOMENT)
        waiting = _Waiting(calls, urgency, until, asyncio.get_running_loop().create_future())
        queue = self._waiting[urgency]
        queue.append(waiting)
        self._wake()
        try:
            async with asyncio.timeout_at(waiting.until):
                return await waiting.turn
        except TimeoutError:
            return False
        finally:
            with suppress(ValueError):  # whoever had his turn has left the queue
                queue.remove(waiting)

    async def again(self, calls: int) -> bool:
        """See Quota. As live questions: nobody knows any more who among those that failed is urgent."""
        return calls <= self._allowed.burst and await self.take(calls, Urgency.LIVE, 0.0)

    async def pause(self, seconds: float) -> None:
        """See Quota. Returns once the other processes know, or soon after, if the ledger is away."""
        if self._closed:
            return
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)
        self._dismiss()
        self._news.set()
        await self._teller.tell(self._paused_until)

    async def standing(self) -> QuotaStanding:
        """See Quota. Nothing is left where the ledger is away."""
        try:
            return await self._ledger.standing(self._agency, self._allowed)
        except CertsvcError:
            return QuotaStanding(left=0)

    async def close(self) -> None:
        """Whoever waits may not call."""
        self._closed = True
        await ended([self._poller] if self._poller is not None else [])
        await self._teller.close()
        for waiting in chain(*self._waiting):
            _answer(waiting, may=False)

    def _earliest(self, calls: int, urgency: Urgency) -> float:
        """Before this time it is in vain to hope for so many calls, behind those who wait already."""
        ahead = sum(w.calls for queue in self._waiting[: urgency + 1] for w in queue)
        return self._holds_at(ahead + self._allowed.level_for(calls, urgency))

    def _holds_at(self, level: float) -> float:
        """When the bucket can hold `level` at the earliest, if nobody else takes from it. Empty when a pause ends."""
        by_level = self._answered_at + (level - self._level) / self._allowed.rate
        return max(by_level, self._paused_until + level / self._allowed.rate)

    def _wake(self) -> None:
        self._news.set()
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), name=f"quota-{self._agency}")

    async def _poll(self) -> None:
        """Takes for those who wait, until nobody does."""
        while first := self._first():
            self._news.clear()
            wanted = steps(self._allowed, [(w.calls, w.urgency) for w in first])
            rest = self._holds_at(wanted[0].level) - asyncio.get_running_loop().time()
            if rest > 0:
                await self._rest(max(rest, _LEAST_REST))
                continue
            try:
                calls = await self._take(wanted)
            except Exception as fault:  # whatever it is: a poller that ends would leave those who wait alone
                self._troubles.tell(fault)
                await asyncio.sleep(AFTER_FAILURE)
                continue
            # A pause that began meanwhile makes what was taken worthless: it is let go of.
            if self._paused_until < asyncio.get_running_loop().time():
                self._hand_out(calls)

    async def _rest(self, seconds: float) -> None:
        """Until then, or until somebody comes or a pause begins: the first in the queue may be another."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _take(self, wanted: Sequence[Step]) -> int:
        """How many calls were taken. Raises what the ledger raises."""
        time = asyncio.get_running_loop().time
        asked_at = time()
        taken = await self._ledger.take(self._agency, self._allowed, wanted)
        self._troubles.over()
        # Asked then, answered now: between the two readings of its clock no more than this can have passed.
        can_hold = self._level + (time() - self._asked_at) * self._allowed.rate * _FASTEST_CLOCK
        if taken.level + taken.calls > can_hold + 1:
            self._doubt()
            return 0
        self._level, self._asked_at, self._answered_at = taken.level, asked_at, time()
        if taken.level < 0:  # another process has been told to leave the agency alone
            self._dismiss()
        return taken.calls

    def _doubt(self) -> None:
        """Counts the bucket as empty. It was not paused as far as we know, or it would not have been asked."""
        _log.error("quota_put_back", agency=self._agency, alert=True)
        self._ledger.doubt(self._agency)
        self._level = 0.0
        self._asked_at = self._answered_at = asyncio.get_running_loop().time()

    def _first(self) -> list[_Waiting]:
        """Those whose turn is next, in their order."""
        return list(islice((w for w in chain(*self._waiting) if not w.turn.done()), _BATCH))

    def _hand_out(self, calls: int) -> None:
        """Gives each his turn while the calls last. Some have left since they were taken for them, others have come."""
        for waiting in self._first():
            if waiting.calls > calls:
                return
            calls -= waiting.calls
            self._waiting[waiting.urgency].remove(waiting)
            _answer(waiting, may=True)

    def _dismiss(self) -> None:
        """Those whose time ends before they can have their turn need not wait for it."""
        for waiting in [w for queue in self._waiting for w in queue]:
            if self._holds_at(self._allowed.level_for(waiting.calls, waiting.urgency)) > waiting.until:
                _answer(waiting, may=False)


def _answer(waiting: _Waiting, *, may: bool) -> None:
    if not waiting.turn.done():
        waiting.turn.set_result(may)
