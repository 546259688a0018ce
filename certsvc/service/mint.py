"""Make one certificate from a grant: claims, exact bytes, signature, our own verification (step 8 of `issue`).

Invariants
- The place in the status list is durable before the claims name it, and is never given twice; if we stop
  before the certificate is recorded, the place is burned and nobody holds the certificate.
- The list that a certificate names is published before the certificate leaves, so no verifier meets an unknown list.
- What is handed on has passed the verifier that we ship.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from certsvc.core.certificate import TYP, Claims, encode_claims, read_certificate
from certsvc.core.errors import SigningFailed, VerificationError
from certsvc.core.facts import best_fact
from certsvc.core.keylife import KeyRole
from certsvc.core.model import Decision, Enterprise, Evidence, FactName
from certsvc.service import signing
from certsvc.service.ports import Entropy, Store
from certsvc.service.records import CertificateRecord
from certsvc.service.trust_ports import Keys, Signer


class Mint:
    """Turns a granted decision into a signed, verified certificate that is not yet recorded."""

    def __init__(
        self,
        *,
        issuer: str,
        keys: Keys,
        store: Store,
        entropy: Entropy,
        ensure_list: Callable[[int], Awaitable[None]],
        list_uri: Callable[[int], str],
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._store = store
        self._entropy = entropy
        self._ensure_list = ensure_list
        self._list_uri = list_uri

    async def __call__(
        self, enterprise: Enterprise, evidence: Evidence, decision: Decision, now: datetime
    ) -> CertificateRecord:
        """The certificate for a GRANTED decision. Raises SigningFailed, StoreUnavailable, PublicationFailed."""
        assert decision.kind is not None
        assert decision.valid_for is not None
        # Before a place is leased: without a signer nothing is begun.
        signer = self._keys.signer(KeyRole.CERTIFICATE, now)
        issued_at = now.replace(microsecond=0)
        expires_at = issued_at + decision.valid_for
        place = await self._store.lease_place(expires_at)
        await self._ensure_list(place.list_number)
        claims = Claims(
            issuer=self._issuer,
            subject=str(enterprise.identifier),
            serial=self._entropy.serial(),
            issued_at=int(issued_at.timestamp()),
            expires_at=int(expires_at.timestamp()),
            kind=decision.kind.value,
            # Where neither an agency nor the caller states a name, the number is what is known.
            name=_text(evidence, FactName.NAME) or enterprise.name or str(enterprise.identifier),
            size=decision.size.value if decision.size else "",
            sector=_text(evidence, FactName.SECTOR),
            clear=tuple((scheme, on.isoformat()) for scheme, on in decision.clear),
            policy=decision.rule_set,
            status_uri=self._list_uri(place.list_number),
            status_index=place.index,
            unchecked=decision.unchecked,
            effects=tuple((effect, on.isoformat()) for effect, on in decision.effects),
        )
        return CertificateRecord(
            serial=claims.serial,
            token=await self._sign(signer, claims),
            kid=signer.kid,
            kind=decision.kind,
            identifier=enterprise.identifier,
            name=claims.name,
            size=decision.size,
            issued_at=issued_at,
            expires_at=expires_at,
            place=place,
        )

    async def _sign(self, signer: Signer, claims: Claims) -> str:
        token = await signing.signed(signer, TYP, encode_claims(claims))
        # A faulty signer or encoder must show here, while nothing is recorded and nothing has left.
        try:
            key_set = self._keys.trust.key_set
            key_set.check_fresh(claims.issued_at)
            read_back = read_certificate(token, key_set, claims.issued_at)
        except VerificationError as error:
            raise SigningFailed(f"our verifier rejects the fresh certificate: {error.reason}") from error
        if read_back != claims:
            raise SigningFailed("the fresh certificate reads back differently")
        return token


def _text(evidence: Evidence, name: FactName) -> str:
    """The fact's text as the decision weighed it; empty if nobody stated it."""
    fact = best_fact(evidence.facts, name)
    return "" if fact is None else str(fact.value)
