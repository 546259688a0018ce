"""Follow: one agency's stream of changes, for ever.

Invariants
- One process at a time follows an agency: who holds the lease. Whoever has lost it records nothing more.
- Events and the cursor behind them are recorded together, so that a process that dies anywhere loses none.
- Nothing ends it but being cancelled: after whatever fails it begins again from the recorded cursor, after a pause that
  is capped. What fails at one process is left to the others meanwhile.
- No message is taken before the one before it is recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from certsvc.core.errors import StreamTaken
from certsvc.service.agency_ports import EventBook
from certsvc.service.event_reading import ToldEvent
from certsvc.service.receive_events import ReceiveEvents

log = structlog.get_logger()

_RELEASE_WITHIN = 1.0


@dataclass(frozen=True, slots=True)
class Changes:
    """One message of a stream: events, unread, and where to go on behind them.

    `cursor` is empty where the message has none that can be read, and `fault` says what is wrong with the message.
    """

    events: Sequence[ToldEvent] = ()
    cursor: str = ""
    fault: str = ""


class ChangeStream(Protocol):
    """One agency's stream."""

    def changes(self, cursor: str) -> AsyncGenerator[Changes, None]:
        """Each message behind the cursor, bounded in size. Ends, or raises ConnectionError, when it breaks."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. Pauses after a break double from `first` to `last`; a lease is renewed after a third of it."""

    first: float = 0.5
    last: float = 30.0
    lease: float = 15.0


class FollowAgency:
    """Keeps what one agency's stream tells recorded. `left_out` counts what could not be read since the start."""

    def __init__(
        self,
        agency: str,
        stream: ChangeStream,
        *,
        receive: ReceiveEvents,
        book: EventBook,
        monotonic: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        self._agency = agency
        self._stream = stream
        self._receive = receive
        self._book = book
        self._monotonic = monotonic
        self._patience = patience or Patience()
        self.left_out = 0

    async def run(self) -> None:
        """Follows until cancelled; then the lease is given back."""
        pause = self._patience.first
        while True:
            begun, fault = self._monotonic(), "ended"
            try:
                if (cursor := await self._book.lease(self._agency, self._patience.lease)) is None:
                    fault = ""
                else:
                    await self._follow(cursor)
            except StreamTaken:
                fault = ""
            except Exception as error:  # whatever it is: a follower that gave up would leave payments unseen
                fault = type(error).__name__
            finally:
                with suppress(Exception):  # then the lease runs out by itself
                    async with asyncio.timeout(_RELEASE_WITHIN):
                        await self._book.release(self._agency)
            if not fault:  # another process follows: look again when its lease may have run out
                await asyncio.sleep(self._patience.lease / 3)
                continue
            if self._monotonic() - begun > pause:  # an agency that ends its streams now and then is no broken one
                pause = self._patience.first
            log.warning("agency_stream_broken", agency=self._agency, fault=fault, again_in=pause)
            await asyncio.sleep(pause)
            pause = min(self._patience.last, pause * 2)

    async def _follow(self, cursor: str) -> None:
        """Records message after message. Returns when the stream ends; raises StreamTaken, StoreUnavailable."""
        log.info("agency_stream_followed", agency=self._agency)
        renew_at = self._monotonic() + self._patience.lease / 3
        async with aclosing(self._stream.changes(cursor)) as messages:
            while True:
                reading = asyncio.ensure_future(anext(messages, None))
                try:
                    while not reading.done():
                        await asyncio.wait((reading,), timeout=max(0.0, renew_at - self._monotonic()))
                        if self._monotonic() >= renew_at:
                            await self._renew()
                            renew_at = self._monotonic() + self._patience.lease / 3
                finally:
                    await _end(reading)
                if (message := reading.result()) is None:
                    return
                await self._record(message)

    async def _renew(self) -> None:
        if await self._book.lease(self._agency, self._patience.lease) is None:
            raise StreamTaken("the lease ran out, and another process took it")

    async def _record(self, message: Changes) -> None:
        """A crash in here leaves the message and its cursor recorded, or neither: then it comes again."""
        if message.fault:
            self.left_out += 1
            log.error("agency_stream_unreadable", agency=self._agency, why=message.fault, alert=True)
        self.left_out += await self._receive.followed(self._agency, message.events, message.cursor)


async def _end(reading: asyncio.Future[Changes | None]) -> None:
    """Waits until nobody reads any more: a stream that is being read cannot be closed."""
    if not reading.done():
        reading.cancel()
        await asyncio.wait((reading,))
    if not reading.cancelled():
        reading.exception()  # taken notice of, also where something else ends the following
