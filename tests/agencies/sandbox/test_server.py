"""The sandbox as a process: ready when it says so, clean at the end, and never an orphan."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from certsvc.agencies.grpc import GrpcAgency
from certsvc.agencies.hacienda import Hacienda
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import Behaviour, load_scenario, shipped_text
from certsvc.core.account import Account, Arrangement, Debt
from certsvc.core.outcome import Outcome
from certsvc.service.identifiers import KINDS
from certsvc.system import SystemClock
from tests.agencies.kit import PLENTY, SOON, TODAY, FixedClock, company, outcome

CLOCK = SystemClock()


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "certsvc.agencies.sandbox", *arguments, stdout=asyncio.subprocess.PIPE
    )


async def appeared(path: Path) -> dict[str, str]:
    """The addresses in the ready file, once it is there."""
    async with asyncio.timeout(60):
        while not path.exists():  # noqa: ASYNC110, ASYNC240 - another process writes it; there is no event to wait for
            await asyncio.sleep(0.02)
    addresses: dict[str, str] = json.loads(path.read_text())  # noqa: ASYNC240 - a small file
    return addresses


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_answers_when_ready_and_ends_cleanly_with_clients_hanging(
    tmp_path: Path, number: signal.Signals
) -> None:
    ready = tmp_path / "ready.json"
    process = await start("--ready-file", str(ready))
    where = await appeared(ready)
    tax = Hacienda("hacienda", where["hacienda"], clock=CLOCK)
    fund = GrpcAgency("ccss", where["ccss"], schemes=("social_security",), kinds=KINDS, clock=CLOCK)
    assert outcome(await tax.find(company("3101999904"), PLENTY)) is Outcome.BARRED_ARREARS
    hanging = asyncio.create_task(fund.find(company("3101999910"), PLENTY))
    assert outcome(await fund.find(company("3102999902"), PLENTY)) is Outcome.CLEAR_UNDER_ARRANGEMENT
    process.send_signal(number)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    assert outcome(await hanging) is Outcome.UNAVAILABLE
    await tax.close()
    await fund.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is Linux")
async def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    # A parent that starts the sandbox and waits; then it is killed and cannot clean up.
    script = (
        "import subprocess, sys; subprocess.run([sys.executable, '-m', 'certsvc.agencies.sandbox',"
        " '--die-with-parent', '--ready-file', sys.argv[1]])"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(ready), stdout=asyncio.subprocess.PIPE
    )
    await appeared(ready)
    parent.kill()
    await parent.wait()
    # The sandbox holds the other end of the parent's standard output: end of file means that it is gone.
    assert parent.stdout is not None
    await asyncio.wait_for(parent.stdout.read(), 20)


async def test_a_taken_port_is_an_error_and_leaves_nothing_open() -> None:
    scenario = load_scenario(shipped_text())
    async with Sandbox(scenario) as first:
        port = int(first.addresses.ccss.rsplit(":", 1)[1])
        second = Sandbox(scenario, port=port - 1)
        with pytest.raises(OSError, match=r"."):
            await second.start()
        with pytest.raises(RuntimeError):
            _ = second.addresses


async def test_an_account_is_told_with_days_that_count_back_from_the_day(sandbox: Sandbox) -> None:
    fund = GrpcAgency("ccss", sandbox.addresses.ccss, schemes=("social_security",), kinds=KINDS, clock=FixedClock())
    (found,) = (await fund.find(company("3102999902"), PLENTY)).findings
    await fund.close()
    signed = TODAY - timedelta(days=140)
    assert found.account == Account(
        debts=(Debt(TODAY - timedelta(days=420), Decimal("690000.00"), Decimal("82000.50"), Decimal("40000.00")),),
        arrangement=Arrangement(signed, signed),
    )


async def test_two_agencies_of_one_form_answer_each_for_themselves(sandbox: Sandbox) -> None:
    where = sandbox.addresses
    outcomes = {}
    for name, target, scheme in (("ccss", where.ccss, "social_security"), ("ins", where.ins, "work_injury")):
        agency = GrpcAgency(name, target, schemes=(scheme,), kinds=KINDS, clock=FixedClock())
        outcomes[name] = outcome(await agency.find(company("3101999911"), PLENTY))
        await agency.close()
    assert outcomes == {"ccss": Outcome.CLEAR, "ins": Outcome.BARRED_DEREGISTERED}


async def test_dates_follow_the_day_so_that_the_scenario_never_goes_stale() -> None:
    today = TODAY
    async with (
        Sandbox(load_scenario(shipped_text()), today=lambda: today) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        names = []
        for _ in range(2):
            async with session.get(sandbox.addresses.fodesaf) as answer:
                names.append(answer.headers["Content-Disposition"])
            today += timedelta(days=30)
    assert names == [
        'attachment; filename="patronos-2026-09-30.csv"',
        'attachment; filename="patronos-2026-10-30.csv"',
    ]


async def test_a_hang_sends_no_byte_and_ends_when_the_client_leaves() -> None:
    async with Sandbox(load_scenario(shipped_text())) as sandbox:
        sandbox.behave("hacienda", Behaviour.HANG)
        host, port = sandbox.addresses.hacienda.removeprefix("http://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /fe/ae?identificacion=3101999901 HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), SOON)
        writer.close()
        await writer.wait_closed()


async def test_another_scenario_can_be_put_in_place_while_running(sandbox: Sandbox) -> None:
    adapter = Hacienda("hacienda", sandbox.addresses.hacienda, clock=FixedClock())
    assert outcome(await adapter.find(company("3101999904"), PLENTY)) is Outcome.BARRED_ARREARS
    paid = shipped_text().replace('hacienda = { outcome = "BARRED_ARREARS" }', "")
    sandbox.replace_scenario(load_scenario(paid))
    assert outcome(await adapter.find(company("3101999904"), PLENTY)) is Outcome.CLEAR
    await adapter.close()
