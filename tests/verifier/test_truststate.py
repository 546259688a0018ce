"""The file form of a trust store: what was accepted, and what it must not fall behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.verifier import REVOKED, UNKNOWN, VALID, TrustStore, VerificationError, verify
from tests.trust_kit import LIST_URI, NOW, TrustKit

KIT = TrustKit()
TOKEN = KIT.certificate()


def refuse(store: TrustStore, bundle: bytes) -> str:
    """Why the store refuses; asserts that nothing of it changed."""
    before = store.state
    with pytest.raises(VerificationError) as caught:
        store.accept(bundle, NOW)
    assert store.state is before
    return caught.value.reason


def test_a_loaded_store_is_the_one_that_was_saved() -> None:
    store = KIT.trust({7: 1})
    loaded = TrustStore.from_bytes(store.to_bytes())
    assert loaded.state == store.state
    assert refuse(loaded, KIT.bundle(keys_token=KIT.key_set_token(ver=2))) == "key_set_rollback"
    assert refuse(loaded, KIT.bundle(lists=[KIT.status_list(version=4)])) == "status_list_rollback"
    assert verify(TOKEN, loaded, NOW).status == REVOKED


def test_a_store_that_has_accepted_nothing_can_be_saved_too() -> None:
    loaded = TrustStore.from_bytes(TrustStore(KIT.pin).to_bytes())
    assert verify(TOKEN, loaded, NOW).status == UNKNOWN
    loaded.accept(KIT.bundle(), NOW)
    assert verify(TOKEN, loaded, NOW).status == VALID


def test_a_store_under_its_next_root_remembers_where_it_began() -> None:
    store = KIT.trust()
    store.accept(KIT.bundle(root=KIT.next_root, lists=[]), NOW)
    loaded = TrustStore.from_bytes(store.to_bytes())
    assert (loaded.state.origin, loaded.state.pin) == (KIT.root.kid, KIT.next_root.kid)


SAVED: dict[str, Any] = json.loads(KIT.trust().to_bytes())


DAMAGES: list[dict[str, Any]] = [
    {"v": 2},
    {"v": True},
    {"origin": "x"},
    {"pin": 7},
    {"pin": KIT.next_root.kid},
    {"root": []},
    {"root": KIT.next_root.jwk},
    {"keys": None},
    {"keys": "x"},
    {"status_lists": {}},
    {"status_lists": [1]},
    {"status_lists": SAVED["status_lists"] * 2},
    {"marks": {}},
    {"marks": []},
    {"marks": {LIST_URI: 1}},
    {"marks": {LIST_URI: "k 1"}},
    {"marks": {LIST_URI: "k x 1 d"}},
    {"marks": {LIST_URI: "k 1 -1 d"}},
    {"newest": "1"},
    {"newest": -1},
    {"more": 1},
]


# Numbered, since the keys in them differ from process to process.
@pytest.mark.parametrize("number", range(len(DAMAGES)))
def test_a_damaged_store_is_refused(number: int) -> None:
    with pytest.raises(VerificationError):
        TrustStore.from_bytes(json.dumps(SAVED | DAMAGES[number]).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_verification_error(data: bytes) -> None:
    """Invariant tested: only VerificationError leaves the readers of files."""
    with pytest.raises(VerificationError):
        TrustStore.from_bytes(data)
    assert refuse(TrustStore(KIT.pin), data)
