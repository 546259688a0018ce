"""Four processes and a ministry that counts and blocks: together they stay within its limits, and end a pause in order.

The windows are the ministry's, scaled down, so that more than the widest of them passes within the test.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from certsvc.agencies.sandbox import Limits, Sandbox
from certsvc.agencies.sandbox.limits import Arrival
from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.service.agency_records import Urgency
from certsvc.service.quota import Window, allowance
from certsvc.store.quota import QuotaLedger
from tests.agencies.quota_child import LAG

PROCESSES = 4


class Child:
    """One process that asks."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def tell(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n".encode())

    async def says(self, state: str) -> int:
        """How many calls it had made when it said that it is in this state."""
        assert self._process.stdout is not None
        while True:
            line = await self._process.stdout.readline()
            assert line, "the process has ended"
            said = json.loads(line)
            if said["state"] == state:
                return int(said.get("calls", 0))

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@asynccontextmanager
async def children(dsn: str, sandbox: Sandbox, windows: Sequence[Window]) -> AsyncIterator[list[Child]]:
    """Four processes that are ready, each with its own quota on the one database."""
    shown = json.dumps([[window.calls, window.seconds] for window in windows])
    async with AsyncExitStack() as stack:
        started = []
        for number in range(PROCESSES):
            arguments = ["-m", "tests.agencies.quota_child", dsn, sandbox.addresses.hacienda, shown, str(number)]
            pipe = asyncio.subprocess.PIPE
            child = Child(await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe))
            stack.push_async_callback(child.end)
            started.append(child)
        for child in started:
            await child.says("ready")
        yield started


async def recorded_pause(dsn: str, windows: Sequence[Window]) -> None:
    """Returns when one of the processes has told the others to leave the ministry alone."""
    allowed = allowance(windows, LAG)
    assert allowed is not None
    ledger = QuotaLedger(dsn)
    while (await ledger.standing("hacienda", allowed)).paused_until is None:
        pass
    await ledger.close()


def limited(windows: tuple[Window, ...]) -> Sandbox:
    return Sandbox(load_scenario(shipped_text()), limits=Limits(windows))


async def test_four_processes_that_ask_as_fast_as_they_may_are_never_blocked(database: str) -> None:
    windows = (Window(50, 1.0), Window(120, 3.0))
    allowed = allowance(windows, LAG)
    assert allowed is not None
    seconds = 5.0
    async with limited(windows) as sandbox, children(database, sandbox, windows) as askers:
        for asker in askers:
            asker.tell(f"hammer {seconds}")
        calls = [await asker.says("done") for asker in askers]
        assert sandbox.counter.blocks == 0
        assert all(arrival.answered for arrival in sandbox.counter.arrivals)
        # Every call that was taken was made, and they are at least half of what the quota allows on a busy machine.
        assert sandbox.counter.calls == sum(calls)
        assert allowed.rate * seconds * 0.5 <= sum(calls) <= allowed.burst + allowed.rate * (seconds + 1.0)


async def test_a_block_stops_all_four_and_afterwards_the_urgent_are_first_and_rechecks_last(database: str) -> None:
    windows = (Window(100, 5.0),)
    block = 4.0
    first_refused: asyncio.Future[Arrival] = asyncio.get_running_loop().create_future()
    async with limited(windows) as sandbox, children(database, sandbox, windows) as askers:
        counter = sandbox.counter

        def heard(arrival: Arrival) -> None:
            if counter.calls == 20:
                counter.block(block)
            if not arrival.answered and not first_refused.done():
                first_refused.set_result(arrival)

        counter.heard = heard
        for asker in askers:
            asker.tell("hammer 60")
        begun = await first_refused
        await recorded_pause(database, windows)
        for asker in askers:
            asker.tell("queue 4")
        for asker in askers:
            await asker.says("queued")
        queued_at = counter.monotonic()
        for asker in askers:
            await asker.says("done")
        assert queued_at < begun.at + block - 1.0, "the machine is too slow for this test"
        # What was on its way when the block began came too late; nothing was sent after that, until it was over.
        refused = [arrival.at for arrival in counter.arrivals if not arrival.answered]
        assert max(refused) <= begun.at + LAG
        later = [arrival for arrival in counter.arrivals if arrival.at > begun.at and arrival.answered]
        assert min(arrival.at for arrival in later) >= begun.at + block - 1.0
        urgencies = [Urgency(int(arrival.number[3])) for arrival in later]
        assert urgencies == sorted(Urgency(n) for n in range(3) for _ in range(4 * PROCESSES))
        assert counter.blocks == 0
