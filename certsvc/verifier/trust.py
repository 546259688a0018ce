"""What a verifier trusts: one pinned root, and the trust data it has accepted under it.

Invariants
- A bundle is accepted whole or not at all: `state` is replaced in one assignment, after every part is proved.
- A root is trusted by its thumbprint: the pin, or the next root that an accepted key set has named.
- Nothing goes backwards: no lower key-set version, whichever root signed it; no status list older than any that a key
  not known to be revoked has signed; no clock before the newest accepted date, less a minute. One bundle is accepted
  at a time.
- What a revoked key has signed binds nobody: its lists are dropped, and so are its marks, so that a thief cannot lock
  the honest lists out by numbering his own far ahead. The marks of the other keys stay, so that revoking one key
  brings no older list of another back.
- A list that is expired is kept, so that the verdict says so; it and its mark go a certificate's lifetime later.
- A store is bounded, whatever a stolen key signs: MAX_HELD in memory and in its file, MAX_MARKS marks. A bundle that
  would go over is refused; one that revokes the thief's key frees his share first.
"""

from __future__ import annotations

from threading import Lock  # loaded by `cryptography` already
from typing import TYPE_CHECKING

from certsvc.core.bundle import CAP, MAX_LISTS, read_bundle
from certsvc.core.certificate import MAX_LIFETIME
from certsvc.core.errors import StaleTrust, VerificationError
from certsvc.core.jose import b64url_decode, thumbprint
from certsvc.core.keys import SKEW, read_key_set
from certsvc.core.statuslist import prove_status_list
from certsvc.verifier.truststate import Mark, TrustState, decode_state, encode_state, mark_of, payload_of
from certsvc.verifier.verdict import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from certsvc.core.bundle import Bundle
    from certsvc.core.keys import KeySet
    from certsvc.core.statuslist import StatusList


MAX_HELD = 2 * CAP
"""Characters of all tokens and bytes of all entries that a store holds: a bundle full of our own lists fits."""
MAX_MARKS = 8 * MAX_LISTS
"""One mark for each list and each status key that signed it, and keys change once or twice in a list's life."""

# One for all stores, so that a store stays plain data: two bundles accepted at once could undo the newer one.
_ACCEPTING = Lock()


class TrustStore:
    """The trust of one verifier. Safe to use from many threads."""

    __slots__ = ("state",)

    def __init__(self, pin: str) -> None:
        """Begins with the root's RFC 7638 thumbprint alone. Raises VerificationError if it cannot be one."""
        self.state = TrustState(_checked_pin(pin), pin, {}, None, "", {}, {}, {}, 0)

    def accept(self, bundle: bytes, at: int | datetime) -> None:
        """Proves every part of a bundle, then trusts it. Raises VerificationError and changes nothing otherwise."""
        parts, moment = read_bundle(bundle), instant(at)
        with _ACCEPTING:
            self.state = accepted(self.state, parts, moment)

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
    _check_key_set_order(state, pin, bundle.keys, key_set)
    marks = _binding_marks(state, key_set, at)
    lists, tokens = _still_good(state, key_set, at)
    proved = _prove_lists(bundle, key_set, marks, at)
    for uri, (token, status_list) in proved.items():
        lists[uri], tokens[uri], marks[uri, status_list.kid] = status_list, token, mark_of(token, status_list)
    _check_bounds(lists, tokens, marks)
    newest = max(state.newest, key_set.iat, *(status_list.issued_at for _, status_list in proved.values()))
    return TrustState(state.origin, pin, _plain(bundle.root), key_set, bundle.keys, lists, tokens, marks, newest)


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


def _plain(root: Mapping[str, object]) -> dict[str, object]:
    """The members that make the key: the rest of the bundle's wrapper is anybody's."""
    return {name: root[name] for name in ("kty", "crv", "x", "y")}


def _check_key_set_order(state: TrustState, pin: str, token: str, key_set: KeySet) -> None:
    """Refuses a lower version, and under the same one another root or other content.

    Versions rise across a change of root as well: two roots that name each other would else bring back a left set.
    """
    if state.key_set is None:
        return
    if key_set.ver < state.key_set.ver:
        raise VerificationError("key_set_rollback")
    # Payloads, not tokens: the same content may be signed twice, and an ECDSA signature has a twin.
    if key_set.ver == state.key_set.ver and (pin != state.pin or payload_of(token) != payload_of(state.key_set_token)):
        raise VerificationError("key_set_conflict")


def _binding_marks(state: TrustState, key_set: KeySet, at: int) -> dict[tuple[str, str], Mark]:
    """The marks set by keys that are not known to be revoked, but for lists that expired a lifetime ago."""
    revoked = {entry.kid for entry in key_set.keys if entry.revoked_at is not None}
    return {
        place: mark
        for place, mark in state.marks.items()
        if place[1] not in revoked and not _long_past(mark.expires_at, at)
    }


def _long_past(expires_at: int, at: int) -> bool:
    """True if every certificate of a list that ended then has expired too.

    A list is published as long as one of its certificates has not expired, so none outlives it by a lifetime.
    """
    return expires_at + MAX_LIFETIME < at


def _still_good(state: TrustState, key_set: KeySet, at: int) -> tuple[dict[str, StatusList], dict[str, str]]:
    """The held lists that the new key set still proves, but for those that expired a lifetime ago."""
    lists, tokens = {}, {}
    for uri, status_list in state.lists.items():
        if _long_past(status_list.expires_at, at):
            continue
        try:
            key_set.status_key(status_list.kid)
            key_set.check_in_force(status_list.kid, status_list.issued_at)
        except VerificationError:
            continue
        lists[uri], tokens[uri] = status_list, state.tokens[uri]
    return lists, tokens


def _prove_lists(
    bundle: Bundle, key_set: KeySet, marks: Mapping[tuple[str, str], Mark], at: int
) -> dict[str, tuple[str, StatusList]]:
    """Every list of the bundle, proved, none from the future and none older than a mark of its URI."""
    binding: dict[str, list[Mark]] = {}
    for (uri, _), mark in marks.items():
        binding.setdefault(uri, []).append(mark)
    proved: dict[str, tuple[str, StatusList]] = {}
    held = 0
    for token in bundle.status_lists:
        status_list = prove_status_list(token, key_set)
        held += _weight(token, status_list)
        if held > MAX_HELD:  # before the next one is inflated
            raise VerificationError("status_lists_too_large")
        status_list.check_issued(at)
        if status_list.uri in proved:
            raise VerificationError("status_list_duplicate")
        for mark in binding.get(status_list.uri, ()):
            _check_list_order(mark, token, status_list)
        proved[status_list.uri] = (token, status_list)
    return proved


def _weight(token: str, status_list: StatusList) -> int:
    """What a list takes in memory: its token and its entries, in bytes."""
    return len(token) + len(status_list.packed)


def _check_bounds(
    lists: Mapping[str, StatusList], tokens: Mapping[str, str], marks: Mapping[tuple[str, str], Mark]
) -> None:
    """Refuses what would make the store larger than its bounds."""
    if len(lists) > 2 * MAX_LISTS:
        raise VerificationError("too_many_status_lists")
    if sum(_weight(tokens[uri], status_list) for uri, status_list in lists.items()) > MAX_HELD:
        raise VerificationError("status_lists_too_large")
    if len(marks) > MAX_MARKS:
        raise VerificationError("too_many_status_marks")


def _check_list_order(mark: Mark, token: str, status_list: StatusList) -> None:
    """Refuses a list that is older than the newest accepted, or another one under the same version."""
    if status_list.issued_at < mark.issued_at or status_list.version < mark.version:
        raise VerificationError("status_list_rollback")
    if status_list.version == mark.version and mark_of(token, status_list).digest != mark.digest:
        raise VerificationError("status_list_conflict")
