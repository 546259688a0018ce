"""HTTP as adapters use it: one lean session, bounded bodies, and how long an agency asks to be left alone.

Invariants
- What is asked once is sent once: a quota counts what an agency sees.
"""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime

import aiohttp

from certsvc.agencies.quota import bounded_pause


def new_session(connections: int) -> aiohttp.ClientSession:
    """A session with at most `connections` open, that keeps no cookies, unpacks nothing and sets no deadline.

    Deadlines are the caller's, set once. Answers that arrive compressed although we ask for
    plain ones stay compressed: they are then no valid answers, and no small body becomes a large one.
    A connection that breaks under a request ends that request with ClientConnectionError; nothing is sent again.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
        middlewares=(_send_once,),
    )


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """The answer. Raises ClientConnectionError where the connection broke.

    For the two faults caught here a session sends a GET again by itself (RFC 9112, 9.3.1), although the agency may have
    read it. Whether to ask again is the guard's to say, with the quota's leave.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # never connected, and so never sent again
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as fault:
        raise aiohttp.ClientConnectionError("the connection broke under the request") from fault


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
