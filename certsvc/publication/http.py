"""Serves a published folder over HTTP, to anyone, with validators and honest cache times.

Everything here is public and proves itself by its signatures, so plain HTTP adds no risk of forgery;
give a certificate and its key where readers expect https and no proxy provides it.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import ETag, web

from certsvc.publication.shelf import INDEX, TYPES, Page, Shelf
from certsvc.service.ports import Clock

_PUBLIC = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", "Server": "certsvc"}
_PREFLIGHT = {
    **_PUBLIC,
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}


def site_app(directory: Path, clock: Clock) -> web.Application:
    """The application that answers for the folder."""
    shelf = Shelf(directory)

    async def known(request: web.Request) -> web.Response:
        return _answer(request, shelf.page(request.path.lstrip("/")), clock)

    async def index(request: web.Request) -> web.Response:
        return _answer(request, shelf.page(INDEX), clock)

    app = web.Application()
    for name in TYPES:
        app.router.add_get(f"/{name}", known)
    app.router.add_get("/status", index)
    # One spelling for each number, so that no list has two addresses.
    app.router.add_get(r"/status/{number:0|[1-9]\d{0,8}}", known)
    app.router.add_get("/healthz", _health)
    app.router.add_route("OPTIONS", "/{path:.*}", _preflight)
    app.router.add_get("/{path:.*}", _not_published)
    return app


@contextlib.asynccontextmanager
async def serve_site(
    directory: Path, host: str, port: int, *, clock: Clock, certificate: Path | None = None, key: Path | None = None
) -> AsyncIterator[str]:
    """Serves the folder while entered; gives the address that was bound, such as `http://127.0.0.1:7080`.

    Raises OSError if it cannot listen there, ssl.SSLError (an OSError) for a certificate without its key.
    """
    tls = None
    if certificate is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
    runner = web.AppRunner(site_app(directory, clock), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        bound_host, bound_port = runner.addresses[0][:2]
        shown = f"[{bound_host}]" if ":" in bound_host else bound_host
        yield f"{'https' if tls else 'http'}://{shown}:{bound_port}"
    finally:
        await runner.cleanup()


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n", headers={"Cache-Control": "no-store"})


async def _preflight(_request: web.Request) -> web.Response:
    return web.Response(status=204, headers=_PREFLIGHT)


async def _not_published(_request: web.Request) -> web.Response:
    # Not to be kept: a list that is not there yet may be there in a second.
    headers = {**_PUBLIC, "Cache-Control": "no-store"}
    return web.Response(status=404, text="Nothing is published under this address.\n", headers=headers)


def _answer(request: web.Request, page: Page | None, clock: Clock) -> web.Response:
    """The page, or 304 if the visitor has it already (RFC 9110, section 13.2.2)."""
    if page is None:
        headers = {**_PUBLIC, "Cache-Control": "no-store"}
        return web.Response(status=404, text="Not published yet.\n", headers=headers)
    max_age = page.lifetime.max_age(int(clock.now().timestamp()))
    kept = f"public, max-age={max_age}" if max_age else "no-cache"
    headers = {**_PUBLIC, "Cache-Control": kept, "Access-Control-Expose-Headers": "ETag"}
    response = web.Response(status=304 if _has(request, page) else 200, headers=headers)
    if response.status == 200:
        response.body = page.body
        response.content_type = page.content_type
    response.etag = page.tag
    response.last_modified = page.modified
    return response


def _has(request: web.Request, page: Page) -> bool:
    tags = request.if_none_match
    if tags is not None:
        # If-None-Match compares weakly (RFC 9110, section 13.1.2), so a proxy's weak tag matches as well.
        return any(tag.value in (page.tag, ETag("*").value) for tag in tags)
    since = request.if_modified_since
    return since is not None and page.modified.replace(microsecond=0) <= since
