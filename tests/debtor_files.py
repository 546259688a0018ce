"""Debtor files as an operator brings them, and their import as the command does it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from certsvc.agencies.brought_file import BroughtFile
from certsvc.core.outcome import Outcome
from certsvc.service.import_file import Act, Imported, Terms, import_file
from certsvc.store.files import FileBook

NOW = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
HEADER = "Cedula,Nombre,EstadoPatrono,Situacion,MontoAdeudado,LugarPago,FechaDato"
FIRST = 3101000000
TERMS = Terms(
    agency="fund",
    layout="ccss",
    absent=Outcome.NO_INFORMATION,
    least_firms=0,
    threshold=Decimal(0),
    turn_share=Decimal("0.2"),
    turn_least=2,
    turn_window=timedelta(hours=24),
)
ACT = Act(actor="ana", account="ana", at=NOW)


def firm(number: int, debt: str = "MOROSO", owed: str = "100.00", day: date = date(2026, 9, 30)) -> str:
    """A row of the social-security layout."""
    return f"{FIRST + number},EMPRESA {number} SOCIEDAD ANONIMA,ACTIVO,{debt},{owed},SUCURSAL,{day}"


def file_of(*rows: str) -> bytes:
    """A file of these rows."""
    return ("\n".join([HEADER, *rows]) + "\n").encode()


def firms(count: int, barred: int = 0, day: date = date(2026, 9, 30)) -> bytes:
    """A file of so many firms, of which the first so many are in arrears."""
    return file_of(*(firm(n, "MOROSO" if n < barred else "AL DIA", day=day) for n in range(count)))


async def bring(dsn: str, body: bytes, *, act: Act = ACT, dry_run: bool = False, **terms: Any) -> Imported:
    """Imports the file. `terms` are those of `Terms` that differ."""
    of_agency = replace(TERMS, **terms)
    brought = BroughtFile(io.BytesIO(body), of_agency.layout, file_day=date(2026, 9, 30), at=act.at)
    return await import_file(FileBook(dsn), of_agency, brought, act, dry_run=dry_run)


_TABLES = """
SELECT format('%I', relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1
"""


async def contents(dsn: str) -> Mapping[str, Sequence[str]]:
    """Every table of the database with every row."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = [record[0] for record in await connection.fetch(_TABLES)]
        return {
            table: [record[0] for record in await connection.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")]
            for table in tables
        }
    finally:
        await connection.close()


def contents_now(dsn: str) -> Mapping[str, Sequence[str]]:
    """The same, for tests without a loop."""
    return asyncio.run(contents(dsn))
