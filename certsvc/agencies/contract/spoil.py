"""Good answers made bad, byte by byte: pure, and the same for every protocol where the protocol does not matter."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from certsvc.agencies.contract.cases import Failure
from certsvc.core.model import Enterprise

LETTER = "Ñ".encode()
"""Stands in every good answer, so that there is something to misspell."""

PAGE = b"<!DOCTYPE html><html><body><h1>400 Bad Request</h1></body></html>"

Spoil = Callable[[bytes], bytes]
"""What a failure makes of a good body."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is sent. Headers are HTTP's alone."""

    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What the agency says when all is well: that the enterprise is clear, by data of the given day.

    `instead` are the replies to failures of which the usual form does not fit the agency. `cut_at` is where HALF ends
    the connection, the middle of the body if it is not given.
    """

    enterprise: Enterprise
    reply: Callable[[date], Reply]
    instead: Mapping[Failure, Reply] = field(default_factory=lambda: MappingProxyType({}))
    cut_at: bytes = b""

    def as_told(self, failure: Failure | None, day: date, spoilers: Mapping[Failure, Spoil]) -> Reply:
        """The reply as the failure leaves it, by `spoilers` first; the good one if it befalls something else."""
        good = self.reply(day)
        if failure is None:
            return good
        if failure in self.instead:
            return self.instead[failure]
        spoil = spoilers.get(failure) or SPOILERS.get(failure)
        return replace(good, body=spoil(good.body)) if spoil else good


def always(body: bytes) -> Spoil:
    """The same body, whatever the good one is."""
    return lambda _good: body


def _misspelt(instead: bytes) -> Spoil:
    def spoil(body: bytes) -> bytes:
        if LETTER not in body:
            raise ValueError("let the good answer hold a name with an Ñ in UTF-8, or say what comes instead")
        return body.replace(LETTER, instead)

    return spoil


SPOILERS: Mapping[Failure, Spoil] = MappingProxyType(
    {
        Failure.EMPTY: always(b""),
        Failure.HTML: always(PAGE),
        # As long as what they replace, so that messages with lengths inside stay whole.
        Failure.INVALID_UTF8: _misspelt(b"\xff\xfe"),
        Failure.LATIN_1: _misspelt(b"\xd1 "),
        Failure.UTF_16: lambda body: body.decode(errors="surrogateescape").encode("utf-16", "surrogatepass"),
        Failure.BOM: lambda body: b"\xef\xbb\xbf" + body,
        Failure.COMPRESSED: gzip.compress,
    }
)
"""What is the same for every protocol."""
