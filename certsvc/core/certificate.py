"""Certificates: what a token states, and the checks on it that need no status list.

Invariants
- Every name that a certificate carries on the wire is written in this module and nowhere else.
- `clear` lists only schemes that were clear, each with the day up to which it was; amounts never appear.
- `unchecked` is there exactly if the kind is PROVISIONAL, and `effects` only if there are any; neither is ever empty.
- No scheme is both clear and unchecked, and no effect begins after the certificate has ended.
- Nothing is hidden: `_sd`, `_sd_alg` and `...` are refused anywhere (RFC 9901).
- An unknown `vct` is refused; an unknown claim inside a known one is ignored.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from time import gmtime, strftime
from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import VerificationError
from certsvc.core.jose import LATEST, read_json, verify_with_kid, write_json
from certsvc.core.keys import SKEW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from certsvc.core.keys import KeySet
    from certsvc.core.salvage import Salvage

TYP = "dc+sd-jwt"
VCT = "urn:certsvc:mse-certificate:1"
CAP = 16 * 1024
MAX_LIFETIME = 400 * 86_400
"""Seconds; no rule set may grant more."""
KINDS = frozenset({"FULL", "UNDER_ARRANGEMENT", "PROVISIONAL"})
MAX_CLEAR = 64
"""Members of `clear`, `effects` and `unchecked`, each; and of `unchecked` the agencies of all schemes together."""
MAX_NAME = 64
"""Characters of the name of a scheme, an agency or an effect in `unchecked` and `effects`."""

_A_DAY = 86_400
_TEXT = {str}
_NO_SALVAGE: Mapping[str, Salvage] = {}
_ABSENT: tuple[()] = ()
"""Stands for a claim that is not there; no JSON gives a tuple."""
_HIDING = frozenset({"_sd", "_sd_alg", "..."})
_required = itemgetter("iss", "sub", "jti", "vct", "kind", "name", "policy", "iat", "exp", "status", "clear")


class Claims(NamedTuple):
    """What a certificate states. `subject` is `kind:value`; times are Unix seconds; `size` and `sector` may be empty.

    `clear` pairs a scheme with the day, as YYYY-MM-DD, up to which it was clear; `unchecked` a scheme with each agency
    that did not answer, those of one scheme together; `effects` what the certificate opens with the day on which the
    status counts for it.
    """

    issuer: str
    subject: str
    serial: str
    issued_at: int
    expires_at: int
    kind: str
    name: str
    size: str
    sector: str
    clear: tuple[tuple[str, str], ...]
    policy: str
    status_uri: str
    status_index: int
    unchecked: tuple[tuple[str, str], ...] = ()
    effects: tuple[tuple[str, str], ...] = ()


def encode_claims(claims: Claims) -> bytes:
    """The payload of a certificate, for a certificate key to sign with `typ` TYP."""
    members: dict[str, object] = {
        "iss": claims.issuer,
        "sub": claims.subject,
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "jti": claims.serial,
        "vct": VCT,
        "status": {"status_list": {"idx": claims.status_index, "uri": claims.status_uri}},
        "name": claims.name,
        "kind": claims.kind,
    }
    if claims.size:
        members["size"] = claims.size
    if claims.sector:
        members["sector"] = claims.sector
    members["clear"] = dict(claims.clear)
    members["policy"] = claims.policy
    if claims.unchecked:
        members["unchecked"] = agencies_by_scheme(claims.unchecked)
    if claims.effects:
        members["effects"] = dict(claims.effects)
    return write_json(members)


def agencies_by_scheme(unchecked: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """For each unchecked scheme the agencies that did not answer, in the order given."""
    agencies: dict[str, list[str]] = {}
    for scheme, agency in unchecked:
        agencies.setdefault(scheme, []).append(agency)
    return agencies


def read_certificate(token: str, key_set: KeySet, at: int) -> Claims:
    """The claims of a certificate that is genuine and in date at `at`; `expired` is a reason of its own."""
    claims = prove_certificate(token, key_set)
    check_dates(claims, at)
    return claims


def check_dates(claims: Claims, at: int) -> None:
    """Refuses a certificate from the future, and one that has expired at `at`."""
    if claims.issued_at > at + SKEW:
        raise VerificationError("issued_in_the_future")
    if claims.expires_at <= at:
        raise VerificationError("expired")


def prove_certificate(token: str, key_set: KeySet, salvage: Mapping[str, Salvage] = _NO_SALVAGE) -> Claims:
    """The claims that a certificate key of this set has signed, whatever the time. One final `~` is accepted.

    What a revoked key has signed fails, unless the salvage list of that key holds it.
    """
    if len(token) > CAP:
        raise VerificationError("too_large")
    if token[-1:] == "~":  # the form of an SD-JWT that discloses nothing (RFC 9901, section 4)
        token = token[:-1]
    key_of = _salvaging(token, key_set, salvage) if salvage else key_set.certificate_key
    kid, payload = verify_with_kid(token, typ=TYP, key_of=key_of, cap=CAP)
    members = read_json(payload)
    if b"\\" in payload or b'"_sd' in payload or b'"..."' in payload:
        _refuse_hiding(members)
    claims = _read_members(members)
    if claims.issuer != key_set.issuer:
        raise VerificationError("wrong_issuer")
    key_set.check_in_force(kid, claims.issued_at)
    return claims


def _salvaging(token: str, key_set: KeySet, salvage: Mapping[str, Salvage]) -> Callable[[str], EllipticCurvePublicKey]:
    """Finds the key of this token, a revoked one too if its salvage list holds the token."""

    def key_of(kid: str) -> EllipticCurvePublicKey:
        listed = salvage.get(kid)
        # Only what is listed is looked at with the revoked key, whose signature proves nothing by itself.
        if listed is None or token not in listed:
            return key_set.certificate_key(kid)
        return key_set.revoked_certificate_key(kid)

    return key_of


def _read_members(members: Mapping[str, object]) -> Claims:
    try:
        issuer, subject, serial, vct, kind, name, policy, issued_at, expires_at, status, clear = _required(members)
    except KeyError as missing:
        raise VerificationError(f"missing_{missing.args[0]}") from None
    if vct != VCT:
        raise VerificationError("unknown_vct")
    size, sector = members.get("size", ""), members.get("sector", "")
    texts = (issuer, subject, serial, kind, name, policy, size, sector)
    if set(map(type, texts)) != _TEXT or not all(texts[:6]):
        raise VerificationError("malformed_claim", "a text is none, or empty")
    if kind not in KINDS or ":" not in subject:
        raise VerificationError("malformed_claim", "kind or sub")
    if type(issued_at) is not int or type(expires_at) is not int or not 0 <= issued_at <= expires_at <= LATEST:
        raise VerificationError("malformed_claim", "iat or exp")
    if not 0 < expires_at - issued_at <= MAX_LIFETIME:
        raise VerificationError("lifetime")
    uri, index = _read_status(status)
    days = _read_clear(clear)
    unchecked, effects = members.get("unchecked", _ABSENT), members.get("effects", _ABSENT)
    if (unchecked is _ABSENT) is (kind == "PROVISIONAL"):
        raise VerificationError("malformed_claim", "unchecked")
    return Claims(
        issuer,
        subject,
        serial,
        issued_at,
        expires_at,
        kind,
        name,
        size,  # type: ignore[arg-type]  # its type was checked with the others
        sector,  # type: ignore[arg-type]  # the same
        days,
        policy,
        uri,
        index,
        _ABSENT if unchecked is _ABSENT else _read_unchecked(unchecked, dict(days)),
        _ABSENT if effects is _ABSENT else _read_effects(effects, expires_at),
    )


def _read_status(status: object) -> tuple[str, int]:
    """The place of a certificate: the URI of its list and its index (Token Status List, section 6.1)."""
    place = status.get("status_list") if type(status) is dict else None
    if type(place) is not dict:
        raise VerificationError("malformed_claim", "status")
    uri, index = place.get("uri"), place.get("idx")
    if type(uri) is not str or not uri or type(index) is not int or index < 0:
        raise VerificationError("malformed_claim", "status")
    return uri, index


def _read_clear(clear: object) -> tuple[tuple[str, str], ...]:
    """Scheme and day, in the order signed; at least one."""
    if type(clear) is not dict or not 1 <= len(clear) <= MAX_CLEAR:
        raise VerificationError("malformed_claim", "clear")
    for day in clear.values():
        if type(day) is not str or not _is_day(day):
            raise VerificationError("malformed_claim", "clear")
    return tuple(clear.items())


def _read_unchecked(value: object, clear: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Scheme and agency, in the order signed; at least one, none twice, and no scheme that is clear."""
    if type(value) is not dict or not value or not all(map(_is_name, value)) or not clear.keys().isdisjoint(value):
        raise VerificationError("malformed_claim", "unchecked")
    pairs: list[tuple[str, str]] = []
    for scheme, agencies in value.items():
        if type(agencies) is not list or not agencies or len(pairs) + len(agencies) > MAX_CLEAR:
            raise VerificationError("malformed_claim", "unchecked")
        if not all(map(_is_name, agencies)) or len(set(agencies)) < len(agencies):
            raise VerificationError("malformed_claim", "unchecked")
        pairs += [(scheme, agency) for agency in agencies]
    return tuple(pairs)


def _read_effects(value: object, expires_at: int) -> tuple[tuple[str, str], ...]:
    """The members of `effects`, each a name and its day, in the order signed; at least one."""
    if type(value) is not dict or not 1 <= len(value) <= MAX_CLEAR or not all(map(_is_name, value)):
        raise VerificationError("malformed_claim", "effects")
    # Days are those of a zone that may be ahead of UTC, by less than a day.
    last = strftime("%Y-%m-%d", gmtime(min(expires_at + _A_DAY, LATEST)))
    for day in value.values():
        if type(day) is not str or not _is_day(day) or day > last:
            raise VerificationError("malformed_claim", "effects")
    return tuple(value.items())


def _is_name(text: object) -> bool:
    """True for a name of the rules or the configuration: a small letter, then small letters, digits, underscores."""
    if type(text) is not str or len(text) > MAX_NAME or not text.isascii() or not text.isidentifier():
        return False
    return text == text.lower() and text[0] != "_"


@lru_cache(maxsize=1024)
def _is_day(text: str) -> bool:
    """True for a day that exists, written YYYY-MM-DD."""
    if len(text) != 10 or not text.isascii() or text[4] != "-" or text[7] != "-":
        return False
    if not (text[:4] + text[5:7] + text[8:]).isdigit():
        return False
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= last[month - 1]


def _refuse_hiding(members: Mapping[str, object]) -> None:
    """Refuses the members by which an SD-JWT hides claims, at any depth (RFC 9901, section 4.2.4)."""
    waiting: list[object] = [members]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if not _HIDING.isdisjoint(value):
                raise VerificationError("hidden_claims")
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
