"""What a trust store accepts: all or nothing, never backwards, under the pinned root or its named successor."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core import bundle, keys
from certsvc.core.bundle import MAX_LISTS, Bundle
from certsvc.core.certificate import MAX_LIFETIME
from certsvc.core.jose import b64url_decode, sign
from certsvc.core.statuslist import BITS, MAX_URI, SIZE
from certsvc.core.strictjson import MAX_ITEMS
from certsvc.verifier import (
    INVALID,
    REVOKED,
    VALID,
    StaleTrust,
    TrustStore,
    VerificationError,
    trust,
    truststate,
    verify,
)
from certsvc.verifier.trust import MAX_HELD, MAX_MARKS
from certsvc.verifier.truststate import TrustState
from tests.trust_kit import DAY, ISSUER, LIST_URI, NOW, MemorySigner, TrustKit, twin

KIT = TrustKit()
TOKEN = KIT.certificate()
SECOND_URI = f"{ISSUER}/status/2"


def refuse(store: TrustStore, data: bytes, at: int = NOW) -> str:
    """Why the store refuses; asserts that nothing of it changed."""
    before = store.state
    with pytest.raises(VerificationError) as caught:
        store.accept(data, at)
    assert store.state is before
    return caught.value.reason


def test_a_pin_must_be_a_thumbprint() -> None:
    for pin in ("", "x", KIT.pin + "A", KIT.pin + "="):
        with pytest.raises(VerificationError):
            TrustStore(pin)


def test_a_bundle_is_accepted_again_and_changes_nothing() -> None:
    store = KIT.trust()
    before = store.to_bytes()
    store.accept(KIT.bundle(keys_token=store.state.key_set_token, lists=list(store.state.tokens.values())), NOW)
    assert store.to_bytes() == before


def test_a_bundle_of_another_root_is_refused() -> None:
    other = TrustKit()
    assert refuse(KIT.trust(), other.bundle()) == "root_not_pinned"
    assert refuse(TrustStore(KIT.pin), KIT.bundle(root=KIT.next_root)) == "root_not_pinned"


@pytest.mark.parametrize("bad", range(3))
def test_a_partly_bad_bundle_changes_nothing(bad: int) -> None:
    lists = [KIT.status_list(uri=f"{ISSUER}/status/{n}", version=6, issued_at=NOW) for n in (1, 2, 3)]
    lists[bad] = lists[bad][:-4] + ("AAAA" if not lists[bad].endswith("AAAA") else "BBBA")
    store = KIT.trust({7: 1})
    better = KIT.bundle(keys_token=KIT.key_set_token(ver=4), lists=lists)
    assert refuse(store, better) in ("bad_signature", "signature_range")
    assert verify(TOKEN, store, NOW).status == REVOKED


def test_a_notice_that_is_not_understood_is_not_passed_over() -> None:
    assert refuse(TrustStore(KIT.pin), KIT.bundle(notices=["x"])) == "notice_unknown"


def test_two_lists_of_one_uri_are_refused() -> None:
    assert (
        refuse(TrustStore(KIT.pin), KIT.bundle(lists=[KIT.status_list(), KIT.status_list()])) == "status_list_duplicate"
    )


def test_the_number_of_lists_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certsvc.verifier.trust.MAX_LISTS", 1)
    lists = [KIT.status_list(uri=f"{ISSUER}/status/{n}") for n in range(3)]
    assert refuse(TrustStore(KIT.pin), KIT.bundle(lists=lists)) == "too_many_status_lists"


# Key sets: no rollback


def test_a_lower_key_set_version_is_refused() -> None:
    assert refuse(KIT.trust(), KIT.bundle(keys_token=KIT.key_set_token(ver=2))) == "key_set_rollback"


def test_the_same_key_set_version_with_other_content_is_refused() -> None:
    changed = KIT.key_set_token(exp=NOW + 91 * DAY)
    assert refuse(KIT.trust(), KIT.bundle(keys_token=changed)) == "key_set_conflict"


def test_the_same_content_signed_again_is_the_same_key_set() -> None:
    store = KIT.trust()
    store.accept(KIT.bundle(keys_token=KIT.key_set_token()), NOW)
    store.accept(KIT.bundle(keys_token=twin(KIT.key_set_token())), NOW)
    assert verify(TOKEN, store, NOW).status == VALID


def test_a_higher_key_set_version_replaces_the_lower() -> None:
    store = KIT.trust()
    entries = (KIT.certificates.entry(keys.CERTIFICATE, revoked_at=NOW), KIT.statuses.entry(keys.STATUS))
    store.accept(KIT.bundle(keys_token=KIT.key_set_token(ver=4, keys=entries)), NOW)
    assert verify(TOKEN, store, NOW).reason == "key_revoked"
    assert refuse(store, KIT.bundle()) == "key_set_rollback"
    assert verify(TOKEN, store, NOW).status == INVALID


def test_an_expired_key_set_is_refused_as_stale() -> None:
    store = TrustStore(KIT.pin)
    with pytest.raises(StaleTrust, match="key_set_expired"):
        store.accept(KIT.bundle(), NOW + 90 * DAY)
    assert store.state.key_set is None


# Status lists: no rollback


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": 4, "issued_at": NOW - 7200}, "status_list_rollback"),
        ({"version": 4, "issued_at": NOW}, "status_list_rollback"),
        ({"version": 6, "issued_at": NOW - 7200}, "status_list_rollback"),
        ({"version": 5, "issued_at": NOW}, "status_list_conflict"),
        ({"version": 6, "issued_at": NOW + 61}, "status_list_from_the_future"),
    ],
    ids=str,
)
def test_a_list_that_goes_back_is_refused(changes: dict[str, Any], reason: str) -> None:
    store = KIT.trust({7: 1})
    assert refuse(store, KIT.bundle(lists=[KIT.status_list(**changes)])) == reason
    assert verify(TOKEN, store, NOW).status == REVOKED


def test_the_same_version_with_other_entries_is_refused() -> None:
    assert refuse(KIT.trust({7: 1}), KIT.bundle(lists=[KIT.status_list({})])) == "status_list_conflict"


def test_a_newer_list_replaces_the_older() -> None:
    store = KIT.trust()
    assert verify(TOKEN, store, NOW).status == VALID
    store.accept(KIT.bundle(lists=[KIT.status_list({7: 1}, version=6, issued_at=NOW)]), NOW)
    assert verify(TOKEN, store, NOW).status == REVOKED


def test_a_list_that_a_later_bundle_withholds_is_kept() -> None:
    store = KIT.trust({7: 1})
    store.accept(KIT.bundle(lists=[KIT.status_list(uri=SECOND_URI)]), NOW)
    assert verify(TOKEN, store, NOW).status == REVOKED
    assert refuse(store, KIT.bundle(lists=[KIT.status_list(version=4)])) == "status_list_rollback"


def test_an_expired_list_is_kept_for_its_verdict_and_its_mark() -> None:
    later = NOW + 30 * DAY
    store = KIT.trust()
    store.accept(KIT.bundle(lists=[]), later)
    assert verify(TOKEN, store, later).reason == "status_list_expired"
    long_lived = KIT.status_list(version=4, expires_at=NOW + 60 * DAY)
    assert refuse(store, KIT.bundle(lists=[long_lived]), later) == "status_list_rollback"


def test_a_list_that_expired_a_lifetime_ago_is_forgotten() -> None:
    store = KIT.trust()
    later = NOW + 7 * DAY + MAX_LIFETIME
    store.accept(KIT.bundle(keys_token=KIT.key_set_token(ver=4, exp=later + DAY), lists=[]), later)
    assert not store.state.lists
    assert not store.state.tokens
    assert not store.state.marks


def test_an_expired_list_in_a_bundle_does_not_spoil_the_others() -> None:
    store = TrustStore(KIT.pin)
    old = KIT.status_list(uri=SECOND_URI, issued_at=NOW - 9 * DAY, expires_at=NOW - 2 * DAY)
    store.accept(KIT.bundle(lists=[old, KIT.status_list()]), NOW)
    assert verify(TOKEN, store, NOW).status == VALID
    assert verify(KIT.certificate(status_uri=SECOND_URI), store, NOW).reason == "status_list_expired"


# A stolen status key


def revoke_status_key(store: TrustStore, fresh: MemorySigner, **changes: Any) -> bytes:
    """A bundle in which the status key is revoked and a fresh one signs the list."""
    entries = (
        KIT.certificates.entry(keys.CERTIFICATE),
        KIT.statuses.entry(keys.STATUS, revoked_at=NOW),
        fresh.entry(keys.STATUS),
    )
    return KIT.bundle(
        keys_token=KIT.key_set_token(ver=4, keys=entries), lists=[KIT.status_list({7: 1}, signer=fresh, **changes)]
    )


def test_a_thief_who_numbers_his_list_far_ahead_locks_nobody_out() -> None:
    store = TrustStore(KIT.pin)
    store.accept(KIT.bundle(lists=[KIT.status_list({}, version=10**9, issued_at=NOW + 60)]), NOW)
    store.accept(revoke_status_key(store, MemorySigner()), NOW)
    assert verify(TOKEN, store, NOW).status == REVOKED


def test_the_lists_of_a_revoked_key_are_dropped() -> None:
    store = KIT.trust()
    store.accept(revoke_status_key(store, MemorySigner(), uri=SECOND_URI), NOW)
    assert verify(TOKEN, store, NOW).reason == "status_list_missing"
    assert (LIST_URI, KIT.statuses.kid) not in store.state.marks


def test_a_key_that_was_merely_retired_and_left_out_still_binds() -> None:
    fresh = MemorySigner()
    store = KIT.trust({7: 1})
    entries = (KIT.certificates.entry(keys.CERTIFICATE), fresh.entry(keys.STATUS))
    token = KIT.key_set_token(ver=4, keys=entries)
    store.accept(KIT.bundle(keys_token=token, lists=[]), NOW)
    assert verify(TOKEN, store, NOW).reason == "status_list_missing"
    older = KIT.status_list(signer=fresh, version=4)
    assert refuse(store, KIT.bundle(keys_token=token, lists=[older])) == "status_list_rollback"
    store.accept(KIT.bundle(keys_token=token, lists=[KIT.status_list({7: 1}, signer=fresh, version=6)]), NOW)
    assert verify(TOKEN, store, NOW).status == REVOKED


class TwoStatusKeys:
    """Two status keys in force at once, as during every change of keys; the second can be revoked."""

    def __init__(self) -> None:
        self.second = MemorySigner()
        self.store = TrustStore(KIT.pin)

    def accept(self, ver: int, *lists: str, revoked: bool = False) -> None:
        self.store.accept(self.bundle(ver, *lists, revoked=revoked), NOW)

    def bundle(self, ver: int, *lists: str, revoked: bool = False) -> bytes:
        changes = {"revoked_at": NOW - 100} if revoked else {}
        entries = (*KIT.entries(), self.second.entry(keys.STATUS, **changes))
        return KIT.bundle(keys_token=KIT.key_set_token(ver=ver, keys=entries), lists=lists)


def test_revoking_one_status_key_brings_no_older_list_of_another_back() -> None:
    two = TwoStatusKeys()
    two.accept(3, KIT.status_list({7: 1}, version=6, issued_at=NOW - 1800))
    two.accept(4, KIT.status_list({7: 1}, version=7, issued_at=NOW - 900, signer=two.second))
    older = KIT.status_list(version=5)
    assert refuse(two.store, two.bundle(5, older, revoked=True)) == "status_list_rollback"
    saved = TrustStore.from_bytes(two.store.to_bytes())
    assert refuse(saved, two.bundle(5, older, revoked=True)) == "status_list_rollback"
    same = KIT.status_list(version=6, issued_at=NOW - 1800)
    assert refuse(two.store, two.bundle(5, same, revoked=True)) == "status_list_conflict"
    two.accept(5, KIT.status_list({7: 1}, version=6, issued_at=NOW - 1800), revoked=True)
    assert verify(TOKEN, two.store, NOW).status == REVOKED


def test_a_thief_among_two_status_keys_cannot_number_the_other_out() -> None:
    two = TwoStatusKeys()
    two.accept(3, KIT.status_list(version=6, issued_at=NOW - 1800))
    two.accept(4, KIT.status_list(version=10**9, issued_at=NOW + 60, signer=two.second))
    honest = KIT.status_list({7: 1}, version=7, issued_at=NOW)
    assert refuse(two.store, two.bundle(4, honest)) == "status_list_rollback"
    two.accept(5, honest, revoked=True)
    assert verify(TOKEN, two.store, NOW).status == REVOKED
    assert {kid for _, kid in two.store.state.marks} == {KIT.statuses.kid}


# Bounds: a stolen status key signs whatever it likes


def crowd(count: int, kit: TrustKit = KIT) -> list[str]:
    return [kit.status_list(uri=f"{ISSUER}/thief/{n}", version=10**9) for n in range(count)]


def test_what_a_store_holds_is_bounded_and_a_revoked_key_frees_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certsvc.verifier.trust.MAX_HELD", 200_000)
    store = TrustStore(KIT.pin)
    assert refuse(store, KIT.bundle(lists=crowd(10))) == "status_lists_too_large"
    store.accept(KIT.bundle(lists=crowd(5)), NOW)
    more = [KIT.status_list(uri=f"{ISSUER}/more/{n}") for n in range(5)]
    assert refuse(store, KIT.bundle(lists=more)) == "status_lists_too_large"
    store.accept(revoke_status_key(store, MemorySigner()), NOW)
    assert verify(TOKEN, store, NOW).status == REVOKED


def test_the_number_of_marks_is_bounded_and_a_revoked_key_frees_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certsvc.verifier.trust.MAX_MARKS", 5)
    store = TrustStore(KIT.pin)
    assert refuse(store, KIT.bundle(lists=crowd(6))) == "too_many_status_marks"
    store.accept(KIT.bundle(lists=crowd(5)), NOW)
    assert refuse(store, KIT.bundle()) == "too_many_status_marks"
    store.accept(revoke_status_key(store, MemorySigner()), NOW)
    assert len(store.state.marks) == 1


def test_a_mark_goes_with_its_list_even_if_the_key_left_the_set_before() -> None:
    fresh, store, later = MemorySigner(), KIT.trust(), NOW + 7 * DAY + MAX_LIFETIME
    entries = (KIT.certificates.entry(keys.CERTIFICATE), fresh.entry(keys.STATUS))
    token = KIT.key_set_token(ver=4, keys=entries, exp=later + DAY)
    store.accept(KIT.bundle(keys_token=token, lists=[]), later - DAY)
    assert len(store.state.marks) == 1
    store.accept(KIT.bundle(keys_token=token, lists=[]), later)
    assert not store.state.marks


def test_the_fullest_store_can_be_read_again() -> None:
    """Bounds of the parts against those of the file: what `to_bytes` may write, `from_bytes` takes."""
    longest_mark = len('"",') + MAX_URI + 2 * 43 + 3 * 12 + 5
    assert MAX_HELD + keys.CAP + MAX_MARKS * longest_mark + 4096 < truststate.CAP
    assert MAX_MARKS + 2 * MAX_LISTS + 100 < MAX_ITEMS


def test_a_full_bundle_of_our_own_lists_fits_into_a_store() -> None:
    assert bundle.CAP + MAX_LISTS * SIZE * BITS // 8 <= MAX_HELD


def test_one_bundle_is_accepted_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once could end in the older state of the two."""
    seen: list[bool] = []
    accepted = trust.accepted

    def noting(state: TrustState, parts: Bundle, at: int) -> TrustState:
        seen.append(trust._ACCEPTING.locked())
        return accepted(state, parts, at)

    monkeypatch.setattr(trust, "accepted", noting)
    store = KIT.trust()
    refuse(store, KIT.bundle(lists=[KIT.status_list(version=4)]))
    store.accept(KIT.bundle(lists=[]), NOW)
    assert seen == [True, True, True]


# Clock


def test_a_clock_set_back_is_refused_and_a_minute_is_forgiven() -> None:
    store = KIT.trust()
    newest = NOW - 3600
    assert refuse(store, KIT.bundle(), newest - 61) == "clock_set_back"
    store.accept(KIT.bundle(lists=[]), newest - 60)


def test_the_newest_date_is_remembered_when_its_list_is_gone() -> None:
    store = KIT.trust()
    fresh = MemorySigner()
    store.accept(revoke_status_key(store, fresh, issued_at=NOW - 5 * DAY), NOW)
    assert store.state.newest == NOW - 3600
    assert verify(TOKEN, store, NOW - 3600 - 61).reason == "clock_set_back"


# Roots


def test_the_next_root_takes_over_once_and_for_all() -> None:
    after = MemorySigner()
    store = KIT.trust()
    store.accept(
        KIT.bundle(
            root=KIT.next_root, keys_token=KIT.key_set_token(root=KIT.next_root, ver=4, next_root=after.kid), lists=[]
        ),
        NOW,
    )
    assert store.state.pin == KIT.next_root.kid
    assert verify(TOKEN, store, NOW).status == VALID
    assert refuse(store, KIT.bundle(keys_token=KIT.key_set_token(ver=99))) == "root_not_pinned"


@pytest.mark.parametrize(("ver", "reason"), [(2, "key_set_rollback"), (3, "key_set_conflict")])
def test_the_version_rises_across_a_change_of_root_as_well(ver: int, reason: str) -> None:
    other = KIT.key_set_token(root=KIT.next_root, ver=ver)
    assert refuse(KIT.trust(), KIT.bundle(root=KIT.next_root, keys_token=other)) == reason
    same_content = KIT.key_set_token(root=KIT.next_root)
    assert refuse(KIT.trust(), KIT.bundle(root=KIT.next_root, keys_token=same_content)) == "key_set_conflict"


def test_two_roots_that_name_each_other_bring_no_left_key_set_back() -> None:
    revoked = (KIT.certificates.entry(keys.CERTIFICATE, revoked_at=NOW - 100), KIT.statuses.entry(keys.STATUS))
    newer = KIT.key_set_token(root=KIT.next_root, ver=6, keys=revoked, next_root=KIT.pin)
    store = KIT.trust()
    store.accept(KIT.bundle(root=KIT.next_root, keys_token=newer), NOW)
    for ver in (3, 5):
        assert refuse(store, KIT.bundle(keys_token=KIT.key_set_token(ver=ver))) == "key_set_rollback"
    assert refuse(store, KIT.bundle(keys_token=KIT.key_set_token(ver=6))) == "key_set_conflict"
    assert verify(TOKEN, store, NOW).reason == "key_revoked"
    store.accept(KIT.bundle(keys_token=KIT.key_set_token(ver=7, keys=revoked)), NOW)
    assert store.state.pin == KIT.pin


def test_only_what_makes_the_key_is_kept_of_a_root() -> None:
    """The wrapper is unsigned, so whatever else it says of the root is anybody's word, and may be long."""
    members = json.loads(KIT.bundle())
    members["root"] |= {"kid": KIT.pin, "note": "x" * 1000}
    store = TrustStore(KIT.pin)
    store.accept(json.dumps(members).encode(), NOW)
    assert store.state.root == {name: KIT.root.jwk[name] for name in ("kty", "crv", "x", "y")}


def test_the_next_root_is_trusted_only_by_the_word_of_an_accepted_key_set() -> None:
    data = KIT.bundle(root=KIT.next_root, lists=[])
    assert refuse(TrustStore(KIT.pin), data) == "root_not_pinned"
    store = TrustStore(KIT.pin)
    store.accept(KIT.bundle(keys_token=KIT.key_set_token(next_root="")), NOW)
    assert refuse(store, data) == "root_not_pinned"


def test_the_root_key_of_a_bundle_signs_nothing_for_the_other_root() -> None:
    mixed = KIT.bundle(root=KIT.next_root, keys_token=KIT.key_set_token())
    assert refuse(KIT.trust(), mixed) == "root_not_pinned"


@given(st.data())
def test_any_member_of_a_signed_list_may_be_hostile(data: st.DataObject) -> None:
    payload = json.loads(b64url_decode(KIT.status_list().split(".")[1]))
    name = data.draw(st.sampled_from(sorted(payload)))
    payload[name] = data.draw(st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2))
    store = TrustStore(KIT.pin)
    try:
        store.accept(KIT.bundle(lists=[sign(KIT.statuses, "statuslist+jwt", json.dumps(payload).encode())]), NOW)
    except VerificationError:
        assert store.state.key_set is None
