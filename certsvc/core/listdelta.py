"""Deltas of status lists: what has changed since an earlier version, signed, so that large fleets fetch little.

Invariants
- A delta says for which version of which list it is, and is applied to that one alone; the digest of the entries that
  it was made against must fit.
- What comes out is a list like any other: with the delta's version, dates and key.
- A delta is made against a whole list, never against another delta.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import VerificationError
from certsvc.core.jose import LATEST, b64url_encode, read_json, sha256, verify_with_kid, write_json
from certsvc.core.statuslist import BITS, MAX_NOTICES_SAID, StatusList, is_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certsvc.core.keys import KeySet

TYP = "statuslist-delta+jwt"
CAP = 256 * 1024
MAX_CHANGES = 16_384
"""Entries that one delta changes; for more the whole list is smaller."""


class ListDelta(NamedTuple):
    """What turns version `base` of a list into version `version`. Times are Unix seconds.

    `changes` pairs an index with its new value. `base_digest` is of the entries of the base as packed.
    """

    uri: str
    base: int
    base_digest: str
    version: int
    issued_at: int
    expires_at: int
    ttl: int
    changes: tuple[tuple[int, int], ...]
    kid: str
    notices: int = 0

    def applied_to(self, base: StatusList) -> StatusList:
        """The list as it is after this delta. Refuses another base than the one that it was made against."""
        if (base.uri, base.version) != (self.uri, self.base):
            raise VerificationError("delta_base_missing")
        if base.bits != BITS or digest_of(base.packed) != self.base_digest:
            raise VerificationError("delta_base_differs")
        packed = bytearray(base.packed)
        for index, value in self.changes:
            if index >= len(packed) << 2:
                raise VerificationError("status_index_out_of_range")
            shift = (index & 3) << 1
            packed[index >> 2] = packed[index >> 2] & ~(3 << shift) | value << shift
        return base._replace(
            version=self.version,
            issued_at=self.issued_at,
            expires_at=self.expires_at,
            ttl=self.ttl,
            packed=bytes(packed),
            kid=self.kid,
            notices=self.notices,
        )


def digest_of(packed: bytes) -> str:
    """The digest of a list's entries, in base64url."""
    return b64url_encode(sha256(packed))


def encode_delta(
    changes: Mapping[int, int],
    *,
    base: int,
    base_packed: bytes,
    uri: str,
    version: int,
    issued_at: int,
    expires_at: int,
    ttl: int,
    notices: int = 0,
) -> bytes:
    """The payload of a delta, for a status key to sign with `typ` TYP. Raises ValueError if there are too many changes.

    `changes` maps an index to its value now, also where that is 0.
    """
    if len(changes) > MAX_CHANGES:
        raise ValueError("publish the whole list instead")
    by_value: dict[str, list[int]] = {}
    for index, value in sorted(changes.items()):
        by_value.setdefault(str(value), []).append(index)
    members: dict[str, object] = {
        "sub": uri,
        "iat": issued_at,
        "exp": expires_at,
        "ttl": ttl,
        "ver": version,
        "base": {"ver": base, "sha256": digest_of(base_packed)},
        "set": by_value,
    }
    if notices:
        members["notices"] = notices
    return write_json(members)


def prove_delta(token: str, key_set: KeySet) -> ListDelta:
    """The delta that a status key of this set has signed, whatever the time."""
    kid, payload = verify_with_kid(token, typ=TYP, key_of=key_set.status_key, cap=CAP)
    members = read_json(payload)
    uri, base = members.get("sub"), members.get("base")
    if not isinstance(uri, str) or not is_uri(uri) or not isinstance(base, dict):
        raise VerificationError("delta_malformed", "sub or base")
    digest = base.get("sha256")
    if not isinstance(digest, str) or len(digest) != 43:
        raise VerificationError("delta_malformed", "base")
    version, issued_at, expires_at, ttl = (_whole(members, name) for name in ("ver", "iat", "exp", "ttl"))
    base_version = _whole(base, "ver")
    if expires_at <= issued_at or version <= base_version:
        raise VerificationError("delta_malformed", "exp or ver")
    notices = members.get("notices", 0)
    if type(notices) is not int or not 0 <= notices <= MAX_NOTICES_SAID:
        raise VerificationError("delta_malformed", "notices")
    key_set.check_in_force(kid, issued_at)
    changes = _read_changes(members.get("set"))
    return ListDelta(uri, base_version, digest, version, issued_at, expires_at, ttl, changes, kid, notices)


def _read_changes(by_value: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(by_value, dict) or not by_value.keys() <= {"0", "1", "2", "3"}:
        raise VerificationError("delta_malformed", "set")
    changes: dict[int, int] = {}
    count = 0
    for value, indexes in by_value.items():
        if not isinstance(indexes, list):
            raise VerificationError("delta_malformed", "set")
        count += len(indexes)
        if count > MAX_CHANGES or not all(type(index) is int and index >= 0 for index in indexes):
            raise VerificationError("delta_malformed", "set")
        changes.update(dict.fromkeys(indexes, int(value)))
    if len(changes) != count:
        raise VerificationError("delta_malformed", "an index stands twice")
    return tuple(sorted(changes.items()))


def _whole(members: Mapping[str, object], name: str) -> int:
    """The whole number from 1 to LATEST of this name."""
    value = members.get(name)
    if type(value) is not int or not 1 <= value <= LATEST:
        raise VerificationError("delta_malformed", name)
    return value
