"""Rules: exact types, strong validators, cache times within the signed lifetimes, nothing but what is published.

Over a real socket, with a client that adds no cache of its own.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import pytest

from certsvc.cli.development import Authority
from certsvc.core import jose
from certsvc.core.bundle import encode_bundle
from certsvc.publication.http import serve_site
from certsvc.publication.site import Site

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
HOUR = 3600


class FixedClock:
    """A stand-in for the clock."""

    def now(self) -> datetime:
        return NOW


def token(**claims: object) -> bytes:
    """An unproved token: cache times are read without checking signatures."""
    return f"e30.{jose.b64url_encode(jose.write_json(claims))}.c2ln".encode()


def at(hours: float) -> int:
    return int((NOW + timedelta(hours=hours)).timestamp())


@dataclass(frozen=True)
class Served:
    """A published folder and where it is served."""

    site: Site
    url: str
    session: aiohttp.ClientSession

    def get(self, path: str, method: str = "GET", **headers: str) -> aiohttp.client._RequestContextManager:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(method, self.url + path, headers=named)


FILES = {
    "status/1": token(ttl=12 * HOUR, exp=at(168)),
    "status/2": token(ttl=12 * HOUR, exp=at(1)),
    "status/index.json": b'{"status_lists":[]}',
    "keys.jwt": token(exp=at(4000)),
    "root.jwk": b"{}",
    ".well-known/jwks.json": b'{"keys":[]}',
}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    site = Site(tmp_path / "site")
    lists = [FILES["status/1"].decode(), FILES["status/2"].decode()]
    await site.publish(FILES | {"bundle.json": encode_bundle({}, FILES["keys.jwt"].decode(), lists)})
    async with (
        serve_site(site.directory, "127.0.0.1", 0, clock=FixedClock()) as url,
        aiohttp.ClientSession() as session,
    ):
        yield Served(site, url, session)


@pytest.mark.parametrize(
    ("path", "content_type", "max_age"),
    [
        ("/status/1", "application/statuslist+jwt", 12 * HOUR),  # its ttl
        ("/status/2", "application/statuslist+jwt", 1 * HOUR),  # its exp comes before its ttl
        ("/status", "application/json", 1 * HOUR),  # the first of its lists to end
        ("/status/index.json", "application/json", 1 * HOUR),
        ("/bundle.json", "application/json", 1 * HOUR),
        ("/keys.jwt", "application/jwk-set+jwt", 24 * HOUR),  # capped: a revoked key must show within a day
        ("/.well-known/jwks.json", "application/jwk-set+json", 24 * HOUR),
        ("/root.jwk", "application/jwk+json", 24 * HOUR),
    ],
)
async def test_type_and_cache_time_of_each_file(served: Served, path: str, content_type: str, max_age: int) -> None:
    async with served.get(path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == content_type
        assert answer.headers["Cache-Control"] == f"public, max-age={max_age}"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_bytes_are_those_that_were_published(served: Served) -> None:
    async with served.get("/status/1") as answer:
        assert await answer.read() == FILES["status/1"]


@pytest.mark.parametrize("body", [token(ttl=60, exp=at(-1)), token(ttl=60), token(exp="soon"), b"no token", b"\xff"])
async def test_what_has_expired_or_cannot_be_read_is_never_cached(served: Served, body: bytes) -> None:
    await served.site.publish({"status/3": body})
    async with served.get("/status/3") as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")


async def test_a_broken_bundle_is_never_cached(served: Served) -> None:
    await served.site.publish({"bundle.json": b"{"})
    async with served.get("/bundle.json") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_a_known_tag_is_answered_with_304_and_no_body(served: Served) -> None:
    async with served.get("/status/1") as answer:
        tag = answer.headers["ETag"]
    assert not tag.startswith("W/")
    for sent in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        async with served.get("/status/1", If_None_Match=sent) as answer:
            assert answer.status == 304
            assert answer.headers["ETag"] == tag
            assert "max-age" in answer.headers["Cache-Control"]
            assert await answer.read() == b""


async def test_the_tag_changes_with_the_bytes_and_with_nothing_else(served: Served) -> None:
    async with served.get("/status/1") as answer:
        first = answer.headers["ETag"]
    await served.site.publish({"status/1": FILES["status/1"]})
    async with served.get("/status/1") as answer:
        assert answer.headers["ETag"] == first
    await served.site.publish({"status/1": FILES["status/2"]})
    async with served.get("/status/1", If_None_Match=first) as answer:
        assert answer.status == 200
        assert await answer.read() == FILES["status/2"]


async def test_a_date_counts_only_where_no_tag_is_sent(served: Served) -> None:
    os.utime(served.site.directory / "keys.jwt", (NOW.timestamp(), NOW.timestamp()))
    same, before = format_datetime(NOW, usegmt=True), format_datetime(NOW - timedelta(seconds=1), usegmt=True)
    async with served.get("/keys.jwt", If_Modified_Since=same) as answer:
        assert answer.status == 304
        assert answer.headers["Last-Modified"] == same
    async with served.get("/keys.jwt", If_Modified_Since=before) as answer:
        assert answer.status == 200
    async with served.get("/keys.jwt", If_Modified_Since=same, If_None_Match='"other"') as answer:
        assert answer.status == 200


async def test_head_is_get_without_the_body(served: Served) -> None:
    async with served.get("/status/1") as full, served.get("/status/1", "HEAD") as head:
        assert head.status == 200
        assert await head.read() == b""
        for name in ("ETag", "Content-Length", "Content-Type", "Cache-Control", "Last-Modified"):
            assert head.headers[name] == full.headers[name]


@pytest.mark.parametrize(
    "path", ["/", "/status/", "/status/9", "/status/01", "/status/x", "/.lock", "/keys", "/.well-known/"]
)
async def test_what_is_not_published_is_a_404_that_nobody_keeps(served: Served, path: str) -> None:
    async with served.get(path) as answer:
        assert answer.status == 404
        assert answer.headers["Cache-Control"] == "no-store"
        assert "published" in await answer.text()


@pytest.mark.parametrize(
    "path", ["/../secret", "/status/../../secret", "/%2e%2e/secret", "/status/%2e%2e%2f%2e%2e%2fsecret"]
)
async def test_no_path_reaches_outside_the_folder(served: Served, path: str) -> None:
    (served.site.directory.parent / "secret").write_text("secret")

    def fetch() -> tuple[int, bytes]:
        # A client that sends the path as it stands.
        connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    import asyncio

    status, body = await asyncio.to_thread(fetch)
    assert status in (400, 404)
    assert b"secret" not in body


async def test_scripts_of_any_origin_may_revalidate(served: Served) -> None:
    async with served.get("/status/1", "OPTIONS", Origin="https://bank.example") as answer:
        assert answer.status == 204
        assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_can_be_written(served: Served, method: str) -> None:
    async with served.get("/status/1", method) as answer:
        assert answer.status == 405


async def test_health_says_ok(served: Served) -> None:
    async with served.get("/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok\n")


async def test_https_where_a_certificate_is_given(tmp_path: Path) -> None:
    authority = Authority(datetime.now(UTC))
    (tmp_path / "tls").mkdir()
    for name, data in (authority.files() | authority.server(["127.0.0.1"])).items():
        (tmp_path / name).write_bytes(data)
    site = Site(tmp_path / "site")
    await site.publish({"keys.jwt": b"x"})
    import ssl

    trust = ssl.create_default_context(cafile=str(tmp_path / "tls/ca.pem"))
    certificate, key = tmp_path / "tls/server.pem", tmp_path / "tls/server.key.pem"
    async with (
        serve_site(site.directory, "127.0.0.1", 0, clock=FixedClock(), certificate=certificate, key=key) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/keys.jwt", ssl=trust) as answer,
    ):
        assert url.startswith("https://")
        assert await answer.read() == b"x"
