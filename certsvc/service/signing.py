"""Signing in the service: the same tokens as `certsvc.core.jose.sign`, by signers that may take their time."""

from __future__ import annotations

from certsvc.core import jose
from certsvc.service.trust_ports import Signer


async def signed(signer: Signer, typ: str, payload: bytes) -> str:
    """The compact JWS over exactly these bytes. Raises SigningFailed.

    Not verified yet: whoever lets a token out reads it back with the verifier first, so that a faulty signer shows
    while nothing is recorded and nothing has left.
    """
    unsigned = jose.signing_input(typ, signer.kid, payload)
    return jose.joined(unsigned, await signer.sign(unsigned))
