"""Whoever keeps to an allowance passes none of the windows that it was made for, however late his calls arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.service.agency_records import Urgency
from certsvc.service.quota import Allowance, Step, Window, allowance, steps

MINISTRY = (Window(100, 5.0), Window(1200, 120.0))

windows = st.lists(
    st.builds(Window, calls=st.integers(1, 60) | st.integers(1, 2000), seconds=st.floats(0.1, 1000.0)),
    min_size=1,
    max_size=4,
)
lags = st.floats(0.0, 30.0)
urgencies = st.sampled_from(Urgency)


def most_within(arrivals: list[float], seconds: float) -> int:
    """The most arrivals in any span of so many seconds, both ends included."""
    arrivals = sorted(arrivals)
    most = first = 0
    for last, at in enumerate(arrivals):
        while at - arrivals[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


class Bucket:
    """What an allowance means, in its plainest form."""

    def __init__(self, allowed: Allowance) -> None:
        self.allowed = allowed
        self.level = float(allowed.burst)
        self.at = 0.0

    def take(self, at: float, waiting: list[tuple[int, Urgency]]) -> int:
        self.level = min(self.level + (at - self.at) * self.allowed.rate, self.allowed.burst)
        self.at = at
        taken = max([step.upto for step in steps(self.allowed, waiting) if step.level <= self.level], default=0)
        self.level -= taken
        return taken


@given(
    windows,
    lags,
    st.lists(
        st.tuples(
            st.floats(0.0, 3.0) | st.just(0.0),
            st.lists(st.tuples(st.integers(1, 40), urgencies), max_size=8),
            st.floats(0.0, 1.0),
        ),
        max_size=60,
    ),
)
def test_no_window_is_ever_passed_whatever_is_asked_when_and_however_late_it_arrives(
    published: list[Window], lag: float, asked: list[tuple[float, list[tuple[int, Urgency]], float]]
) -> None:
    allowed = allowance(published, lag)
    if allowed is None:
        return
    bucket, at = Bucket(allowed), 0.0
    arrivals: list[float] = []
    for gap, waiting, late in asked:
        # In units of the time that the bucket takes to fill, so that it is now empty, now full.
        at += gap * allowed.seconds_to_fill / 2
        taken = bucket.take(at, sorted(waiting, key=lambda one: one[1]))
        arrivals += [at + late * lag] * taken
    for window in published:
        assert most_within(arrivals, window.seconds) <= window.calls


@given(windows, lags, st.floats(0.01, 2.0))
def test_one_who_asks_all_the_time_passes_no_window_either_and_gets_the_rate(
    published: list[Window], lag: float, apart: float
) -> None:
    allowed = allowance(published, lag)
    if allowed is None:
        return
    bucket = Bucket(allowed)
    arrivals: list[float] = []
    for number in range(300):
        at = number * apart / allowed.rate
        # The first of all arrive as late as they can, the last at once: as close together as can be.
        late = lag * (1 - number / 300)
        arrivals += [at + late] * bucket.take(at, [(1, Urgency.URGENT)] * 50)
    for window in published:
        assert most_within(arrivals, window.seconds) <= window.calls
    # A bucket of one is found full up to one question late.
    assert len(arrivals) >= int(299 * apart / (1 + apart))


def test_the_ministry_s_limits_allow_44_at_once_and_nearly_8_a_second() -> None:
    allowed = allowance(MINISTRY, lag=2.0)
    assert allowed is not None
    assert allowed.burst == 44
    assert allowed.rate == pytest.approx(7.87, abs=0.005)


@given(windows, lags)
def test_a_fifth_of_the_smallest_window_may_go_at_once(published: list[Window], lag: float) -> None:
    allowed = allowance(published, lag)
    least = min(window.calls for window in published) // 5
    assert (allowed.burst if allowed else 0) >= least
    assert allowed is None or allowed.rate > 0


@given(windows, lags, st.lists(st.tuples(st.integers(1, 50), urgencies), max_size=20))
def test_steps_rise_and_what_a_full_bucket_holds_can_always_be_had(
    published: list[Window], lag: float, waiting: list[tuple[int, Urgency]]
) -> None:
    allowed = allowance(published, lag)
    if allowed is None:
        return
    made = steps(allowed, sorted(waiting, key=lambda one: one[1]))
    for before, after in zip([Step(0, 0.0), *made], made, strict=False):
        assert after.upto > before.upto
        assert before.level <= after.level
        calls = after.upto - before.upto
        assert calls <= after.level - before.upto <= max(allowed.burst, calls)


def test_the_more_urgent_need_less_in_the_bucket() -> None:
    allowed = Allowance(1.0, 20)
    assert [allowed.level_for(1, urgency) for urgency in Urgency] == [1, 5, 11]
    # A bucket of one has nothing to leave for others.
    assert [Allowance(1.0, 1).level_for(1, urgency) for urgency in Urgency] == [1, 1, 1]
