"""What a strict verifier rejects in keys and key sets: one named case for each alternative.

Every key set here is signed by the genuine root unless its name says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from certsvc.core import certificate, jose, keys
from certsvc.core.keys import MAX_KEYS
from certsvc.verifier import INVALID, VALID, TrustStore, VerificationError, verify
from tests.trust_kit import DAY, NOW, TrustKit, unused_bits

KIT = TrustKit()
TRUST = KIT.trust()
TOKEN = KIT.certificate()


KEY_SET_FAULTS: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("private member d", lambda key: key.update(d="AAAA"), "key_private"),
    ("symmetric member k", lambda key: key.update(k="AAAA"), "key_private"),
    ("kty RSA", lambda key: key.update(kty="RSA"), "key_kty"),
    ("kty missing", lambda key: key.pop("kty"), "key_kty"),
    ("crv P-384", lambda key: key.update(crv="P-384"), "key_crv"),
    ("use enc", lambda key: key.update(use="enc"), "key_use"),
    ("use missing", lambda key: key.pop("use"), "key_use"),
    ("key_ops sign", lambda key: key.update(key_ops=["sign"]), "key_use"),
    ("key_ops verify and sign", lambda key: key.update(key_ops=["verify", "sign"]), "key_use"),
    ("alg ES384", lambda key: key.update(alg="ES384"), "key_alg"),
    ("alg missing", lambda key: key.pop("alg"), "key_alg"),
    ("kid missing", lambda key: key.pop("kid"), "key_kid"),
    ("kid of another key", lambda key: key.update(kid=KIT.root.kid), "key_kid"),
    ("kid not the thumbprint", lambda key: key.update(kid="1"), "key_kid"),
    (
        "point not on the curve",
        lambda key: key.update(y=key["x"], kid=jose.thumbprint(key | {"y": key["x"]})),
        "key_not_on_curve",
    ),
    ("x of 31 bytes", lambda key: key.update(x=jose.b64url_encode(bytes(31))), "key_coordinates"),
    ("x with unused bits", lambda key: key.update(x=unused_bits(key["x"])), "bad_base64url"),
    ("x a number", lambda key: key.update(x=1), "key_coordinates"),
    ("role unknown", lambda key: key.update(role="root"), "key_role"),
    ("role missing", lambda key: key.pop("role"), "key_set_malformed"),
    ("state unknown", lambda key: key.update(state="old"), "key_state"),
    ("nbf after exp", lambda key: key.update(nbf=key["exp"]), "key_period"),
    ("nbf a text", lambda key: key.update(nbf="0"), "key_set_malformed"),
    ("exp missing", lambda key: key.pop("exp"), "key_set_malformed"),
    ("revoked without a date", lambda key: key.update(revoked={}), "key_set_malformed"),
    ("revoked null", lambda key: key.update(revoked=None), "key_set_malformed"),
    (
        "revoked with a reason that is no text",
        lambda key: key.update(revoked={"revoked_at": 1, "reason": 1}),
        "key_set_malformed",
    ),
]


def key_set_of(change: Callable[[dict[str, Any]], object]) -> str:
    """A key set signed by the genuine root, with its members changed."""
    members = json.loads(jose.b64url_decode(KIT.key_set_token().split(".")[1]))
    change(members)
    return jose.sign(KIT.root, keys.TYP, jose.write_json(members))


def refusal(keys_token: str) -> str:
    """Why a fresh store refuses a bundle with this key set and no list."""
    store = TrustStore(KIT.pin)
    with pytest.raises(VerificationError) as caught:
        store.accept(KIT.bundle(keys_token=keys_token, lists=[]), NOW)
    assert store.state.key_set is None
    return caught.value.reason


@pytest.mark.parametrize(
    ("change", "reason"), [pytest.param(change, reason, id=name) for name, change, reason in KEY_SET_FAULTS]
)
def test_rejects_a_key_with(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    assert refusal(key_set_of(lambda members: change(members["keys"][0]))) == reason


SET_FAULTS: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("duplicate kid", lambda members: members["keys"].append(members["keys"][0]), "key_duplicate"),
    (
        "one key in two roles",
        lambda members: members["keys"].append(members["keys"][0] | {"role": "status"}),
        "key_duplicate",
    ),
    ("no keys", lambda members: members.update(keys=[]), "key_set_malformed"),
    ("too many keys", lambda members: members.update(keys=members["keys"] * MAX_KEYS), "key_set_malformed"),
    ("a key that is no object", lambda members: members.update(keys=[1]), "key_set_malformed"),
    ("keys missing", lambda members: members.pop("keys"), "key_set_malformed"),
    ("iss missing", lambda members: members.pop("iss"), "key_set_malformed"),
    ("iss empty", lambda members: members.update(iss=""), "key_set_malformed"),
    ("ver missing", lambda members: members.pop("ver"), "key_set_malformed"),
    ("ver zero", lambda members: members.update(ver=0), "key_set_malformed"),
    ("ver a fraction", lambda members: members.update(ver=3.0), "key_set_malformed"),
    ("iat missing", lambda members: members.pop("iat"), "key_set_malformed"),
    ("exp missing", lambda members: members.pop("exp"), "key_set_malformed"),
    ("exp before iat", lambda members: members.update(exp=1), "key_set_malformed"),
    ("next_root not a thumbprint", lambda members: members.update(next_root="AAAA"), "key_set_malformed"),
    ("next_root a number", lambda members: members.update(next_root=1), "key_set_malformed"),
    ("iat in the future", lambda members: members.update(iat=NOW + 61), "key_set_from_the_future"),
    ("exp passed", lambda members: members.update(exp=NOW), "key_set_expired"),
]


@pytest.mark.parametrize(
    ("change", "reason"), [pytest.param(change, reason, id=name) for name, change, reason in SET_FAULTS]
)
def test_rejects_a_key_set_with(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    assert refusal(key_set_of(change)) == reason


def test_rejects_a_key_set_over_its_cap() -> None:
    assert refusal(KIT.key_set_token(issuer="x" * keys.CAP)) == "too_large"


def test_rejects_a_key_set_signed_by_a_key_that_it_lists() -> None:
    assert refusal(KIT.key_set_token(root=KIT.certificates)) == "root_not_pinned"


def test_rejects_a_key_set_of_another_type() -> None:
    payload = jose.b64url_decode(KIT.key_set_token().split(".")[1])
    assert refusal(jose.sign(KIT.root, certificate.TYP, payload)) == "header_typ"


KEYS_IN_USE: list[tuple[str, dict[str, Any], str]] = [
    ("revoked", {"revoked_at": NOW - 5, "revoked_reason": "stolen"}, "key_revoked"),
    ("revoked since the beginning of time", {"revoked_at": 0}, "key_revoked"),
    ("revoked after the certificate was issued", {"revoked_at": NOW}, "key_revoked"),
    ("prepared, so it has signed nothing yet", {"state": keys.PREPARED}, "key_not_published"),
    ("not yet in force at issue", {"nbf": NOW - DAY + 1}, "key_not_in_force"),
    ("out of force at issue", {"exp": NOW - DAY}, "key_not_in_force"),
]


@pytest.mark.parametrize(
    ("changes", "reason"), [pytest.param(changes, reason, id=name) for name, changes, reason in KEYS_IN_USE]
)
def test_rejects_a_certificate_by_a_key_that_is(changes: dict[str, Any], reason: str) -> None:
    entries = (KIT.certificates.entry(keys.CERTIFICATE, **changes), KIT.statuses.entry(keys.STATUS))
    store = TrustStore(KIT.pin)
    store.accept(KIT.bundle(keys_token=KIT.key_set_token(keys=entries)), NOW)
    verdict = verify(TOKEN, store, NOW)
    assert (verdict.status, verdict.reason) == (INVALID, reason)


@pytest.mark.parametrize("state", [keys.PUBLISHED, keys.ACTIVE, keys.RETIRED])
def test_accepts_a_certificate_by_a_key_that_is(state: str) -> None:
    entries = (KIT.certificates.entry(keys.CERTIFICATE, state=state), KIT.statuses.entry(keys.STATUS))
    store = TrustStore(KIT.pin)
    store.accept(KIT.bundle(keys_token=KIT.key_set_token(keys=entries)), NOW)
    assert verify(TOKEN, store, NOW).status == VALID


def test_rejects_a_certificate_signed_by_a_status_key() -> None:
    verdict = verify(KIT.certificate(signer=KIT.statuses), TRUST, NOW)
    assert (verdict.status, verdict.reason) == (INVALID, "key_role")


def test_rejects_a_certificate_signed_by_the_root() -> None:
    verdict = verify(KIT.certificate(signer=KIT.root), TRUST, NOW)
    assert (verdict.status, verdict.reason) == (INVALID, "key_unknown")
