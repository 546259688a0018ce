"""Strict JSON: what it keeps apart, what it refuses, and that nothing else leaves it."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certsvc.core.errors import VerificationError
from certsvc.core.strictjson import MAX_DEPTH, MAX_ITEMS, read_json, write_json

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(st.dictionaries(st.text(), values, max_size=6))
def test_what_is_written_reads_back(members: dict[str, Any]) -> None:
    if depth(members) <= MAX_DEPTH:
        assert read_json(write_json(members)) == members


@given(st.binary(max_size=300) | st.text(alphabet='{}[]":,\\ue0d8 1-.NaIn', max_size=80).map(str.encode))
@example(b'{"a":"' + b'\\"' * 50)
@example(b"{" * 100)
def test_any_bytes_are_read_as_python_reads_them_or_refused(data: bytes) -> None:
    """Invariant tested: only VerificationError leaves the reader, and what it accepts means what others read."""
    try:
        value = read_json(data)
    except VerificationError:
        return
    assert value == json.loads(data)


def test_a_hostile_text_of_escaped_quotes_takes_linear_time() -> None:
    """A quadratic scan of these four million bytes would not end within the test's limit."""
    data = b'{"a":' + b"[" * 20 + b'"' + b'\\"' * 2_000_000
    with pytest.raises(VerificationError, match="json_too_deep"):
        read_json(data)


def test_brackets_within_texts_do_not_count() -> None:
    text = '[{"\\' * 40
    assert read_json(write_json({"a": text, "b": [1]})) == {"a": text, "b": [1]}


@pytest.mark.parametrize("part", [b"[", b'{"a":', b'{"a":['])
def test_a_recursion_bomb_is_refused_before_anything_recurses(part: bytes) -> None:
    with pytest.raises(VerificationError, match="json_too_deep"):
        read_json(part * 8000)
    with pytest.raises(VerificationError, match="json_too_crowded"):
        read_json(part * 1_000_000)


def test_sixteen_levels_are_read_and_seventeen_are_not() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * levels + b"1" + b"}" * levels

    assert depth(read_json(nested(16))) == MAX_DEPTH == 16
    with pytest.raises(VerificationError, match="json_too_deep"):
        read_json(nested(17))


def test_as_many_items_as_the_bound_are_read_and_one_more_is_not() -> None:
    def crowd(items: int) -> bytes:
        return b'{"a":[' + b"10," * (items - 2) + b"10]}"

    assert len(read_json(crowd(MAX_ITEMS))["a"]) == MAX_ITEMS - 1  # type: ignore[arg-type]  # a list
    with pytest.raises(VerificationError, match="json_too_crowded"):
        read_json(crowd(MAX_ITEMS + 1))


def test_every_text_within_the_bounds_passes_the_check_of_depth() -> None:
    """Half the items objects, each with a name and a text: as many marks as a text can have."""
    members = [{"a": "b"}] * (MAX_ITEMS // 2 - 1)
    assert read_json(write_json({"a": members})) == {"a": members}


SIZE = 4 * 1024 * 1024
HOSTILE = {
    "members": b"{" + b",".join(b'"%07x":0' % n for n in range(SIZE // 12)) + b"}",
    "objects": b'{"a":[' + b"{}," * (SIZE // 3) + b"1]}",
    "strings": b'{"a":' + b"[" * 20 + b'""' * (SIZE // 2),
    "strings after brackets": b'{"a":[' + b"[]," * 20 + b'""' * (SIZE // 2),
    "few brackets": b'{"a":[' + b'""' * (SIZE // 2),
    "escapes": b'{"a":' + b"[" * 20 + b'"' + b'\\"' * (SIZE // 2),
    "brackets": b'{"a":' + b"[" * SIZE,
    "closing": b'{"a":' + b"[]," * 20 + b"]" * SIZE,
    "one string": b'{"a":"' + b"A" * SIZE + b'"}',
    "open string": b'{"a":[' * 10 + b'"' + b"A" * SIZE,
    "blanks": b" " * SIZE + b"{}",
    "digits": b'{"a":' + b"1" * SIZE + b"}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_more_memory_than_twice_its_size_and_eight_mebibytes(name: str) -> None:
    tracemalloc.start()
    try:
        read_json(HOSTILE[name])
    except VerificationError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak <= 2 * len(HOSTILE[name]) + 8 * 1024 * 1024


def test_half_a_surrogate_pair_is_refused_wherever_it_stands() -> None:
    for text in (b'{"a":"\\ud83d"}', b'{"\\ud83d":1}', b'{"a":[{"b":["\\ude00"]}]}'):
        with pytest.raises(VerificationError, match="json_lone_surrogate"):
            read_json(text)


def test_blanks_around_the_object_are_allowed_as_the_standard_has_it() -> None:
    assert read_json(b' \t\r\n{ "a" : 1 } \n') == {"a": 1}


@pytest.mark.parametrize("data", [b"\xc2\xa0{}", b"{}\xc2\xa0", b"{}\0", b"", b"{}x"], ids=repr)
def test_other_blanks_and_text_around_it_are_not(data: bytes) -> None:
    with pytest.raises(VerificationError, match="json_malformed"):
        read_json(data)


def test_a_surrogate_pair_is_one_character() -> None:
    assert read_json(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), object(), "\ud800"], ids=["NaN", "Infinity", "object", "half a pair"]
)
def test_nothing_is_written_that_would_not_be_read(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        write_json({"a": value})
