"""Key sets: which key may sign what, and when, as the root has signed it (RFC 7517).

Invariants
- A kid is the RFC 7638 thumbprint of its key, and names one key in one role.
- A set is read only if the root that signed it has the pinned thumbprint.
- A key signs for one role, within its period, while it is published and not revoked.
- Keys are parsed once, when the set is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import StaleTrust, VerificationError
from certsvc.core.jose import (
    ALG,
    LATEST,
    b64url_decode,
    public_key,
    read_json,
    thumbprint,
    verify,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

TYP = "jwk-set+jwt"
CAP = 256 * 1024
MAX_KEYS = 256
SKEW = 60
"""Seconds by which a signer's clock may be ahead of the verifier's."""

CERTIFICATE = "certificate"
STATUS = "status"
ROLES = (CERTIFICATE, STATUS)

PREPARED = "prepared"
PUBLISHED = "published"
ACTIVE = "active"
RETIRED = "retired"
STATES = (PREPARED, PUBLISHED, ACTIVE, RETIRED)


class KeyEntry(NamedTuple):
    """One public key with its role, its state and its period [nbf, exp) in Unix seconds.

    `revoked_at` is None while the key is not revoked. `salvage` is the digest of the list of its certificates that hold
    all the same, empty for none (`certsvc.core.salvage`). Make one with `key_entry`.
    """

    kid: str
    x: str
    y: str
    key: EllipticCurvePublicKey
    role: str
    state: str
    nbf: int
    exp: int
    revoked_at: int | None = None
    revoked_reason: str = ""
    salvage: str = ""

    def public_jwk(self) -> dict[str, object]:
        """The plain public JWK, without our own members."""
        return {"kty": "EC", "crv": "P-256", "x": self.x, "y": self.y, "kid": self.kid, "use": "sig", "alg": ALG}


class KeySet(NamedTuple):
    """The keys of one issuer, as proved. `ver` only ever rises; `next_root` is empty or a thumbprint."""

    issuer: str
    ver: int
    iat: int
    exp: int
    keys: tuple[KeyEntry, ...]
    next_root: str
    by_kid: Mapping[str, KeyEntry]

    def certificate_key(self, kid: str) -> EllipticCurvePublicKey:
        """The key that signs certificates under this kid; refuses every other."""
        return self._usable(kid, CERTIFICATE)

    def status_key(self, kid: str) -> EllipticCurvePublicKey:
        """The key that signs status lists under this kid; refuses every other."""
        return self._usable(kid, STATUS)

    def revoked_certificate_key(self, kid: str) -> EllipticCurvePublicKey:
        """The key of this kid if it is a certificate key that is revoked: for what a salvage list holds."""
        entry = self.by_kid.get(kid)
        if entry is None:
            raise VerificationError("key_unknown")
        if entry.role != CERTIFICATE or entry.revoked_at is None or entry.state == PREPARED:
            raise VerificationError("key_role")
        return entry.key

    def check_in_force(self, kid: str, signed_at: int) -> None:
        """Refuses a signature dated outside the period of a key of this set."""
        entry = self.by_kid[kid]
        if not entry.nbf <= signed_at < entry.exp:
            raise VerificationError("key_not_in_force")

    def check_fresh(self, at: int) -> None:
        """Refuses a set from the future; raises StaleTrust for one that has expired."""
        if self.iat > at + SKEW:
            raise VerificationError("key_set_from_the_future")
        if self.exp <= at:
            raise StaleTrust("key_set_expired")

    def _usable(self, kid: str, role: str) -> EllipticCurvePublicKey:
        entry = self.by_kid.get(kid)
        if entry is None:
            raise VerificationError("key_unknown")
        if entry.role != role:
            raise VerificationError("key_role")
        if entry.revoked_at is not None:
            raise VerificationError("key_revoked")
        if entry.state == PREPARED:
            raise VerificationError("key_not_published")
        return entry.key


def key_entry(
    jwk: Mapping[str, object],
    *,
    role: str,
    state: str,
    nbf: int,
    exp: int,
    revoked_at: int | None = None,
    revoked_reason: str = "",
    salvage: str = "",
) -> KeyEntry:
    """The entry of a public P-256 JWK, its key parsed and checked."""
    if role not in ROLES:
        raise VerificationError("key_role")
    if state not in STATES:
        raise VerificationError("key_state")
    if not 0 <= nbf < exp <= LATEST:
        raise VerificationError("key_period")
    kid = thumbprint(jwk)
    if jwk.get("kid", kid) != kid:
        raise VerificationError("key_kid")
    x, y = jwk["x"], jwk["y"]
    assert isinstance(x, str)  # thumbprint() has checked both
    assert isinstance(y, str)
    if salvage and (revoked_at is None or role != CERTIFICATE or len(b64url_decode(salvage)) != 32):
        raise VerificationError("key_salvage")
    return KeyEntry(kid, x, y, public_key(jwk), role, state, nbf, exp, revoked_at, revoked_reason, salvage)


def encode_key_set(
    *, issuer: str, ver: int, iat: int, exp: int, keys: Iterable[KeyEntry], next_root: str = ""
) -> bytes:
    """The payload of a key set, for a root to sign with `typ` TYP. Times are Unix seconds."""
    members: dict[str, object] = {"iss": issuer, "ver": ver, "iat": iat, "exp": exp}
    if next_root:
        members["next_root"] = next_root
    return write_json(members | {"keys": [_write_entry(entry) for entry in keys]})


def public_jwks(keys: Iterable[KeyEntry]) -> bytes:
    """The plain JWK Set for libraries that know only `/.well-known/jwks.json`: no prepared and no revoked key."""
    shown = [entry.public_jwk() for entry in keys if entry.revoked_at is None and entry.state != PREPARED]
    return write_json({"keys": shown})


def read_key_set(token: str, root_jwk: Mapping[str, object], pin: str, at: int) -> KeySet:
    """The key set, proved under the pinned root and current at `at`. Raises StaleTrust if it has expired."""
    key_set = prove_key_set(token, root_jwk, pin)
    key_set.check_fresh(at)
    return key_set


def prove_key_set(token: str, root_jwk: Mapping[str, object], pin: str) -> KeySet:
    """The key set that the root with thumbprint `pin` has signed, whatever the time."""
    if thumbprint(root_jwk) != pin:
        raise VerificationError("root_not_pinned")
    if root_jwk.get("kid", pin) != pin:
        raise VerificationError("key_kid")
    root = public_key(root_jwk)

    def root_key(kid: str) -> EllipticCurvePublicKey:
        if kid != pin:
            raise VerificationError("root_not_pinned")
        return root

    return _read_payload(verify(token, typ=TYP, key_of=root_key, cap=CAP))


def _read_payload(payload: bytes) -> KeySet:
    members = read_json(payload)
    issuer, listed, next_root = members.get("iss"), members.get("keys"), members.get("next_root", "")
    ver, iat, exp = (_whole(members, name) for name in ("ver", "iat", "exp"))
    if not isinstance(issuer, str) or not issuer:
        raise VerificationError("key_set_malformed", "iss")
    if not isinstance(next_root, str) or (next_root and len(b64url_decode(next_root)) != 32):
        raise VerificationError("key_set_malformed", "next_root")
    if ver < 1 or exp <= iat:
        raise VerificationError("key_set_malformed", "ver, iat or exp")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_KEYS:
        raise VerificationError("key_set_malformed", "keys")
    keys = tuple(_read_entry(item) for item in listed)
    by_kid = {entry.kid: entry for entry in keys}
    if len(by_kid) != len(keys):
        raise VerificationError("key_duplicate")
    return KeySet(issuer, ver, iat, exp, keys, next_root, by_kid)


def _whole(members: Mapping[str, object], name: str) -> int:
    """The whole number from 0 to LATEST of this name."""
    value = members.get(name)
    if type(value) is not int or not 0 <= value <= LATEST:
        raise VerificationError("key_set_malformed", name)
    return value


def _write_entry(entry: KeyEntry) -> dict[str, object]:
    members = entry.public_jwk() | {"role": entry.role, "state": entry.state, "nbf": entry.nbf, "exp": entry.exp}
    if entry.revoked_at is not None:
        # The shape of OpenID Federation 1.0, section 8.7.2: historical keys.
        revoked: dict[str, object] = {"revoked_at": entry.revoked_at, "reason": entry.revoked_reason}
        members["revoked"] = revoked | ({"salvage": entry.salvage} if entry.salvage else {})
    return members


def _read_entry(item: object) -> KeyEntry:
    if not isinstance(item, dict):
        raise VerificationError("key_set_malformed", "keys")
    role, state = item.get("role"), item.get("state")
    if not isinstance(role, str) or not isinstance(state, str):
        raise VerificationError("key_set_malformed", "role or state")
    if item.get("alg") != ALG:
        raise VerificationError("key_alg")
    if item.get("use") != "sig":
        raise VerificationError("key_use")
    if "kid" not in item:
        raise VerificationError("key_kid")
    revoked_at, reason, salvage = _read_revocation(item)
    return key_entry(
        item,
        role=role,
        state=state,
        nbf=_whole(item, "nbf"),
        exp=_whole(item, "exp"),
        revoked_at=revoked_at,
        revoked_reason=reason,
        salvage=salvage,
    )


def _read_revocation(item: Mapping[str, object]) -> tuple[int | None, str, str]:
    """When and why the key was revoked, and the digest of its salvage list."""
    if "revoked" not in item:
        return None, "", ""
    revoked = item["revoked"]
    if not isinstance(revoked, dict):
        raise VerificationError("key_set_malformed", "revoked")
    reason, salvage = revoked.get("reason", ""), revoked.get("salvage", "")
    if not isinstance(reason, str) or not isinstance(salvage, str) or ("salvage" in revoked and not salvage):
        raise VerificationError("key_set_malformed", "revoked")
    return _whole(revoked, "revoked_at"), reason, salvage
