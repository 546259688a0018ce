"""What operators do about agencies: their record, on connections of its own."""

from __future__ import annotations

from contextlib import AsyncExitStack

from certsvc.store.agency_acts import PostgresAgencyActs
from certsvc.store.connections import close_pool, create_pool

CONNECTIONS = 2
"""Of each process, for operators alone: under any load they must be able to act and to look."""


async def open_agency_acts(dsn: str, stack: AsyncExitStack) -> PostgresAgencyActs:
    """The record of what they do, closed by `stack`. Raises StoreUnavailable."""
    pool = await create_pool(dsn, size=CONNECTIONS, application="certsvc operators")
    stack.push_async_callback(close_pool, pool)
    return PostgresAgencyActs(pool)
