"""Places in status lists, leased in blocks.

Invariants
- A block is durable before any place of it is given; a crash burns what is left of it.
- A place is given once in this process, and the counters of a block go to one process only.
- When half of a block is given the next one is fetched, so callers seldom wait for the database.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import StoreUnavailable
from certsvc.core.permutation import place
from certsvc.core.statuslist import SIZE
from certsvc.service.ending import ended
from certsvc.service.records import StatusIndex
from certsvc.store.connections import acquired
from certsvc.store.statements import statement

if TYPE_CHECKING:
    from asyncpg.pool import Pool

_LEASE = statement("lease_block")
_LOCK = statement("lock_quarter")
_OPEN = statement("open_list")


class Block(NamedTuple):
    """The counters [first, until) of one list."""

    list_number: int
    key: bytes
    capacity: int
    first: int
    until: int


class Places:
    """Hands out places; one for each process and database."""

    def __init__(self, pool: Pool, *, block: int = 128, capacity: int = SIZE) -> None:
        self._pool = pool
        self._block = block
        self._capacity = capacity
        self._stocks: dict[datetime, _Stock] = {}

    async def lease(self, expires_at: datetime) -> StatusIndex:
        """A place for a certificate that expires then, never given before. Raises StoreUnavailable."""
        expires_by = quarter_end(expires_at)
        if (stock := self._stocks.get(expires_by)) is None:
            stock = self._stocks[expires_by] = _Stock(lambda: self._fetch(expires_by), self._block)
        return await stock.take()

    async def close(self) -> None:
        """Ends fetches under way."""
        for stock in self._stocks.values():
            await stock.close()

    async def _fetch(self, expires_by: datetime) -> Block:
        while True:
            async with acquired(self._pool) as connection:
                row = await _LEASE.row(connection, expires_by=expires_by, block=self._block)
                if row is not None:
                    return Block(*row)
                async with connection.transaction():
                    await _LOCK.row(connection, expires_by=expires_by)
                    await _OPEN.rows(
                        connection, expires_by=expires_by, key=secrets.token_bytes(32), capacity=self._capacity
                    )


class _Stock:
    """The leased places of one quarter."""

    def __init__(self, fetch: Callable[[], Awaitable[Block]], block: int) -> None:
        self._fetch = fetch
        self._low = block // 2
        self._blocks: deque[Block] = deque()
        self._left = 0
        self._fetching: asyncio.Task[None] | None = None
        self._closed = False

    async def take(self) -> StatusIndex:
        while not self._left:
            # Shared and shielded: a caller that leaves does not take the block from the others.
            await asyncio.shield(self._refill())
        block = self._blocks.popleft()
        if block.first + 1 < block.until:
            self._blocks.appendleft(block._replace(first=block.first + 1))
        self._left -= 1
        if self._left < self._low:
            self._refill()
        return StatusIndex(block.list_number, place(block.key, block.first, block.capacity))

    async def close(self) -> None:
        self._closed = True
        if self._fetching is not None:
            await ended((self._fetching,))

    def _refill(self) -> asyncio.Task[None]:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._add_block(), name="lease-places")
            self._fetching.add_done_callback(_heard)
        return self._fetching

    async def _add_block(self) -> None:
        block = await self._fetch()
        self._blocks.append(block)
        self._left += block.until - block.first


def _heard(task: asyncio.Task[None]) -> None:
    """A failed fetch ahead of need is tried again by the next caller; those who waited have its exception."""
    if not task.cancelled():
        task.exception()


def quarter_end(instant: datetime) -> datetime:
    """The first instant (UTC) after the calendar quarter of `instant`."""
    utc = instant.astimezone(UTC)
    month = (utc.month - 1) // 3 * 3 + 4
    return datetime(utc.year + month // 13, month % 12 if month > 12 else month, 1, tzinfo=UTC)
