"""HTTP as adapters use it: one lean session, bounded bodies, and the pause that an agency asks for."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp

DEFAULT_PAUSE = 600.0
"""Seconds. The tax ministry blocks an address for ten minutes."""

_LONGEST_PAUSE = 3600.0


def new_session(connections: int) -> aiohttp.ClientSession:
    """A session with at most `connections` open, that keeps no cookies, unpacks nothing and sets no deadline.

    Deadlines are the caller's, set once. Answers that arrive compressed although we ask for
    plain ones stay compressed: they are then no valid answers, and no small body becomes a large one.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
    )


async def read_bounded(response: aiohttp.ClientResponse, cap: int) -> bytes | None:
    """The whole body, or None if it is longer than `cap` bytes; what lies beyond is not read."""
    if (response.content_length or 0) > cap:
        return None
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
        if len(body) > cap:
            return None
    return bytes(body)


class Pause:
    """How long an agency is left alone, by a monotonic clock in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until = float("-inf")

    @property
    def holds(self) -> bool:
        """True while the agency must not be asked."""
        return self._monotonic() < self._until

    def begin(self, seconds: float) -> None:
        """Begins or prolongs the pause; never shortens one that holds."""
        self._until = max(self._until, self._monotonic() + seconds)


def retry_after(header: str | None, now: datetime) -> float:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3), ten minutes if it says nothing usable.

    At least one second and at most an hour: a mistaken header must not silence an agency for a day.
    """
    seconds = _seconds(header.strip(), now) if header else None
    return DEFAULT_PAUSE if seconds is None else min(max(seconds, 1.0), _LONGEST_PAUSE)


def _seconds(text: str, now: datetime) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return (until - now).total_seconds()
