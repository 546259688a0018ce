"""A failure is remembered for a moment, and only so many are."""

from __future__ import annotations

from certsvc.agencies.resilience.outages import Outages
from certsvc.core.model import Evidence

FAILURE = Evidence(())


def test_a_failure_counts_until_its_time_is_over() -> None:
    outages = Outages(2.0)
    outages.keep(b"a", FAILURE, 10.0)
    assert outages.recall(b"a", 11.9) is FAILURE
    assert outages.recall(b"b", 11.9) is None
    assert outages.recall(b"a", 12.0) is None
    assert len(outages) == 0


def test_a_second_failure_begins_its_time_anew() -> None:
    outages = Outages(2.0)
    outages.keep(b"a", FAILURE, 10.0)
    outages.keep(b"b", FAILURE, 11.0)
    outages.keep(b"a", FAILURE, 11.5)
    assert outages.recall(b"a", 13.2) is FAILURE
    assert outages.recall(b"b", 13.2) is None


def test_of_too_many_the_oldest_goes() -> None:
    outages = Outages(2.0, most=2)
    for subject in (b"a", b"b", b"c"):
        outages.keep(subject, FAILURE, 0.0)
    assert [outages.recall(subject, 1.0) for subject in (b"a", b"b", b"c")] == [None, FAILURE, FAILURE]


def test_an_answer_ends_it() -> None:
    outages = Outages(2.0)
    outages.keep(b"a", FAILURE, 0.0)
    outages.forget(b"a")
    outages.forget(b"b")
    assert outages.recall(b"a", 0.0) is None
