"""The one verification. Every check has a number, which the code and the tests repeat.

 1  Clock: `at` is no earlier than the newest trust data ever accepted, less a minute.
 2  Key set: one is held, and it has not expired.
 3  Text: within 16 KiB; three parts in strict base64url, one final `~` allowed; a payload that is not empty.
 4  Header: strict JSON with `alg` ES256, `typ` dc+sd-jwt, `kid`, and no other member.
 5  Key: the set lists the kid, as a certificate key, published and not revoked.
 6  Signature: 64 bytes, r and s within range, correct.
 7  Claims: strict JSON; all there and well formed; known `vct`; the key set's issuer; lifetime; nothing hidden.
 8  Key period: the key was in force when the certificate was issued.
 9  Dates: not issued in the future; else EXPIRED once its end has passed.
10  Status list: the one that the certificate names is held, and has not expired.
11  Status: the index lies within the list, and its entry is valid.

Checks 1, 2 and 10 fail with UNKNOWN: the certificate may be good. 3 to 9 fail with INVALID, or EXPIRED, before
any status is looked at (Token Status List, section 8.3). Checks 3 to 6 live in `certsvc.core.jose` and
`certsvc.core.keys`, 7 and 8 in `certsvc.core.certificate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certsvc.core import statuslist
from certsvc.core.certificate import check_dates, prove_certificate
from certsvc.core.errors import VerificationError
from certsvc.core.keys import SKEW
from certsvc.verifier.verdict import EXPIRED, INVALID, REVOKED, SUSPENDED, UNKNOWN, VALID, Verdict, instant

if TYPE_CHECKING:
    from datetime import datetime

    from certsvc.core.certificate import Claims
    from certsvc.core.keys import KeySet
    from certsvc.verifier.trust import TrustStore
    from certsvc.verifier.truststate import TrustState

_VERDICTS = {
    statuslist.VALID: (VALID, ""),
    statuslist.REVOKED: (REVOKED, "revoked"),
    statuslist.SUSPENDED: (SUSPENDED, "suspended"),
}


def verify(token: str, trust: TrustStore, at: int | datetime) -> Verdict:
    """The verdict on this token at `at`, in Unix seconds or as an aware datetime. Any text gives a verdict."""
    moment = at if type(at) is int else instant(at)
    state = trust.state
    key_set = state.key_set
    if key_set is None:  # 2
        return Verdict(UNKNOWN, "no_trust_data")
    if moment < state.newest - SKEW:  # 1
        return Verdict(UNKNOWN, "clock_set_back", key_set_version=key_set.ver)
    if key_set.exp <= moment:  # 2
        return Verdict(UNKNOWN, "key_set_expired", key_set_version=key_set.ver)
    try:
        claims = prove_certificate(token, key_set)  # 3 to 8
        check_dates(claims, moment)  # 9
    except VerificationError as error:
        if error.reason == "expired":
            return Verdict(EXPIRED, "expired", claims, None, key_set.ver)
        return Verdict(INVALID, error.reason, key_set_version=key_set.ver)
    return _status(claims, key_set, state, moment)


def _status(claims: Claims, key_set: KeySet, state: TrustState, moment: int) -> Verdict:
    """The verdict on a certificate that is genuine and in date."""
    status_list = state.lists.get(claims.status_uri)
    if status_list is None:  # 10
        return Verdict(UNKNOWN, "status_list_missing", claims, None, key_set.ver)
    as_of = status_list.issued_at
    if status_list.expires_at <= moment:  # 10
        return Verdict(UNKNOWN, "status_list_expired", claims, as_of, key_set.ver)
    try:
        status, reason = _VERDICTS[status_list.value(claims.status_index)]  # 11
    except VerificationError as error:
        return Verdict(INVALID, error.reason, None, as_of, key_set.ver)
    except KeyError:  # a value that this version has no word for: not valid, whatever it means
        return Verdict(INVALID, "status_unknown", None, as_of, key_set.ver)
    return Verdict(status, reason, claims, as_of, key_set.ver)
