"""What a call to an agency costs for its quota, beside a bare `SELECT 1` on the same server in the same run.

    python -m tests.bench.quota [rounds] [seconds]

One caller after the other, and 64 at once; the bucket is so large that nobody waits for it, or is empty all the time.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import asyncpg

from certsvc.agencies.shared_quota import SharedQuota
from certsvc.service.agency_records import Urgency
from certsvc.service.quota import Allowance, Step
from certsvc.store.connections import connect
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.migrate import migrate
from certsvc.store.quota import QuotaLedger
from tests.bench.machine import postgres_cpu

AMPLE = Allowance(rate=1e6, burst=1_000_000)
NOTHING = Allowance(rate=1e-6, burst=1)


class Figures(NamedTuple):
    """One case: milliseconds each, per second, microseconds of CPU here and in the database."""

    p50_ms: float
    per_second: float
    client_us: float
    server_us: float


async def _measure(act: Callable[[], Awaitable[object]], pid: int, at_once: int, seconds: float) -> Figures:
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def caller() -> None:
        while (begun := time.perf_counter()) < end:
            await act()
            took.append(time.perf_counter() - begun)

    server, client, begun = postgres_cpu(pid), time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    passed = time.perf_counter() - begun
    client, server = time.process_time() - client, postgres_cpu(pid) - server
    done = len(took)
    return Figures(statistics.median(took) * 1e3, done / passed, client / done * 1e6, server / done * 1e6)


async def run(server: EmbeddedPostgres, rounds: int, seconds: float) -> dict[tuple[str, int], list[Figures]]:
    """The figures of each case, a round after the other."""
    assert server.pid is not None
    await migrate(server.dsn)
    bare: asyncpg.Connection = await connect(server.dsn, application="bench")
    ledger = QuotaLedger(server.dsn)
    ample, nothing = SharedQuota("ample", AMPLE, ledger), SharedQuota("nothing", NOTHING, ledger)
    for quota in (ample, nothing):
        await quota.open()

    async def select() -> None:
        await bare.fetchrow("SELECT 1")

    async def statement() -> None:
        taken = await ledger.take("ample", AMPLE, [Step(1, 1.0)])
        assert taken.calls == 1

    async def take() -> None:
        assert await ample.take(1, Urgency.URGENT, 5.0)

    async def refuse() -> None:
        assert not await nothing.take(1, Urgency.URGENT, 5.0)

    cases = [
        ("SELECT 1", 1, select),
        ("statement", 1, statement),
        ("take", 1, take),
        ("take", 64, take),
        ("refused by the local pre-check", 1, refuse),
    ]
    results: dict[tuple[str, int], list[Figures]] = {(name, at_once): [] for name, at_once, _ in cases}
    for _ in range(rounds):
        for name, at_once, act in cases:
            results[name, at_once].append(await _measure(act, server.pid, at_once, seconds))
    for quota in (ample, nothing):
        await quota.close()
    await ledger.close()
    await bare.close()
    return results


def main() -> None:
    """Prints the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    directory = Path(tempfile.mkdtemp(prefix="cs-bench-"))
    try:
        with EmbeddedPostgres(directory) as server:
            results = asyncio.run(run(server, rounds, seconds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{'case':32} {'at once':>7} {'p50 ms':>8} {'per s':>9} {'client us':>9} {'server us':>9}")
    for (name, at_once), figures in results.items():
        middle = Figures(*(statistics.median(column) for column in zip(*figures, strict=True)))
        print(
            f"{name:32} {at_once:7} {middle.p50_ms:8.3f} {middle.per_second:9.0f} "
            f"{middle.client_us:9.1f} {middle.server_us:9.1f}"
        )


if __name__ == "__main__":
    main()
