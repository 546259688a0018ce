"""The life of a signing key: prepared, published, active, retired, or revoked. One table, which the database repeats.

prepared    made, and known to nobody outside
published   in a key set that verifiers can fetch; it may not sign yet
active      signs; one for each role
retired     signs no more; what it signed holds
revoked     what it signed fails
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class KeyState(StrEnum):
    """Where a key stands, under the names of the key set."""

    PREPARED = "prepared"
    PUBLISHED = "published"
    ACTIVE = "active"
    RETIRED = "retired"
    REVOKED = "revoked"


class KeyRole(StrEnum):
    """What a key may sign, under the names of the key set."""

    CERTIFICATE = "certificate"
    STATUS = "status"


MOVES: Mapping[KeyState, frozenset[KeyState]] = MappingProxyType(
    {
        KeyState.PREPARED: frozenset({KeyState.PUBLISHED, KeyState.REVOKED}),
        # Retired without having signed: it was withdrawn.
        KeyState.PUBLISHED: frozenset({KeyState.ACTIVE, KeyState.RETIRED, KeyState.REVOKED}),
        KeyState.ACTIVE: frozenset({KeyState.RETIRED, KeyState.REVOKED}),
        KeyState.RETIRED: frozenset({KeyState.REVOKED}),
        KeyState.REVOKED: frozenset(),
    }
)
"""Every move that there is. The trigger `signing_key_moves` has the same pairs, which a test compares."""


def may_move(before: KeyState, after: KeyState) -> bool:
    """Whether a key may go from one state to the other."""
    return after in MOVES[before]
