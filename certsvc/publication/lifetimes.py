"""How long a published file may be cached: what its signatures say, never past their `exp`.

Read without checking signatures: the files are our own, and a cache time is no ground for trust.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from certsvc.core import jose
from certsvc.core.errors import VerificationError

DAY = 86_400
"""The longest that anything is cached, in seconds: a key set lives for months, but a revoked key must show sooner."""


class Lifetime(NamedTuple):
    """When a file must be fetched anew: `ttl` seconds after a fetch, and at `exp` (seconds since 1970)."""

    ttl: int
    exp: int

    def max_age(self, now: int) -> int:
        """Seconds for which a fetch at `now` may be kept."""
        return max(0, min(self.ttl, self.exp - now))


NONE = Lifetime(0, 0)
"""Never cached: what cannot be read has no lifetime."""


def of_token(token: object) -> Lifetime:
    """The lifetime that a signed list or key set states (Token Status List, section 5.1: `ttl`, `exp`)."""
    if not isinstance(token, str):
        return NONE
    try:
        claims = jose.read_json(jose.b64url_decode(token.split(".")[1]))
    except (VerificationError, IndexError):
        return NONE
    ttl, exp = claims.get("ttl", DAY), claims.get("exp")
    if not isinstance(ttl, int) or not isinstance(exp, int):
        return NONE
    return Lifetime(min(ttl, DAY), exp)


def of_bundle(data: bytes) -> Lifetime:
    """The lifetime of the part of a bundle that ends first."""
    try:
        bundle = jose.read_json(data)
    except VerificationError:
        return NONE
    lists = bundle.get("status_lists")
    return shortest(of_token(token) for token in [bundle.get("keys"), *(lists if isinstance(lists, list) else ())])


def shortest(lifetimes: Iterable[Lifetime]) -> Lifetime:
    """A lifetime that ends with the first of the given ones."""
    known = tuple(lifetimes)
    return Lifetime(min(k.ttl for k in known), min(k.exp for k in known)) if known else NONE
