"""Several callers share one commit: items that arrive while a flush is under way go together in the next.

Invariants
- No item waits when idle: the first goes at once. After a flush of several items, the next waits for company,
  since callers answered together tend to come back together (`pace`).
- Each item is flushed once, or not at all if its caller left before its flush began.
- A caller that leaves later changes nothing: its item is flushed whole with the others.
- A failed flush fails each of its callers, and nobody else; the next batch is tried as if nothing had been.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from certsvc.core.errors import Overloaded, StoreUnavailable
from certsvc.service.ending import ended
from certsvc.store.pace import Pace

Item = TypeVar("Item")
Answer = TypeVar("Answer")


_CLOSE_WITHIN = 5.0
_LOAD_OVER = 0.02
"""Seconds without an item after which the next one is taken for the first of its kind."""


class Batcher(Generic[Item, Answer]):
    """Gathers items into flushes of at most `cap`; `flush` returns one answer or exception for each item, in order."""

    def __init__(
        self,
        flush: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        *,
        cap: int = 128,
        room: int = 8192,
        gap: float = 0.001,
        busy_gap: float = 0.016,
    ) -> None:
        """`room` is how many may wait before further ones are refused; the gaps are the seconds to wait for company."""
        self._flush = flush
        self._cap = cap
        self._room = room
        self._pace = Pace(least=gap, most=busy_gap, cap=cap)
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._arrived = asyncio.Event()
        self._wanted = 1
        self._worker: asyncio.Task[None] | None = None
        self._closed = False
        self.flushes = 0
        self.items = 0

    async def submit(self, item: Item) -> Answer:
        """The answer for this item. Raises what `flush` gave for it, Overloaded, or StoreUnavailable once closed."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if len(self._waiting) >= self._room:
            raise Overloaded(f"{self._room} are waiting for the database")
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="batcher")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._waiting) >= self._wanted:
            self._arrived.set()
        return await future

    async def close(self) -> None:
        """Flushes what waits, then refuses. What cannot be flushed in time, as while the database hangs, fails."""
        self._closed = True
        self._arrived.set()
        if self._worker is None:
            return
        _, late = await asyncio.wait((self._worker,), timeout=_CLOSE_WITHIN)
        if late:
            await ended(late)
            _fail(self._waiting)

    async def _work(self) -> None:
        while True:
            if not self._waiting:
                if self._closed:
                    return
                await self._rest()
                continue
            if self._pace.wanted > 1:
                await self._linger()
            batch = self._take()
            if batch:
                self._pace.took(len(batch))
                await self._settle(batch)

    async def _rest(self) -> None:
        """Waits for an item; after a long wait the load is over."""
        time = asyncio.get_running_loop().time
        begun = time()
        self._arrived.clear()
        await self._arrived.wait()
        if time() - begun > _LOAD_OVER:
            self._pace.rest()

    async def _linger(self) -> None:
        """Waits for company."""
        self._wanted = self._pace.wanted
        try:
            await asyncio.sleep(0)  # those answered a moment ago come back in this round of the loop
            if len(self._waiting) < self._wanted and not self._closed:
                self._arrived.clear()
                async with asyncio.timeout(self._pace.patience):
                    await self._arrived.wait()
        except TimeoutError:
            pass
        finally:
            self._wanted = 1

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        while self._waiting and len(batch) < self._cap:
            item, future = self._waiting.popleft()
            if not future.done():  # its caller left: nothing of it has begun
                batch.append((item, future))
        return batch

    async def _settle(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        self.flushes += 1
        self.items += len(batch)
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._flush([item for item, _ in batch])
            if len(answers) != len(batch):
                raise RuntimeError("a flush must answer for each of its items")
        except asyncio.CancelledError:  # cut off by `close`
            _fail(batch)
            raise
        except Exception as error:
            answers = [error] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)


def _fail(batch: Iterable[tuple[Item, asyncio.Future[Answer]]]) -> None:
    """Whether a flush that was cut off has been committed nobody knows."""
    for _, future in batch:
        if not future.done():
            future.set_exception(StoreUnavailable("the store is closed"))
