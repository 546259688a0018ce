"""The processes of `tests.bench.hung`.

    sandbox  the agencies, with a crowd of invented enterprises; one of them hangs when told
    panel    asks the agencies itself, at a steady rate
    issue    the service with the same agencies, over gRPC
    load     applies at the service, at a steady rate

The insurer (`ins`, by gRPC) knows persons alone. Companies are clear everywhere else, and so do not need it. Persons
do: the fund holds them as not registered, and without that proof the insurer's decides.
"""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import grpc
import uvloop

from certsvc.agencies.fanout import Panel
from certsvc.agencies.kind import Tools
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import Behaviour, CastMember, Scenario, Standing, load_scenario, shipped_text
from certsvc.app.agencies import build_agency, policy_of
from certsvc.config import Settings, load
from certsvc.core.model import Enterprise, Identifier
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import BreakerState
from certsvc.service.identifiers import KINDS
from certsvc.system import SystemClock, configure_log
from certsvc.v1 import certificate_service_pb2 as pb
from tests.bench.child import converse
from tests.bench.issue_server import serve_issue
from tests.bench.load import ISSUE
from tests.wire import request_for

HUNG = "ins"
PERSON = "cr.cedula_fisica"
WITHIN = 5.0
"""Seconds that each caller gives."""

CROWD = 500
_BASE = load_scenario(shipped_text()).member("clear")
_UNREGISTERED = MappingProxyType({"ccss": Standing(Outcome.BARRED_NOT_REGISTERED)})
COMPANIES = [
    replace(_BASE, key=f"company-{n}", identifier=Identifier("cr.cedula_juridica", str(3101100000 + n)))
    for n in range(CROWD)
]
PERSONS = [
    replace(_BASE, key=f"person-{n}", identifier=Identifier(PERSON, str(100100000 + n)), standings=_UNREGISTERED)
    for n in range(CROWD)
]
_BY_VALUE: Mapping[str, CastMember] = {m.identifier.value: m for m in (*COMPANIES, *PERSONS)}


@dataclass(frozen=True)
class Crowd(Scenario):
    """So many that they are found by a table."""

    def by_value(self, value: str) -> CastMember | None:
        """The member with this identifier value."""
        return _BY_VALUE.get(value)


Ask = Callable[[CastMember], Awaitable[str]]
"""Asks on one enterprise; what came of it, in a word."""


async def steadily(ask: Ask, rate: float, seconds: float) -> dict[str, Any]:
    """Latencies and what was heard of both halves of the load, each at `rate` a second whatever becomes of the rest."""
    loop = asyncio.get_running_loop()
    latencies: dict[str, list[float]] = {"company": [], "person": []}
    heard: dict[str, Counter[str]] = {"company": Counter(), "person": Counter()}

    async def one(half: str, member: CastMember) -> None:
        start = time.perf_counter()
        heard[half][await ask(member)] += 1
        latencies[half].append(time.perf_counter() - start)

    async def half_of_it(half: str, members: Sequence[CastMember], begin: float) -> None:
        calls = []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(begin + number / rate - loop.time())
            calls.append(asyncio.create_task(one(half, members[number % len(members)])))
        await asyncio.gather(*calls)

    begin = loop.time() + 0.01
    await asyncio.gather(half_of_it("company", COMPANIES, begin), half_of_it("person", PERSONS, begin + 0.5 / rate))
    return {"latencies": latencies, "heard": heard}


def open_agencies(settings: Settings) -> Panel:
    """The agencies of the configuration, of which the insurer knows persons alone."""
    clock = SystemClock()
    guards = []
    for agency in settings.agencies:
        kinds = (PERSON,) if agency.name == HUNG else KINDS
        # It is tried again soon, so that many probes hang within a round.
        policy = replace(policy_of(agency), open_seconds=1.0)
        guards.append(Guard(build_agency(agency, Tools(clock, kinds)), clock, policy))
    return Panel(guards)


async def serve_sandbox() -> None:
    """The agencies; a question says which of them hangs."""
    async with Sandbox(Crowd(tuple(_BY_VALUE.values()))) as sandbox:

        async def behave(question: dict[str, Any]) -> dict[str, Any]:
            sandbox.behave(HUNG, Behaviour.HANG if question["hangs"] else None)
            return {"calls": sandbox.calls(HUNG)}

        await converse(asdict(sandbox.addresses), behave)


async def serve_panel(panel: Panel) -> None:
    """Asks at the rate of the question."""

    async def ask(member: CastMember) -> str:
        evidence = await panel.ask(Enterprise((member.identifier,), member.name), WITHIN)
        return next(f.outcome.value for f in evidence.findings if f.agency == HUNG)

    async def answer(question: dict[str, Any]) -> dict[str, Any]:
        heard = await steadily(ask, question["rate"], question["seconds"])
        health = next(h for h, _ in await panel.health() if h.agency == HUNG)
        return {**heard, "closed": health.breaker is BreakerState.CLOSED}

    await converse({}, answer)


async def serve_load() -> None:
    """Applies at the rate of the question."""

    async def answer(question: dict[str, Any]) -> dict[str, Any]:
        async with grpc.aio.insecure_channel(question["target"]) as channel:
            call = channel.unary_unary(ISSUE, None, None)

            async def apply(member: CastMember) -> str:
                request = request_for(member, str(uuid.uuid4()), "es").SerializeToString()
                try:
                    body = await call(request, timeout=WITHIN)
                except grpc.aio.AioRpcError as error:
                    return error.code().name
                application = pb.IssueCertificateResponse.FromString(body).application
                return pb.Application.State.Name(application.state).removeprefix("STATE_")

            return await steadily(apply, question["rate"], question["seconds"])

    await converse({}, answer)


async def main(kind: str, directory: str = "", dsn: str = "") -> None:
    """Serves one part with the configuration in `directory`."""
    if kind == "sandbox":
        return await serve_sandbox()
    if kind == "load":
        return await serve_load()
    settings = load(Path(directory))
    configure_log("json", "error")
    async with AsyncExitStack() as stack:
        panel = open_agencies(settings)
        stack.push_async_callback(panel.close)
        if kind == "panel":
            return await serve_panel(panel)
        return await serve_issue(settings, dsn, panel, stack)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
