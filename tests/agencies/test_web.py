"""Pauses are as long as the agency says, within reason."""

from __future__ import annotations

import pytest

from certsvc.agencies.web import Pause, retry_after
from tests.agencies.kit import NOW, Monotonic


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 600),
        ("", 600),
        ("soon", 600),
        ("-5", 600),
        ("1.5", 600),
        ("١٢", 600),
        ("30", 30),
        (" 30 ", 30),
        ("0", 1),
        ("999999999999999999999", 3600),
        ("Mon, 05 Oct 2026 15:02:00 GMT", 120),
        ("Mon, 05 Oct 2026 14:00:00 GMT", 1),
        ("Mon, 05 Oct 2026 15:02:00 -0000", 120),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_ten_minutes_if_unusable(header: str | None, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds


def test_a_pause_holds_until_its_end_and_is_never_shortened(monotonic: Monotonic) -> None:
    pause = Pause(monotonic)
    assert not pause.holds
    pause.begin(60)
    pause.begin(10)
    monotonic.seconds += 59
    before_the_end = pause.holds
    monotonic.seconds += 1
    assert (before_the_end, pause.holds) == (True, False)
