"""An agency's stream of changes, by `AgencyService.StreamChanges`.

Invariants
- A message is bounded, and nothing of it is lost because of what else is in it. One that is no message at all is
  handed on as a fault; the cursor of the next one leads past it. One beyond the bounds cannot be passed by without
  losing its events: the stream breaks there, each time, until the agency has mended it.
- Silence is renewed: a connection that died without a word would else be waited for for ever.
- A cursor that the agency refuses is given up, and all that it keeps is read again: once in `_GIVE_UP_EVERY` seconds,
  so that an agency that refuses whatever it is sent is asked at the follower's pace.
- What stays broken alerts once in `_ALERT_EVERY` seconds.
- No text of the agency reaches the log.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import AsyncGenerator, Callable

import grpc
import structlog
from google.protobuf.message import DecodeError

from certsvc.agencies.grpc import ClientTls, open_channel, read_credentials
from certsvc.core.errors import CertsvcError
from certsvc.service.follow import Changes
from certsvc.service.receive_events import MAX_EVENTS
from certsvc.v1 import agency_service_pb2 as pb

_log = structlog.get_logger(__name__)

MESSAGE_CAP = 1024 * 1024
"""Bytes of a message: five times what 500 events need."""

_METHOD = "/certsvc.v1.AgencyService/StreamChanges"
_PASSING = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL})
"""Statuses of a connection that broke. The others come again until somebody looks into them."""

_CURSOR_REFUSED = frozenset({grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT})
"""Statuses by which an agency says that it does not know the cursor any more, such as after it lost its log."""

_GIVE_UP_EVERY = 300.0
_ALERT_EVERY = 60.0

_CURSOR = re.compile(r"[ -~]{1,512}")


class AgencyStream:
    """One agency's stream, over a channel of its own: what it sends never waits behind answers."""

    def __init__(
        self,
        agency: str,
        target: str,
        *,
        tls: ClientTls | None = None,
        idle: float = 300.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """After `idle` seconds without a message the call is made anew. gRPC servers take more pings for an attack."""
        self._agency = agency
        self._target = target
        self._credentials = read_credentials(tls) if tls else None
        self._idle = idle
        self._monotonic = monotonic
        self._gave_up_at = -math.inf
        self._alerted_at: dict[str, float] = {}
        self._channel: grpc.aio.Channel | None = None

    async def changes(self, cursor: str) -> AsyncGenerator[Changes, None]:
        """Each message behind the cursor. Ends when the agency ends it; raises ConnectionError when it breaks."""
        if self._channel is None:
            # Not in the constructor: a channel belongs to the running loop.
            self._channel = open_channel(self._target, self._credentials, MESSAGE_CAP)
        while True:
            delivered = False
            call = self._channel.unary_stream(_METHOD, None, None)(
                pb.StreamChangesRequest(cursor=cursor).SerializeToString()
            )
            try:
                bodies = aiter(call)
                while True:
                    async with asyncio.timeout(self._idle):
                        body = await anext(bodies, None)
                    if body is None:
                        return
                    message = read_changes(body)
                    cursor = message.cursor or cursor
                    delivered = True
                    yield message
            except TimeoutError:
                pass  # silence: called anew from the cursor
            except TooMuch as error:
                self._report("TOO_MANY_EVENTS", passing=False)
                raise ConnectionError(str(error)) from None
            except grpc.aio.AioRpcError as error:
                code = error.code()
                self._report(code.name, passing=code in _PASSING)
                # A cursor behind which messages came is known, whatever the call ended with.
                refused = code in _CURSOR_REFUSED and cursor and not delivered
                if not refused or self._monotonic() - self._gave_up_at < _GIVE_UP_EVERY:
                    raise ConnectionError(code.name) from None
                self._gave_up_at = self._monotonic()
                cursor = ""  # what then comes twice does no harm
            finally:
                call.cancel()

    def _report(self, code: str, *, passing: bool) -> None:
        """By the code alone: the details are the agency's text."""
        now = self._monotonic()
        alert = not passing and now - self._alerted_at.get(code, -math.inf) >= _ALERT_EVERY
        if alert:
            self._alerted_at[code] = now
        _log.error("agency_stream_failed", agency=self._agency, code=code, alert=alert)

    async def close(self) -> None:
        """Closes the channel."""
        if self._channel is not None:
            await self._channel.close(None)


class TooMuch(CertsvcError):
    """A message with more events than the contract allows."""


def read_changes(body: bytes) -> Changes:
    """The message. Raises TooMuch before any of its events is looked at: in a megabyte there may be half a million."""
    try:
        message = pb.StreamChangesResponse.FromString(body)
    except DecodeError:
        return Changes(fault="no protobuf message")
    if len(message.events) > MAX_EVENTS:
        raise TooMuch(f"more than {MAX_EVENTS} events in a message")
    if not _CURSOR.fullmatch(message.cursor):
        return Changes(message.events, fault="no cursor that can be sent back")
    return Changes(message.events, message.cursor)
