"""A debtor file imported by the command, beside a bare COPY of the same rows; and the memory that it takes.

    python -m tests.bench.agency_import [rows]

Imports a tenth of the rows, then all of them, each as the first file of an agency and then as the next one, in which
one firm in twenty has turned; that one is also compared with the version before. The memory must be the same. The
bare COPY sends rows in PostgreSQL's own binary form, prepared in memory, into a table without an index.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import asyncpg

from certsvc.cli.main import run
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.migrate import migrate

ROWS = 1_000_000
HEADER = "Cedula,Nombre,EstadoPatrono,Situacion,MontoAdeudado,LugarPago,FechaDato\n"
ENTRY = '\n[[agencies]]\nname = "bench_{n}"\nkind = "imported"\nschemes = ["social_security"]\nlayout = "ccss"\n'


class Figures(NamedTuple):
    """One import: seconds, CPU seconds and peak memory of its process, in MiB."""

    seconds: float
    cpu: float
    peak: float


def write(path: Path, rows: int, day: str) -> None:
    """A file in which one firm in five owes something; of those, another one in twenty on each day."""
    turned = int(day[-1])
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for n in range(rows):
            owes = n % 5 == 0 or n % 20 == turned
            debt = f"MOROSO,{n % 90_000 + 10}.50" if owes else "AL DIA,0.00"
            number = 3101000000 + n * 7919 % 99_999_989  # in no order
            file.write(f"{number},EMPRESA DE PRUEBA NUMERO {n} SOCIEDAD ANONIMA,ACTIVO,{debt},SUCURSAL,{day}\n")


def imported(config: Path, dsn: str, agency: str, file: Path, rows: int) -> Figures:
    """The command, in a process of its own."""
    command = [sys.executable, "-m", "certsvc.cli", "agency", "import", agency, str(file), "--config", str(config)]
    begun = time.perf_counter()
    process = subprocess.Popen([*command, "--dsn", dsn, "--json"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert (process.returncode, said["ending"], said["file"]["firms"]) == (0, "CURRENT", rows)
    return Figures(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def copied(dsn: str, agency: str) -> float:
    """Seconds of the bare COPY of the agency's current rows, in a process of its own.

    Not in ours: what we had in memory would count as the peak of the processes that we start.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        return other.submit(_copied_here, dsn, agency).result()


def _copied_here(dsn: str, agency: str) -> float:
    return asyncio.run(_copy(dsn, agency))


async def _copy(dsn: str, agency: str) -> float:
    connection = await asyncpg.connect(dsn)
    file_id = await connection.fetchval("SELECT id FROM debtor_file WHERE agency = $1 AND state = 'CURRENT'", agency)
    prepared = io.BytesIO()
    await connection.copy_from_table(f"debtor_row_{file_id}", output=prepared, format="binary")
    await connection.execute("CREATE TABLE bare (LIKE debtor_row)")
    prepared.seek(0)
    begun = time.perf_counter()
    await connection.copy_to_table("bare", source=prepared, format="binary")
    seconds = time.perf_counter() - begun
    await connection.execute("DROP TABLE bare")
    await connection.close()
    return seconds


def main() -> None:
    """Prints the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    directory = Path(tempfile.mkdtemp(prefix="cs-bench-"))
    try:
        config = directory / "service"
        assert run(["init", str(config), "--json"]) == 0
        with (config / "certsvc.toml").open("a", encoding="utf-8") as settings:
            settings.writelines(ENTRY.format(n=n) for n in (1, 2))
        with EmbeddedPostgres(directory / "database") as server:
            asyncio.run(migrate(server.dsn))
            print("     rows  file    MiB    per s  seconds  CPU us  peak MiB  bare COPY per s  ratio of time")
            for n, count in ((1, rows // 10), (2, rows)):
                for day in ("2026-09-29", "2026-09-30"):
                    file = directory / f"{day}.csv"
                    write(file, count, day)
                    took = imported(config, server.dsn, f"bench_{n}", file, count)
                    bare = copied(server.dsn, f"bench_{n}")
                    which = "first" if day.endswith("29") else "next "
                    print(
                        f"{count:9} {which} {file.stat().st_size / 2**20:6.0f} {count / took.seconds:8.0f} "
                        f"{took.seconds:8.1f} {took.cpu / count * 1e6:7.1f} {took.peak:9.0f} {count / bare:16.0f} "
                        f"{took.seconds / bare:14.1f}",
                        flush=True,
                    )
                    file.unlink()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
