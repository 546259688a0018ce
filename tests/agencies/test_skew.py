"""A clock that is wrong is told of now and then, and decides nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from certsvc.agencies.skew import SkewWatch, seconds_apart
from tests.agencies.kit import NOW, FixedClock, Monotonic


@pytest.mark.parametrize(
    ("date", "age", "apart"),
    [
        ("Mon, 05 Oct 2026 15:00:00 GMT", "", 0),
        ("Mon, 05 Oct 2026 18:00:00 GMT", "", 10_800),
        ("Sat, 03 Oct 2026 15:00:00 GMT", "", -172_800),
        ("Mon, 05 Oct 2026 12:00:00 GMT", "10800", 0),
        ("Mon, 05 Oct 2026 12:00:00 GMT", "-1", -10_800),
        ("Mon, 05 Oct 2026 12:00:00 GMT", "١٢", -10_800),
        ("Mon, 05 Oct 2026 09:00:00 -0600", "", 0),
        ("yesterday", "", None),
        ("", "", None),
        ("Mon, 05 Oct 2026 99999999999999999999:00:00 GMT", "", None),
    ],
)
def test_the_clocks_are_as_far_apart_as_the_answer_says(date: str, age: str, apart: float | None) -> None:
    assert seconds_apart(date, age, NOW) == apart


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_header_is_a_distance_or_none(date: str, age: str) -> None:
    assert isinstance(seconds_apart(date, age, NOW), float | None)


def alerts(watch: SkewWatch, *dates: str) -> list[int]:
    with capture_logs() as logged:
        for date in dates:
            watch.look({"Date": date})
    assert all(entry["alert"] and entry["agency"] == "fund" for entry in logged)
    return [entry["seconds"] for entry in logged]


NEAR, FAR = "Mon, 05 Oct 2026 15:10:00 GMT", "Mon, 05 Oct 2026 14:49:59 GMT"


def test_ten_minutes_are_borne_and_more_is_told_once_an_hour(monotonic: Monotonic) -> None:
    watch = SkewWatch("fund", FixedClock(), monotonic)
    assert alerts(watch, NEAR, "no date") == []
    assert alerts(watch, FAR, FAR) == [-601]
    monotonic.seconds += 3599
    assert alerts(watch, FAR, NEAR) == []
    monotonic.seconds += 1
    assert alerts(watch, NEAR, FAR, FAR) == [-601]


def test_an_answer_without_a_date_is_no_alert(monotonic: Monotonic) -> None:
    with capture_logs() as logged:
        SkewWatch("fund", FixedClock(), monotonic).look({})
    assert logged == []
