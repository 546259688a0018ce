"""One of several processes that share the work on pending applications: the real queue, leases and attempts.

    python -m tests.faults.replica DSN READY

Every question to an agency is written down in the table `asked` before it is answered. One agency is out while the
table `weather` says so; the others are clear. Certificates are recorded without being signed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from certsvc.core.model import Decision, Enterprise, Evidence, Finding
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import Urgency
from certsvc.service.complete import CompleteApplication
from certsvc.service.pending import RetryPlan
from certsvc.service.records import CertificateRecord
from certsvc.store.attempts import Attempts
from certsvc.store.connections import create_pool
from certsvc.store.postgres import PostgresStore
from certsvc.store.queue import Queue
from certsvc.system import SystemClock, SystemEntropy
from tests.service.cases import an_assess
from tests.situations import AGENCY_OF
from tests.store import samples

OUT = "ccss"
RETRY = RetryPlan(timedelta(seconds=0.05), timedelta(seconds=0.4), timedelta(days=1))
LASTING = timedelta(seconds=4)  # so that no busy machine takes a living process for a dead one
TABLES = """
CREATE TABLE asked (enterprise text NOT NULL, agency text NOT NULL, pid integer NOT NULL);
CREATE TABLE weather (clear boolean NOT NULL);
INSERT INTO weather VALUES (false);
"""


class Agencies:
    """Fits certsvc.service.ports.Agencies."""

    schemes: Mapping[str, tuple[str, ...]] = {agency: (scheme,) for scheme, agency in AGENCY_OF.items()}

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> Evidence:
        agencies = [agency for agency in self.schemes if only is None or agency in only]
        async with self._pool.acquire() as connection:
            rows = [(enterprise.identifier.value, agency, os.getpid()) for agency in agencies]
            await connection.executemany("INSERT INTO asked VALUES ($1, $2, $3)", rows)
            clear = await connection.fetchval("SELECT clear FROM weather")
        now = datetime.now(UTC)
        return Evidence(tuple(self._finding(agency, now, clear=clear or agency != OUT) for agency in agencies))

    def _finding(self, agency: str, now: datetime, *, clear: bool) -> Finding:
        (scheme,) = self.schemes[agency]
        return Finding(scheme, agency, Outcome.CLEAR if clear else Outcome.UNAVAILABLE, now, now.date())


def _tell(ready: Path) -> None:
    """Whoever waits for the file sees it whole or not at all."""
    beside = ready.with_suffix(".new")
    beside.write_text(json.dumps({"pid": os.getpid()}))
    beside.replace(ready)


async def main(dsn: str, ready: Path) -> None:
    """Works until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    store, clock = await PostgresStore.connect(dsn, pool_size=4), SystemClock()

    async def mint(_e: Enterprise, _v: Evidence, decision: Decision, now: datetime) -> CertificateRecord:
        assert decision.kind is not None
        issued_at = now.replace(microsecond=0)
        place = await store.lease_place(issued_at + timedelta(days=90))
        ends = issued_at + timedelta(days=90)
        return samples.certificate(place, issued_at=issued_at, expires_at=ends, kind=decision.kind)

    complete = CompleteApplication(
        assess=an_assess(store, Agencies(await create_pool(dsn, size=2)), clock),
        mint=mint,  # type: ignore[arg-type]  # as called
        store=store,
        clock=clock,
        retry=RETRY,
        owner=SystemEntropy().process_name(),
        lasting=LASTING,
    )
    # So short a heartbeat that jobs are given to a second process while the first is at them: the lease must hold.
    queue = Queue(dsn, [Attempts(complete)], at_once=8, heartbeat=0.02, look_every=0.05, sweep_every=1.0)
    await queue.start()
    await asyncio.to_thread(_tell, ready)
    await stopping.wait()
    await queue.stop()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
