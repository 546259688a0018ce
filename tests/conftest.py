"""Fixtures for every room: a PostgreSQL for each test process, and a fresh migrated database for each test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from certsvc.core import jose
from certsvc.core.errors import VerificationError
from certsvc.service import signing
from certsvc.service.trust_ports import Signer
from certsvc.signing.file import FileSigner
from certsvc.signing.inline import Inline
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.migrate import migrate
from tests.jose_oracles import assert_oracles_agree
from tests.trust_kit import MemorySigner, Waited

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


@pytest.fixture(scope="session", autouse=True)
def _oracles_see_every_token() -> Iterator[None]:
    """Every token that a test process signs and our verifier accepts is put before unrelated libraries as well."""
    at_once, waited = jose.sign, signing.signed

    def look(token: str, signer: object, typ: str) -> str:
        if isinstance(signer, FileSigner | Inline | MemorySigner | Waited) and _accepted(
            token, signer.public_jwk(), typ
        ):
            assert_oracles_agree(token, signer.public_jwk())
        return token

    async def signed(signer: Signer, typ: str, payload: bytes) -> str:
        return look(await waited(signer, typ, payload), signer, typ)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jose, "sign", lambda signer, typ, payload: look(at_once(signer, typ, payload), signer, typ))
        patch.setattr(signing, "signed", signed)
        yield


def _accepted(token: str, jwk: Mapping[str, str], typ: str) -> bool:
    try:
        jose.verify(token, typ=typ, key_of=lambda _: jose.public_key(jwk), cap=1 << 30)
    except VerificationError:
        return False
    return True


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
