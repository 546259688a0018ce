"""What a verifier trusts: one pinned root, and the trust data it has accepted under it.

Invariants
- A bundle is accepted whole or not at all: `state` is replaced in one assignment, after every part is proved.
- A root is trusted by its thumbprint: the pin, or the next root that an accepted key set has named.
- Nothing goes backwards: no lower key-set version, no older status list, no clock before the newest accepted date.
- What a revoked key has signed binds nobody: its lists are dropped, and so are their marks, so that a thief
  cannot lock the honest lists out by numbering his own far ahead.
- A list that is expired is kept, so that the verdict says so and its mark stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certsvc.core.bundle import MAX_LISTS, read_bundle
from certsvc.core.certificate import MAX_LIFETIME
from certsvc.core.errors import StaleTrust, VerificationError
from certsvc.core.jose import b64url_decode, b64url_encode, sha256, thumbprint
from certsvc.core.keys import SKEW, read_key_set
from certsvc.core.statuslist import prove_status_list
from certsvc.verifier.truststate import Mark, TrustState, decode_state, encode_state
from certsvc.verifier.verdict import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from certsvc.core.bundle import Bundle
    from certsvc.core.keys import KeySet
    from certsvc.core.statuslist import StatusList


class TrustStore:
    """The trust of one verifier. Safe to read from many threads while one accepts."""

    __slots__ = ("state",)

    def __init__(self, pin: str) -> None:
        """Begins with the root's RFC 7638 thumbprint alone. Raises VerificationError if it cannot be one."""
        self.state = TrustState(_checked_pin(pin), pin, {}, None, "", {}, {}, {}, 0)

    def accept(self, bundle: bytes, at: int | datetime) -> None:
        """Proves every part of a bundle, then trusts it. Raises VerificationError and changes nothing otherwise."""
        self.state = accepted(self.state, read_bundle(bundle), instant(at))

    def to_bytes(self) -> bytes:
        """The state as a file that `from_bytes` reads. Whoever can write that file chooses whom to trust."""
        return encode_state(self.state)

    @classmethod
    def from_bytes(cls, data: bytes) -> TrustStore:
        """The store that `to_bytes` wrote, every signature proved again. Raises VerificationError."""
        state = decode_state(data)
        store = cls(state.origin)
        store.state = state
        return store


def accepted(state: TrustState, bundle: Bundle, at: int) -> TrustState:
    """The state after this bundle. Raises VerificationError if any part is bad."""
    if at < state.newest - SKEW:
        raise StaleTrust("clock_set_back")
    if bundle.notices:
        # No notice is understood yet; one passed over in silence might have withdrawn something.
        raise VerificationError("notice_unknown")
    pin = _root_of(state, bundle)
    key_set = read_key_set(bundle.keys, bundle.root, pin, at)
    if pin == state.pin:
        _check_key_set_order(state, bundle.keys, key_set)
    marks = _binding_marks(state, key_set)
    lists, tokens = _still_good(state, key_set, marks, at)
    proved = _prove_lists(bundle, key_set, marks, at)
    for uri, (token, status_list) in proved.items():
        lists[uri], tokens[uri], marks[uri] = status_list, token, _mark(token, status_list)
    if len(lists) > 2 * MAX_LISTS:
        raise VerificationError("too_many_status_lists")
    newest = max(state.newest, key_set.iat, *(status_list.issued_at for _, status_list in proved.values()))
    return TrustState(state.origin, pin, bundle.root, key_set, bundle.keys, lists, tokens, marks, newest)


def _checked_pin(pin: str) -> str:
    if len(b64url_decode(pin)) != 32:
        raise VerificationError("root_thumbprint", "a thumbprint has 43 characters")
    return pin


def _root_of(state: TrustState, bundle: Bundle) -> str:
    """The thumbprint of the bundle's root: the pinned one, or the one committed as next."""
    root = thumbprint(bundle.root)
    if root != state.pin and (state.key_set is None or root != state.key_set.next_root):
        raise VerificationError("root_not_pinned")
    return root


def _check_key_set_order(state: TrustState, token: str, key_set: KeySet) -> None:
    """Refuses a lower version, or other content under the same one. A new root starts clean."""
    if state.key_set is None:
        return
    if key_set.ver < state.key_set.ver:
        raise VerificationError("key_set_rollback")
    # Payloads, not tokens: the same content may be signed twice, and an ECDSA signature has a twin.
    if key_set.ver == state.key_set.ver and _payload(token) != _payload(state.key_set_token):
        raise VerificationError("key_set_conflict")


def _binding_marks(state: TrustState, key_set: KeySet) -> dict[str, Mark]:
    """The marks set by keys that are not known to be revoked."""
    revoked = {entry.kid for entry in key_set.keys if entry.revoked_at is not None}
    return {uri: mark for uri, mark in state.marks.items() if mark.kid not in revoked}


def _still_good(
    state: TrustState, key_set: KeySet, marks: dict[str, Mark], at: int
) -> tuple[dict[str, StatusList], dict[str, str]]:
    """The held lists that the new key set still proves; forgets, with its mark, what expired a lifetime ago."""
    lists, tokens = {}, {}
    for uri, status_list in state.lists.items():
        # Every certificate in such a list has expired as well, since a list is published as long as one has not.
        if status_list.expires_at + MAX_LIFETIME < at:
            marks.pop(uri, None)
            continue
        try:
            key_set.status_key(status_list.kid)
            key_set.check_in_force(status_list.kid, status_list.issued_at)
        except VerificationError:
            continue
        lists[uri], tokens[uri] = status_list, state.tokens[uri]
    return lists, tokens


def _prove_lists(
    bundle: Bundle, key_set: KeySet, marks: Mapping[str, Mark], at: int
) -> dict[str, tuple[str, StatusList]]:
    """Every list of the bundle, proved, none from the future and none older than its mark."""
    proved: dict[str, tuple[str, StatusList]] = {}
    for token in bundle.status_lists:
        status_list = prove_status_list(token, key_set)
        status_list.check_issued(at)
        if status_list.uri in proved:
            raise VerificationError("status_list_duplicate")
        mark = marks.get(status_list.uri)
        if mark is not None:
            _check_list_order(mark, token, status_list)
        proved[status_list.uri] = (token, status_list)
    return proved


def _check_list_order(mark: Mark, token: str, status_list: StatusList) -> None:
    """Refuses a list that is older than the newest accepted, or another one under the same version."""
    if status_list.issued_at < mark.issued_at or status_list.version < mark.version:
        raise VerificationError("status_list_rollback")
    if status_list.version == mark.version and _digest(token) != mark.digest:
        raise VerificationError("status_list_conflict")


def _mark(token: str, status_list: StatusList) -> Mark:
    return Mark(status_list.kid, status_list.issued_at, status_list.version, _digest(token))


def _payload(token: str) -> str:
    """The payload segment; base64url is strict, so equal content has equal text."""
    return token.split(".")[1]


def _digest(token: str) -> str:
    return b64url_encode(sha256(_payload(token).encode("ascii")))
