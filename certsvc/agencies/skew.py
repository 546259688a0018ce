"""Whether an agency's clock and ours tell the same time, by the Date header of its answers (RFC 9110, 6.6.1).

Nothing is decided by it: an answer is checked at our time whatever the agency's is. But one of the two clocks is wrong,
and dates that are off move what is fresh and what is stale, so a person has to look.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from certsvc.agencies.web import read_http_date
from certsvc.service.ports import Clock

_log = structlog.get_logger(__name__)

TOLERANCE = 600.0
"""Seconds that two clocks may be apart."""

_SILENCE = 3600.0
"""Seconds after an alert until the next one: a clock that is wrong is wrong in every answer."""


class SkewWatch:
    """Looks at the answers of one agency, and alerts once an hour while the clocks are apart."""

    def __init__(self, agency: str, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._agency = agency
        self._clock = clock
        self._monotonic = monotonic
        self._silent_until = float("-inf")

    def look(self, headers: Mapping[str, str]) -> None:
        """Alerts if the answer with these headers was made at another time than ours. Costs next to nothing."""
        stated = headers.get("Date")
        if stated is None:
            return
        apart = seconds_apart(stated, headers.get("Age", ""), self._clock.now())
        now = self._monotonic()
        if apart is None or abs(apart) <= TOLERANCE or now < self._silent_until:
            return
        self._silent_until = now + _SILENCE
        _log.error("agency_clock_skew", agency=self._agency, seconds=round(apart), alert=True)


def seconds_apart(date: str, age: str, now: datetime) -> float | None:
    """How far the agency's clock is ahead of `now`; None for a date that cannot be read.

    An answer that a cache has kept states its `age` in seconds besides the date on which it was made.
    """
    made = read_http_date(date)
    if made is None:
        return None
    kept = float(age[:9]) if age.isascii() and age.isdigit() else 0.0
    return (made - now).total_seconds() + kept
