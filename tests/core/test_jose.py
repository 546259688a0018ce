"""The JOSE core: one spelling, one algorithm, and agreement with other people's libraries."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from certsvc.core import jose
from certsvc.core.errors import SigningFailed, VerificationError
from tests.jose_oracles import assert_oracles_agree
from tests.trust_kit import MemorySigner, twin

SIGNER = MemorySigner()
KEY = SIGNER.key.public_key()
CAP = 10_000


def verify(token: str, typ: str = "t") -> bytes:
    return jose.verify(token, typ=typ, key_of=lambda kid: KEY, cap=CAP)


@given(st.binary(max_size=200))
def test_base64url_reads_back_and_has_no_padding(data: bytes) -> None:
    text = jose.b64url_encode(data)
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert jose.b64url_decode(text) == data


@given(st.text(max_size=12) | st.text(alphabet="ABQgw-_+/=089", max_size=12))
def test_a_base64url_text_is_the_only_spelling_of_its_bytes(text: str) -> None:
    """Invariant tested: what decodes encodes to the same text, so two texts never hold the same bytes."""
    try:
        data = jose.b64url_decode(text)
    except VerificationError:
        return
    assert jose.b64url_encode(data) == text


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=40)
def test_what_is_signed_verifies_here_and_in_three_other_libraries(payload: bytes) -> None:
    token = jose.sign(SIGNER, "t", payload)
    assert verify(token) == payload
    assert_oracles_agree(token, SIGNER.jwk)


def test_the_header_holds_three_members_and_no_more() -> None:
    header = json.loads(jose.b64url_decode(jose.sign(SIGNER, "t", b"x").split(".")[0]))
    assert header == {"alg": "ES256", "typ": "t", "kid": SIGNER.kid}


def test_the_twin_of_a_signature_verifies_too_so_no_token_hash_may_name_a_certificate() -> None:
    token = jose.sign(SIGNER, "t", b"x")
    assert twin(token) != token
    assert verify(twin(token)) == b"x"


@given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1), st.integers(0, 250), st.integers(0, 250))
def test_every_pair_of_numbers_gets_the_der_form_that_cryptography_writes(
    r: int, s: int, less: int, fewer: int
) -> None:
    order = int.from_bytes(jose._ORDER, "big")
    r, s = (r >> less) % (order - 1) + 1, (s >> fewer) % (order - 1) + 1
    assert jose._der(r.to_bytes(32, "big") + s.to_bytes(32, "big")) == utils.encode_dss_signature(r, s)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_any_text_is_refused_by_verification_error(token: str) -> None:
    """Invariant tested: only VerificationError leaves `verify`."""
    with pytest.raises(VerificationError):
        verify(token)


@given(st.data())
@settings(max_examples=200)
def test_a_token_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    token = jose.sign(SIGNER, "t", b'{"a":1}')
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters())
    if other != token[place]:
        with pytest.raises(VerificationError):
            verify(token[:place] + other + token[place + 1 :])


def test_the_cap_is_exact() -> None:
    token = jose.sign(SIGNER, "t", b"x")
    assert jose.verify(token, typ="t", key_of=lambda kid: KEY, cap=len(token)) == b"x"
    with pytest.raises(VerificationError, match="too_large"):
        jose.verify(token, typ="t", key_of=lambda kid: KEY, cap=len(token) - 1)


def test_the_key_is_asked_for_by_the_kid_of_the_header() -> None:
    asked: list[str] = []

    def key_of(kid: str) -> ec.EllipticCurvePublicKey:
        asked.append(kid)
        return KEY

    token = jose.sign(SIGNER, "t", b"x")
    assert jose.verify_with_kid(token, typ="t", key_of=key_of, cap=CAP) == (SIGNER.kid, b"x")
    assert asked == [SIGNER.kid]


@pytest.mark.parametrize("length", [0, 63, 65, 72])
def test_a_signer_that_does_not_return_64_bytes_signs_nothing(length: int) -> None:
    class Broken(MemorySigner):
        def sign(self, data: bytes) -> bytes:
            return bytes(length)

    with pytest.raises(SigningFailed):
        jose.sign(Broken(), "t", b"x")


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    members = {name: SIGNER.jwk[name] for name in ("crv", "kty", "x", "y")}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    assert jose.thumbprint(SIGNER.jwk) == jose.b64url_encode(hashlib.sha256(text).digest())


def test_a_public_jwk_reads_back_as_the_same_key() -> None:
    assert jose.public_key(jose.public_jwk(KEY)) == KEY


def test_a_key_on_another_curve_has_no_jwk_here() -> None:
    with pytest.raises(ValueError, match="P-256"):
        jose.public_jwk(ec.generate_private_key(ec.SECP384R1()).public_key())


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "d", "use", "key_ops"]), st.text() | st.integers() | st.none()
    )
)
def test_any_members_make_a_key_or_verification_error(jwk: dict[str, object]) -> None:
    with pytest.raises(VerificationError):
        jose.public_key(jwk)
