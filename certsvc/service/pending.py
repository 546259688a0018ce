"""When an application that cannot be decided yet is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """Waits that double from `first` to `last`, until `give_up_after` from the application."""

    first: timedelta
    last: timedelta
    give_up_after: timedelta

    def next_attempt(self, now: datetime, attempts: int) -> datetime:
        """When to ask again after `attempts` attempts (at least 1)."""
        doubled = self.first * (1 << min(attempts - 1, 30))
        return now + min(self.last, doubled)

    def deadline(self, created_at: datetime) -> datetime:
        """When an application made at `created_at` expires undecided."""
        return created_at + self.give_up_after
