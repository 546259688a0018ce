"""A pause on its way to the other processes, and a ledger that fails, told once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from certsvc.core.errors import CertsvcError
from certsvc.service.ending import ended

_log = structlog.get_logger(__name__)

AFTER_FAILURE = 0.25
"""Seconds until a ledger that failed is asked again."""

MOMENT = 0.25
"""Seconds that asking the ledger may take, also for those who have no time to wait."""

_TELL_WITHIN = 0.2
"""Seconds that who begins a pause waits for it to be recorded; telling goes on without him."""


class Troubles:
    """What goes wrong with the ledger of one agency: logged when it begins, and not again until it was over."""

    def __init__(self, agency: str) -> None:
        self._agency = agency
        self.last = False

    def tell(self, fault: Exception) -> None:
        """Notes that the ledger failed."""
        if not self.last:
            self.last = True
            # A fault that is none of ours is a bug: it is told by its type alone, since its text could quote anything.
            known = isinstance(fault, CertsvcError)
            _log.error("quota_ledger_failed", agency=self._agency, fault=type(fault).__name__, alert=not known)

    def over(self) -> None:
        """Notes that the ledger answers."""
        self.last = False


class Teller:
    """Records the pause of one agency, again and again until it is recorded or over. Times are of the running loop."""

    def __init__(self, record: Callable[[float], Awaitable[None]], troubles: Troubles) -> None:
        """`record` is told for how many seconds nobody may call."""
        self._record = record
        self._troubles = troubles
        self._until = float("-inf")
        self._task: asyncio.Task[None] | None = None

    async def tell(self, until: float) -> None:
        """Returns once the pause is recorded, or soon after, if the ledger is away. Never shortens a pause."""
        self._until = max(self._until, until)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell(), name="agency-pause")
        await asyncio.wait((self._task,), timeout=_TELL_WITHIN)

    async def close(self) -> None:
        """Ends the telling."""
        if self._task is not None:
            await ended([self._task])

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        told = float("-inf")
        while told < self._until and (left := self._until - loop.time()) > 0:
            until = self._until
            try:
                await self._record(left)
                told = until
            except Exception as fault:  # whatever it is: a pause that is not told is one that nobody keeps
                self._troubles.tell(fault)
                await asyncio.sleep(AFTER_FAILURE)
