"""Who calls: the identity in the client certificate, `spiffe://<trust domain>/<role>/<name>` (SPIFFE-ID, section 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from certsvc.server.access import SEES_ALL, Role
from certsvc.server.errors import CallerUnknown

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")


class Caller(NamedTuple):
    """An authenticated caller. `id` is stored with what it applies for: `<role>/<name>`."""

    role: Role
    name: str

    @property
    def id(self) -> str:
        """`<role>/<name>`."""
        return f"{self.role.value}/{self.name}"

    @property
    def scope(self) -> str | None:
        """Whose records it may read: its own id, or None for all."""
        return None if self.role in SEES_ALL else self.id


Identify = Callable[[Mapping[str, Iterable[bytes]]], Caller]
"""From gRPC's authentication context to the caller. Raises CallerUnknown."""


def by_certificate(trust_domain: str) -> Identify:
    """Reads callers of one trust domain. Each identity is parsed once, however many calls it makes."""
    prefix = f"spiffe://{trust_domain}/"

    @lru_cache(maxsize=4096)
    def parse(uri: bytes) -> Caller:
        text = uri.decode("ascii", "replace")
        role, _, name = text.removeprefix(prefix).partition("/")
        if not text.startswith(prefix) or role not in Role.__members__.values() or not _NAME.fullmatch(name):
            raise CallerUnknown("the identity is not spiffe://<trust domain>/<role>/<name>")
        return Caller(Role(role), name)

    def identify(context: Mapping[str, Iterable[bytes]]) -> Caller:
        # gRPC gives this property only if the certificate has exactly one URI name, and that a SPIFFE id.
        identities = tuple(context.get("peer_spiffe_id", ()))
        if len(identities) != 1:
            raise CallerUnknown("the client certificate has no single SPIFFE id")
        return parse(identities[0])

    return identify


def always(caller: Caller) -> Identify:
    """The same caller for every call: for benches without TLS."""
    return lambda _context: caller
