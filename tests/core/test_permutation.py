"""The keyed bijection behind status indexes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsvc.core.permutation import place
from certsvc.core.statuslist import SIZE

KEY = bytes(range(32))
keys = st.binary(min_size=16, max_size=64)


def test_every_index_of_a_whole_list_is_given_exactly_once() -> None:
    given_out = bytearray(SIZE)
    for counter in range(SIZE):
        given_out[place(KEY, counter)] += 1
    assert given_out == b"\1" * SIZE


@given(keys, st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_every_size_is_permuted(key: bytes, size: int) -> None:
    assert sorted(place(key, counter, size) for counter in range(size)) == list(range(size))


@given(keys, st.integers(0, SIZE - 1))
def test_the_same_counter_always_has_the_same_place(key: bytes, counter: int) -> None:
    assert place(key, counter) == place(key, counter) < SIZE


def test_places_never_change_between_releases() -> None:
    """Indexes already given would come out again if they did."""
    assert [place(KEY, counter) for counter in range(4)] == [76318, 124144, 93044, 105380]


def test_neighbours_do_not_stay_neighbours() -> None:
    """The average distance of random neighbours is a third of the size; a sequence would have 1."""
    steps = [abs(place(KEY, n) - place(KEY, n + 1)) for n in range(500)]
    assert SIZE / 4 < sum(steps) / len(steps) < SIZE / 2.4


def test_another_key_gives_another_order() -> None:
    other = bytes(32)
    assert sum(place(KEY, n) == place(other, n) for n in range(500)) < 5


@pytest.mark.parametrize("counter", [-1, SIZE])
def test_refuses_a_counter_outside_the_list(counter: int) -> None:
    with pytest.raises(ValueError, match="counter"):
        place(KEY, counter)


@pytest.mark.parametrize("length", [0, 15, 65])
def test_refuses_a_key_that_is_too_short_or_too_long(length: int) -> None:
    with pytest.raises(ValueError, match="key"):
        place(bytes(length), 0)
