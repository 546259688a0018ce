"""The one interceptor: puts a guard around each handler.

One interceptor with several duties costs a call 7 to 10 percent; each further interceptor costs more.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import grpc

from certsvc.server.access import Rule
from certsvc.server.caller import Identify
from certsvc.server.calllog import Finished, log_finished
from certsvc.server.guard import Drain, Gate, Guard

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic in the stubs alone

# The stubs describe synchronous handlers alone.
_unary: Any = grpc.unary_unary_rpc_method_handler
_unary_stream: Any = grpc.unary_stream_rpc_method_handler
_stream_stream: Any = grpc.stream_stream_rpc_method_handler


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be in progress in this process before calls are turned away."""

    calls: int = 1000
    streams: int = 5000


class _Wrapped(NamedTuple):
    handler: Handler
    turned_away: Handler
    gate: Gate


class Interceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs alone
    """Guards what has a rule; a method without one is UNIMPLEMENTED."""

    def __init__(
        self,
        *,
        rules: Mapping[str, Rule],
        identify: Identify,
        limits: Limits,
        finished: Callable[[Finished], None] = log_finished,
    ) -> None:
        self._rules = rules
        self._identify = identify
        self._finished = finished
        self._calls, self._streams, self._open = Gate(limits.calls), Gate(limits.streams), Gate(None)
        self._wrapped: dict[str, _Wrapped] = {}
        self.drain = Drain()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """The guarded handler; under overload one that turns calls away before their message is parsed."""
        method = handler_call_details.method
        found = self._wrapped.get(method)
        if found is None:
            inner: Handler | None = await continuation(handler_call_details)
            rule = self._rules.get(method)
            if inner is None or rule is None:
                return None  # type: ignore[return-value]  # the stubs do not say that None means UNIMPLEMENTED
            # Methods that exist are few; remembering unknown ones would let a caller fill the memory.
            found = self._wrapped[method] = self._wrap(method, rule, inner)
        return found.turned_away if found.gate.full else found.handler

    def _wrap(self, method: str, rule: Rule, inner: Handler) -> _Wrapped:
        streams = inner.response_streaming
        gate = self._streams if streams else self._calls if rule.shed else self._open
        guard = Guard(
            method=method,
            rule=rule,
            gate=gate,
            identify=self._identify,
            drain=self.drain,
            finished=self._finished,
        )
        if not streams:
            handle: Any = inner.unary_unary
            handler = _unary(guard.unary(handle), inner.request_deserializer, inner.response_serializer)
            return _Wrapped(handler, _unary(guard.refuse, None, None), gate)
        handle = inner.stream_stream if inner.request_streaming else inner.unary_stream
        wrapped = guard.stream(handle) if inspect.isasyncgenfunction(handle) else guard.writer(handle)
        make: Any = _stream_stream if inner.request_streaming else _unary_stream
        handler = make(wrapped, inner.request_deserializer, inner.response_serializer)
        return _Wrapped(handler, handler, gate)
