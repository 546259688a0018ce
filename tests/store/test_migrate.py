"""A database comes to the schema of this version, once, whoever starts it."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

import certsvc.store
from certsvc.core.errors import ConfigError
from certsvc.store import migrate as module
from certsvc.store.migrate import migrate

_SCHEMA = """
SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default), E'\n'
    ORDER BY table_name, ordinal_position)
FROM information_schema.columns WHERE table_schema = 'public'
"""


async def _schema(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return str(await connection.fetchval(_SCHEMA))
    finally:
        await connection.close()


async def test_migrating_twice_changes_nothing(empty_database: str) -> None:
    assert await migrate(empty_database)
    first = await _schema(empty_database)
    assert not await migrate(empty_database)
    assert await _schema(empty_database) == first


async def test_replicas_that_start_at_once_take_turns(empty_database: str) -> None:
    done = await asyncio.gather(*(migrate(empty_database) for _ in range(4)))
    assert sum(done) == 1


async def test_a_database_of_a_later_version_is_refused(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()
    with pytest.raises(ConfigError, match="later"):
        await migrate(database)


async def test_another_release_of_the_queue_upgrades_its_tables(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE component SET version = '1.0.0'")
    await connection.execute("DROP INDEX pgqueuer_log_created")
    assert await migrate(database)
    assert await connection.fetchval("SELECT version FROM component") == version("pgqueuer")
    assert await connection.fetchval("SELECT to_regclass('pgqueuer_log_created') IS NOT NULL")
    await connection.close()


async def test_a_failed_revision_leaves_nothing(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = module.run_sql

    def broken(sql: str) -> None:
        whole(sql + "; SELECT 1/0;")

    monkeypatch.setattr(module, "run_sql", broken)
    with pytest.raises(Exception, match="DivisionByZeroError"):
        await migrate(empty_database)
    assert await _schema(empty_database) == "None"
    monkeypatch.undo()
    assert await migrate(empty_database)


def test_the_named_head_is_the_last_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(certsvc.store.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == module.HEAD
    assert {s.revision for s in scripts.walk_revisions()} == module._KNOWN
