"""Whether an agency is asked at all: left alone after a run of failures, then tried with one question.

Invariants
- CLOSED opens after `open_after` failures in a row, each on another enterprise; one success ends the run. So neither
  one enterprise with which the agency has trouble, nor one that is asked about again and again, closes it to others.
- OPEN lets nobody in for `open_seconds`; it is then HALF_OPEN, and lets one question in, the probe.
- The probe's place is free again once the probe reports, leaves without a report, or its time is over: it never sticks.
- A report counts only while what its question was let in by still holds. A late one neither opens nor closes.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

from certsvc.service.agency_records import BreakerState


class Breaker:
    """The breaker of one agency. Whoever is let in has a pass, and reports with it once."""

    def __init__(self, open_after: int, open_seconds: float) -> None:
        self._open_after = open_after
        self._open_seconds = open_seconds
        self._failed: set[bytes] = set()
        self._opened_at: float | None = None
        self._probe_until: float | None = None
        # The pass that counts: a new one with each opening, closing and probe.
        self._pass = 0

    def state(self, now: float) -> BreakerState:
        """Whether the agency is asked."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self._opened_at + self._open_seconds else BreakerState.HALF_OPEN

    def refuses(self, now: float) -> bool:
        """True if nobody is let in now."""
        if self._opened_at is None:
            return False
        probing = self._probe_until is not None and now < self._probe_until
        return probing or self.state(now) is BreakerState.OPEN

    def enter(self, now: float, within: float) -> int | None:
        """A pass, or None if nobody is let in. As a probe it holds the only place for at most `within` seconds."""
        if self.refuses(now):
            return None
        if self._opened_at is not None:
            self._pass += 1
            self._probe_until = now + within
        return self._pass

    def succeeded(self, entered: int) -> bool:
        """Notes that the agency answered; True if that closes the breaker."""
        if entered != self._pass:
            return False
        self._failed.clear()
        if self._opened_at is None:
            return False
        self._opened_at = self._probe_until = None
        self._pass += 1
        return True

    def failed(self, entered: int, subject: bytes, now: float) -> bool:
        """Notes that the agency failed on this enterprise; True if that opens the breaker."""
        if entered != self._pass:
            return False
        self._failed.add(subject)
        if self._opened_at is None and len(self._failed) < self._open_after:
            return False
        self._failed.clear()
        self._opened_at, self._probe_until = now, None
        self._pass += 1
        return True

    def left(self, entered: int) -> None:
        """Notes that who was let in tells nothing; without effect after a report."""
        if entered == self._pass and self._probe_until is not None:
            self._probe_until = None
            self._pass += 1
