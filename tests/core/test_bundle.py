"""The bundle's wrapper: shape and bounds."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core import bundle, jose, statuslist
from certsvc.core.bundle import Bundle, encode_bundle, read_bundle
from certsvc.core.errors import VerificationError

ROOT: dict[str, object] = {"kty": "EC"}
GOOD: dict[str, Any] = {
    "v": 1,
    "root": ROOT,
    "keys": "a",
    "status_lists": ["b", "c"],
    "notices": ["d"],
    "salvage": ["e"],
}


def test_a_bundle_reads_back_as_written() -> None:
    data = encode_bundle(ROOT, "a", ["b", "c"], ["d"], ["e"])
    assert json.loads(data) == GOOD
    assert read_bundle(data) == Bundle(ROOT, "a", ("b", "c"), ("d",), ("e",))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"v": 2}, "bundle_format"),
        ({"v": True}, "bundle_format"),
        ({"v": "1"}, "bundle_format"),
        ({"v": None}, "bundle_format"),
        ({"root": "x"}, "bundle_malformed"),
        ({"keys": 1}, "bundle_malformed"),
        ({"keys": None}, "bundle_malformed"),
        ({"status_lists": {}}, "bundle_malformed"),
        ({"status_lists": [1]}, "bundle_malformed"),
        ({"status_lists": ["x"] * (bundle.MAX_LISTS + 1)}, "bundle_malformed"),
        ({"notices": None}, "bundle_malformed"),
        ({"notices": ["x"] * (bundle.MAX_NOTICES + 1)}, "bundle_malformed"),
        ({"salvage": None}, "bundle_malformed"),
        ({"salvage": ["x"] * (bundle.MAX_SALVAGE + 1)}, "bundle_malformed"),
        ({"more": 1}, "bundle_malformed"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_rejects_a_bundle_with(changes: dict[str, Any], reason: str) -> None:
    members = {name: value for name, value in (GOOD | changes).items() if value is not None}
    with pytest.raises(VerificationError) as caught:
        read_bundle(json.dumps(members).encode())
    assert caught.value.reason == reason


def test_the_size_is_bounded_before_anything_is_parsed() -> None:
    with pytest.raises(VerificationError, match="bundle_too_large"):
        read_bundle(b" " * (bundle.CAP + 1))


@pytest.mark.parametrize("data", ['{"v":1,"root":{"a":"\U0001f600"}}', '{"v":1,"root":{"a":"\\\\u0041"}}'], ids=ascii)
def test_a_character_that_would_widen_the_whole_text_in_memory_is_refused(data: str) -> None:
    with pytest.raises(VerificationError, match="a character that no part needs"):
        read_bundle(data.encode())


def test_a_bundle_holds_the_lists_of_twelve_million_certificates_however_crowded() -> None:
    """Random entries cannot be compressed, so no list of ours has a longer token."""
    crowded = statuslist.pack({n: int(b) & 3 for n, b in enumerate(random.Random(1).randbytes(statuslist.SIZE))})
    members = {"sub": "u" * statuslist.MAX_URI, "lst": jose.b64url_encode(statuslist.deflate(crowded))}
    token = len(jose.b64url_encode(jose.write_json(members))) + 1000
    lists = -(-12_000_000 // statuslist.SIZE)
    assert lists <= bundle.MAX_LISTS
    assert lists * token < bundle.CAP // 2


def test_nothing_is_written_that_would_be_refused() -> None:
    with pytest.raises(ValueError, match="bounds"):
        encode_bundle(ROOT, "a", ["x"] * (bundle.MAX_LISTS + 1))
    for foreign in ("\u00f1", "\\"):
        with pytest.raises(ValueError, match="no part needs"):
            encode_bundle(ROOT, foreign, [])


@given(
    st.binary(max_size=100)
    | st.dictionaries(st.sampled_from(sorted(GOOD)), st.integers() | st.text()).map(lambda d: json.dumps(d).encode())
)
def test_any_bytes_are_refused_by_verification_error(data: bytes) -> None:
    """Invariant tested: only VerificationError leaves `read_bundle`."""
    with pytest.raises(VerificationError):
        read_bundle(data)
