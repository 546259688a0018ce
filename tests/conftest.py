"""Fixtures for every room: a PostgreSQL for each test process, and a fresh migrated database for each test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.migrate import migrate

_TEMPLATE = "certsvc_template"


def _run(work: Callable[[], Coroutine[object, object, object]]) -> None:
    """Runs a coroutine in a loop of its own, also while a test's loop waits."""
    failures: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture
def tmp_short() -> Iterator[Path]:
    """An empty directory whose path is short enough for a Unix socket below it."""
    path = Path(tempfile.mkdtemp(prefix="cs-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The maintenance database of the server of this test process; it ends with the process whatever happens."""
    directory = Path(tempfile.mkdtemp(prefix="cs-pg-"))
    try:
        with EmbeddedPostgres(directory) as server:
            yield server.dsn
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def _template(postgres_dsn: str) -> str:
    _run(lambda: _execute(postgres_dsn, f"CREATE DATABASE {_TEMPLATE}"))
    _run(lambda: migrate(postgres_dsn.replace("/postgres?", f"/{_TEMPLATE}?")))
    return _TEMPLATE


@pytest.fixture
def empty_database(postgres_dsn: str) -> Iterator[str]:
    """The DSN of a database without tables, dropped afterwards."""
    yield from _database(postgres_dsn, "template1")


@pytest.fixture
def database(postgres_dsn: str, _template: str) -> Iterator[str]:
    """The DSN of a fresh migrated database, dropped afterwards."""
    yield from _database(postgres_dsn, _template)


def _database(postgres_dsn: str, template: str) -> Iterator[str]:
    name = f"t_{uuid4().hex}"
    _run(lambda: _execute(postgres_dsn, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield postgres_dsn.replace("/postgres?", f"/{name}?")
    _run(lambda: _execute(postgres_dsn, f"DROP DATABASE {name} WITH (FORCE)"))
