"""What an agency's answers tell of the agency: whether it is there, how much it bears, when it last spoke.

Invariants
- An outage or an answer that is none counts as a failure; a question that had too little time tells nothing.
- An agency that asks to be left alone has not failed: its breaker stays as it is.
- It is called back once that an agency has returned: when its breaker closes, or at its first definite answer after it
  was left alone as long as an outage lasts at least. An agency that only now and then asks for peace was never away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from certsvc.agencies.resilience.breaker import Breaker
from certsvc.agencies.resilience.limit import Limit
from certsvc.agencies.resilience.verdict import Verdict, verdict_on
from certsvc.core.model import Evidence
from certsvc.core.outcome import Standing
from certsvc.service.agency_records import BreakerState

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that the agency was asked: of whom, with which pass, when, and whether it had too little time."""

    subject: bytes
    entered: int
    begun: float
    too_short: bool


def _ignore(_agency: str) -> None:
    """Nobody wants to know that the agency is back."""


class Pulse:
    """The state of one agency. Times are seconds of one monotonic clock."""

    def __init__(
        self, agency: str, breaker: Breaker, limit: Limit, *, peace: float, monotonic: Callable[[], float]
    ) -> None:
        """`peace` is for how long an agency must have been left alone to be told as back."""
        self.breaker = breaker
        self.limit = limit
        self.returned: Callable[[str], None] = _ignore
        self.answered_at: datetime | None = None
        self.data_as_of: date | None = None
        self._agency = agency
        self._peace = peace
        self._peace_since: float | None = None
        self._monotonic = monotonic

    def learn(self, answer: Evidence, asked: Asked) -> bool:
        """Takes note of what came of a question; true if the agency is to be left alone from now on."""
        verdict, now = verdict_on(answer), self._monotonic()
        if verdict is Verdict.THERE:
            self.limit.answered()
            definite = self.note(answer)
            closed = self.breaker.succeeded(asked.entered)
            if self._ends_peace(asked, now, definite=definite) or closed:
                self._is_back()
            return False
        if verdict is Verdict.ASKS_FOR_PEACE:
            if self._peace_since is None:
                self._peace_since = now
                self.limit.failed(asked.begun, now)
            return False
        if asked.too_short:
            return False
        if verdict is Verdict.OUT:
            self.limit.failed(asked.begun, now)
        was = self.breaker.state(now)
        if not self.breaker.failed(asked.entered, asked.subject, now):
            return False
        if was is BreakerState.CLOSED:
            _log.error("agency_is_out", agency=self._agency, alert=True)
        return True

    def note(self, answer: Evidence) -> bool:
        """True if the answer says anything definite; notes when it came, and of which day it speaks."""
        definite = False
        for finding in answer.findings:
            if finding.standing is not Standing.UNKNOWN:
                definite = True
                self.answered_at = finding.checked_at
                day = finding.data_as_of
                if day is not None and (self.data_as_of is None or day > self.data_as_of):
                    self.data_as_of = day
        return definite

    def _ends_peace(self, asked: Asked, now: float, *, definite: bool) -> bool:
        """True if this answer tells that the agency is back after it was left alone."""
        since = self._peace_since
        if since is None or not definite or asked.begun < since:
            return False
        self._peace_since = None
        return now - since >= self._peace

    def _is_back(self) -> None:
        _log.info("agency_is_back", agency=self._agency)
        try:
            self.returned(self._agency)
        except Exception as fault:
            # Those who wait for the agency are tried again by themselves, only later.
            _log.error("agency_return_unheard", agency=self._agency, alert=True, fault=type(fault).__name__)
