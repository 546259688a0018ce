"""HTTP as adapters use it: one lean session, bounded bodies, and how long an agency asks to be left alone."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime

import aiohttp

from certsvc.agencies.quota import bounded_pause


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


def retry_after(header: str | None, now: datetime) -> float:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3), bounded; ten minutes if it says nothing usable."""
    return bounded_pause(_seconds(header.strip(), now) if header else None)


def _seconds(text: str, now: datetime) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = read_http_date(text)
    return None if until is None else (until - now).total_seconds()


def read_http_date(text: str) -> datetime | None:
    """The instant that a header states (RFC 9110, 5.6.7), None for any other text."""
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
