"""Rules: ES256 signatures of 64 bytes that every library accepts; no key but P-256, unencrypted, in a private file."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from certsvc.core import jose
from certsvc.core.errors import ConfigError, SigningFailed
from certsvc.core.jose import Signer
from certsvc.signing.file import FileSigner
from tests.jose_oracles import assert_oracles_agree


def write(path: Path, key: PrivateKeyTypes, encryption: KeySerializationEncryption | None = None) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()))
    path.chmod(0o600)
    return path


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_a_signature_is_r_and_s_of_32_bytes_each(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    signer: Signer = FileSigner.load(write(tmp_path / "k.pem", key))
    for number in range(300):  # about one in 128 has a short r or s, which must be padded
        data = b"%d" % number
        signature = signer.sign(data)
        assert len(signature) == 64
        r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
        key.public_key().verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


def test_other_jose_libraries_agree(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    signer = FileSigner.load(write(tmp_path / "k.pem", key))
    assert_oracles_agree(jose.sign(signer, "test+jwt", b'{"a":1}'), signer.public_jwk())


def test_the_kid_is_the_thumbprint_and_the_jwk_holds_nothing_private(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey
) -> None:
    signer = FileSigner.load(write(tmp_path / "k.pem", key))
    assert set(signer.public_jwk()) == {"kty", "crv", "x", "y"}
    assert signer.kid == jose.thumbprint(signer.public_jwk())


@pytest.mark.parametrize(
    "other",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-384", "secp256k1", "Ed25519", "RSA"],
)
def test_a_key_of_another_kind_is_refused(tmp_path: Path, other: PrivateKeyTypes) -> None:
    with pytest.raises(ConfigError, match="P-256"):
        FileSigner.load(write(tmp_path / "k.pem", other))


def test_a_file_that_others_can_read_is_refused(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path = write(tmp_path / "k.pem", key)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod o="):
        FileSigner.load(path)


def test_a_group_may_read_it(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path = write(tmp_path / "k.pem", key)
    path.chmod(0o640)
    assert FileSigner.load(path).kid


def test_an_encrypted_a_missing_and_a_foreign_file_are_configuration_faults(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey
) -> None:
    encrypted = write(tmp_path / "e.pem", key, BestAvailableEncryption(b"secret"))
    foreign = tmp_path / "f.pem"
    foreign.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    foreign.chmod(0o600)
    for path in (encrypted, foreign, tmp_path / "missing.pem"):
        with pytest.raises(ConfigError, match=path.name):
            FileSigner.load(path)


class BrokenKey:
    """A stand-in for a backend that fails while signing."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._key.public_key()

    def sign(self, data: bytes, algorithm: object) -> bytes:
        raise OSError("the device is gone")


def test_a_backend_that_fails_becomes_signing_failed(key: ec.EllipticCurvePrivateKey) -> None:
    signer = FileSigner(BrokenKey(key))  # type: ignore[arg-type]  # a stand-in with the two calls that are used
    with pytest.raises(SigningFailed):
        signer.sign(b"data")
