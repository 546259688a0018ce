"""The sandbox's HTTP side: the tax register and two debtor files, with every way to misbehave."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from aiohttp import web

from certsvc.agencies.sandbox import render
from certsvc.agencies.sandbox.changes import REPORTING, ChangeLog, happened
from certsvc.agencies.sandbox.limits import CallCounter, Limits, retry_after_header
from certsvc.agencies.sandbox.scenario import Behaviour, Scenario
from certsvc.core.rules.model import Event

HACIENDA_PATH = "/fe/ae"
CCSS_PATH = "/ccss/morosidad.csv"
FODESAF_PATH = "/fodesaf/patronos.csv"
EVENTS_PATH = "/_sandbox/events"
COUNTS_PATH = "/_sandbox/hacienda"

_HAPPEN = (
    f"Write agency={'|'.join(REPORTING)}, kind={'|'.join(Event)} and id=NUMBER, that of an enterprise of the cast.\n"
)

_HTML = "<!DOCTYPE html><html><body><h1>400 Bad Request</h1></body></html>"
_EMBEDDED = (
    '{"type":"https://tools.ietf.org/html/rfc7231#section-6.5.4","title":"Not Found","status":404,'
    '"traceId":"00-00000000000000000000000000000000-0000000000000000-00"}'
)


def _json(status: int, text: str) -> web.Response:
    return web.json_response({"code": status, "status": text}, status=status)


_CANNED: Mapping[Behaviour, Callable[[], web.Response]] = MappingProxyType(
    {
        Behaviour.NOT_FOUND: lambda: _json(404, "Information no available on this system"),
        Behaviour.BAD_REQUEST_HTML: lambda: web.Response(status=400, text=_HTML, content_type="text/html"),
        Behaviour.RATE_LIMITED: lambda: web.Response(status=429, headers={"Retry-After": "600"}),
        Behaviour.UNAVAILABLE: lambda: _json(503, "Service unavailable"),
        Behaviour.EMBEDDED_ERROR: lambda: web.Response(text=_EMBEDDED, content_type="application/json"),
    }
)


@dataclass(slots=True)
class World:
    """What all servers of a sandbox share: the scenario, the day, and what was overridden meanwhile."""

    scenario: Scenario
    today: Callable[[], date]
    overrides: dict[str, Behaviour] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    flaps: dict[str, int] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    counter: CallCounter = field(default_factory=lambda: CallCounter(Limits()))
    changes: Mapping[str, ChangeLog] = field(default_factory=lambda: {agency: ChangeLog() for agency in REPORTING})

    def behaviour(self, agency: str, own: Behaviour, key: str) -> Behaviour:
        """How to answer this time; counts the call. Flapping is a 404 at each odd call for `key`."""
        self.calls[agency] = self.calls.get(agency, 0) + 1
        behaviour = self.overrides.get(agency, own)
        if behaviour is not Behaviour.FLAPPING:
            return behaviour
        place = f"{agency} {key}"
        self.flaps[place] = self.flaps.get(place, 0) + 1
        return Behaviour.NOT_FOUND if self.flaps[place] % 2 else Behaviour.NORMAL

    def happen(self, agency: str, kind: Event, number: str) -> str:
        """Makes it happen now, and the agency tell of it; the event's id. Raises KeyError for an unknown number."""
        log = self.changes[agency]
        self.scenario, event = happened(self.scenario, agency, kind, number, log.next_id(), datetime.now(UTC))
        log.append(event)
        return event.event_id


def application(world: World) -> web.Application:
    """The HTTP application of the three agencies, and of what people let happen."""
    app = web.Application()

    async def hacienda(request: web.Request) -> web.StreamResponse:
        blocked = world.counter.arrive(request.remote or "", request.query.get("identificacion", ""))
        if blocked is not None:
            return web.Response(status=429, headers=retry_after_header(blocked) if world.counter.limits.tells else None)
        member = world.scenario.by_value(request.query.get("identificacion", ""))
        if member is None:
            world.behaviour("hacienda", Behaviour.NOT_FOUND, "")
            override = world.overrides.get("hacienda", Behaviour.NOT_FOUND)
            return await _misbehave(request, override, world)
        standing = member.standing_at("hacienda")
        behaviour = world.behaviour("hacienda", standing.behaviour, member.key)
        body = render.hacienda_entry(member, replace(standing, behaviour=behaviour))
        if behaviour in (Behaviour.NORMAL, Behaviour.MALFORMED_WORD):
            return web.Response(body=body, content_type="application/json")
        return await _misbehave(request, behaviour, world)

    async def ccss(request: web.Request) -> web.StreamResponse:
        return await _file(
            request, world, "ccss_file", render.ccss_file(world.scenario, world.today()), "morosidad.csv"
        )

    async def fodesaf(request: web.Request) -> web.StreamResponse:
        name = render.fodesaf_file_name(world.scenario, world.today())
        return await _file(request, world, "fodesaf", render.fodesaf_file(world.scenario), name)

    async def happen(request: web.Request) -> web.StreamResponse:
        asked = request.query
        try:
            event_id = world.happen(asked["agency"], Event(asked["kind"]), asked["id"])
        except (KeyError, ValueError):
            raise web.HTTPBadRequest(text=_HAPPEN) from None
        return web.json_response({"event_id": event_id})

    async def counts(_: web.Request) -> web.StreamResponse:
        return web.json_response({"calls": world.counter.calls, "blocks": world.counter.blocks})

    app.router.add_post(EVENTS_PATH, happen)
    app.router.add_get(COUNTS_PATH, counts)
    app.router.add_get(HACIENDA_PATH, hacienda)
    app.router.add_get(CCSS_PATH, ccss)
    app.router.add_get(FODESAF_PATH, fodesaf)
    return app


async def _file(request: web.Request, world: World, agency: str, body: bytes, name: str) -> web.StreamResponse:
    behaviour = world.behaviour(agency, Behaviour.NORMAL, "")
    if behaviour is not Behaviour.NORMAL:
        return await _misbehave(request, behaviour, world)
    tag = f'"{hashlib.sha256(body + name.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Content-Disposition": f'attachment; filename="{name}"'}
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers, content_type="text/csv")


async def _misbehave(request: web.Request, behaviour: Behaviour, world: World) -> web.StreamResponse:
    canned = _CANNED.get(behaviour)
    if canned is not None:
        return canned()
    if behaviour is Behaviour.HANG:
        # Not a byte until the client leaves, which cancels this handler, or the sandbox stops.
        await world.stopping.wait()
        return web.Response(status=503)
    if behaviour is Behaviour.RESET:
        _reset(request)
        return web.Response()
    return web.Response(body=b"Cedula,Cedula\n\xff\n", content_type="text/csv")


def _reset(request: web.Request) -> None:
    """Ends the connection by a reset."""
    transport = request.transport
    if transport is not None:
        peer: socket.socket = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
