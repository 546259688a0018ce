"""The limit stays between 1 and its most, gives way to failures, and comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certsvc.agencies.resilience.limit import Limit


@given(
    most=st.integers(1, 300),
    signs=st.lists(st.tuples(st.booleans(), st.floats(0, 10)), max_size=200),
)
def test_it_never_leaves_its_bounds(most: int, signs: list[tuple[bool, float]]) -> None:
    limit, now = Limit(most), 0.0
    for answered, seconds in signs:
        now += seconds
        if answered:
            limit.answered()
        else:
            limit.failed(now, now)
        assert 1 <= limit.now <= most


@given(most=st.integers(1, 300), failures=st.integers(0, 20))
def test_it_recovers_after_any_failures(most: int, failures: int) -> None:
    limit = Limit(most)
    for number in range(1, failures + 1):
        limit.failed(float(number), float(number))
    rounds = 0
    while limit.now < most and rounds <= 32:
        rounds += 1
        for _ in range(limit.now):
            limit.answered()
    assert limit.now == most


def test_one_bad_moment_halves_it_once_however_many_questions_it_met() -> None:
    limit = Limit(16)
    for _ in range(16):
        limit.failed(begun=0.0, now=2.0)
    assert limit.now == 8
    limit.failed(begun=2.5, now=3.0)
    assert limit.now == 4
