"""Key sets: what the root signs, and what a key may do. Hostile members: tests/verifier/test_strict_keys.py."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core import jose, keys
from certsvc.core.errors import StaleTrust, VerificationError
from certsvc.core.keys import encode_key_set, key_entry, public_jwks, read_key_set
from tests.jose_oracles import assert_oracles_agree
from tests.trust_kit import DAY, ISSUER, NOW, MemorySigner, TrustKit

KIT = TrustKit()


def test_a_key_set_reads_back_as_written() -> None:
    entries = (
        KIT.certificates.entry(keys.CERTIFICATE),
        MemorySigner().entry(keys.CERTIFICATE, state=keys.RETIRED, revoked_at=NOW, revoked_reason="stolen"),
        MemorySigner().entry(keys.STATUS, state=keys.PUBLISHED),
    )
    key_set = KIT.key_set(keys=entries)
    assert (key_set.issuer, key_set.ver, key_set.next_root) == (ISSUER, 3, KIT.next_root.kid)
    assert key_set.keys == entries
    assert_oracles_agree(KIT.key_set_token(), KIT.root.jwk)


def test_a_key_set_may_name_no_next_root() -> None:
    assert KIT.key_set(next_root="").next_root == ""


def test_a_key_set_is_refused_under_another_root() -> None:
    with pytest.raises(VerificationError, match="root_not_pinned"):
        read_key_set(KIT.key_set_token(), KIT.next_root.jwk, KIT.pin, NOW)
    with pytest.raises(VerificationError, match="root_not_pinned"):
        read_key_set(KIT.key_set_token(), KIT.next_root.jwk, KIT.next_root.kid, NOW)


def test_a_forged_key_set_under_the_name_of_the_root_is_refused() -> None:
    class Impostor(MemorySigner):
        kid = KIT.root.kid  # the forger writes whatever name he likes

    with pytest.raises(VerificationError, match="bad_signature"):
        read_key_set(KIT.key_set_token(root=Impostor()), KIT.root.jwk, KIT.pin, NOW)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"d": "AA"}, "key_private"),
        ({"kid": "x"}, "key_kid"),
        ({"use": "enc"}, "key_use"),
        ({"alg": "ES384"}, "key_alg"),
    ],
    ids=str,
)
def test_a_root_key_is_held_to_the_same_rules(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(VerificationError, match=reason):
        read_key_set(KIT.key_set_token(), KIT.root.jwk | changes, KIT.pin, NOW)


def test_an_expired_key_set_is_stale_and_not_false() -> None:
    with pytest.raises(StaleTrust, match="key_set_expired"):
        KIT.key_set(exp=NOW)


def test_unknown_members_are_ignored() -> None:
    members = json.loads(encode_key_set(issuer=ISSUER, ver=1, iat=NOW, exp=NOW + DAY, keys=KIT.entries()))
    members["keys"][0]["x5c"] = ["MIIB"]
    members["comment"] = "hello"
    token = jose.sign(KIT.root, keys.TYP, json.dumps(members).encode())
    assert len(read_key_set(token, KIT.root.jwk, KIT.pin, NOW).keys) == 2


def test_a_key_signs_from_its_first_second_until_its_end() -> None:
    kid = KIT.certificates.kid
    key_set = KIT.key_set(keys=(KIT.certificates.entry(keys.CERTIFICATE, nbf=100, exp=200),))
    key_set.check_in_force(kid, 100)
    key_set.check_in_force(kid, 199)
    for outside in (99, 200):
        with pytest.raises(VerificationError, match="key_not_in_force"):
            key_set.check_in_force(kid, outside)


def test_the_plain_jwks_shows_no_revoked_and_no_prepared_key() -> None:
    shown = KIT.certificates.entry(keys.CERTIFICATE)
    hidden = [
        MemorySigner().entry(keys.CERTIFICATE, revoked_at=NOW),
        MemorySigner().entry(keys.STATUS, state=keys.PREPARED),
    ]
    expected = {**KIT.certificates.jwk, "kid": KIT.certificates.kid, "use": "sig", "alg": "ES256"}
    assert json.loads(public_jwks([shown, *hidden])) == {"keys": [expected]}


@pytest.mark.parametrize(
    ("role", "state", "period", "reason"),
    [
        ("root", keys.ACTIVE, (1, 2), "key_role"),
        (keys.STATUS, "new", (1, 2), "key_state"),
        (keys.STATUS, keys.ACTIVE, (2, 2), "key_period"),
    ],
)
def test_no_entry_is_made_that_would_be_refused(role: str, state: str, period: tuple[int, int], reason: str) -> None:
    with pytest.raises(VerificationError, match=reason):
        key_entry(KIT.root.jwk, role=role, state=state, nbf=period[0], exp=period[1])


@given(st.text(max_size=80), st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=4))
def test_any_text_is_refused_by_verification_error(token: str, root: dict[str, object]) -> None:
    """Invariant tested: only VerificationError leaves `read_key_set`."""
    for jwk in (KIT.root.jwk, root):
        with pytest.raises(VerificationError):
            read_key_set(token, jwk, KIT.pin, NOW)
