"""Notices: signed acts that change how long certificates hold after their issue, such as a decree.

Invariants
- An issuer numbers its notices 1, 2, 3, ... without a gap; every status list says how many there are, so that a
  courier who takes one out of a bundle is found out.
- A notice is signed by a certificate key: who may grant validity may change it.
- It describes certificates by kind, rule set and expiry, and only such as were issued before it.
- Notices are applied in order of their numbers, each from its own day on; a cancelled one never counts.
- None extends a certificate by more than MAX_EXTENSION beyond the end that was signed into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.certificate import KINDS
from certsvc.core.errors import VerificationError
from certsvc.core.jose import LATEST, read_json, verify_with_kid, write_json
from certsvc.core.keys import SKEW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from certsvc.core.certificate import Claims
    from certsvc.core.keys import KeySet

TYP = "mse-notice+jwt"
CAP = 16 * 1024
MAX_SEQ = 1024
"""Notices of one issuer, ever; a country has a few a year."""
MAX_EXTENSION = 400 * 86_400
"""Seconds."""
MAX_DECREE = 200
"""Characters of the name of the legal act."""
MAX_POLICIES = 64

EXTEND = "EXTEND"
SHORTEN = "SHORTEN"
CANCEL = "CANCEL"
ACTS = frozenset({EXTEND, SHORTEN, CANCEL})


class Notice(NamedTuple):
    """One act. Times are Unix seconds; `kid` is the key that signed, empty before.

    EXTEND and SHORTEN move the end of the described certificates to `until`, from `in_force_at` on. Described are those
    that expire by their own dates in [expires_from, expires_until), are of one of `kinds` and of one of `policies`
    (rule sets, the part before `#`), each empty for all, and were issued before `issued_at`. CANCEL undoes the notice
    numbered `cancels`; its other terms are empty or 0.
    """

    issuer: str
    seq: int
    issued_at: int
    in_force_at: int
    act: str
    decree: str
    until: int = 0
    expires_from: int = 0
    expires_until: int = 0
    kinds: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    cancels: int = 0
    kid: str = ""

    def describes(self, claims: Claims) -> bool:
        """Whether this act is about that certificate."""
        return (
            self.expires_from <= claims.expires_at < self.expires_until
            and claims.issued_at < self.issued_at
            and (not self.kinds or claims.kind in self.kinds)
            and (not self.policies or claims.policy.partition("#")[0] in self.policies)
        )


class Period(NamedTuple):
    """When a certificate ends once notices are heeded, in Unix seconds, and the one that last moved its end."""

    ends_at: int
    by: Notice | None = None


def period_of(claims: Claims, notices: Sequence[Notice], at: int) -> Period:
    """The end of this certificate by the notices in force at `at`, given in order of their numbers."""
    if not notices:
        return Period(claims.expires_at)
    cancelled = {notice.cancels for notice in notices if notice.act == CANCEL and notice.in_force_at <= at}
    period = Period(claims.expires_at)
    latest = claims.expires_at + MAX_EXTENSION
    for notice in notices:
        if notice.act == CANCEL or notice.seq in cancelled or notice.in_force_at > at or not notice.describes(claims):
            continue
        moved = min(notice.until, latest)
        if (moved > period.ends_at) if notice.act == EXTEND else (moved < period.ends_at):
            period = Period(moved, notice)
    return period


def encode_notice(notice: Notice) -> bytes:
    """The payload of a notice, for a certificate key to sign with `typ` TYP. Raises ValueError for a bad one."""
    members: dict[str, object] = {
        "iss": notice.issuer,
        "seq": notice.seq,
        "iat": notice.issued_at,
        "nbf": notice.in_force_at,
        "act": notice.act,
        "decree": notice.decree,
    }
    if notice.act == CANCEL:
        members["cancels"] = notice.cancels
    else:
        members["until"] = notice.until
        members["expires"] = [notice.expires_from, notice.expires_until]
        if notice.kinds:
            members["kinds"] = list(notice.kinds)
        if notice.policies:
            members["policies"] = list(notice.policies)
    try:
        if _read_members(members, notice.kid) != notice:
            raise ValueError("the notice has terms that its act does not need")
    except VerificationError as error:
        raise ValueError(str(error)) from error
    return write_json(members)


def prove_notice(token: str, key_set: KeySet) -> Notice:
    """The notice that a certificate key of this set has signed, whatever the time."""
    kid, payload = verify_with_kid(token, typ=TYP, key_of=key_set.certificate_key, cap=CAP)
    notice = _read_members(read_json(payload), kid)
    if notice.issuer != key_set.issuer:
        raise VerificationError("wrong_issuer")
    key_set.check_in_force(kid, notice.issued_at)
    return notice


def prove_notices(tokens: Iterable[str], key_set: KeySet, at: int) -> tuple[Notice, ...]:
    """The notices 1, 2, 3, ... in this order, none from the future, each cancelling only what came before it."""
    notices = []
    for seq, token in enumerate(tokens, 1):
        notice = prove_notice(token, key_set)
        if notice.seq != seq:
            raise VerificationError("notice_order")
        if notice.issued_at > at + SKEW:
            raise VerificationError("notice_from_the_future")
        notices.append(notice)
    return tuple(notices)


def _read_members(members: Mapping[str, object], kid: str) -> Notice:
    issuer, act, decree = (_text(members, name) for name in ("iss", "act", "decree"))
    seq, issued_at, in_force_at = (_whole(members, name) for name in ("seq", "iat", "nbf"))
    if act not in ACTS or seq > MAX_SEQ or len(decree) > MAX_DECREE:
        raise VerificationError("notice_malformed", "act, seq or decree")
    notice = Notice(issuer, seq, issued_at, in_force_at, act, decree, kid=kid)
    if act == CANCEL:
        cancels = _whole(members, "cancels")
        if cancels >= seq:
            raise VerificationError("notice_malformed", "cancels")
        return notice._replace(cancels=cancels)
    window = members.get("expires")
    if not isinstance(window, list) or len(window) != 2:
        raise VerificationError("notice_malformed", "expires")
    start, end = (_whole({"expires": moment}, "expires") for moment in window)
    if start >= end:
        raise VerificationError("notice_malformed", "expires")
    kinds, policies = _texts(members, "kinds", len(KINDS)), _texts(members, "policies", MAX_POLICIES)
    if not KINDS.issuperset(kinds):
        raise VerificationError("notice_malformed", "kinds")
    return notice._replace(
        until=_whole(members, "until"), expires_from=start, expires_until=end, kinds=kinds, policies=policies
    )


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise VerificationError("notice_malformed", name)
    return value


def _texts(members: Mapping[str, object], name: str, most: int) -> tuple[str, ...]:
    """The texts of an array that is there or not; never empty, none twice."""
    value = members.get(name)
    if name not in members:
        return ()
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise VerificationError("notice_malformed", name)
    if not all(isinstance(text, str) and text for text in value) or len(set(value)) != len(value):
        raise VerificationError("notice_malformed", name)
    return tuple(value)


def _whole(members: Mapping[str, object], name: str) -> int:
    """The whole number from 1 to LATEST of this name."""
    value = members.get(name)
    if type(value) is not int or not 1 <= value <= LATEST:
        raise VerificationError("notice_malformed", name)
    return value
