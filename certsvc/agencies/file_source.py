"""Where a debtor file comes from: an HTTP address or a path. Fetched whole, bounded, and only if it changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import aiohttp

from certsvc.agencies.skew import SkewWatch
from certsvc.agencies.web import new_session, read_bounded, retry_after
from certsvc.core.outcome import Outcome

_DAY_IN_NAME = re.compile(r"(?<![0-9])([0-9]{4}-[0-9]{2}-[0-9]{2})\.csv\b")


class FetchFailed(Exception):
    """The file could not be had. `pause` is how many seconds the source asks to be left alone."""

    def __init__(self, outcome: Outcome, why: str, pause: float = 0.0) -> None:
        super().__init__(why)
        self.outcome = outcome
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one state of the file from the next: entity tag and date, or the file's metadata."""

    tag: str
    modified: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """The file, the day that its name states, and its version."""

    body: bytes
    day: date | None
    version: Version


class Source(Protocol):
    """One file that changes now and then."""

    async def fetch(self, seen: Version | None) -> Fetched | None:
        """The file, or None if it still has the version `seen`. Raises FetchFailed; sets no deadline."""
        ...

    async def close(self) -> None:
        """Ends connections."""
        ...


def day_in_name(name: str) -> date | None:
    """The day in a file name such as `patronos-2026-09-30.csv`, None if there is none."""
    match = _DAY_IN_NAME.search(name)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def open_source(place: str, *, max_bytes: int, now: Callable[[], datetime], skew: SkewWatch) -> Source:
    """The source at an HTTP address or a path."""
    if place.startswith(("http://", "https://")):
        return HttpSource(place, max_bytes, now, skew)
    return PathSource(Path(place), max_bytes)


class HttpSource:
    """A file behind an address, asked for with the validators of the version we hold (RFC 9110, 13.1)."""

    def __init__(self, url: str, max_bytes: int, now: Callable[[], datetime], skew: SkewWatch) -> None:
        self._url = url
        self._max_bytes = max_bytes
        self._now = now
        self._skew = skew
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, seen: Version | None) -> Fetched | None:
        """The file if it changed. Raises FetchFailed."""
        if self._session is None:
            self._session = new_session(1)
        try:
            async with self._session.get(self._url, headers=_validators(seen), allow_redirects=False) as response:
                self._skew.look(response.headers)
                if response.status == 304 and seen is not None:
                    return None
                self._check(response)
                body = await read_bounded(response, self._max_bytes)
        except (aiohttp.ClientError, OSError) as fault:
            raise FetchFailed(Outcome.UNAVAILABLE, type(fault).__name__) from None
        if body is None:
            raise FetchFailed(Outcome.MALFORMED, f"more than {self._max_bytes} bytes")
        headers = response.headers
        named = headers.get("Content-Disposition", "")
        return Fetched(
            body,
            day_in_name(named) or day_in_name(self._url),
            Version(headers.get("ETag", ""), headers.get("Last-Modified", "")),
        )

    async def close(self) -> None:
        """Closes the connection."""
        if self._session is not None:
            await self._session.close()

    def _check(self, response: aiohttp.ClientResponse) -> None:
        if response.status == 200:
            return
        why = f"status {response.status}"
        if response.status == 429:
            pause = retry_after(response.headers.get("Retry-After"), self._now())
            raise FetchFailed(Outcome.RATE_LIMITED, why, pause)
        # A missing file says nothing of any firm, so it is not NO_INFORMATION.
        unreachable = response.status >= 500 or response.status in (401, 403, 404, 408, 410)
        raise FetchFailed(Outcome.UNAVAILABLE if unreachable else Outcome.MALFORMED, why)


class PathSource:
    """A file that somebody puts in a folder, replaced by renaming."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes

    async def fetch(self, seen: Version | None) -> Fetched | None:
        """The file if it changed. Raises FetchFailed."""
        try:
            return await asyncio.to_thread(self._read, seen)
        except OSError as fault:
            raise FetchFailed(Outcome.UNAVAILABLE, type(fault).__name__) from None

    async def close(self) -> None:
        """Nothing is held open."""

    def _read(self, seen: Version | None) -> Fetched | None:
        # Metadata first: a change in between is then seen the next time.
        stat = self._path.stat()
        version = Version(f"{stat.st_ino}-{stat.st_size}", str(stat.st_mtime_ns))
        if version == seen:
            return None
        with self._path.open("rb") as file:
            body = file.read(self._max_bytes + 1)
        if len(body) > self._max_bytes:
            raise FetchFailed(Outcome.MALFORMED, f"more than {self._max_bytes} bytes")
        return Fetched(body, day_in_name(self._path.name), version)


def _validators(seen: Version | None) -> dict[str, str]:
    headers = {}
    if seen is not None and seen.tag:
        headers["If-None-Match"] = seen.tag
    if seen is not None and seen.modified:
        headers["If-Modified-Since"] = seen.modified
    return headers
