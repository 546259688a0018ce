"""Brings a database to the schema of this version.

Invariants
- A database that is up to date costs one query; Alembic and SQLAlchemy are not even imported.
- Replicas that start at once take turns: whoever comes second finds the work done.
- A revision happens whole or not at all: it is one transaction.
- A database of a later version is refused, not touched.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from certsvc.core.errors import CertsvcError, ConfigError
from certsvc.store.connections import connect, translated

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = "0009"
_KNOWN = frozenset({"0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009"})
_QUEUE = "pgqueuer"
_TURN = 0x63657274  # the advisory lock that replicas take turns by; any number that nobody else uses


class _State(NamedTuple):
    """What the database says of itself: empty texts before the first migration."""

    revision: str
    queue: str


async def migrate(dsn: str) -> bool:
    """Brings the database to this version; true if there was anything to do. Raises StoreUnavailable, ConfigError."""
    try:
        connection = await connect(dsn, application="certsvc migrate")
        try:
            if _is_current(await _state(connection)):
                return False
            # Held by the session: if we die, the server lets the next replica in.
            await connection.execute("SELECT pg_advisory_lock($1)", _TURN, timeout=600)
            return await _bring_up(dsn, connection)
        finally:
            await connection.close()
    except CertsvcError:
        raise
    except Exception as error:
        if (raised := translated(error)) is error:
            raise
        raise raised from error


async def _bring_up(dsn: str, connection: asyncpg.Connection) -> bool:
    state = await _state(connection)
    if _is_current(state):
        return False
    if state.revision and state.revision not in _KNOWN:
        raise ConfigError(
            [f"the database is at revision {state.revision}, later than {HEAD}: install that version of certsvc"]
        )
    if state.revision != HEAD:
        await _run_revisions(dsn)
    await _upgrade_queue(connection, state.queue)
    return True


async def _state(connection: asyncpg.Connection) -> _State:
    if await connection.fetchval("SELECT to_regclass('alembic_version') IS NULL OR to_regclass('component') IS NULL"):
        return _State("", "")
    row = await connection.fetchrow(
        "SELECT (SELECT version_num FROM alembic_version), (SELECT version FROM component WHERE name = $1)", _QUEUE
    )
    assert row is not None
    return _State(row[0] or "", row[1] or "")


def _is_current(state: _State) -> bool:
    return state == (HEAD, version(_QUEUE))


async def _run_revisions(dsn: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine

    def upgrade(connection: Connection) -> None:
        with as_file(files(__package__) / "migrations") as folder:
            config = Config()
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=pool.NullPool
    )
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


async def _upgrade_queue(connection: asyncpg.Connection, found: str) -> None:
    """Lets the installed PgQueuer bring its tables up, then notes its release; repeated if we die between the two."""
    from certsvc.store.jobs import queries

    installed = version(_QUEUE)
    if found and found != installed:
        await queries(connection).upgrade()
    await connection.execute(
        "INSERT INTO component (name, version) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET version = $2",
        _QUEUE,
        installed,
    )


def run_script(name: str) -> None:
    """Runs a script of `migrations/versions` in the transaction of the revision. For revisions."""
    run_sql((files(__package__) / "migrations" / "versions" / name).read_text(encoding="utf-8"))


def run_sql(sql: str) -> None:
    """Runs several statements in the transaction of the revision. For revisions."""
    from alembic import op
    from sqlalchemy import text

    bind = op.get_bind()
    bind.execute(text("SELECT 1"))  # the driver begins its transaction with the first statement of SQLAlchemy
    # SQLAlchemy prepares what it runs, and a prepared statement is one statement; asyncpg itself takes a script.
    driver = bind.connection.dbapi_connection
    assert driver is not None
    driver.run_async(lambda raw: raw.execute(sql))
