"""Several questions in one call while load is high, and no wait while it is low.

Invariants
- While fewer than `width` calls are in flight, a question goes out at once and alone.
- Otherwise it waits until a call ends, and goes with all others that wait, at most `cap` together.
- Each caller waits to his own deadline. One that leaves takes nobody's call with him.
- A shared call lasts no longer than the latest deadline of those who share it.
- Whoever shares a call gets his answer as soon as it is known, also while others in it still wait.

One enterprise on which the agency is slow holds the whole call that it travels in. That is why several
calls are in flight before any is shared; what to do with a shared call that misses its time is up to `ask_many`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Q, A]):
    """A question, where its answer goes, and until when it is wanted on the loop's clock."""

    question: Q
    answer: asyncio.Future[A]
    until: float


Deliver = Callable[[int, A], None]
"""Hands over the answer to the question of that number."""


class Coalescer(Generic[Q, A]):
    """Turns questions into calls of one or of many.

    Both calls are told how many seconds are left. `ask_many` delivers one answer for each question by its
    number, in any order. What they raise, those who wait get from `ask`.
    """

    def __init__(
        self,
        ask_one: Callable[[Q, float], Awaitable[A]],
        ask_many: Callable[[Sequence[Q], float, Deliver[A]], Awaitable[None]],
        *,
        width: int,
        cap: int,
    ) -> None:
        self._ask_one = ask_one
        self._ask_many = ask_many
        self._width = width
        self.cap = cap
        self._in_flight = 0
        self._waiting: deque[_Waiting[Q, A]] = deque()
        # The loop keeps only weak references to tasks.
        self._calls: dict[asyncio.Task[None], list[_Waiting[Q, A]]] = {}
        self._closed = False

    async def ask(self, question: Q, within: float) -> A:
        """The answer to one question. Raises TimeoutError after `within` seconds, ConnectionError after close."""
        if self._closed:
            raise ConnectionError("the adapter was closed")
        if self.cap == 1 or (self._in_flight < self._width and not self._waiting):
            return await self._alone(question, within)
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Q, A] = _Waiting(question, loop.create_future(), loop.time() + within)
        self._waiting.append(waiting)
        async with asyncio.timeout(within):
            return await waiting.answer

    async def close(self) -> None:
        """Ends shared calls; those who wait get ConnectionError."""
        self._closed = True
        calls = dict(self._calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        # Also those whose call was cancelled before it ran a line.
        for batch in (*calls.values(), list(self._waiting)):
            _fail(batch, ConnectionError("the adapter was closed"))
        self._waiting.clear()

    async def _alone(self, question: Q, within: float) -> A:
        self._in_flight += 1
        try:
            return await self._ask_one(question, within)
        finally:
            self._in_flight -= 1
            self._send_waiting()

    def _send_waiting(self) -> None:
        """Begins one shared call if there is room and somebody still waits."""
        if self._in_flight >= self._width or self._closed:
            return
        batch = self._take()
        if batch:
            self._in_flight += 1
            call = asyncio.get_running_loop().create_task(self._together(batch))
            self._calls[call] = batch
            call.add_done_callback(self._calls.pop)

    def _take(self) -> list[_Waiting[Q, A]]:
        batch: list[_Waiting[Q, A]] = []
        while self._waiting and len(batch) < self.cap:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():  # done: its caller has left
                batch.append(waiting)
        return batch

    async def _together(self, batch: list[_Waiting[Q, A]]) -> None:
        within = max(w.until for w in batch) - asyncio.get_running_loop().time()

        def deliver(number: int, answer: A) -> None:
            if not batch[number].answer.done():  # done: its caller has left
                batch[number].answer.set_result(answer)

        try:
            await self._ask_many([w.question for w in batch], max(within, 0.0), deliver)
            _fail(batch, RuntimeError("a question was left without an answer"))
        except Exception as fault:
            _fail(batch, fault)
        finally:
            self._in_flight -= 1
            self._send_waiting()


def _fail(waiting: Sequence[_Waiting[Q, A]], fault: Exception) -> None:
    """Lets those who have no answer yet have the fault instead."""
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(fault)
