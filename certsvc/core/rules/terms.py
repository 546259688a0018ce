"""What several rules are made of: what they rest on, limits, days that come back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Basis:
    """What a rule rests on. `note` says what is not confirmed; empty if all is."""

    citation: str
    confirmed: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; None is no limit."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, order=True)
class DayOfYear:
    """A day that comes back each year. 29 February is not allowed, so that it always does."""

    month: int
    day: int
