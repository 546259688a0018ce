"""What an agency's answers tell of the agency: whether it is there, how much it bears, when it last spoke.

Invariants
- An outage or an answer that is none counts as a failure; a question that had too little time tells nothing.
- An agency that asks to be left alone has not failed: its breaker stays as it is.
- An agency is out when its breaker opens, and also when it has done nothing but fail for `peace` seconds, at least
  twice: too few may ask to open the breaker. That is told once, until it answers again.
- It is called back once that an agency has returned: at the first answer after it was told as out, from its probe if
  its breaker had opened; or at its first definite answer after it was left alone as long as an outage lasts at least.
  An agency that only now and then asks for peace was never away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from certsvc.agencies.resilience.breaker import Breaker
from certsvc.agencies.resilience.limit import Limit
from certsvc.agencies.resilience.verdict import Verdict, verdict_on
from certsvc.core.model import Evidence, Identifier
from certsvc.core.outcome import Standing
from certsvc.service.agency_records import BreakerState

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that the agency was asked: of which numbers, with which pass, when, and whether it had too little
    time."""

    numbers: tuple[Identifier, ...]
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
        """`peace` is for how long an agency must have been left alone to be told as back, or have failed to be out."""
        self.breaker = breaker
        self.limit = limit
        self.returned: Callable[[str], None] = _ignore
        self.answered_at: datetime | None = None
        self.data_as_of: date | None = None
        self.failing_since: datetime | None = None
        self._failing_from = 0.0
        self._is_out = False
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
            self.breaker.succeeded(asked.entered)
            back = self._ends_failing(now)
            if self._ends_peace(asked, now, definite=definite) or back:
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
        self._goes_on_failing(answer, now)
        if not self.breaker.failed(asked.entered, asked.numbers, now):
            return False
        self._tell_out()
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

    def _goes_on_failing(self, answer: Evidence, now: float) -> None:
        """Notes when the first failure since the last answer was; tells that the agency is out if that is long ago."""
        if self.failing_since is None:
            self.failing_since, self._failing_from = answer.findings[0].checked_at, now
        elif now - self._failing_from >= self._peace:
            self._tell_out()

    def _tell_out(self) -> None:
        if not self._is_out:
            self._is_out = True
            _log.error("agency_is_out", agency=self._agency, alert=True)

    def _ends_failing(self, now: float) -> bool:
        """True if this answer tells that an agency is back that was told as out; of one that is left alone, none does
        but its probe's, which has closed the breaker."""
        if self.breaker.state(now) is not BreakerState.CLOSED:
            return False
        was_out, self._is_out, self.failing_since = self._is_out, False, None
        return was_out

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
