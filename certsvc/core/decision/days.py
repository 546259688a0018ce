"""Days reckoned with: ages, windows and what is left of a period.

Invariants
- Every period is half-open: its first day is in it, its last is the day before its end.
- Only differences are computed, never a day moved: no day that an agency sends can leave the calendar.
"""

from __future__ import annotations

from datetime import date

AHEAD_AT_MOST = 1
"""An agency in another zone, or one that dates its file by the day of delivery, may be a day ahead."""

FOREVER = 10**7
"""More days than the calendar has: how long something carries that has no known end."""


def age(day: date, on: date) -> int:
    """How many days before `on` the day lies; negative if it lies ahead."""
    return (on - day).days


def is_fresh(day: date, on: date, max_age_days: int) -> bool:
    """True for data neither older than that, nor from farther ahead than an honest clock explains."""
    return -AHEAD_AT_MOST <= age(day, on) <= max_age_days


def has_come(day: date | None, on: date) -> bool:
    """True if the day is known and not after `on`."""
    return day is not None and day <= on


def days_left(start: date | None, on: date, days: int) -> int:
    """How many days are left, `on` included, of that many from `start` on; 0 before it, after them, or if unknown."""
    if start is None or not 0 <= (gone := age(start, on)) < days:
        return 0
    return days - gone


def is_in(day: date | None, first: date, until: date) -> bool:
    """True if the day is known and in the half-open window."""
    return day is not None and first <= day < until
