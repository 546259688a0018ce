"""A small certificate authority for tests: mutual TLS with callers named by SPIFFE ids."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

TRUST_DOMAIN = "certsvc.example"


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """The paths of `<name>.crt` and `<name>.key`, just written."""
        paths = folder / f"{name}.crt", folder / f"{name}.key"
        for path, content in zip(paths, (self.certificate, self.key), strict=True):
            path.write_bytes(content)
        paths[1].chmod(0o600)
        return paths


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs servers and clients."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The authority's certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue_client(self, role: str, name: str, *, trust_domain: str = TRUST_DOMAIN) -> Issued:
        """A client that is `<role>/<name>`."""
        return self.issue_uris(f"spiffe://{trust_domain}/{role}/{name}")

    def issue_uris(self, *uris: str) -> Issued:
        """A client with any URI names, or none."""
        return self._issue([x509.UniformResourceIdentifier(uri) for uri in uris])

    def issue_server(self, host: str = "localhost") -> Issued:
        """A server that is `host` and 127.0.0.1."""
        return self._issue([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])

    def credentials(self, client: Issued) -> grpc.ChannelCredentials:
        """What a client's channel needs."""
        return grpc.ssl_channel_credentials(self.pem, client.key, client.certificate)

    def _issue(self, names: list[x509.GeneralName]) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder("test", self.certificate.subject, key.public_key())
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Issued(builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM), pem)


def issue_agency(data: Path, name: str) -> str:
    """Writes a client certificate of this agency, by the authority that `certsvc init` made; the stem of its files."""
    tls, stem = data / "tls", f"agency-{name}"
    key = load_pem_private_key((tls / "ca.key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    authority = Authority(x509.load_pem_x509_certificate((tls / "ca.pem").read_bytes()), key)
    issued = authority.issue_client("agency", name, trust_domain="certsvc.localhost")
    (tls / f"{stem}.pem").write_bytes(issued.certificate)
    (tls / f"{stem}.key.pem").write_bytes(issued.key)
    return stem


def make_authority() -> Authority:
    """A fresh authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("test authority", None, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return Authority(builder.sign(key, SHA256()), key)


def _builder(name: str, issuer: x509.Name | None, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
