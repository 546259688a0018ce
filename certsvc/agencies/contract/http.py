"""An agency over HTTP: whatever is asked, it tells its truth, or fails as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from email.utils import format_datetime
from types import MappingProxyType

from aiohttp import web

from certsvc.agencies.contract.cases import NOW, Failure
from certsvc.agencies.contract.spoil import PAGE, Reply, Spoil, Truth, always

ELSEWHERE = "/elsewhere"
"""Where a redirect leads: to the good answer, which whoever was asked did not give."""

MOST = 64 * 1024 * 1024
"""Bytes of the answer that does not end. Whoever reads so many has no bound."""

_BLANKS = b" " * 64 * 1024
_SKEW = timedelta(hours=3)

_STATUSES: Mapping[Failure, int] = MappingProxyType(
    {Failure.NOT_FOUND: 404, Failure.RATE_LIMITED: 429, Failure.DOWN: 503, Failure.FLAPPING: 503}
)
_PROBLEM = b'{"type":"https://tools.ietf.org/html/rfc7231#section-6.5.4","title":"Not Found","status":404}'


def _with_a_member_twice(body: bytes) -> bytes:
    """A JSON object whose first member comes again with null before it."""
    _, quote, rest = body.partition(b'"')
    name, _, _ = rest.partition(b'"')
    return b'{"' + name + b'":null,' + quote + rest


_SPOILERS: Mapping[Failure, Spoil] = MappingProxyType(
    {
        Failure.WRONG_TYPE: always(b"null"),
        Failure.TWICE: _with_a_member_twice,
        Failure.ERROR_INSIDE: always(_PROBLEM),
    }
)


class HttpFront:
    """Answers every request, on whatever path."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.calls = 0
        self.sent = 0
        self.followed = 0
        self._day = NOW.date()
        self._failure: Failure | None = None
        self._well = asyncio.Event()
        server = web.Server(self._answer, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)

    async def start(self) -> tuple[str, int]:
        """Where it listens."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port, *_ = self._runner.addresses[0]
        return host, port

    async def fail(self, failure: Failure | None, day: date) -> None:
        """Does this from now on, None for nothing; its data is of `day`."""
        self._failure, self._day = failure, day
        if failure is None:
            self._well.set()
        else:
            self._well.clear()

    async def stop(self) -> None:
        """Stops listening, and lets go of those that are left hanging."""
        self._well.set()
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.calls += 1
        failure = self._failure
        skew = _SKEW if failure is Failure.SKEWED else timedelta()
        headers = {"Date": format_datetime(NOW + skew, usegmt=True)}
        if request.path.endswith(ELSEWHERE):
            self.followed += 1
            return self._reply(self.truth.reply(self._day), headers)
        if failure is Failure.HANG:
            await self._well.wait()
            return web.Response(status=503, headers=headers)
        if failure is Failure.HUGE:
            return await self._endless(request, headers)
        if failure is Failure.REDIRECT:
            return web.Response(status=302, headers=headers | {"Location": ELSEWHERE})
        if failure is Failure.BAD_REQUEST:
            return web.Response(status=400, body=PAGE, headers=headers | {"Content-Type": "text/html"})
        if failure is not None and failure in _STATUSES:
            return web.Response(status=_STATUSES[failure], headers=headers)
        if failure is Failure.COMPRESSED:
            headers["Content-Encoding"] = "gzip"
        return self._reply(self.truth.as_told(failure, self._day, _SPOILERS), headers)

    def _reply(self, reply: Reply, headers: Mapping[str, str]) -> web.Response:
        return web.Response(body=reply.body, headers={**dict(reply.headers), **headers})

    async def _endless(self, request: web.BaseRequest, headers: Mapping[str, str]) -> web.StreamResponse:
        endless = web.StreamResponse(headers=headers)
        await endless.prepare(request)
        await endless.write(self.truth.reply(self._day).body)
        self.sent = 0
        while self.sent < MOST:
            await endless.write(_BLANKS)
            self.sent += len(_BLANKS)
        return endless
