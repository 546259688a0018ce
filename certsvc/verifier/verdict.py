"""Verdicts: what a verification says, with the dates that it rests on. Never one boolean."""

from __future__ import annotations

from time import gmtime, strftime
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from certsvc.core.certificate import agencies_by_scheme

if TYPE_CHECKING:
    from datetime import datetime

    from certsvc.core.certificate import Claims

VALID = "VALID"
REVOKED = "REVOKED"
SUSPENDED = "SUSPENDED"
EXPIRED = "EXPIRED"
INVALID = "INVALID"
UNKNOWN = "UNKNOWN"


class Verdict(NamedTuple):
    """The outcome of one verification.

    `reason` is stable, for programs, and empty only for VALID. `claims` is set once the certificate is proved
    genuine, so never for INVALID. `status_as_of` is the date of the status list that was read, in Unix seconds.
    """

    status: str
    reason: str = ""
    claims: Claims | None = None
    status_as_of: int | None = None
    key_set_version: int | None = None

    @property
    def evidence(self) -> tuple[tuple[str, str], ...]:
        """Scheme and the day up to which it was clear; empty if the certificate was not proved."""
        return self.claims.clear if self.claims is not None else ()

    def __bool__(self) -> NoReturn:
        """Refuses, because every verdict would be true: compare `status`."""
        raise TypeError("a verdict is not true or false: compare its status")

    def to_json(self) -> dict[str, object]:
        """The verdict in JSON types, times as RFC 3339 in UTC."""
        members: dict[str, object] = {"status": self.status, "reason": self.reason}
        if self.claims is not None:
            members["certificate"] = _claims_to_json(self.claims)
        if self.status_as_of is not None:
            members["status_as_of"] = rfc3339(self.status_as_of)
        if self.key_set_version is not None:
            members["key_set_version"] = self.key_set_version
        return members


def _claims_to_json(claims: Claims) -> dict[str, object]:
    kind, _, value = claims.subject.partition(":")
    return {
        "serial": claims.serial,
        "issuer": claims.issuer,
        "identifier": {"kind": kind, "value": value},
        "name": claims.name,
        "kind": claims.kind,
        "size": claims.size,
        "sector": claims.sector,
        "issued_at": rfc3339(claims.issued_at),
        "expires_at": rfc3339(claims.expires_at),
        "clear": dict(claims.clear),
        "unchecked": agencies_by_scheme(claims.unchecked),
        "effects": dict(claims.effects),
        "policy": claims.policy,
        "status_list": {"uri": claims.status_uri, "idx": claims.status_index},
    }


def rfc3339(moment: int) -> str:
    """The moment, in Unix seconds, as RFC 3339 text in UTC."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(moment))


def instant(at: int | datetime) -> int:
    """The moment in whole Unix seconds. Raises ValueError for a datetime without an offset."""
    if isinstance(at, int):
        return at
    if at.utcoffset() is None:
        raise ValueError("the time needs an offset from UTC")
    return int(at.timestamp() // 1)
