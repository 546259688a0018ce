"""What is kept of keys, key sets and notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from certsvc.core.keylife import KeyRole, KeyState
from certsvc.core.keys import KeySet
from certsvc.core.notice import Notice


@dataclass(frozen=True, slots=True)
class Trust:
    """What verifiers are given to trust: the root's public key and the key set that it signed."""

    root_jwk: Mapping[str, object]
    key_set_token: str
    key_set: KeySet


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One signing key. `place` is the key store that holds its private half.

    `nbf` and `exp` are its period in the newest key set, None before it stands in one; `usable_from` is when it has
    been published long enough to sign, None before it is published.
    """

    kid: str
    role: KeyRole
    x: str
    y: str
    state: KeyState
    place: str
    prepared_at: datetime
    nbf: datetime | None = None
    exp: datetime | None = None
    published_at: datetime | None = None
    usable_from: datetime | None = None
    activated_at: datetime | None = None
    retired_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_reason: str = ""


@dataclass(frozen=True, slots=True)
class KeySetRecord:
    """One installed key set. `root_jwk` is JSON; `published_at` is None until verifiers could fetch it."""

    ver: int
    token: str
    root_jwk: str
    issued_at: datetime
    expires_at: datetime
    installed_by: str
    installed_at: datetime
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedNotice:
    """A notice as published."""

    notice: Notice
    token: str
