"""The numbered checks of `certsvc.verifier.checks`, one test at least for each number."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core import jose, keys, statuslist
from certsvc.verifier import (
    EXPIRED,
    INVALID,
    REVOKED,
    SUSPENDED,
    UNKNOWN,
    VALID,
    TrustStore,
    Verdict,
    verify,
)
from tests.jose_oracles import assert_oracles_agree
from tests.trust_kit import DAY, ISSUER, LIST_URI, NOW, TrustKit, forge, sample_claims, twin

KIT = TrustKit()
TRUST = KIT.trust({8: 1, 9: 2, 10: 3})
TOKEN = KIT.certificate()
NEWEST = NOW - 3600
"""The iat of the list, the newest trust data."""


def outcome(token: str, trust: TrustStore = TRUST, at: int = NOW) -> tuple[str, str]:
    verdict = verify(token, trust, at)
    return verdict.status, verdict.reason


def test_0_a_good_certificate_is_valid_and_the_verdict_carries_its_dates() -> None:
    verdict = verify(TOKEN, TRUST, NOW)
    assert verdict == Verdict(VALID, "", sample_claims(), NEWEST, 3)
    assert verdict.evidence == (("tax", "2026-10-31"), ("social_security", "2026-10-31"))
    assert_oracles_agree(TOKEN, KIT.certificates.jwk)


def test_1_a_clock_earlier_than_the_newest_trust_data_is_unknown() -> None:
    assert outcome(TOKEN, at=NEWEST - 60) == (VALID, "")
    assert outcome(TOKEN, at=NEWEST - 61) == (UNKNOWN, "clock_set_back")


def test_2_without_a_key_set_everything_is_unknown() -> None:
    assert outcome(TOKEN, TrustStore(KIT.pin)) == (UNKNOWN, "no_trust_data")


def test_2_an_expired_key_set_makes_even_a_forgery_unknown() -> None:
    end = NOW + 90 * DAY
    for token in (TOKEN, "x"):
        assert outcome(token, at=end) == (UNKNOWN, "key_set_expired")
    assert outcome(TOKEN, at=end - 1) == (EXPIRED, "expired")


def test_3_the_token_may_end_in_one_tilde() -> None:
    assert outcome(TOKEN + "~") == (VALID, "")
    assert outcome(TOKEN + "~~") == (INVALID, "bad_base64url")


def test_4_the_header_may_hold_nothing_else() -> None:
    header = {"alg": "ES256", "typ": "dc+sd-jwt", "kid": KIT.certificates.kid, "jwk": KIT.certificates.jwk}
    assert outcome(forge(KIT.certificates, b"{}", header)) == (INVALID, "header_member")


def test_5_the_key_must_be_listed_for_certificates() -> None:
    assert outcome(KIT.certificate(signer=KIT.statuses)) == (INVALID, "key_role")
    assert outcome(KIT.certificate(signer=KIT.next_root)) == (INVALID, "key_unknown")


def test_6_the_signature_must_fit() -> None:
    other = KIT.certificate(name="Another").rpartition(".")[2]
    assert outcome(TOKEN.rpartition(".")[0] + "." + other) == (INVALID, "bad_signature")


def test_6_the_twin_of_a_signature_is_the_same_certificate() -> None:
    assert verify(twin(TOKEN), TRUST, NOW) == verify(TOKEN, TRUST, NOW)


def test_7_the_claims_must_be_those_of_the_issuer() -> None:
    assert outcome(KIT.certificate(issuer="https://other.example")) == (INVALID, "wrong_issuer")


def test_8_the_key_must_have_been_in_force_at_issue() -> None:
    entries = (KIT.certificates.entry(keys.CERTIFICATE, exp=NOW - 2 * DAY), KIT.statuses.entry(keys.STATUS))
    trust = TrustStore(KIT.pin)
    trust.accept(KIT.bundle(keys_token=KIT.key_set_token(keys=entries)), NOW)
    assert outcome(TOKEN, trust) == (INVALID, "key_not_in_force")


def test_8_a_certificate_outlives_its_key() -> None:
    entries = (KIT.certificates.entry(keys.CERTIFICATE, exp=NOW - DAY + 1), KIT.statuses.entry(keys.STATUS))
    trust = TrustStore(KIT.pin)
    trust.accept(KIT.bundle(keys_token=KIT.key_set_token(keys=entries)), NOW)
    assert outcome(TOKEN, trust) == (VALID, "")


def test_9_a_certificate_is_not_valid_before_its_issue_nor_at_its_end() -> None:
    assert outcome(KIT.certificate(issued_at=NOW + 60)) == (VALID, "")
    assert outcome(KIT.certificate(issued_at=NOW + 61)) == (INVALID, "issued_in_the_future")
    assert outcome(KIT.certificate(expires_at=NOW + 1)) == (VALID, "")
    assert outcome(KIT.certificate(expires_at=NOW)) == (EXPIRED, "expired")


def test_9_expiry_comes_before_any_status() -> None:
    for place in ({"status_index": 8}, {"status_uri": "urn:absent"}, {"status_index": 2**40}):
        verdict = verify(KIT.certificate(expires_at=NOW, **place), TRUST, NOW)
        assert (verdict.status, verdict.status_as_of) == (EXPIRED, None)
        assert verdict.claims is not None


def test_10_a_certificate_that_names_an_absent_list_is_unknown() -> None:
    verdict = verify(KIT.certificate(status_uri=f"{ISSUER}/status/2"), TRUST, NOW)
    assert (verdict.status, verdict.reason) == (UNKNOWN, "status_list_missing")
    assert verdict.claims is not None


def test_10_an_expired_list_is_unknown_and_never_valid_nor_revoked() -> None:
    end = NEWEST + 7 * DAY
    for token in (TOKEN, KIT.certificate(status_index=8)):
        assert outcome(token, at=end) == (UNKNOWN, "status_list_expired")
    assert outcome(TOKEN, at=end - 1) == (VALID, "")
    assert verify(TOKEN, TRUST, end).status_as_of == NEWEST


@pytest.mark.parametrize(
    ("index", "status", "reason"),
    [(8, REVOKED, "revoked"), (9, SUSPENDED, "suspended"), (10, INVALID, "status_unknown"), (11, VALID, "")],
)
def test_11_the_entry_decides(index: int, status: str, reason: str) -> None:
    assert outcome(KIT.certificate(status_index=index)) == (status, reason)


@pytest.mark.parametrize("index", [statuslist.SIZE, 2**40, 2**80])
def test_11_an_index_outside_the_list_is_invalid(index: int) -> None:
    assert outcome(KIT.certificate(status_index=index)) == (INVALID, "status_index_out_of_range")


def test_11_any_other_value_of_a_wider_list_is_not_valid() -> None:
    import zlib

    listed = {"bits": 8, "lst": jose.b64url_encode(zlib.compress(bytes(range(256))))}
    payload = {"sub": LIST_URI, "iat": NOW, "exp": NOW + DAY, "ttl": 60, "ver": 9, "status_list": listed}
    trust = TrustStore(KIT.pin)
    trust.accept(KIT.bundle(lists=[jose.sign(KIT.statuses, statuslist.TYP, jose.write_json(payload))]), NOW)
    found = {index: outcome(KIT.certificate(status_index=index), trust)[0] for index in range(256)}
    assert found == {0: VALID, 1: REVOKED, 2: SUSPENDED} | dict.fromkeys(range(3, 256), INVALID)


def test_the_moment_may_be_an_aware_datetime() -> None:
    for zone in (UTC, timezone(timedelta(hours=-6))):
        assert verify(TOKEN, TRUST, datetime.fromtimestamp(NOW, zone)).status == VALID


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        verify(TOKEN, TRUST, datetime(2026, 11, 5))  # noqa: DTZ001  # the fault under test


def test_a_verdict_is_never_one_boolean() -> None:
    with pytest.raises(TypeError, match="status"):
        bool(verify("x", TRUST, NOW))


def test_a_verdict_is_json_with_readable_times() -> None:
    found = json.loads(json.dumps(verify(TOKEN, TRUST, NOW).to_json()))
    assert found["status_as_of"] == "2026-11-05T11:00:00Z"
    assert found["certificate"]["expires_at"] == "2027-02-02T12:00:00Z"
    assert found["certificate"]["identifier"] == {"kind": "cr.cedula_juridica", "value": "3101123456"}
    assert found["certificate"]["clear"] == {"tax": "2026-10-31", "social_security": "2026-10-31"}


def test_an_invalid_verdict_shows_nothing_of_what_the_token_claims() -> None:
    assert verify(KIT.certificate(signer=KIT.next_root), TRUST, NOW).to_json() == {
        "status": INVALID,
        "reason": "key_unknown",
        "key_set_version": 3,
    }


@given(st.text(max_size=100) | st.binary(max_size=100).map(lambda data: data.decode("latin-1")))
def test_any_text_gives_a_verdict(token: str) -> None:
    """Invariant tested: `verify` raises nothing, whatever the text."""
    assert verify(token, TRUST, NOW).status == INVALID


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_any_change_of_one_character_is_invalid(place: int, other: str) -> None:
    if other != TOKEN[place]:
        assert verify(TOKEN[:place] + other + TOKEN[place + 1 :], TRUST, NOW).status == INVALID
