"""Who waits for news of an application, told through LISTEN and NOTIFY.

Invariants
- The connection is made again for ever; each time it listens, everyone is woken, since news may have been missed.
- A wake-up says only "read again": it may come without a change, never is a change without one. It comes once:
  whoever fails to read must try again by himself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from certsvc.service.ending import ended
from certsvc.store.connections import connect, described

_log = logging.getLogger(__name__)
_CHANNEL = "certsvc_application"
_PAUSE_MIN, _PAUSE_MAX = 0.05, 1.0


class Watchers:
    """One listening connection for all watchers of this process; opened with the first of them."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def woken(self, application_id: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set after each change of the application."""
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="watch")
        event = asyncio.Event()
        self._waiting[application_id].add(event)
        try:
            yield event
        finally:
            self._waiting[application_id].discard(event)
            if not self._waiting[application_id]:
                del self._waiting[application_id]

    async def close(self) -> None:
        """Stops listening."""
        if self._listener is not None:
            await ended((self._listener,))

    async def _listen(self) -> None:
        pause = _PAUSE_MIN
        while True:
            try:
                await self._listen_on(await connect(self._dsn, application="certsvc watch"))
                pause = _PAUSE_MIN
            except Exception as error:  # whatever it is: without a listener, who waits would wait for ever
                _log.warning("watch: %s; again in %.2f s", described(error), pause)
                await asyncio.sleep(pause)
                pause = min(_PAUSE_MAX, pause * 2)

    async def _listen_on(self, connection: asyncpg.Connection) -> None:
        """Returns when the connection is lost."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(_CHANNEL, self._heard)
            for application_id in tuple(self._waiting):
                self._wake(application_id)
            await lost.wait()
        finally:
            connection.terminate()

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._wake(str(payload))

    def _wake(self, application_id: str) -> None:
        for event in self._waiting.get(application_id, ()):
            event.set()
