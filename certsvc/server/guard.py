"""What stands around one method: admission before the handler, and an answer after it, whatever happens.

Invariants
- A call is admitted in this order: room, identity, role, time. What is refused has begun nothing.
- Whatever a handler raises, the client gets a status. grpc.aio sends none for a CancelledError
  that a handler lets out (grpc/grpc#29248), so one that the client did not cause is an error like others.
- What is counted in is always counted out.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from time import perf_counter
from typing import Any, NamedTuple

import grpc

from certsvc.core.errors import Overloaded
from certsvc.server.access import Rule
from certsvc.server.call import CURRENT, Call
from certsvc.server.caller import Caller, Identify
from certsvc.server.calllog import Finished, log_cause
from certsvc.server.errors import (
    BudgetSpent,
    DeadlineTooShort,
    RoleNotAllowed,
    ShuttingDown,
    answer_for,
    concerns_operator,
    status_of,
)

# Messages are of any type here: a guard never looks inside.
Context = grpc.aio.ServicerContext[Any, Any]
Unary = Callable[[Any, Context], Awaitable[Any]]
Stream = Callable[[Any, Context], AsyncIterator[Any]]

LEAST = 0.05
"""Seconds that must be left to begin."""
RESERVE = 0.1
"""Seconds of the budget kept back for the answer; a fifth of the budget if that is less."""

_PASS_ON = (grpc.aio.AbortError, GeneratorExit, KeyboardInterrupt, SystemExit)
_END = object()


class Gate:
    """Counts what is in progress. With no limit it counts and never refuses."""

    __slots__ = ("_limit", "inside")

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.inside = 0

    @property
    def full(self) -> bool:
        """True if the next one is refused."""
        return self._limit is not None and self.inside >= self._limit

    def enter(self) -> None:
        """Counts one in. Raises Overloaded, and then does not."""
        if self.full:
            raise Overloaded("too many calls in progress")
        self.inside += 1

    def leave(self) -> None:
        """Counts one out."""
        self.inside -= 1


class Drain:
    """Ends streams early when the process stops: calls finish by themselves, streams may never."""

    def __init__(self) -> None:
        self.begun = False
        self._waiting: set[asyncio.Timeout] = set()

    def begin(self) -> None:
        """Ends every wait, now and from now on, with ShuttingDown."""
        self.begun = True
        for wait in self._waiting:
            if not wait.expired():
                wait.reschedule(0.0)

    async def wait(self, work: Awaitable[Any], until: float | None) -> Any:
        """What `work` returns. Raises BudgetSpent once the loop's clock passes `until`, ShuttingDown on drain."""
        limit = asyncio.timeout_at(0.0 if self.begun else until)
        try:
            async with limit:
                self._waiting.add(limit)
                return await work
        except TimeoutError as error:
            if limit.expired():
                raise (ShuttingDown() if self.begun else BudgetSpent()) from error
            raise
        finally:
            self._waiting.discard(limit)


class Failure(NamedTuple):
    """How a failed call is told and logged."""

    code: grpc.StatusCode
    text: str
    trailers: tuple[tuple[str, bytes], ...]
    reason: str
    incident: str


class Guard:
    """Wraps the handlers of one method."""

    def __init__(
        self,
        *,
        method: str,
        rule: Rule,
        gate: Gate,
        identify: Identify,
        drain: Drain,
        finished: Callable[[Finished], None],
    ) -> None:
        self._method = method
        self._rule = rule
        self._gate = gate
        self._identify = identify
        self._drain = drain
        self._finished = finished

    def unary(self, handle: Unary) -> Unary:
        """A handler that returns its one answer."""

        async def behave(request: Any, context: Context) -> Any:
            begun, caller = perf_counter(), None
            try:
                self._gate.enter()
                try:
                    caller = self._identify(context.auth_context())
                    seconds = self._admit(caller, context)
                    # Cancelling at the limit is safe: what was recorded is found again under its request id.
                    async with asyncio.timeout(seconds) as limit:
                        answer = await handle(request, context)
                except TimeoutError as error:
                    if limit.expired():
                        raise BudgetSpent from error
                    raise
                finally:
                    self._gate.leave()
            except BaseException as error:
                failure = self._failure(error)
                self._log(caller, begun, failure, _end_of(error, context))
                if failure is None:
                    raise
                await context.abort(failure.code, failure.text, failure.trailers)
            self._log(caller, begun, None, "OK")
            return answer

        return behave

    def stream(self, handle: Stream) -> Stream:
        """A handler that is an asynchronous generator of answers."""

        async def behave(request: Any, context: Context) -> AsyncGenerator[Any, None]:
            begun, caller = perf_counter(), None
            try:
                self._gate.enter()
                try:
                    caller = self._identify(context.auth_context())
                    until = self._until(caller, context)
                    # The limit must not span a yield: it would then cancel gRPC's own sending.
                    async with aclosing(handle(request, context)) as answers:  # type: ignore[type-var]  # a generator
                        while (answer := await self._drain.wait(anext(answers, _END), until)) is not _END:
                            yield answer
                finally:
                    self._gate.leave()
            except BaseException as error:
                failure = self._failure(error)
                self._log(caller, begun, failure, _end_of(error, context))
                if failure is None:
                    raise
                await context.abort(failure.code, failure.text, failure.trailers)
            self._log(caller, begun, None, "OK")

        return behave

    def writer(self, handle: Unary) -> Unary:
        """A handler that writes its answers to the context, and may do so without end."""

        async def until_drained(request: Any, context: Context) -> Any:
            return await self._drain.wait(handle(request, context), None)

        return self.unary(until_drained)

    async def refuse(self, _request: bytes, context: Context) -> None:
        """Turns a call away unread."""
        failure = self._failure(Overloaded())
        assert failure is not None
        self._log(None, perf_counter(), failure)
        await context.abort(failure.code, failure.text, failure.trailers)

    def _admit(self, caller: Caller, context: Context) -> float | None:
        """Sets the current call; returns its budget in seconds."""
        if caller.role not in self._rule.roles:
            raise RoleNotAllowed(caller.role)
        left: float | None = context.time_remaining()
        budget = self._rule.budget
        if left is None or (budget is not None and budget < left):
            left = budget
        if left is None:
            return None
        if left < LEAST:
            raise DeadlineTooShort
        CURRENT.set(Call(caller, left - min(RESERVE, left / 5)))
        return left

    def _until(self, caller: Caller, context: Context) -> float | None:
        seconds = self._admit(caller, context)
        return None if seconds is None else asyncio.get_running_loop().time() + seconds

    def _failure(self, error: BaseException) -> Failure | None:
        """What to tell the client; None if it was told, or is gone."""
        if isinstance(error, _PASS_ON):
            return None
        if isinstance(error, asyncio.CancelledError):
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # the client left, or the server's grace is over
                return None
        answer, incident = answer_for(error), ""
        if concerns_operator(answer):
            incident = secrets.token_hex(8)
            log_cause(error, self._method, incident)
        details = status_of(error, answer, incident)
        return Failure(answer.code, answer.text, (("grpc-status-details-bin", details),), answer.reason, incident)

    def _log(self, caller: Caller | None, begun: float, failure: Failure | None, code: str = "") -> None:
        self._finished(
            Finished(
                method=self._method,
                caller=caller.id if caller is not None else "",
                code=failure.code.name if failure is not None else code,
                reason=failure.reason if failure is not None else "",
                seconds=perf_counter() - begun,
                incident=failure.incident if failure is not None else "",
            )
        )


def _end_of(error: BaseException, context: Context) -> str:
    """How a call ended that is not ours to answer: aborted by its own handler, or left by its client."""
    if not isinstance(error, grpc.aio.AbortError):
        return "CANCELLED"
    return context.code().name
