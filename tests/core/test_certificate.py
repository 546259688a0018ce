"""Certificates: claims read back, dates, and tolerance. Hostile tokens: tests/verifier/test_strict_tokens.py."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsvc.core import certificate, jose
from certsvc.core.certificate import Claims, encode_claims, read_certificate
from certsvc.core.errors import VerificationError
from certsvc.core.model import CertificateKind
from tests.jose_oracles import assert_oracles_agree
from tests.trust_kit import DAY, ISSUER, NOW, TrustKit, sample_claims

KIT = TrustKit()
KEY_SET = KIT.key_set()
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
dates = st.dates().map(lambda day: day.isoformat())
names = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
agencies = st.dictionaries(names, st.lists(names, min_size=1, max_size=3, unique=True), min_size=1, max_size=5)
effects = st.dictionaries(names, st.dates(max_value=date(2026, 11, 6)).map(date.isoformat), max_size=5)


@st.composite
def any_claims(draw: st.DrawFn) -> Claims:
    issued_at = draw(st.integers(NOW - 100 * DAY, NOW))
    kind = draw(st.sampled_from(sorted(certificate.KINDS)))
    unchecked = tuple((scheme, agency) for scheme, some in draw(agencies).items() for agency in some)
    never_clear = {scheme for scheme, _ in unchecked} | certificate._HIDING
    return Claims(
        issuer=ISSUER,
        subject=f"{draw(words)}:{draw(words)}",
        serial=draw(words),
        issued_at=issued_at,
        expires_at=NOW + draw(st.integers(1, 200 * DAY)),
        kind=kind,
        name=draw(words),
        size=draw(words | st.just("")),
        sector=draw(words | st.just("")),
        clear=tuple(
            draw(st.dictionaries(words.filter(lambda w: w not in never_clear), dates, min_size=1, max_size=5)).items()
        ),
        policy=draw(words),
        status_uri=draw(words),
        status_index=draw(st.integers(0, 2**40)),
        unchecked=unchecked if kind == "PROVISIONAL" else (),
        effects=tuple(draw(effects).items()),
    )


@given(any_claims())
@settings(max_examples=80)
def test_any_claims_read_back_as_issued(claims: Claims) -> None:
    token = jose.sign(KIT.certificates, certificate.TYP, encode_claims(claims))
    assert read_certificate(token, KEY_SET, NOW) == claims
    assert read_certificate(token + "~", KEY_SET, NOW) == claims
    assert_oracles_agree(token + "~", KIT.certificates.jwk)


def test_the_claims_on_the_wire_have_the_names_that_the_format_gives_them() -> None:
    assert json.loads(encode_claims(sample_claims())) == {
        "iss": ISSUER,
        "sub": "cr.cedula_juridica:3101123456",
        "iat": NOW - DAY,
        "exp": NOW + 89 * DAY,
        "jti": "7KQH-2M4P-9XWT-3C5D",
        "vct": "urn:certsvc:mse-certificate:1",
        "status": {"status_list": {"idx": 7, "uri": f"{ISSUER}/status/1"}},
        "name": "Compañía Panificadora Ñandú del Este, S. A.",
        "kind": "FULL",
        "size": "MICRO",
        "sector": "manufacturing",
        "clear": {"tax": "2026-10-31", "social_security": "2026-10-31"},
        "policy": "cr/2026-01-01#sha256-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
    }


def test_a_certificate_without_new_claims_is_what_it_always_was_byte_for_byte() -> None:
    assert encode_claims(sample_claims()) == (
        b'{"iss":"https://certificates.example","sub":"cr.cedula_juridica:3101123456","iat":1793793600,'
        b'"exp":1801569600,"jti":"7KQH-2M4P-9XWT-3C5D","vct":"urn:certsvc:mse-certificate:1",'
        b'"status":{"status_list":{"idx":7,"uri":"https://certificates.example/status/1"}},'
        b'"name":"Compa\xc3\xb1\xc3\xada Panificadora \xc3\x91and\xc3\xba del Este, S. A.","kind":"FULL",'
        b'"size":"MICRO","sector":"manufacturing","clear":{"tax":"2026-10-31","social_security":"2026-10-31"},'
        b'"policy":"cr/2026-01-01#sha256-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}'
    )


def test_what_is_unchecked_and_what_is_opened_follow_the_policy() -> None:
    changes: dict[str, Any] = {
        "kind": "PROVISIONAL",
        "unchecked": (("family_allowances", "fodesaf"), ("levy", "north"), ("levy", "south")),
        "effects": (("legal_persons_tax_exemption", "2027-01-01"), ("credit", "2026-11-04")),
    }
    members = json.loads(encode_claims(sample_claims(**changes)))
    assert list(members)[-3:] == ["policy", "unchecked", "effects"]
    assert members["unchecked"] == {"family_allowances": ["fodesaf"], "levy": ["north", "south"]}
    assert members["effects"] == {"legal_persons_tax_exemption": "2027-01-01", "credit": "2026-11-04"}
    assert read_certificate(KIT.certificate(**changes), KEY_SET, NOW) == sample_claims(**changes)


def test_as_many_effects_as_clear_schemes_may_stand_in_a_certificate() -> None:
    effects = tuple((f"effect_{number}", "2027-01-01") for number in range(certificate.MAX_CLEAR))
    assert read_certificate(KIT.certificate(effects=effects), KEY_SET, NOW).effects == effects


def test_an_effect_may_begin_on_the_day_after_the_end_in_utc_and_no_later() -> None:
    last = (("credit", "2027-02-03"),)  # the sample ends on 2 February
    assert read_certificate(KIT.certificate(effects=last), KEY_SET, NOW).effects == last
    with pytest.raises(VerificationError, match="malformed_claim"):
        read_certificate(KIT.certificate(effects=(("credit", "2027-02-04"),)), KEY_SET, NOW)


def test_as_many_agencies_as_clear_schemes_may_be_unchecked() -> None:
    unchecked = tuple((f"scheme_{number // 8}", f"agency_{number}") for number in range(certificate.MAX_CLEAR))
    token = KIT.certificate(kind="PROVISIONAL", unchecked=unchecked)
    assert read_certificate(token, KEY_SET, NOW).unchecked == unchecked


def test_the_kinds_are_those_of_the_vocabulary() -> None:
    assert frozenset(kind.value for kind in CertificateKind) == certificate.KINDS


def test_an_absent_size_and_sector_are_left_out_and_read_as_empty() -> None:
    claims = sample_claims(size="", sector="")
    assert {"size", "sector"}.isdisjoint(json.loads(encode_claims(claims)))
    assert read_certificate(KIT.certificate(size="", sector=""), KEY_SET, NOW) == claims


def test_unknown_claims_within_a_known_type_are_ignored() -> None:
    extra: dict[str, Any] = {"nbf": 1, "zone": {"a": ["_sd", "..."]}, "weight": 1.5, "note": 'say "_sd" or ...'}
    payload = json.dumps(json.loads(encode_claims(sample_claims())) | extra).encode()
    token = jose.sign(KIT.certificates, certificate.TYP, payload)
    assert read_certificate(token, KEY_SET, NOW) == sample_claims()


@pytest.mark.parametrize(
    ("at", "reason"),
    [(NOW - DAY - 61, "issued_in_the_future"), (NOW + 89 * DAY, "expired"), (NOW + 900 * DAY, "expired")],
)
def test_a_certificate_is_refused_outside_its_dates(at: int, reason: str) -> None:
    with pytest.raises(VerificationError) as caught:
        read_certificate(KIT.certificate(), KEY_SET, at)
    assert caught.value.reason == reason


@pytest.mark.parametrize("at", [NOW - DAY - 60, NOW, NOW + 89 * DAY - 1])
def test_a_certificate_is_read_within_its_dates(at: int) -> None:
    assert read_certificate(KIT.certificate(), KEY_SET, at) == sample_claims()


def test_the_longest_lifetime_is_allowed() -> None:
    claims = sample_claims(expires_at=NOW - DAY + certificate.MAX_LIFETIME)
    token = jose.sign(KIT.certificates, certificate.TYP, encode_claims(claims))
    assert read_certificate(token, KEY_SET, NOW) == claims


@pytest.mark.parametrize(
    ("day", "exists"),
    [
        ("2026-02-28", True),
        ("2028-02-29", True),
        ("2000-02-29", True),
        ("1900-02-29", False),
        ("2026-02-29", False),
        ("2026-04-31", False),
        ("2026-12-31", True),
        ("2026-13-01", False),
        ("2026-00-10", False),
        ("2026-10-00", False),
        ("0000-01-01", False),
        ("2026-1-01", False),
        ("2026/10/31", False),
        ("20261031", False),
        ("+026-10-31", False),
        ("2026-10-3 ", False),
    ],
)
def test_only_days_that_exist_are_dates(day: str, exists: bool) -> None:
    assert certificate._is_day(day) is exists


@given(
    st.dictionaries(
        st.sampled_from(["iss", "sub", "iat", "exp", "jti", "vct", "status", "clear", "kind", "unchecked", "effects"]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=5,
        ),
    )
)
def test_any_signed_claims_are_read_or_refused_by_verification_error(changes: dict[str, object]) -> None:
    """Invariant tested: only VerificationError leaves `read_certificate`, even with the genuine key."""
    payload = jose.write_json(json.loads(encode_claims(sample_claims())) | changes)
    token = jose.sign(KIT.certificates, certificate.TYP, payload)
    try:
        assert isinstance(read_certificate(token, KEY_SET, NOW), Claims)
    except VerificationError:
        return
