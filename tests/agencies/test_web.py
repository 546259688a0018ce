"""Pauses are as long as the agency says, within reason."""

from __future__ import annotations

import pytest

from certsvc.agencies.web import retry_after
from tests.agencies.kit import NOW


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
        ("Mon, 05 Oct 2026 99999999999999999999:02:00 GMT", 600),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_ten_minutes_if_unusable(header: str | None, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds
