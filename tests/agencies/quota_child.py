"""One of several processes that ask the tax ministry, with the quota that they share.

    python -m tests.agencies.quota_child DSN URL WINDOWS NUMBER

It says `ready`, does what it is told line by line, and says `done` after each; it ends with its input.

    hammer SECONDS   asks as fast as it may for so long, or until told the next
    queue N          lets N of each urgency wait for their turn, the least urgent first; says `queued` when they do

The number of each enterprise that it asks about tells its own number and the urgency.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import count

from certsvc.agencies.hacienda import Hacienda
from certsvc.agencies.shared_quota import SharedQuota
from certsvc.core.model import Enterprise, Identifier
from certsvc.service.agency_records import Urgency
from certsvc.service.quota import Window, allowance
from certsvc.store.quota import QuotaLedger
from certsvc.system import SystemClock, configure_log

LAG = 0.5
WORKERS = 8


class Asker:
    """Takes from the quota, then asks."""

    def __init__(self, dsn: str, url: str, windows: list[Window], number: int) -> None:
        allowed = allowance(windows, LAG)
        assert allowed is not None
        self.ledger = QuotaLedger(dsn)
        self.quota = SharedQuota("hacienda", allowed, self.ledger)
        self.adapter = Hacienda("hacienda", url, clock=SystemClock(), pause=self.quota.pause)
        self.calls = 0
        self._number = number
        self._firms = count()

    async def ask(self, urgency: Urgency, within: float) -> None:
        """One question, if it may be asked in time."""
        value = f"31{self._number}{urgency.value}{next(self._firms):06}"
        firm = Enterprise((Identifier("cr.cedula_juridica", value),))
        if await self.quota.take(self.adapter.calls_for(firm), urgency, within):
            self.calls += 1
            await self.adapter.find(firm, LAG)

    async def hammer(self, seconds: float) -> None:
        """Asks with all workers, each as soon as it has its answer."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds

        async def work() -> None:
            while (left := until - loop.time()) > 0:
                await self.ask(Urgency.LIVE, left)

        await asyncio.gather(*(work() for _ in range(WORKERS)))

    async def close(self) -> None:
        await self.adapter.close()
        await self.quota.close()
        await self.ledger.close()


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


async def main(dsn: str, url: str, windows: str, number: str) -> None:
    configure_log("json", "critical")
    asker = Asker(dsn, url, [Window(*window) for window in json.loads(windows)], int(number))
    await asker.quota.open()
    say(state="ready")
    told = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
    while line := await told:
        told = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        order, _, amount = line.partition(" ")
        if order == "hammer":
            work = asyncio.create_task(asker.hammer(float(amount)))
            await asyncio.wait((work, told), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
        else:
            waiting = [
                asyncio.create_task(asker.ask(urgency, 60.0))
                for urgency in sorted(Urgency, reverse=True)
                for _ in range(int(amount))
            ]
            await asyncio.sleep(0)  # each has run up to where it waits
            say(state="queued")
            await asyncio.gather(*waiting)
        say(state="done", calls=asker.calls)
    await asker.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
