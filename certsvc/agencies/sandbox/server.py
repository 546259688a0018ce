"""Starting and stopping the sandbox, in a process of its own or inside another."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType

import grpc
from aiohttp import web

from certsvc.agencies.sandbox import grpc as grpc_side
from certsvc.agencies.sandbox import http as http_side
from certsvc.agencies.sandbox.limits import PUBLISHED, CallCounter, Limits
from certsvc.agencies.sandbox.scenario import Behaviour, Scenario, load_scenario, shipped_text
from certsvc.core.rules.model import Event
from certsvc.v1.agency_event_service_pb2 import AgencyEvent


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the agencies are: HTTP addresses, and gRPC targets for `ccss` and `ins`."""

    hacienda: str
    ccss: str
    ccss_file: str
    fodesaf: str
    ins: str


def utc_today() -> date:
    """The day by UTC."""
    return datetime.now(UTC).date()


class Sandbox:
    """All agencies of one scenario. HTTP listens on `port`, `ccss` and `ins` on the next two; 0 takes free ones."""

    def __init__(
        self,
        scenario: Scenario,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        today: Callable[[], date] = utc_today,
        limits: Limits = Limits(),  # noqa: B008  frozen
    ) -> None:
        """`limits` are those of `hacienda`; it has none if not given."""
        self._world = http_side.World(scenario, today, counter=CallCounter(limits))
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._grpc: list[grpc.aio.Server] = []
        self._addresses: Addresses | None = None

    @property
    def addresses(self) -> Addresses:
        """Where the agencies are, once started."""
        if self._addresses is None:
            raise RuntimeError("the sandbox is not running")
        return self._addresses

    def behave(self, agency: str, behaviour: Behaviour | None) -> None:
        """Makes a whole agency misbehave from now on; None lifts that. The file of `ccss` is `ccss_file`."""
        if behaviour is None:
            self._world.overrides.pop(agency, None)
        else:
            self._world.overrides[agency] = behaviour

    def calls(self, agency: str) -> int:
        """How many enterprises, or files, the agency was asked for."""
        return self._world.calls.get(agency, 0)

    @property
    def counter(self) -> CallCounter:
        """What `hacienda` counted, blocked calls too."""
        return self._world.counter

    def replace_scenario(self, scenario: Scenario) -> None:
        """Lets every agency answer by another scenario from now on."""
        self._world.scenario = scenario

    def happen(self, agency: str, kind: Event, number: str) -> str:
        """Lets it happen now at `ccss` or `ins`, which tells of it and answers accordingly; the event's id.

        Raises KeyError for a number that is not in the scenario.
        """
        return self._world.happen(agency, kind, number)

    def report(self, agency: str, event: AgencyEvent) -> None:
        """Lets `ccss` or `ins` tell of this event, whatever it is; what they answer stays as it was."""
        self._world.changes[agency].append(event)

    async def start(self) -> Addresses:
        """Listens; on return every agency answers. Raises OSError if a port is taken."""
        self._runner = web.AppRunner(
            http_side.application(self._world), handler_cancellation=True, shutdown_timeout=1.0, access_log=None
        )
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, self._host, self._port)
            await site.start()
            ccss, ins = [await self._serve(agency, place) for place, agency in enumerate(("ccss", "ins"), start=1)]
        except OSError:
            await self.stop()
            raise
        base = f"http://{self._host}:{self._runner.addresses[0][1]}"
        self._addresses = Addresses(
            hacienda=base + http_side.HACIENDA_PATH,
            ccss=ccss,
            ccss_file=base + http_side.CCSS_PATH,
            fodesaf=base + http_side.FODESAF_PATH,
            ins=ins,
        )
        return self._addresses

    async def _serve(self, agency: str, place: int) -> str:
        """The target of a gRPC agency, which listens so many ports after HTTP."""
        wanted = self._port + place if self._port else 0
        server, port = await grpc_side.serve(self._world, agency, f"{self._host}:{wanted}")
        self._grpc.append(server)
        return f"{self._host}:{port}"

    async def stop(self) -> None:
        """Stops listening and lets go of every client, also those that are left hanging."""
        self._world.stopping.set()
        while self._grpc:
            await self._grpc.pop().stop(None)  # calls that hang get no grace
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Sandbox:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def run(
    scenario_path: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    ready_file: Path | None = None,
    limits: Limits = PUBLISHED,
) -> None:
    """Serves until SIGTERM or SIGINT; the shipped scenario if none is given. `limits` are those of `hacienda`.

    `ready_file` appears whole once every agency answers, and holds the addresses as JSON.
    """
    scenario = _read_scenario(scenario_path)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with Sandbox(scenario, host, port, limits=limits) as sandbox:
        if ready_file is not None:
            _write_whole(ready_file, json.dumps(asdict(sandbox.addresses), indent=2) + "\n")
        await ended.wait()


def _read_scenario(path: Path | None) -> Scenario:
    return load_scenario(shipped_text() if path is None else path.read_text("utf-8"))


def _write_whole(path: Path, text: str) -> None:
    """A reader sees the file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, "utf-8")
    draft.replace(path)
