"""Every failure that an adapter has to bear, as data: what the agency does, and what may come of it.

A new failure is an entry in `Failure`, a `Case`, and its making: bytes in `spoil.py`, connections in `wire.py`, the
protocol's own in `http.py` and `grpc.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from certsvc.core.outcome import Standing

NOW = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
"""The time at every faulty agency, where it stands still."""

SOON = 0.25
"""Seconds that an adapter gets where the agency does not answer in time; all of them are used up."""

PLENTY = 20.0
"""Seconds that an adapter gets where the agency answers; never used up."""


class Failure(StrEnum):
    """What an agency, or the way to it, can do wrong."""

    SLOW = "slow"
    DRIP = "drip"
    DRIP_IN_TIME = "drip_in_time"
    HANG = "hang"
    SILENT = "silent"
    RESET = "reset"
    REFUSED = "refused"
    NOISE = "noise"
    HALF = "half"
    EMPTY = "empty"
    HUGE = "huge"
    WRONG_TYPE = "wrong_type"
    HTML = "html"
    INVALID_UTF8 = "invalid_utf8"
    LATIN_1 = "latin_1"
    UTF_16 = "utf_16"
    BOM = "bom"
    COMPRESSED = "compressed"
    TWICE = "twice"
    ERROR_INSIDE = "error_inside"
    REDIRECT = "redirect"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    RATE_LIMITED = "rate_limited"
    DOWN = "down"
    FLAPPING = "flapping"
    SKEWED = "skewed"
    AHEAD = "ahead"
    TOMORROW = "tomorrow"
    OUR_CLOCK_BEHIND = "our_clock_behind"
    OUR_CLOCK_AHEAD = "our_clock_ahead"


OF_THE_WIRE = frozenset(
    {
        Failure.SLOW,
        Failure.DRIP,
        Failure.DRIP_IN_TIME,
        Failure.SILENT,
        Failure.RESET,
        Failure.REFUSED,
        Failure.NOISE,
        Failure.HALF,
    }
)
"""What befalls bytes on their way, whatever they mean."""

_UNKNOWN = frozenset({Standing.UNKNOWN})
_CLEAR = frozenset({Standing.CLEAR})
_EITHER = _UNKNOWN | _CLEAR


@dataclass(frozen=True, slots=True)
class Case:
    """One failure of an agency that would say that the enterprise is clear, and the standings that may come of it.

    `rounds` is how often the agency fails and is well again. `within` is what the adapter gets for a failing answer.
    """

    failure: Failure
    what: str
    allows: frozenset[Standing] = _UNKNOWN
    rounds: int = 1
    within: float = PLENTY

    def __str__(self) -> str:
        return self.failure.value


CASES: tuple[Case, ...] = (
    Case(Failure.SLOW, "the answer comes after the deadline", within=SOON),
    Case(Failure.DRIP, "it comes byte by byte, each of them soon, all of them too late", within=SOON),
    Case(Failure.DRIP_IN_TIME, "it comes byte by byte and in time", _CLEAR),
    Case(Failure.HANG, "the question is taken and never answered", within=SOON),
    Case(Failure.SILENT, "the connection is taken, and not a byte comes", within=SOON),
    Case(Failure.RESET, "the connection is reset when the question comes"),
    Case(Failure.REFUSED, "nobody listens"),
    Case(Failure.NOISE, "the port speaks another protocol"),
    Case(Failure.HALF, "the connection ends in the middle of the answer"),
    Case(Failure.EMPTY, "the answer is empty"),
    Case(Failure.HUGE, "the answer does not end"),
    Case(Failure.WRONG_TYPE, "the answer is of another type"),
    Case(Failure.HTML, "the answer is a page for people"),
    Case(Failure.INVALID_UTF8, "bytes that are no text"),
    Case(Failure.LATIN_1, "text in Latin-1"),
    Case(Failure.UTF_16, "text in UTF-16"),
    Case(Failure.BOM, "a byte order mark before the text", _EITHER),
    Case(Failure.COMPRESSED, "compressed though nobody asked for it", _EITHER),
    Case(Failure.TWICE, "one part stands twice"),
    Case(Failure.ERROR_INSIDE, "a success that holds an error"),
    Case(Failure.REDIRECT, "the question is sent elsewhere"),
    Case(Failure.NOT_FOUND, "the answer is that there is none"),
    Case(Failure.BAD_REQUEST, "the question is refused, with a page for people"),
    Case(Failure.RATE_LIMITED, "too many questions"),
    Case(Failure.DOWN, "the agency says that it is out of order"),
    Case(Failure.FLAPPING, "it is out of order every other time", rounds=3),
    Case(Failure.SKEWED, "the agency's clock is three hours ahead in its Date header", _CLEAR),
    Case(Failure.AHEAD, "the data is of the day after tomorrow", _EITHER),
    Case(Failure.TOMORROW, "the data is of tomorrow, as in a zone ahead of ours", _CLEAR),
    Case(Failure.OUR_CLOCK_BEHIND, "our clock is three days behind", _EITHER),
    Case(Failure.OUR_CLOCK_AHEAD, "our clock is three days ahead", _CLEAR),
)
