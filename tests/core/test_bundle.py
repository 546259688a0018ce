"""The bundle's wrapper: shape and bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core import bundle
from certsvc.core.bundle import Bundle, encode_bundle, read_bundle
from certsvc.core.errors import VerificationError

ROOT: dict[str, object] = {"kty": "EC"}
GOOD: dict[str, Any] = {"v": 1, "root": ROOT, "keys": "a", "status_lists": ["b", "c"], "notices": ["d"]}


def test_a_bundle_reads_back_as_written() -> None:
    data = encode_bundle(ROOT, "a", ["b", "c"], ["d"])
    assert json.loads(data) == GOOD
    assert read_bundle(data) == Bundle(ROOT, "a", ("b", "c"), ("d",))


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


def test_nothing_is_written_that_would_be_refused() -> None:
    with pytest.raises(ValueError, match="bounds"):
        encode_bundle(ROOT, "a", ["x"] * (bundle.MAX_LISTS + 1))


@given(
    st.binary(max_size=100)
    | st.dictionaries(st.sampled_from(sorted(GOOD)), st.integers() | st.text()).map(lambda d: json.dumps(d).encode())
)
def test_any_bytes_are_refused_by_verification_error(data: bytes) -> None:
    """Invariant tested: only VerificationError leaves `read_bundle`."""
    with pytest.raises(VerificationError):
        read_bundle(data)
