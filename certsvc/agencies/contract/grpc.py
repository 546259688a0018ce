"""An agency over gRPC: whatever method is called, it answers with the bytes of its truth, or fails as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import grpc

from certsvc.agencies.contract.cases import NOW, Failure
from certsvc.agencies.contract.spoil import Spoil, Truth, always

_CODES: Mapping[Failure, grpc.StatusCode] = MappingProxyType(
    {
        Failure.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
        Failure.BAD_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
        Failure.RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
        Failure.DOWN: grpc.StatusCode.UNAVAILABLE,
        Failure.FLAPPING: grpc.StatusCode.UNAVAILABLE,
    }
)

REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
"""What a web server says on the agency's port: gRPC itself sends nobody elsewhere."""

_MANY = 8 * 1024 * 1024
_UNKNOWN_FIELD = b"\xc2\x3e"
"""The tag of field 1000, of a length: whoever knows it not leaves it out, and takes the rest for good."""

_STATUS = b"\x08\x05\x12\x09not found"
"""A google.rpc.Status, which belongs in the trailer."""


def _with_much_besides(body: bytes) -> bytes:
    return body + _UNKNOWN_FIELD + _varint(_MANY) + bytes(_MANY)


def _varint(number: int) -> bytes:
    low = bytearray()
    while number > 0x7F:
        low.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*low, number])


_SPOILERS: Mapping[Failure, Spoil] = MappingProxyType(
    {
        Failure.HUGE: _with_much_besides,
        Failure.WRONG_TYPE: always(b"\x08\x01"),
        # Of a part that stands once the last counts; of one that may be repeated, all.
        Failure.TWICE: lambda body: body + body,
        Failure.ERROR_INSIDE: always(_STATUS),
    }
)

_Context = grpc.aio.ServicerContext[bytes, bytes]

if TYPE_CHECKING:
    _AnyMethod = grpc.GenericRpcHandler[bytes, bytes]
else:
    _AnyMethod = grpc.GenericRpcHandler


class GrpcFront(_AnyMethod):
    """Answers every unary method."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.calls = 0
        self.sent = 0
        self.followed = 0
        self._day = NOW.date()
        self._failure: Failure | None = None
        self._well = asyncio.Event()
        self._server: grpc.aio.Server | None = None

    async def start(self) -> tuple[str, int]:
        """Where it listens."""
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0), ("grpc.enable_http_proxy", 0)])
        self._server.add_generic_rpc_handlers((self,))
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return "127.0.0.1", port

    async def fail(self, failure: Failure | None, day: date) -> None:
        """Does this from now on, None for nothing; its data is of `day`."""
        self._failure, self._day = failure, day
        if failure is None:
            self._well.set()
        else:
            self._well.clear()

    async def stop(self) -> None:
        """Stops listening, and lets go of those that are left hanging."""
        self._well.set()
        if self._server is not None:
            await self._server.stop(None)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:  # noqa: ARG002  gRPC names it
        """The same for every method."""
        return grpc.unary_unary_rpc_method_handler(self._answer)

    async def _answer(self, _question: bytes, context: _Context) -> bytes:
        self.calls += 1
        failure = self._failure
        if failure is Failure.HANG:
            await self._well.wait()
            await context.abort(grpc.StatusCode.UNAVAILABLE, "hung")
        if failure is not None and failure in _CODES:
            await context.abort(_CODES[failure], "as told")
        return self.truth.as_told(failure, self._day, _SPOILERS).body
