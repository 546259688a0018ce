"""The trust bundle: the one file that a bank carries, with everything a verification needs.

Invariants
- The wrapper is not signed and adds nothing to trust: each part proves itself.
- A bundle is at most CAP bytes and holds at most MAX_LISTS lists, MAX_NOTICES notices and MAX_SALVAGE salvage lists.
- `status_lists` holds whole lists, or deltas against lists that the verifier has; `notices` the notices 1, 2, 3, ...;
  `salvage` the lists that an emergency bundle brings.
- It is ASCII without escapes, as tokens and keys are, so that reading one takes three times its size and no more.
- Reading proves only the shape; `certsvc.verifier.TrustStore` proves the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import VerificationError
from certsvc.core.jose import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 1
CAP = 16 * 1024 * 1024
"""Bytes. Twelve million certificates fill 92 lists, whose tokens have at most 60 KB each, however crowded: 5.5 MB."""
MAX_LISTS = 512
"""Lists for 67 million certificates."""
MAX_NOTICES = 1024
MAX_SALVAGE = 16

_MEMBERS = frozenset({"v", "root", "keys", "status_lists", "notices", "salvage"})


class Bundle(NamedTuple):
    """The parts of a bundle, none of them proved. `root` is a JWK, the others are tokens."""

    root: Mapping[str, object]
    keys: str
    status_lists: tuple[str, ...]
    notices: tuple[str, ...] = ()
    salvage: tuple[str, ...] = ()


def encode_bundle(
    root_jwk: Mapping[str, object],
    keys: str,
    status_lists: Sequence[str],
    notices: Sequence[str] = (),
    salvage: Sequence[str] = (),
) -> bytes:
    """The bytes of `bundle.json`. Raises ValueError for what no verifier would accept."""
    data = write_json(
        {
            "v": FORMAT,
            "root": dict(root_jwk),
            "keys": keys,
            "status_lists": list(status_lists),
            "notices": list(notices),
            "salvage": list(salvage),
        }
    )
    bounds = ((status_lists, MAX_LISTS), (notices, MAX_NOTICES), (salvage, MAX_SALVAGE))
    if len(data) > CAP or any(len(parts) > most for parts, most in bounds):
        raise ValueError("the bundle is over its bounds")
    if not _is_plain(data):
        raise ValueError("the bundle holds a character that no part needs")
    return data


def read_bundle(data: bytes) -> Bundle:
    """The parts of a bundle of this format."""
    if len(data) > CAP:
        raise VerificationError("bundle_too_large")
    # One emoji would make Python hold every character of its text in four bytes.
    if not _is_plain(data):
        raise VerificationError("bundle_malformed", "a character that no part needs")
    members = read_json(data)
    if type(members.get("v")) is not int or members["v"] != FORMAT:
        raise VerificationError("bundle_format")
    if members.keys() != _MEMBERS:
        raise VerificationError("bundle_malformed", "members")
    root, keys = members["root"], members["keys"]
    if not isinstance(root, dict) or not isinstance(keys, str):
        raise VerificationError("bundle_malformed", "root or keys")
    lists = _tokens(members["status_lists"], MAX_LISTS)
    notices, salvage = _tokens(members["notices"], MAX_NOTICES), _tokens(members["salvage"], MAX_SALVAGE)
    return Bundle(root, keys, lists, notices, salvage)


def _is_plain(data: bytes) -> bool:
    """True for ASCII without escapes."""
    return data.isascii() and b"\\" not in data


def _tokens(listed: object, most: int) -> tuple[str, ...]:
    if not isinstance(listed, list) or len(listed) > most:
        raise VerificationError("bundle_malformed", "too many parts")
    if not all(isinstance(token, str) for token in listed):
        raise VerificationError("bundle_malformed", "a part is no token")
    return tuple(listed)
