"""Whoever waits for an agency is woken when the agency is back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from certsvc.core.errors import StoreUnavailable
from certsvc.service.ending import ended

_log = structlog.get_logger(__name__)


class Waking:
    """Called with the name of an agency that is back; wakes those who wait for it beside what else is going on.

    For one agency at a time: those that began to wait meanwhile were asked about when it was back already. If the
    database is away nobody is woken, and all come at their own time.
    """

    def __init__(self, wake_waiting: Callable[[str], Awaitable[int]]) -> None:
        self._wake_waiting = wake_waiting
        self._running: dict[str, asyncio.Task[None]] = {}

    def __call__(self, agency: str) -> None:
        """Returns at once."""
        if agency not in self._running:
            self._running[agency] = asyncio.create_task(self._wake(agency), name=f"wake-{agency}")

    async def close(self) -> None:
        """Ends what still runs; who was not woken comes at its own time."""
        await ended(tuple(self._running.values()))

    async def _wake(self, agency: str) -> None:
        try:
            woken = await self._wake_waiting(agency)
            _log.info("applications_woken", agency=agency, count=woken)
        except StoreUnavailable:
            _log.warning("applications_not_woken", agency=agency)
        finally:
            del self._running[agency]
