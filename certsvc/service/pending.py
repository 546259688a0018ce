"""When an application that cannot be decided yet is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from certsvc.core.outcome import Outcome
from certsvc.service.records import Application

PACED_LAST = timedelta(minutes=5)
"""The longest wait for agencies that only asked for a pause: they work, and their turn comes by their quota."""

_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """Waits that double from `first` to `last`, until `give_up_after` from the application.

    Each wait is up to a quarter shorter, by the application's id: those that one outage left waiting must not all ask
    in the second in which it ends.
    """

    first: timedelta
    last: timedelta
    give_up_after: timedelta

    def planned(self, application: Application) -> Application:
        """The pending application with its deadline and its next attempt, which is never after the deadline."""
        expires_at = application.expires_at or application.created_at + self.give_up_after
        next_attempt_at = application.updated_at + self.wait(application)
        return replace(application, next_attempt_at=min(next_attempt_at, expires_at), expires_at=expires_at)

    def wait(self, application: Application) -> timedelta:
        """How long after the newest attempt the next one comes, the deadline apart."""
        longest = min(self.last, PACED_LAST) if is_paced(application) else self.last
        doubled = self.first * (1 << min(application.attempts - 1, 30))
        return min(longest, doubled) * (1 - _JITTER * _share(application.id, application.attempts))


def is_paced(application: Application) -> bool:
    """True if all that is missing is held back by agencies that take only so many questions."""
    waits_for = application.decision.waits_for
    return {f.outcome for f in application.evidence.findings if f.agency in waits_for} == {Outcome.RATE_LIMITED}


def _share(application_id: str, attempts: int) -> float:
    """A number from 0 to 1, the same for the same attempt wherever it is reckoned."""
    drawn = sha256(f"{application_id} {attempts}".encode()).digest()
    return int.from_bytes(drawn[:4]) / (1 << 32)
