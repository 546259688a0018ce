"""The server is killed under load: whatever was acknowledged is there afterwards, and nothing twice."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import asyncpg

from certsvc.core.errors import StoreUnavailable
from certsvc.service.records import Application
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.migrate import migrate
from certsvc.store.postgres import PostgresStore
from tests.store import samples


class Load:
    """Callers that record applications for as long as they may, and keep what was acknowledged and what was not."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._goal = 0
        self._reached = asyncio.Event()
        self.acknowledged: list[Application] = []
        self.unknown: list[Application] = []
        self.places = 0

    async def call(self) -> None:
        while True:
            try:
                place = await self._store.lease_place(samples.EXPIRES)
            except StoreUnavailable:
                continue
            self.places += 1
            application = samples.granted(samples.certificate(place)) if self.places % 3 else samples.pending()
            try:
                assert await self._store.record(application) == application
            except StoreUnavailable:
                self.unknown.append(application)
                continue
            self.acknowledged.append(application)
            if len(self.acknowledged) >= self._goal:
                self._reached.set()

    async def until(self, more: int) -> None:
        """Returns once `more` further applications are acknowledged."""
        self._reached.clear()
        self._goal = len(self.acknowledged) + more
        await self._reached.wait()


async def test_a_killed_server_loses_and_doubles_nothing(tmp_short: Path) -> None:
    with EmbeddedPostgres(tmp_short / "pg") as server:
        await migrate(server.dsn)
        store = await PostgresStore.connect(server.dsn, block=16)
        load = Load(store)
        async with asyncio.timeout(90), asyncio.TaskGroup() as callers:
            tasks = [callers.create_task(load.call()) for _ in range(24)]
            for _ in range(3):
                await load.until(100)
                pid = server.pid
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
            await load.until(100)
            for task in tasks:
                task.cancel()
        await _check(server.dsn, store, load)
        await store.close()


async def _check(dsn: str, store: PostgresStore, load: Load) -> None:
    for application in load.acknowledged:
        assert await store.get_application(application.id) == application
    for application in load.unknown:
        # Asking again with the same request gives the one answer, whether or not the first try was recorded.
        assert await store.record(application) == application
    sql = await asyncpg.connect(dsn)
    try:
        assert await sql.fetchval("SELECT count(*) FROM certificate") == await sql.fetchval(
            "SELECT count(*) FROM application WHERE state = 'GRANTED'"
        )
        assert await sql.fetchval("SELECT count(*) FROM pgqueuer") == await sql.fetchval(
            "SELECT count(*) FROM application WHERE state = 'PENDING'"
        )
        assert await sql.fetchval("SELECT count(*) FROM audit_leaf") == await sql.fetchval(
            "SELECT count(*) FROM application"
        )
    finally:
        await sql.close()
