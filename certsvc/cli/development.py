"""Keys and certificates for trying out: made together, marked, and good for nothing else.

The marks are those that `certsvc.config.development` looks for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certsvc.config.development import AUTHORITY_NAME, KEY_COMMENT, KEY_SET_CLAIM
from certsvc.core import jose
from certsvc.core.keys import ACTIVE, CERTIFICATE, STATUS, TYP, encode_key_set, key_entry
from certsvc.signing.file import FileSigner

KEY_SET_LIFETIME = timedelta(days=180)
TLS_LIFETIME = timedelta(days=397)
CA_LIFETIME = timedelta(days=3650)
_EARLIER = timedelta(hours=1)
"""How far certificates reach back, for clients whose clock is late."""
_UNUSED = (
    "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """What is to be written, path -> bytes, and the thumbprint that verifiers pin."""

    by_path: dict[str, bytes]
    root_thumbprint: str


def signing_files(issuer: str, now: datetime) -> Files:
    """A root, a certificate key, a status key, and the key set in which the root names the two."""
    root, certificate, status = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    iat, exp = int(now.timestamp()), int((now + KEY_SET_LIFETIME).timestamp())
    entries = [
        key_entry(jose.public_jwk(key.public_key()), role=role, state=ACTIVE, nbf=iat, exp=exp)
        for key, role in ((certificate, CERTIFICATE), (status, STATUS))
    ]
    payload = jose.read_json(encode_key_set(issuer=issuer, ver=1, iat=iat, exp=exp, keys=entries))
    signer = FileSigner(root)
    token = jose.sign(signer, TYP, jose.write_json(payload | {KEY_SET_CLAIM: True}))
    return Files(
        {
            "keys/root.pem": _pem(root),
            "keys/certificate.pem": _pem(certificate),
            "keys/status.pem": _pem(status),
            "keys.jwt": token.encode(),
            "root.jwk": jose.write_json(signer.public_jwk()),
        },
        signer.kid,
    )


class Authority:
    """A certificate authority for one folder. Its key is kept, so that more clients can be added by hand."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY_NAME)])
        self._certificate = (
            self._builder(self._name, self._key.public_key(), CA_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def files(self) -> dict[str, bytes]:
        """The authority's own certificate and key."""
        return {"tls/ca.pem": self._certificate.public_bytes(Encoding.PEM), "tls/ca.key.pem": _pem(self._key)}

    def server(self, hosts: Sequence[str]) -> dict[str, bytes]:
        """A certificate for a server under these host names and addresses."""
        return self._issue("server", [_host(host) for host in hosts], ExtendedKeyUsageOID.SERVER_AUTH)

    def client(self, stem: str, uri: str) -> dict[str, bytes]:
        """A certificate for a client with this SPIFFE id: the one URI in it (X.509-SVID, section 2)."""
        return self._issue(stem, [x509.UniformResourceIdentifier(uri)], ExtendedKeyUsageOID.CLIENT_AUTH)

    def _issue(self, stem: str, names: Sequence[x509.GeneralName], use: x509.ObjectIdentifier) -> dict[str, bytes]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"certsvc development {stem}")])
        certificate = (
            self._builder(subject, key.public_key(), TLS_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return {
            f"tls/{stem}.pem": certificate.public_bytes(Encoding.PEM),
            f"tls/{stem}.key.pem": _pem(key),
        }

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, lifetime: timedelta
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _EARLIER)
            .not_valid_after(self._now + lifetime)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return KEY_COMMENT + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        **dict.fromkeys(_UNUSED, False),
    )
