"""What a strict verifier rejects in a token: one named case for each alternative of each row, through `verify`.

Every hostile token here is signed by the genuine certificate key unless its name says otherwise, so that only the
named fault can be the reason.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from certsvc.core import certificate, jose, keys, statuslist
from certsvc.core.certificate import encode_claims
from certsvc.verifier import EXPIRED, INVALID, VALID, verify
from tests.trust_kit import DAY, NOW, MemorySigner, TrustKit, forge, sample_claims, unused_bits

KIT = TrustKit()
TRUST = KIT.trust({8: 1})
TOKEN = KIT.certificate()
HEADER, PAYLOAD, SIGNATURE = TOKEN.split(".")
GOOD_HEADER: dict[str, object] = {"alg": "ES256", "typ": certificate.TYP, "kid": KIT.certificates.kid}
CLAIMS: dict[str, Any] = json.loads(encode_claims(sample_claims()))
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def signed(payload: bytes) -> str:
    """The payload under a good header, signed by the genuine key."""
    return forge(KIT.certificates, payload, GOOD_HEADER)


def with_header(**changes: object) -> str:
    """Good claims under a changed header; a value of None takes the member away."""
    header = {name: value for name, value in (GOOD_HEADER | changes).items() if value is not None}
    return forge(KIT.certificates, encode_claims(sample_claims()), header)


def with_claims(**changes: object) -> str:
    """The claims changed; a value of None takes the claim away."""
    return signed(jose.write_json({n: v for n, v in (CLAIMS | changes).items() if v is not None}))


def with_signature(raw: bytes) -> str:
    return f"{HEADER}.{PAYLOAD}.{jose.b64url_encode(raw)}"


def with_text(old: str, new: str) -> str:
    """The payload's text with one replacement, signed."""
    text = encode_claims(sample_claims()).decode()
    assert old in text
    return signed(text.replace(old, new, 1).encode())


def numbers(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


TEXT: list[tuple[str, str, str]] = [
    ("over the cap", TOKEN + "A" * certificate.CAP, "too_large"),
    ("over the cap with a tilde", "A" * certificate.CAP + "~", "too_large"),
    ("empty", "", "not_three_parts"),
    ("two parts", f"{HEADER}.{PAYLOAD}", "not_three_parts"),
    ("four parts", f"{TOKEN}.{SIGNATURE}", "not_three_parts"),
    ("two tildes", f"{TOKEN}~~", "bad_base64url"),
    ("text after the tilde", f"{TOKEN}~WyJhIl0", "bad_base64url"),
    ("a disclosure and a key binding", f"{TOKEN}~WyJhIl0~{TOKEN}", "not_three_parts"),
    ("a tilde before", f"~{TOKEN}", "bad_base64url"),
    ("padded header", f"{HEADER}=.{PAYLOAD}.{SIGNATURE}", "bad_base64url"),
    ("padded payload", f"{HEADER}.{PAYLOAD}=.{SIGNATURE}", "bad_base64url"),
    ("padded signature", f"{HEADER}.{PAYLOAD}.{SIGNATURE}==", "bad_base64url"),
    ("plus of the other alphabet", f"{HEADER}.+{PAYLOAD[1:]}.{SIGNATURE}", "bad_base64url"),
    ("slash of the other alphabet", f"{HEADER}./{PAYLOAD[1:]}.{SIGNATURE}", "bad_base64url"),
    ("question mark", f"{HEADER}.?{PAYLOAD}.{SIGNATURE}", "bad_base64url"),
    ("blank", f"{HEADER}. {PAYLOAD}.{SIGNATURE}", "bad_base64url"),
    ("line break", f"{HEADER}.{PAYLOAD}.{SIGNATURE}\n", "bad_base64url"),
    ("null character", f"{HEADER}.{PAYLOAD}\0.{SIGNATURE}", "bad_base64url"),
    ("letter beyond ASCII", f"{HEADER}.é{PAYLOAD[1:]}.{SIGNATURE}", "bad_base64url"),
    ("half a surrogate pair", f"{HEADER}.\ud800{PAYLOAD[1:]}.{SIGNATURE}", "bad_base64url"),
    ("unused bits in the signature", f"{HEADER}.{PAYLOAD}.{unused_bits(SIGNATURE)}", "bad_base64url"),
    ("one character over", f"{HEADER}.{PAYLOAD}.{SIGNATURE}AAA", "bad_base64url"),
    ("empty payload", signed(b""), "empty_payload"),
]

JSON: list[tuple[str, str, str]] = [
    ("not UTF-8", signed(b'{"name":"\xff"}'), "json_not_utf8"),
    ("UTF-16", signed('{"a":1}'.encode("utf-16")), "json_not_utf8"),
    ("byte order mark", signed(b"\xef\xbb\xbf{}"), "json_malformed"),
    ("duplicate claim", with_text('"kind":"FULL"', '"kind":"PROVISIONAL","kind":"FULL"'), "json_duplicate_member"),
    ("duplicate by escape", with_text('"iss":', '"\\u0069ss":"x","iss":'), "json_duplicate_member"),
    ("duplicate below", with_text('"idx":7', '"idx":8,"idx":7'), "json_duplicate_member"),
    ("duplicate in an unknown claim", with_text('"iss":', '"x":[{"a":1,"a":1}],"iss":'), "json_duplicate_member"),
    (
        "duplicate in the header",
        forge(KIT.certificates, b"{}", b'{"alg":"none","alg":"ES256"}'),
        "json_duplicate_member",
    ),
    ("NaN", with_text('"iss":', '"x":NaN,"iss":'), "json_not_finite"),
    ("Infinity", with_text('"iss":', '"x":Infinity,"iss":'), "json_not_finite"),
    ("minus Infinity", with_text('"iss":', '"x":-Infinity,"iss":'), "json_not_finite"),
    ("number beyond every float", with_text('"iss":', '"x":1e400,"iss":'), "json_not_finite"),
    ("whole number of 5,000 digits", with_text('"iss":', f'"x":{"9" * 5000},"iss":'), "json_malformed"),
    ("half a surrogate pair", with_text('"iss":', '"x":"\\ud800","iss":'), "json_lone_surrogate"),
    ("array", signed(b"[]"), "json_not_an_object"),
    ("text", signed(b'"a"'), "json_not_an_object"),
    ("null", signed(b"null"), "json_not_an_object"),
    ("nothing but blanks", signed(b"  "), "json_malformed"),
    ("text after the object", signed(encode_claims(sample_claims()) + b"{}"), "json_malformed"),
    ("cut off", signed(encode_claims(sample_claims())[:-1]), "json_malformed"),
    ("control character in a text", signed(b'{"a":"\x01"}'), "json_malformed"),
    ("17 levels", with_text('"iss":', f'"x":{"[" * 16}{"]" * 16},"iss":'), "json_too_deep"),
    ("17 levels of objects", with_text('"iss":', '"x":' + '{"a":' * 16 + "1" + "}" * 16 + ',"iss":'), "json_too_deep"),
    ("a recursion bomb", signed(b"[" * 12_000), "json_too_deep"),
    ("a recursion bomb behind a text", signed(b'{"a":"\\"]]]]' + b'","b":' + b"[" * 11_000), "json_too_deep"),
]

HEADERS: list[tuple[str, str, str]] = [
    ("alg none", with_header(alg="none"), "header_alg"),
    ("alg HS256", with_header(alg="HS256"), "header_alg"),
    ("alg ES384", with_header(alg="ES384"), "header_alg"),
    ("alg in small letters", with_header(alg="es256"), "header_alg"),
    ("alg missing", with_header(alg=None), "header_alg"),
    ("alg in a list", with_header(alg=["ES256"]), "header_alg"),
    ("typ of a status list", with_header(typ=statuslist.TYP), "header_typ"),
    ("typ of a key set", with_header(typ=keys.TYP), "header_typ"),
    ("typ JWT", with_header(typ="JWT"), "header_typ"),
    ("typ with a prefix", with_header(typ="application/dc+sd-jwt"), "header_typ"),
    ("typ of the older drafts", with_header(typ="vc+sd-jwt"), "header_typ"),
    ("typ missing", with_header(typ=None), "header_typ"),
    ("typ a number", with_header(typ=1), "header_typ"),
    ("kid missing", with_header(kid=None), "header_kid"),
    ("kid empty", with_header(kid=""), "header_kid"),
    ("kid a number", with_header(kid=7), "header_kid"),
    ("kid unknown", with_header(kid="unknown"), "key_unknown"),
    ("header an array", forge(KIT.certificates, b"{}", b'["ES256"]'), "json_not_an_object"),
    ("header empty", f".{PAYLOAD}.{SIGNATURE}", "json_malformed"),
    ("header over its cap", with_header(kid="k" * 600), "header_too_large"),
    *(
        (f"member {name}", with_header(**{name: value}), "header_member")
        for name, value in {
            "crit": ["exp"],
            "b64": False,
            "zip": "DEF",
            "jwk": KIT.certificates.jwk,
            "jku": "https://attacker.example/jwks.json",
            "x5u": "https://attacker.example/chain.pem",
            "x5c": ["MIIB"],
            "x5t#S256": "AAAA",
            "cty": "JWT",
            "iss": "https://certificates.example",
            "exp": 1,
        }.items()
    ),
]

SIGNATURES: list[tuple[str, str, str]] = [
    ("missing", f"{HEADER}.{PAYLOAD}.", "signature_length"),
    ("63 bytes", with_signature(bytes(63)), "signature_length"),
    ("65 bytes", with_signature(jose.b64url_decode(SIGNATURE) + b"\0"), "signature_length"),
    ("DER instead of r and s", with_signature(b"\x30\x06\x02\x01\x01\x02\x01\x01"), "signature_length"),
    ("r zero", with_signature(numbers(0, 1)), "signature_range"),
    ("s zero", with_signature(numbers(1, 0)), "signature_range"),
    ("both zero", with_signature(bytes(64)), "signature_range"),
    ("r equal to n", with_signature(numbers(ORDER, 1)), "signature_range"),
    ("s equal to n", with_signature(numbers(1, ORDER)), "signature_range"),
    ("r above n", with_signature(numbers(2**256 - 1, 1)), "signature_range"),
    ("s above n", with_signature(numbers(1, 2**256 - 1)), "signature_range"),
    ("r and s one", with_signature(numbers(1, 1)), "bad_signature"),
    ("of another payload", f"{HEADER}.{PAYLOAD}.{KIT.certificate(name='B').split('.')[2]}", "bad_signature"),
    ("of another key", forge(MemorySigner(), encode_claims(sample_claims()), GOOD_HEADER), "bad_signature"),
    ("payload exchanged", f"{HEADER}.{KIT.certificate(name='B').split('.')[1]}.{SIGNATURE}", "bad_signature"),
]

CLAIM_FAULTS: list[tuple[str, str, str]] = [
    *(
        (f"{name} missing", with_claims(**{name: None}), f"missing_{name}")
        for name in CLAIMS
        if name not in ("size", "sector")
    ),
    ("vct unknown", with_claims(vct="urn:certsvc:mse-certificate:2"), "unknown_vct"),
    ("vct a list", with_claims(vct=[certificate.VCT]), "unknown_vct"),
    ("another issuer", with_claims(iss="https://other.example"), "wrong_issuer"),
    ("iss empty", with_claims(iss=""), "malformed_claim"),
    ("sub a number", with_claims(sub=3101123456), "malformed_claim"),
    ("sub without a kind", with_claims(sub="3101123456"), "malformed_claim"),
    ("jti empty", with_claims(jti=""), "malformed_claim"),
    ("name a list", with_claims(name=["a"]), "malformed_claim"),
    ("kind unknown", with_claims(kind="GOLD"), "malformed_claim"),
    ("size a number", with_claims(size=9), "malformed_claim"),
    ("exp a text", with_claims(exp=str(NOW + DAY)), "malformed_claim"),
    ("exp a fraction", with_claims(exp=NOW + 0.5), "malformed_claim"),
    ("exp written as a float", with_text('"exp":', '"exp":1.8e9,"was":'), "malformed_claim"),
    ("exp true", with_claims(exp=True), "malformed_claim"),
    ("exp beyond the year 9999", with_claims(exp=10**12), "malformed_claim"),
    ("exp before iat", with_claims(exp=NOW - 2 * DAY), "malformed_claim"),
    ("exp equal to iat", with_claims(exp=NOW - DAY), "lifetime"),
    ("iat negative", with_claims(iat=-1), "malformed_claim"),
    ("iat 61 s in the future", with_claims(iat=NOW + 61), "issued_in_the_future"),
    ("lifetime over the cap", with_claims(exp=NOW - DAY + 400 * DAY + 1), "lifetime"),
    ("_sd at the top", with_claims(_sd=["AAAA"]), "hidden_claims"),
    ("_sd_alg at the top", with_claims(_sd_alg="sha-256"), "hidden_claims"),
    ("three dots in an array", with_claims(x=[{"...": "AAAA"}]), "hidden_claims"),
    ("_sd deep inside", with_claims(x={"y": [{"_sd": []}]}), "hidden_claims"),
    ("_sd_alg inside clear", with_claims(clear={"_sd_alg": "2026-10-31"}), "hidden_claims"),
    ("_sd written with an escape", with_text('"iss":', '"\\u005fsd":[],"iss":'), "hidden_claims"),
    ("status a text", with_claims(status="x"), "malformed_claim"),
    ("status without a list", with_claims(status={}), "malformed_claim"),
    ("idx missing", with_claims(status={"status_list": {"uri": "x"}}), "malformed_claim"),
    ("idx negative", with_claims(status={"status_list": {"uri": "x", "idx": -1}}), "malformed_claim"),
    ("idx a fraction", with_claims(status={"status_list": {"uri": "x", "idx": 7.0}}), "malformed_claim"),
    ("idx true", with_claims(status={"status_list": {"uri": "x", "idx": True}}), "malformed_claim"),
    ("uri empty", with_claims(status={"status_list": {"uri": "", "idx": 7}}), "malformed_claim"),
    ("clear empty", with_claims(clear={}), "malformed_claim"),
    ("clear a list", with_claims(clear=["tax"]), "malformed_claim"),
    ("clear without a date", with_claims(clear={"tax": True}), "malformed_claim"),
    ("clear on 30 February", with_claims(clear={"tax": "2026-02-30"}), "malformed_claim"),
    ("clear in other digits", with_claims(clear={"tax": "٢٠٢٦-10-31"}), "malformed_claim"),
    ("provisional without unchecked", with_claims(kind="PROVISIONAL"), "malformed_claim"),
    ("unchecked in a full certificate", with_claims(unchecked={"levy": ["north"]}), "malformed_claim"),
    ("unchecked null", with_text('"iss":', '"unchecked":null,"iss":'), "malformed_claim"),
    *(
        (f"unchecked {name}", with_claims(kind="PROVISIONAL", unchecked=value), "malformed_claim")
        for name, value in {
            "empty": {},
            "a text": "tax",
            "a list": [["levy", ["north"]]],
            "without an agency": {"levy": []},
            "of an empty agency": {"levy": [""]},
            "of one agency outside a list": {"levy": "north"},
            "with a number": {"levy": [1]},
            "with a list in a list": {"levy": [["north"]]},
            "with an agency twice": {"levy": ["north", "south", "north"]},
            "with a capital letter": {"Levy": ["north"]},
            "with a blank": {"levy": ["the ministry"]},
            "with a letter beyond ASCII": {"levy": ["ministério"]},
            "with a digit first": {"1levy": ["north"]},
            "with an underscore first": {"levy": ["_north"]},
            "with a long name": {"levy": ["n" * 65]},
            "of 65 schemes": {f"scheme_{number}": ["north"] for number in range(65)},
            "of 65 agencies": {"levy": ["north"], "fee": [f"agency_{number}" for number in range(64)]},
            "and clear": {"levy": ["north"], "tax": ["hacienda"]},
        }.items()
    ),
    ("effects null", with_text('"iss":', '"effects":null,"iss":'), "malformed_claim"),
    *(
        (f"effects {name}", with_claims(effects=value), "malformed_claim")
        for name, value in {
            "empty": {},
            "a list": ["credit"],
            "with a date and time": {"credit": "2027-01-01T00:00:00Z"},
            "on 30 February": {"credit": "2026-02-30"},
            "two days after the end": {"credit": "2027-02-04"},
            "with a number": {"credit": 20270101},
            "with a list": {"credit": ["2027-01-01"]},
            "without a name": {"": "2027-01-01"},
            "with a blank": {"cheap credit": "2027-01-01"},
            "of 65 names": {f"effect_{number}": "2027-01-01" for number in range(65)},
        }.items()
    ),
]

EVERY = {
    "text": TEXT,
    "JSON": JSON,
    "header": HEADERS,
    "signature": SIGNATURES,
    "claims": CLAIM_FAULTS,
}


@pytest.mark.parametrize(
    ("token", "reason"),
    [pytest.param(token, reason, id=f"{row}: {name}") for row, cases in EVERY.items() for name, token, reason in cases],
)
def test_rejects(token: str, reason: str) -> None:
    verdict = verify(token, TRUST, NOW)
    assert (verdict.status, verdict.reason, verdict.claims) == (INVALID, reason, None)


def test_rejects_claims_once_their_end_has_passed() -> None:
    assert verify(TOKEN, TRUST, NOW).status == VALID
    verdict = verify(KIT.certificate(expires_at=NOW), TRUST, NOW)
    assert (verdict.status, verdict.reason) == (EXPIRED, "expired")
