"""An agency's stream of changes, by `AgencyService.StreamChanges`.

Invariants
- A message is bounded, and nothing of it is lost because of what else is in it. One that is no message at all is
  handed on as a fault; the cursor of the next one leads past it.
- Silence is renewed: a connection that died without a word would else be waited for for ever.
- A cursor that the agency refuses is given up, and all that it keeps is read again.
- No text of the agency reaches the log.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator

import grpc
import structlog
from google.protobuf.message import DecodeError

from certsvc.agencies.grpc import ClientTls, open_channel, read_credentials
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

_CURSOR = re.compile(r"[ -~]{1,512}")


class AgencyStream:
    """One agency's stream, over a channel of its own: what it sends never waits behind answers."""

    def __init__(self, agency: str, target: str, *, tls: ClientTls | None = None, idle: float = 300.0) -> None:
        """After `idle` seconds without a message the call is made anew. gRPC servers take more pings for an attack."""
        self._agency = agency
        self._target = target
        self._credentials = read_credentials(tls) if tls else None
        self._idle = idle
        self._channel: grpc.aio.Channel | None = None

    async def changes(self, cursor: str) -> AsyncGenerator[Changes, None]:
        """Each message behind the cursor. Ends when the agency ends it; raises ConnectionError when it breaks."""
        if self._channel is None:
            # Not in the constructor: a channel belongs to the running loop.
            self._channel = open_channel(self._target, self._credentials, MESSAGE_CAP)
        while True:
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
                    yield message
            except TimeoutError:
                pass  # silence: called anew from the cursor
            except grpc.aio.AioRpcError as error:
                code = error.code()
                # The details are the agency's text.
                _log.error("agency_stream_failed", agency=self._agency, code=code.name, alert=code not in _PASSING)
                if code not in _CURSOR_REFUSED or not cursor:
                    raise ConnectionError(code.name) from None
                cursor = ""  # what then comes twice does no harm
            finally:
                call.cancel()

    async def close(self) -> None:
        """Closes the channel."""
        if self._channel is not None:
            await self._channel.close(None)


def read_changes(body: bytes) -> Changes:
    """The message. More events than the contract allows are a fault, and yet events: they are handed on."""
    try:
        message = pb.StreamChangesResponse.FromString(body)
    except DecodeError:
        return Changes(fault="no protobuf message")
    if not _CURSOR.fullmatch(message.cursor):
        return Changes(message.events, fault="no cursor that can be sent back")
    fault = f"more than {MAX_EVENTS} events" if len(message.events) > MAX_EVENTS else ""
    return Changes(message.events, message.cursor, fault)
