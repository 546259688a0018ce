"""The named SQL of `queries/`, each as a typed statement."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import aiosql

if TYPE_CHECKING:
    import asyncpg


class Statement:
    """One SQL statement with named parameters. asyncpg prepares it once per connection."""

    __slots__ = ("names", "sql")

    def __init__(self, sql: str, names: tuple[str, ...]) -> None:
        self.sql = sql
        self.names = names

    async def rows(self, connection: asyncpg.Connection, **values: object) -> list[asyncpg.Record]:
        """Every row."""
        return await connection.fetch(self.sql, *[values[n] for n in self.names])

    async def row(self, connection: asyncpg.Connection, **values: object) -> asyncpg.Record | None:
        """The first row."""
        return await connection.fetchrow(self.sql, *[values[n] for n in self.names])


@cache
def _loaded() -> Any:
    with as_file(files(__package__) / "queries") as folder:
        return aiosql.from_path(folder, "asyncpg", kwargs_only=True, mandatory_parameters=False)


def statement(name: str) -> Statement:
    """The statement of this name; a wrong name is an AttributeError at start."""
    queries = _loaded()
    return Statement(getattr(queries, name).sql, tuple(queries.driver_adapter.var_sorted[name]))
