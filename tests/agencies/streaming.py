"""An agency whose stream of changes does what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc

from certsvc.v1 import agency_event_service_pb2 as event_pb
from certsvc.v1 import agency_service_pb2 as pb
from tests.agencies.kit import NOW

Context = grpc.aio.ServicerContext[bytes, bytes]
Script = Callable[[str, Context], AsyncGenerator[bytes, None]]
"""From the cursor that was sent to the bodies of one call."""


def event(event_id: str, number: str = "3101123456", **changes: Any) -> event_pb.AgencyEvent:
    """A payment to the social-security fund."""
    fields: dict[str, Any] = {
        "event_id": event_id,
        "kind": event_pb.AgencyEvent.KIND_PAYMENT,
        "scheme": "social_security",
        "identifier": {"kind": "cr.cedula_juridica", "value": number},
        "occur_time": NOW,
    }
    return event_pb.AgencyEvent(**{**fields, **changes})


def message(cursor: str, *events: event_pb.AgencyEvent) -> bytes:
    """The body of one message."""
    return pb.StreamChangesResponse(events=events, cursor=cursor).SerializeToString()


class StreamingAgency:
    """Runs `scripts` one after the other, one for each call, the last one again and again.

    `asked` gets the cursor of each call, `left` is set when a call is over.
    """

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.left = asyncio.Event()
        self.target = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Its target, while it runs."""
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        make: Any = grpc.unary_stream_rpc_method_handler  # the stubs describe synchronous handlers alone
        handlers = {"StreamChanges": make(self._answer)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("certsvc.v1.AgencyService", handlers),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            await server.stop(None)

    async def _answer(self, body: bytes, context: Context) -> AsyncGenerator[bytes, None]:
        cursor = pb.StreamChangesRequest.FromString(body).cursor
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        self.asked.put_nowait(cursor)
        try:
            async for answer in script(cursor, context):
                yield answer
        finally:
            self.left.set()


def sends(*bodies: bytes) -> Script:
    """Sends these and is silent."""

    async def script(_cursor: str, _context: Context) -> AsyncGenerator[bytes, None]:
        for body in bodies:
            yield body
        await asyncio.Event().wait()

    return script


def ends(*bodies: bytes) -> Script:
    """Sends these and ends the call."""

    async def script(_cursor: str, _context: Context) -> AsyncGenerator[bytes, None]:
        for body in bodies:
            yield body

    return script


def fails(code: grpc.StatusCode, *bodies: bytes) -> Script:
    """Sends these and fails."""

    async def script(_cursor: str, context: Context) -> AsyncGenerator[bytes, None]:
        for body in bodies:
            yield body
        await context.abort(code, "of 3101123456")

    return script
