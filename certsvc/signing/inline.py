"""A signer that answers at once, for those who wait for one."""

from __future__ import annotations

from certsvc.signing.file import FileSigner


class Inline:
    """Fits `service.trust_ports.Signer`: a signature in memory takes less time than handing it to a thread."""

    def __init__(self, signer: FileSigner) -> None:
        self._signer = signer

    @property
    def kid(self) -> str:
        """The RFC 7638 thumbprint of the public key."""
        return self._signer.kid

    def public_jwk(self) -> dict[str, str]:
        """The public key as a JWK."""
        return self._signer.public_jwk()

    async def sign(self, data: bytes) -> bytes:
        """64 bytes r || s. Raises SigningFailed."""
        return self._signer.sign(data)
