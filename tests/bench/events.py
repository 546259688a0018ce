"""Events received per second in reports of 500, beside a bare insert of the same rows on the same server.

    python -m tests.bench.events [rounds] [seconds]

The machine is noisy and shared: read ratios and CPU per event. CPU of the database is that of its whole cgroup of
processes, from /proc.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

from certsvc.core.model import Enterprise, Identifier
from certsvc.service.receive_events import MAX_EVENTS, ReceiveEvents
from certsvc.store.connections import create_pool
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.events import PostgresEventBook
from certsvc.store.migrate import migrate
from certsvc.store.postgres import PostgresStore
from certsvc.system import SystemClock
from certsvc.v1 import agency_event_service_pb2 as pb
from tests.bench.machine import postgres_cpu
from tests.store import samples

FIRMS, WAITING_EVERY, WAITING = 100_000, 100, 1000
"""Firms with events, of which each hundredth is waited for by an application; pending applications are these only."""

_BARE = """
INSERT INTO bare_event (event_id, kind, identifier, occurred_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
"""


class Figures(NamedTuple):
    """One case: per second, microseconds of CPU per event here and in the database."""

    per_second: float
    client_us: float
    server_us: float


Report = Sequence[pb.AgencyEvent]


async def _measure(send: Callable[[Report], Awaitable[object]], reports: Sequence[Report], pid: int) -> Figures:
    server, client, begun = postgres_cpu(pid), time.process_time(), time.perf_counter()
    for report in reports:
        await send(report)
    passed = time.perf_counter() - begun
    events = len(reports) * MAX_EVENTS
    client, server = time.process_time() - client, postgres_cpu(pid) - server
    return Figures(events / passed, client / events * 1e6, server / events * 1e6)


def _make(numbers: count[int], *, waited_for: bool) -> Report:
    """A report on firms of which the hundredth is waited for, or none."""
    now, events = SystemClock().now(), []
    for number in (next(numbers) for _ in range(MAX_EVENTS)):
        firm = number % FIRMS
        if firm % WAITING_EVERY == 0 and not waited_for:
            firm += 1
        events.append(
            pb.AgencyEvent(
                event_id=f"receipt/{number}",
                kind=pb.AgencyEvent.KIND_PAYMENT,
                scheme="social_security",
                identifier={"kind": "cr.cedula_juridica", "value": _number(firm)},
                occur_time=now,
            )
        )
    return events


def _number(firm: int) -> str:
    return f"3101{firm:06}"


async def run(server: EmbeddedPostgres, rounds: int, reports: int) -> dict[str, list[Figures]]:
    """The figures of each case, a round after the other."""
    assert server.pid is not None
    await migrate(server.dsn)
    store = await PostgresStore.connect(server.dsn)
    pool = await create_pool(server.dsn, size=2)
    await pool.execute(
        "CREATE TABLE bare_event (event_id text PRIMARY KEY, kind text, identifier text, occurred_at timestamptz)"
    )
    for firm in range(0, WAITING * WAITING_EVERY, WAITING_EVERY):
        identifier = Identifier("cr.cedula_juridica", _number(firm))
        request = replace(samples.request(), enterprise=Enterprise((identifier,)))
        await store.record(samples.pending(of=request, after=timedelta(days=1)))
    schemes = {"ccss": ("social_security",)}
    book = await PostgresEventBook.connect(server.dsn, "bench")
    receive = ReceiveEvents(book=book, schemes=schemes, clock=SystemClock())

    async def bare(report: Report) -> None:
        columns = zip(
            *((e.event_id, "payment", e.identifier.value, e.occur_time.ToDatetime()) for e in report), strict=True
        )
        ids, kinds, identifiers, times = map(list, columns)
        await pool.execute(_BARE, ids, kinds, identifiers, [t.astimezone() for t in times])

    async def received(report: Report) -> None:
        await receive("ccss", report)

    numbers, results = count(), dict[str, list[Figures]]()
    await received(_make(numbers, waited_for=False))
    for _ in range(rounds):
        fresh = [_make(numbers, waited_for=False) for _ in range(reports)]
        waited = [_make(numbers, waited_for=True) for _ in range(reports)]
        for name, send, sent in (
            ("bare insert", bare, fresh),
            ("new, nobody waits", received, fresh),
            ("known", received, fresh),
            ("new, for 1 in 100 somebody waits", received, waited),
        ):
            results.setdefault(name, []).append(await _measure(send, sent, server.pid))
    await book.close()
    await pool.close()
    await store.close()
    return results


def main() -> None:
    """Prints the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    reports = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    directory = Path(tempfile.mkdtemp(prefix="cs-bench-"))
    try:
        with EmbeddedPostgres(directory) as server:
            results = asyncio.run(run(server, rounds, reports))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{'case':34} {'events/s':>9} {'client us':>9} {'server us':>9}")
    for name, figures in results.items():
        middle = Figures(*(statistics.median(column) for column in zip(*figures, strict=True)))
        print(f"{name:34} {middle.per_second:9.0f} {middle.client_us:9.1f} {middle.server_us:9.1f}")


if __name__ == "__main__":
    main()
