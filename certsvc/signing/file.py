"""Signs with a private key from a PEM file."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certsvc.core import jose
from certsvc.core.errors import ConfigError, SigningFailed

_ES256 = ec.ECDSA(hashes.SHA256())
_COORDINATE = 32
_MAX_BYTES = 65_536


class FileSigner:
    """One EC P-256 private key, parsed once. Fits `service.ports.Signer`; safe to share between threads."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._jwk = jose.public_jwk(key.public_key())
        self._kid = jose.thumbprint(self._jwk)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The signer of a PEM file (PKCS#8, no passphrase). Raises ConfigError."""
        try:
            # Fails for a key that everyone can read: it may have been copied already.
            if path.stat().st_mode & stat.S_IRWXO:
                raise ConfigError([f"{path}: can be read by others; run: chmod o= {path}"])
            with path.open("rb") as stream:
                key = load_pem_private_key(stream.read(_MAX_BYTES), password=None)
        except OSError as error:
            raise ConfigError([f"{path}: {error.strerror}"]) from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigError([f"{path}: is not an unencrypted private key in PEM (PKCS#8)"]) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ConfigError([f"{path}: is not an EC key on the curve P-256, which ES256 needs"])
        return cls(key)

    @property
    def kid(self) -> str:
        """The RFC 7638 thumbprint of the public key."""
        return self._kid

    def public_jwk(self) -> dict[str, str]:
        """The public key as a JWK with its required members alone (RFC 7518, section 6.2.1)."""
        return dict(self._jwk)

    def sign(self, data: bytes) -> bytes:
        """64 bytes r || s over `data` by ES256 (RFC 7518, section 3.4). Raises SigningFailed."""
        try:
            r, s = decode_dss_signature(self._key.sign(data, _ES256))
        except Exception as error:  # whatever the backend raises, the caller has no signature
            raise SigningFailed(f"key {self._kid} gave no signature") from error
        return r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)
