"""Stores on a fresh database, closed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import asyncpg
import pytest

from certsvc.store.postgres import PostgresStore

OpenStore = Callable[..., Awaitable[PostgresStore]]


@pytest.fixture
async def open_store(database: str) -> AsyncIterator[OpenStore]:
    """Opens further stores on the test's database, as other replicas would."""
    async with AsyncExitStack() as stack:

        async def open_one(**options: int) -> PostgresStore:
            store = await PostgresStore.connect(database, **options)
            stack.push_async_callback(store.close)
            return store

        yield open_one


@pytest.fixture
async def store(open_store: OpenStore) -> PostgresStore:
    """A store on the test's database."""
    return await open_store()


@pytest.fixture
async def sql(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain session on the test's database."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()
