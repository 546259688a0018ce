"""The file form of a trust store: what was accepted, and what it must not fall behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.verifier import REVOKED, UNKNOWN, VALID, TrustStore, VerificationError, verify
from tests.trust_kit import NOW, TrustKit

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
    store.accept(KIT.bundle(root=KIT.next_root, keys_token=KIT.key_set_token(root=KIT.next_root, ver=4), lists=[]), NOW)
    loaded = TrustStore.from_bytes(store.to_bytes())
    assert (loaded.state.origin, loaded.state.pin) == (KIT.root.kid, KIT.next_root.kid)


SAVED: dict[str, Any] = json.loads(KIT.trust().to_bytes())
MARK: list[str] = SAVED["marks"][0].split(" ")


def marked(place: int, text: str) -> dict[str, Any]:
    """The store's one mark with one part replaced."""
    return {"marks": [" ".join([*MARK[:place], text, *MARK[place + 1 :]])]}


DAMAGES: list[dict[str, Any]] = [
    {"v": 1},
    {"v": 3},
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
    {"marks": [1]},
    {"marks": SAVED["marks"] * 2},
    {"marks": [*SAVED["marks"], "x"]},
    {"marks": [SAVED["marks"][0] + " x"]},
    marked(0, "urn:other"),
    marked(0, ""),
    marked(1, KIT.root.kid),
    marked(1, "k"),
    marked(2, "x"),
    marked(2, "-1"),
    marked(2, "\u00b2"),
    marked(2, ""),
    marked(2, "0"),
    marked(3, "253402300800"),
    marked(3, "9" * 13),
    marked(4, "05"),
    marked(4, "6"),
    marked(5, "d"),
    marked(5, KIT.root.kid),
    {"keys": ""},
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
