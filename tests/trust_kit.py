"""Real keys, key sets, lists and bundles for tests: everything that an issuer publishes, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from certsvc.core import certificate, jose, keys, listdelta, notice, salvage, statuslist
from certsvc.core.bundle import encode_bundle
from certsvc.core.certificate import Claims, encode_claims
from certsvc.core.keylife import KeyRole
from certsvc.core.keys import KeyEntry, KeySet, encode_key_set, key_entry, read_key_set
from certsvc.core.statuslist import encode_status_list
from certsvc.service.trust_records import Trust
from certsvc.verifier import TrustStore

NOW = 1_793_880_000
"""2026-11-05T12:00:00Z, the moment at which the kit is current."""
DAY = 86_400
ISSUER = "https://certificates.example"
LIST_URI = f"{ISSUER}/status/1"

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class MemorySigner:
    """A P-256 key in memory with the shape of `certsvc.core.jose.Signer`."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.jwk: dict[str, str] = jose.public_jwk(self.key.public_key())
        self._kid = jose.thumbprint(self.jwk)

    @property
    def kid(self) -> str:
        return self._kid

    def public_jwk(self) -> dict[str, str]:
        return dict(self.jwk)

    def sign(self, data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def entry(self, role: str, **changes: Any) -> KeyEntry:
        """The key set's entry of this key: active, in force for a year around NOW."""
        terms: dict[str, Any] = {"state": keys.ACTIVE, "nbf": NOW - 200 * DAY, "exp": NOW + 200 * DAY}
        return key_entry(self.jwk, role=role, **(terms | changes))


def sample_claims(**changes: Any) -> Claims:
    """The claims of a certificate issued the day before NOW, for 90 days, at index 7 of the first list."""
    claims = Claims(
        issuer=ISSUER,
        subject="cr.cedula_juridica:3101123456",
        serial="7KQH-2M4P-9XWT-3C5D",
        issued_at=NOW - DAY,
        expires_at=NOW + 89 * DAY,
        kind="FULL",
        name="Compañía Panificadora Ñandú del Este, S. A.",
        size="MICRO",
        sector="manufacturing",
        clear=(("tax", "2026-10-31"), ("social_security", "2026-10-31")),
        policy="cr/2026-01-01#sha256-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        status_uri=LIST_URI,
        status_index=7,
    )
    return claims._replace(**changes)


def forge(signer: jose.Signer, payload: bytes, header: Mapping[str, object] | bytes) -> str:
    """A token with any header and payload at all, its signature genuine."""
    text = header if isinstance(header, bytes) else jose.write_json(dict(header))
    signing_input = f"{jose.b64url_encode(text)}.{jose.b64url_encode(payload)}"
    return f"{signing_input}.{jose.b64url_encode(signer.sign(signing_input.encode()))}"


def twin(token: str) -> str:
    """The same token with the other valid signature (r, n - s): ECDSA signatures are malleable."""
    signing_input, _, text = token.rpartition(".")
    raw = jose.b64url_decode(text)
    s = _ORDER - int.from_bytes(raw[32:], "big")
    return f"{signing_input}.{jose.b64url_encode(raw[:32] + s.to_bytes(32, 'big'))}"


def unused_bits(text: str) -> str:
    """Another text that lax decoders read as the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


class Waited:
    """A signer in memory with the shape of `certsvc.service.trust_ports.Signer`."""

    def __init__(self, signer: MemorySigner) -> None:
        self._signer = signer

    @property
    def kid(self) -> str:
        return self._signer.kid

    def public_jwk(self) -> dict[str, str]:
        return self._signer.public_jwk()

    async def sign(self, data: bytes) -> bytes:
        return self._signer.sign(data)


@dataclass
class KitKeys:
    """Fits `certsvc.service.trust_ports.Keys`; tests may change either."""

    trust: Trust
    signers: dict[KeyRole, Waited]

    def signer(self, role: KeyRole, now: datetime) -> Waited:
        return self.signers[role]


@dataclass
class TrustKit:
    """One issuer: roots, a certificate key, a status key, and what they sign."""

    root: MemorySigner = field(default_factory=MemorySigner)
    next_root: MemorySigner = field(default_factory=MemorySigner)
    certificates: MemorySigner = field(default_factory=MemorySigner)
    statuses: MemorySigner = field(default_factory=MemorySigner)

    @property
    def pin(self) -> str:
        return self.root.kid

    def entries(self) -> tuple[KeyEntry, ...]:
        return (self.certificates.entry(keys.CERTIFICATE), self.statuses.entry(keys.STATUS))

    def key_set_token(self, *, root: MemorySigner | None = None, **changes: Any) -> str:
        terms: dict[str, Any] = {
            "issuer": ISSUER,
            "ver": 3,
            "iat": NOW - 10 * DAY,
            "exp": NOW + 90 * DAY,
            "keys": self.entries(),
            "next_root": self.next_root.kid,
        }
        return jose.sign(root or self.root, keys.TYP, encode_key_set(**(terms | changes)))

    def key_set(self, **changes: Any) -> KeySet:
        return read_key_set(self.key_set_token(**changes), self.root.jwk, self.pin, NOW)

    def keys(self, *, certificates: MemorySigner | None = None, **changes: Any) -> KitKeys:
        """What the service asks for keys: this issuer's, or another certificate key in their place."""
        trust = Trust(self.root.jwk, self.key_set_token(**changes), self.key_set(**changes))
        signers = {KeyRole.CERTIFICATE: certificates or self.certificates, KeyRole.STATUS: self.statuses}
        return KitKeys(trust, {role: Waited(signer) for role, signer in signers.items()})

    def certificate(self, *, signer: MemorySigner | None = None, **changes: Any) -> str:
        payload = encode_claims(sample_claims(**changes))
        return jose.sign(signer or self.certificates, certificate.TYP, payload)

    def status_list(
        self, entries: Mapping[int, int] | None = None, *, signer: MemorySigner | None = None, **changes: Any
    ) -> str:
        terms: dict[str, Any] = {
            "uri": LIST_URI,
            "version": 5,
            "issued_at": NOW - 3600,
            "expires_at": NOW - 3600 + 7 * DAY,
            "ttl": 43_200,
        }
        payload = encode_status_list(entries or {}, **(terms | changes))
        return jose.sign(signer or self.statuses, statuslist.TYP, payload)

    def delta(self, changes: Mapping[int, int], base: str, *, signer: MemorySigner | None = None, **terms: Any) -> str:
        """A delta against this list, an hour younger and one version on unless `terms` say otherwise."""
        of = statuslist.prove_status_list(base, self.key_set())
        times = {"version": of.version + 1, "issued_at": NOW, "expires_at": NOW + 7 * DAY, "ttl": of.ttl}
        payload = listdelta.encode_delta(changes, uri=of.uri, base=of.version, base_packed=of.packed, **(times | terms))
        return jose.sign(signer or self.statuses, listdelta.TYP, payload)

    def notice(self, seq: int = 1, *, signer: MemorySigner | None = None, **changes: Any) -> str:
        """An act that extends whatever expires within a year to a year from NOW, unless `changes` say otherwise."""
        terms: dict[str, Any] = {
            "issued_at": NOW - 600,
            "in_force_at": NOW - 600,
            "act": notice.EXTEND,
            "decree": "Decreto Ejecutivo 45123-H",
        }
        if changes.get("act") != notice.CANCEL:
            terms |= {"until": NOW + 365 * DAY, "expires_from": NOW - 30 * DAY, "expires_until": NOW + 335 * DAY}
        made = notice.Notice(issuer=ISSUER, seq=seq, **(terms | changes))
        return jose.sign(signer or self.certificates, notice.TYP, notice.encode_notice(made))

    def salvage(self, tokens: Iterable[str], *, signer: MemorySigner | None = None, **changes: Any) -> str:
        """The salvage list of the certificate key; the key set counts it once its digest stands beside that key."""
        terms: dict[str, Any] = {"issuer": ISSUER, "key": self.certificates.kid, "issued_at": NOW - 300}
        payload = salvage.encode_salvage(hashes=map(salvage.hash_of, tokens), **(terms | changes))
        return jose.sign(signer or self.statuses, salvage.TYP, payload)

    def bundle(
        self,
        *,
        keys_token: str | None = None,
        lists: Sequence[str] | None = None,
        root: MemorySigner | None = None,
        notices: Sequence[str] = (),
        salvage: Sequence[str] = (),
    ) -> bytes:
        return encode_bundle(
            (root or self.root).jwk,
            keys_token or self.key_set_token(root=root),
            [self.status_list()] if lists is None else lists,
            notices,
            salvage,
        )

    def trust(self, entries: Mapping[int, int] | None = None) -> TrustStore:
        """A trust store that has accepted the key set and one list with these entries."""
        store = TrustStore(self.pin)
        store.accept(self.bundle(lists=[self.status_list(entries)]), NOW)
        return store
