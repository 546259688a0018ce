"""All that was decided, read in pages for questions about many cases.

Invariants
- The session cannot write, and no transaction stays open from one page to the next.
- A page goes on strictly after the last row of the one before: memory does not grow with the number of cases, and
  no case comes twice or is left out because others are recorded meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import MalformedRecord
from certsvc.service.records import StoredCase, UnreadableCase
from certsvc.store.cases import read_case
from certsvc.store.connections import acquired, close_pool, create_pool
from certsvc.store.statements import Statement, statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

PAGE = 1000

_COUNT = statement("count_history")
_HOLDERS = statement("holders")
_REFUSALS = statement("refusals")


class Extent(NamedTuple):
    """How many cases there are."""

    holders: int
    refusals: int


class History:
    """Certificates held at the time `now`, and refusals since the time `since`."""

    def __init__(self, pool: Pool, *, now: datetime, since: datetime, page: int) -> None:
        self._pool = pool
        self._now = now
        self._since = since
        self._page = page

    async def extent(self) -> Extent:
        """How many there are now. Raises StoreUnavailable, StoreRejected."""
        async with acquired(self._pool) as connection:
            row = await _COUNT.row(connection, now=self._now, since=self._since)
        assert row is not None
        return Extent(*row)

    async def cases(self) -> AsyncIterator[StoredCase | UnreadableCase]:
        """Each once: the holders by day of issue, then the refusals by day. Raises StoreUnavailable, StoreRejected."""
        async for row in self._rows(_HOLDERS, now=self._now):
            yield _case(row)
        async for row in self._rows(_REFUSALS, since=self._since):
            yield _case(row)

    async def _rows(self, query: Statement, **values: object) -> AsyncIterator[Record]:
        key_time, key_name = None, None
        while True:
            async with acquired(self._pool) as connection:
                rows = await query.rows(connection, **values, key_time=key_time, key_name=key_name, limit=self._page)
            for row in rows:
                yield row
            if len(rows) < self._page:
                return
            key_time, key_name = rows[-1]["key_time"], rows[-1]["key_name"]


@asynccontextmanager
async def open_history(dsn: str, *, now: datetime, since: datetime, page: int = PAGE) -> AsyncIterator[History]:
    """The history in this database, while entered, read `page` rows at once. Raises StoreUnavailable."""
    pool = await create_pool(dsn, size=1, application="certsvc history", read_only=True)
    try:
        yield History(pool, now=now, since=since, page=page)
    finally:
        await close_pool(pool)


def _case(row: Record) -> StoredCase | UnreadableCase:
    try:
        return read_case(row)
    except MalformedRecord:
        return UnreadableCase(str(row["id"]))
