"""Issues recorded, and what is known of agencies read and noted, beside a commit of one row on the same server.

    python -m tests.bench.store [rounds] [seconds]

The machine is noisy and shared: read ratios and CPU per record. CPU of the database is that of its whole cgroup
of processes, from /proc; without /proc it is left out.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

import asyncpg

from certsvc.core.model import Finding
from certsvc.service.records import StatusIndex
from certsvc.store.agency_book import PostgresAgencyBook
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.migrate import migrate
from certsvc.store.postgres import PostgresStore
from tests.bench.machine import postgres_cpu
from tests.store import samples
from tests.store.agencies import enterprise, said

IN_FLIGHT = (1, 8, 64)
FIRMS = 20_000
_STRIDE = 7919
"""A prime: firms come back in another order than they came first."""


class Figures(NamedTuple):
    """One case: per second, rows in a commit, microseconds of CPU per record here and in the database."""

    per_second: float
    rows: float
    client_us: float
    server_us: float


async def _drive(act: Callable[[], Awaitable[object]], at_once: int, seconds: float) -> int:
    """How often `act` ended within about `seconds`."""
    end = time.perf_counter() + seconds
    done = 0

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await act()
            done += 1

    await asyncio.gather(*(caller() for _ in range(at_once)))
    return done


async def _measure(
    act: Callable[[], Awaitable[object]], commits: Callable[[], tuple[int, int]], pid: int, at_once: int, seconds: float
) -> Figures:
    flushes, items = commits()
    server, client, begun = postgres_cpu(pid), time.process_time(), time.perf_counter()
    done = await _drive(act, at_once, seconds)
    passed = time.perf_counter() - begun
    client, server = time.process_time() - client, postgres_cpu(pid) - server
    later_flushes, later_items = commits()
    rows = (later_items - items) / max(1, later_flushes - flushes)
    return Figures(done / passed, rows, client / done * 1e6, server / done * 1e6)


def _answers(at: datetime) -> list[Finding]:
    """What four agencies answer at once."""
    agencies = ("hacienda", "ccss", "fodesaf", "ins")
    return [said(at=at, agency=agency, scheme=f"scheme of {agency}") for agency in agencies]


async def _fill(book: PostgresAgencyBook) -> None:
    """Every firm was asked about before: what is measured are books in use."""
    for first in range(0, FIRMS, 1000):
        firms = range(first, first + 1000)
        await asyncio.gather(*(book.note(enterprise(n), _answers(samples.NOW), samples.NOW) for n in firms))


async def run(server: EmbeddedPostgres, rounds: int, seconds: float) -> dict[tuple[str, int], list[Figures]]:
    """The figures of each case, a round after the other."""
    assert server.pid is not None
    await migrate(server.dsn)
    store = await PostgresStore.connect(server.dsn)
    pool = await asyncpg.create_pool(server.dsn, min_size=16, max_size=16)
    await pool.execute(
        "CREATE TABLE one_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz, body bytea)"
    )
    number = (await store.lease_place(samples.EXPIRES)).list_number
    indexes = count()

    async def record() -> None:
        # The place is made up, so that only `record` is measured.
        await store.record(samples.granted(samples.certificate(StatusIndex(number, next(indexes)))))

    async def find() -> None:
        await store.find_request("meic", "unknown")

    async def one_row() -> None:
        await pool.execute("INSERT INTO one_row (at, body) VALUES ($1, $2)", samples.NOW, b"x" * 1000)

    book = PostgresAgencyBook(server.dsn, pool)
    await _fill(book)
    asked = count()

    async def known() -> None:
        await book.known(enterprise(next(asked) * _STRIDE % FIRMS), samples.NOW)

    async def note() -> None:
        n = next(asked)
        now = samples.NOW + timedelta(microseconds=n)
        await book.note(enterprise(n * _STRIDE % FIRMS), _answers(now), now)

    async def build_only() -> None:
        samples.granted(samples.certificate(StatusIndex(number, 1)))

    cases = {
        "one row a commit": one_row,
        "record": record,
        "find_request": find,
        "known": known,
        "note": note,
        "(make the sample)": build_only,
    }
    commits = {"note": lambda: book.commits}
    results: dict[tuple[str, int], list[Figures]] = {(c, n): [] for n in IN_FLIGHT for c in cases}
    for _ in range(rounds):
        for name, at_once in results:
            results[name, at_once].append(
                await _measure(cases[name], commits.get(name, lambda: store.commits), server.pid, at_once, seconds)
            )
    await book.close()
    await pool.close()
    await store.close()
    return results


def main() -> None:
    """Prints the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    directory = Path(tempfile.mkdtemp(prefix="cs-bench-"))
    try:
        with EmbeddedPostgres(directory) as server:
            results = asyncio.run(run(server, rounds, seconds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{'case':20} {'in flight':>9} {'per s':>9} {'rows/commit':>11} {'client us':>9} {'server us':>9}")
    for (name, at_once), figures in results.items():
        middle = Figures(*(statistics.median(column) for column in zip(*figures, strict=True)))
        print(
            f"{name:20} {at_once:9} {middle.per_second:9.0f} {middle.rows:11.1f} "
            f"{middle.client_us:9.0f} {middle.server_us:9.0f}"
        )


if __name__ == "__main__":
    main()
