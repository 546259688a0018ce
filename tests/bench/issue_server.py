"""The servers that `tests.bench.issue` compares, each in a process of its own.

    echo     answers a kilobyte, and does nothing
    memory   the service, with agencies that answer from memory
    network  the service, with the agencies of the configuration
    agencies asks the agencies of the configuration, and does nothing else
    sandbox  is those agencies

The service is the shipped one: `certsvc.app.join` over PostgreSQL, behind the interceptor and the servicers.
"""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import uvloop

from certsvc import app
from certsvc.agencies.fanout import Panel
from certsvc.agencies.quota import NoQuota
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.app.agencies import open_panel
from certsvc.app.deciding import open_agency_book
from certsvc.app.events import open_event_book
from certsvc.app.operators import open_agency_acts
from certsvc.app.trust import load_keys, load_rules
from certsvc.config import Settings, load
from certsvc.core.model import Enterprise, Evidence, Fact, FactName, Finding, Identifier
from certsvc.core.outcome import Outcome, Standing
from certsvc.server.access import Role
from certsvc.server.caller import Caller
from certsvc.server.server import GrpcServer, MutualTls, Plain, channel_options
from certsvc.server.tls import TlsFiles, server_credentials
from certsvc.store.migrate import migrate
from certsvc.store.postgres import PostgresStore
from certsvc.system import SystemClock, SystemEntropy, configure_log, settle_memory
from certsvc.v1 import certificate_service_pb2 as pb
from tests.bench.child import converse
from tests.bench.echo import ANSWER_SIZE, SERVICE, start_echo

LISTEN = "127.0.0.1:0"
PROGRAMME = Caller(Role.PROGRAMME, "bench")


class Clear:
    """An agency that finds every enterprise clear, from memory."""

    def __init__(self, name: str, scheme: str, clock: SystemClock) -> None:
        self.name = name
        self.schemes = (scheme,)
        self._clock = clock

    def find_now(self, enterprise: Enterprise) -> Evidence:
        """Clear, with data of two days ago and the name as declared."""
        now = self._clock.now()
        day = now.date() - timedelta(days=2)
        finding = Finding(self.schemes[0], self.name, Outcome.CLEAR, now, day)
        return Evidence((finding,), (Fact(FactName.NAME, enterprise.name, self.name, day),))

    async def find(self, enterprise: Enterprise, _within: float) -> Evidence:
        """The same."""
        return self.find_now(enterprise)

    async def close(self) -> None:
        """Nothing to close."""


def from_memory(clock: SystemClock) -> Panel:
    """The four agencies of Costa Rica, answering from memory."""
    schemes = {"hacienda": "tax", "ccss": "social_security", "fodesaf": "family_allowances", "ins": "work_injury"}
    return Panel([Guard(Clear(name, scheme, clock), clock) for name, scheme in schemes.items()])


def configured(settings: Settings, clock: SystemClock) -> Panel:
    """The agencies of the configuration, over the network, as fast as they answer."""
    return open_panel(settings, clock, {agency.name: NoQuota() for agency in settings.agencies})


async def serve_issue(settings: Settings, dsn: str, agencies: Panel, stack: AsyncExitStack) -> None:
    """The service, without TLS and with it, until the input ends."""
    await migrate(dsn)
    store = await PostgresStore.connect(dsn, pool_size=settings.database.pool)
    stack.push_async_callback(store.close)
    rules, keys = load_rules(settings), load_keys(settings, SystemClock())
    events = await open_event_book(dsn, SystemEntropy().process_name(), stack)
    book = await open_agency_book(dsn, stack)
    acts = await open_agency_acts(dsn, stack)
    parts = app.join(
        settings, keys=keys, rules=rules, store=store, agencies=agencies, events=events, book=book, acts=acts
    )
    await parts.publish()
    addresses = []
    tls = MutualTls(_files(settings), settings.tls.trust_domain)
    for security in (Plain(PROGRAMME), tls):
        server = GrpcServer(parts.use_cases, listen=LISTEN, security=security)
        stack.push_async_callback(server.stop)
        await server.start()
        addresses.append(server.address)

    settle_memory()  # as `certsvc.app.serve` does

    async def commits(_question: dict[str, Any]) -> dict[str, Any]:
        flushes, items = store.commits
        return {"commits": flushes, "issues": items}

    await converse({"plain": addresses[0], "tls": addresses[1]}, commits)


async def serve_agencies(agencies: Panel, stack: AsyncExitStack) -> None:
    """Asks the agencies for each call, until the input ends; fails a call unless every finding is clear."""
    answer = bytes(ANSWER_SIZE)

    async def ask(body: bytes, context: Any) -> bytes:
        asked = pb.IssueCertificateRequest.FromString(body).enterprise
        enterprise = Enterprise(tuple(Identifier(i.kind, i.value) for i in asked.identifiers), asked.name)
        evidence = await agencies.ask(enterprise, 5.0)
        if any(finding.standing is not Standing.CLEAR for finding in evidence.findings):
            await context.abort(grpc.StatusCode.UNAVAILABLE, "an agency did not answer")
        return answer

    make: Any = grpc.unary_unary_rpc_method_handler  # the stubs know synchronous handlers alone
    server = grpc.aio.server(options=channel_options())
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"Echo": make(ask)}),))
    port = server.add_insecure_port(LISTEN)
    await server.start()
    stack.push_async_callback(server.stop, None)
    await converse({"plain": f"127.0.0.1:{port}"}, _nothing)


async def serve_echo(settings: Settings, stack: AsyncExitStack) -> None:
    """Echoes without TLS and with it, until the input ends."""
    addresses = []
    for credentials in (None, server_credentials(_files(settings))):
        server, address = await start_echo(LISTEN, credentials=credentials)
        stack.push_async_callback(server.stop, None)
        addresses.append(address)
    await converse({"plain": addresses[0], "tls": addresses[1]}, _nothing)


async def serve_sandbox() -> None:
    """The agencies of the shipped scenario, until the input ends."""
    async with Sandbox(load_scenario(shipped_text())) as sandbox:
        await converse(asdict(sandbox.addresses), _nothing)


async def _nothing(_question: dict[str, Any]) -> dict[str, Any]:
    return {}


def _files(settings: Settings) -> TlsFiles:
    return TlsFiles(settings.tls.certificate, settings.tls.key, settings.tls.client_authorities)


async def main(kind: str, directory: str = "", dsn: str = "") -> None:
    """Serves one case with the configuration in `directory`."""
    if kind == "sandbox":
        return await serve_sandbox()
    settings, clock = load(Path(directory)), SystemClock()
    configure_log("json", "info")  # as in production
    async with AsyncExitStack() as stack:
        if kind == "echo":
            return await serve_echo(settings, stack)
        agencies = from_memory(clock) if kind == "memory" else configured(settings, clock)
        stack.push_async_callback(agencies.close)
        if kind == "agencies":
            return await serve_agencies(agencies, stack)
        return await serve_issue(settings, dsn, agencies, stack)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
