"""A batch waits for company only where that pays: by what the last ones were, and by how busy the thread is."""

from __future__ import annotations

import pytest

from certsvc.store.pace import Pace


class Thread:
    """A clock, and the CPU time of a thread that works a share of the time."""

    def __init__(self) -> None:
        self.now = self.worked = 0.0

    def run(self, seconds: float, share: float) -> None:
        self.now += seconds
        self.worked += seconds * share


def a_pace(thread: Thread, cap: int = 128) -> Pace:
    return Pace(least=0.001, most=0.016, cap=cap, clock=lambda: thread.now, cpu=lambda: thread.worked)


def test_nobody_waits_for_company_that_never_came() -> None:
    pace = a_pace(Thread())
    for _ in range(10):
        pace.took(1)
        assert pace.wanted == 1


def test_more_are_hoped_for_as_long_as_they_come() -> None:
    pace = a_pace(Thread(), cap=12)
    wanted = []
    for size in (2, 4, 8, 12):
        pace.took(size)
        wanted.append(pace.wanted)
    assert wanted == [4, 8, 12, 12]


def test_after_hoping_in_vain_it_waits_for_as_many_as_there_are() -> None:
    pace = a_pace(Thread())
    pace.took(8)
    assert pace.wanted == 16
    wanted = []
    for _ in range(20):
        pace.took(8)
        wanted.append(pace.wanted)
    assert wanted[:15] == [8] * 15
    assert wanted.count(16) == 1


def test_one_alone_ends_the_waiting() -> None:
    pace = a_pace(Thread())
    pace.took(8)
    pace.took(1)
    assert pace.wanted == 1


def test_rest_forgets_company() -> None:
    pace = a_pace(Thread())
    pace.took(8)
    pace.rest()
    assert pace.wanted == 1
    pace.took(2)
    assert pace.wanted == 4


@pytest.mark.parametrize(("share", "seconds"), [(0.0, 0.001), (0.6, 0.001), (0.8, 0.0085), (1.0, 0.016)])
def test_the_busier_the_thread_the_longer_the_wait(share: float, seconds: float) -> None:
    thread = Thread()
    pace = a_pace(thread)
    for _ in range(100):
        thread.run(0.01, share)
        patience = pace.patience
    assert patience == pytest.approx(seconds, rel=0.01)


def test_moments_too_short_to_judge_change_nothing() -> None:
    thread = Thread()
    pace = a_pace(thread)
    for _ in range(100):
        thread.run(0.00001, 1.0)
        assert pace.patience == 0.001
        thread.run(0.00001, 0.0)
