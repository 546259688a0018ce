"""Salvage lists: the certificates of a revoked key that the issuer did issue.

When a certificate key is stolen all of its certificates fail, since a thief can date his own back. This list tells the
honest ones apart: a truncated hash of the signing input of each that the issuer has recorded.

Invariants
- A list counts only if the root has named its digest beside the revoked key, so that neither a stolen certificate key
  nor a stolen status key can salvage a forgery.
- Hashes have HASH bytes: to match one of 100,000 by chance or work takes 2^111 tries.
- They are of the signing input, not of the token: an ECDSA signature has a twin.
- They stand in ascending order, none twice, so that one list has one spelling.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import VerificationError
from certsvc.core.jose import LATEST, b64url_decode, b64url_encode, read_json, sha256, verify_with_kid, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from certsvc.core.keys import KeySet

TYP = "mse-salvage+jwt"
HASH = 16
"""Bytes of each hash."""
MAX_HASHES = 400_000
CAP = 12 * 1024 * 1024
"""Characters of a token: MAX_HASHES in base64 twice are 11.4 million."""


class Salvage(NamedTuple):
    """The certificates of `key` that hold though it is revoked. `digest` is of the payload; `kid` signed the list."""

    issuer: str
    key: str
    issued_at: int
    packed: bytes
    digest: str
    kid: str

    def __contains__(self, token: object) -> bool:
        """Whether this certificate is listed."""
        if not isinstance(token, str):
            return False
        wanted = hash_of(token)
        place = bisect_left(range(len(self.packed) // HASH), wanted, key=self._at)
        return self._at(place) == wanted

    def _at(self, place: int) -> bytes:
        return self.packed[place * HASH : (place + 1) * HASH]


def hash_of(token: str) -> bytes:
    """The HASH bytes that stand for a certificate: SHA-256 of its signing input, cut."""
    return sha256(token.rpartition(".")[0].encode("utf-8", "replace"))[:HASH]


def encode_salvage(*, issuer: str, key: str, issued_at: int, hashes: Iterable[bytes]) -> bytes:
    """The payload of a list, for a status key to sign with `typ` TYP. Raises ValueError if there are too many."""
    listed = sorted(set(hashes))
    if len(listed) > MAX_HASHES or any(len(each) != HASH for each in listed):
        raise ValueError(f"a salvage list holds at most {MAX_HASHES} hashes of {HASH} bytes")
    members = {"iss": issuer, "iat": issued_at, "key": key, "hashes": b64url_encode(b"".join(listed))}
    return write_json(members)


def digest_of(token: str) -> str:
    """What the root names: SHA-256 of the payload's text, in base64url. It is the same however often it is signed."""
    return b64url_encode(sha256(token.split(".")[1].encode("ascii")))


def prove_salvage(token: str, key_set: KeySet) -> Salvage:
    """The list that a status key of this set has signed and whose digest the set names, whatever the time."""
    kid, payload = verify_with_kid(token, typ=TYP, key_of=key_set.status_key, cap=CAP)
    members = read_json(payload)
    issuer, key, hashes, issued_at = (members.get(name) for name in ("iss", "key", "hashes", "iat"))
    if not isinstance(issuer, str) or not isinstance(key, str) or not isinstance(hashes, str):
        raise VerificationError("salvage_malformed", "iss, key or hashes")
    if type(issued_at) is not int or not 1 <= issued_at <= LATEST:
        raise VerificationError("salvage_malformed", "iat")
    if issuer != key_set.issuer:
        raise VerificationError("wrong_issuer")
    key_set.check_in_force(kid, issued_at)
    entry, digest = key_set.by_kid.get(key), digest_of(token)
    if entry is None or entry.salvage != digest:
        raise VerificationError("salvage_not_named")
    return Salvage(issuer, key, issued_at, _read_hashes(hashes), digest, kid)


def _read_hashes(text: str) -> bytes:
    packed = b64url_decode(text)
    if len(packed) % HASH or len(packed) > MAX_HASHES * HASH:
        raise VerificationError("salvage_malformed", "hashes")
    last = b""
    for place in range(0, len(packed), HASH):
        each = packed[place : place + HASH]
        if each <= last:
            raise VerificationError("salvage_malformed", "order")
        last = each
    return packed
