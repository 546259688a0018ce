"""A failure of the database is told without a word of what the database holds."""

from __future__ import annotations

import asyncio
import logging
import ssl
import traceback
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from certsvc.core.errors import StoreRejected, StoreUnavailable
from certsvc.service.records import Application
from certsvc.store import connections
from certsvc.store.attempts import Attempts
from certsvc.store.connections import acquired, close_pool, create_pool, described, translated
from certsvc.store.postgres import PostgresStore
from certsvc.store.queue import Queue
from tests.store import samples
from tests.store.hanging import hanging

SECRETS = (samples.ENTERPRISE.identifier.value, "NAND", "ÑANDÚ", "Ñandú", "e30.e30")


async def _contradictory(store: PostgresStore) -> Application:
    """A grant that the database refuses; PostgreSQL quotes the certificate's whole row for it."""
    issued = samples.certificate(await store.lease_place(samples.EXPIRES))
    return samples.granted(replace(issued, expires_at=issued.issued_at - timedelta(days=1)))


def _nothing_leaked(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []
    assert "DETAIL" not in text


async def test_a_refused_row_leaves_no_identifier_or_name_in_message_or_trace(store: PostgresStore) -> None:
    granted = await _contradictory(store)
    waiting = await store.record(samples.pending())
    assert granted.certificate is not None
    for work in (store.record(granted), samples.resolve(store, samples.completed(waiting, granted.certificate))):
        with pytest.raises(StoreRejected) as caught:
            await work
        _nothing_leaked("".join(traceback.format_exception(caught.value)))
        assert str(caught.value) == "23514 CheckViolationError on certificate_check"


async def test_a_failed_attempt_leaves_no_identifier_or_name_in_the_log(
    database: str, store: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    refused = await _contradictory(store)
    application = await store.record(samples.pending(after=timedelta(0)))
    failed = asyncio.Event()

    async def complete(*_: object) -> Application:
        failed.set()
        assert refused.certificate is not None
        return await samples.resolve(store, samples.completed(application, refused.certificate))

    caplog.set_level(logging.DEBUG)
    queue = Queue(database, [Attempts(complete)])
    await queue.start()
    async with asyncio.timeout(30):
        await failed.wait()
    await queue.stop()
    (line,) = [r for r in caplog.records if r.name == "certsvc.store.queue" and "failed" in r.getMessage()]
    assert "StoreRejected: 23514 CheckViolationError on certificate_check" in line.getMessage()
    _nothing_leaked(caplog.text)


async def test_a_value_that_no_statement_takes_is_not_quoted(store: PostgresStore, sql: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.DataError, match=SECRETS[0]) as caught:
        await sql.fetch("SELECT $1::integer", SECRETS[0])
    found = translated(caught.value)
    assert (type(found), str(found)) == (StoreRejected, "22000 DataError")


def test_what_is_not_the_databases_is_named_by_its_type() -> None:
    assert described(RuntimeError(SECRETS[0])) == "RuntimeError"
    assert described(ConnectionResetError(104, "Connection reset by peer")) == (
        "ConnectionResetError: Connection reset by peer"
    )


def test_a_server_whose_certificate_fails_may_be_mended() -> None:
    assert isinstance(translated(ssl.SSLCertVerificationError(1, "certificate verify failed")), StoreUnavailable)


async def test_a_database_that_cannot_be_reached_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    away = tmp_path_factory.mktemp("away")
    with pytest.raises(StoreUnavailable, match=r"cannot connect: .*No such file"):
        await create_pool(f"postgresql://certsvc:hunter2@/x?host={away}", size=1)


async def test_a_cancel_while_the_database_hangs_is_no_failure_of_the_database(
    database: str, tmp_short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hanging(database, tmp_short) as way:
        pool = await create_pool(way.dsn, size=1)
        monkeypatch.setattr(connections, "_CONNECT_TIMEOUT", 0.2)
        asks = asyncio.Event()

        async def ask() -> None:
            async with acquired(pool) as connection:
                way.hang()
                asks.set()
                await connection.execute("SELECT 1")

        task = asyncio.create_task(ask())
        await asks.wait()
        await asyncio.sleep(0)  # until it waits for the answer
        task.cancel()
        await asyncio.wait((task,), timeout=30)
        assert task.cancelled()
        await close_pool(pool, within=0.05)


async def test_a_pool_is_closed_soon_though_the_database_hangs(database: str, tmp_short: Path) -> None:
    async with hanging(database, tmp_short) as way:
        pool = await create_pool(way.dsn, size=2)
        async with acquired(pool) as held:
            way.hang()
            async with asyncio.timeout(10):
                await close_pool(pool, within=0.05)
            with pytest.raises(asyncpg.InterfaceError):
                await held.execute("SELECT 1")
