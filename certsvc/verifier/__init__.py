"""The offline verifier: was this certificate issued, and does it hold now?

Needs `cryptography` and nothing else; opens no connection, reads no clock.

    from certsvc.verifier import VALID, TrustStore, verify

    trust = TrustStore("VjlgjRJyxQiF5T8s6tF2PjJ6Y3bYXhZkqJ2m1c0bW3o")  # the root thumbprint from your agreement
    trust.accept(bundle_bytes, at=now)  # weekly; raises VerificationError and changes nothing if any part is bad
    verdict = verify(token, trust, at=now)
    if verdict.status == VALID:
        print(verdict.claims.name, verdict.evidence, verdict.status_as_of)
"""

from certsvc.core.certificate import Claims
from certsvc.core.errors import StaleTrust, VerificationError
from certsvc.verifier.checks import verify
from certsvc.verifier.trust import TrustStore
from certsvc.verifier.verdict import EXPIRED, INVALID, REVOKED, SUSPENDED, UNKNOWN, VALID, Verdict

__all__ = [
    "EXPIRED",
    "INVALID",
    "REVOKED",
    "SUSPENDED",
    "UNKNOWN",
    "VALID",
    "Claims",
    "StaleTrust",
    "TrustStore",
    "Verdict",
    "VerificationError",
    "verify",
]
