"""One agency behind its defences.

A question passes them in this order: what is known without asking, outages in memory, the breaker; a flight that is on
its way already; the waiting room and the limit; the breaker's pass; the agency's quota; one try within its time; and
again, if the retry budget and the deadline allow it.

Invariants
- Whatever the agency does, there is one finding for each of its schemes by the deadline; nothing is raised but
  CancelledError.
- An agency that hangs holds at most `calls_at_once` calls and `waiting_at_most` who wait, and nothing of others.
- Only an outage is tried again, and only if another whole try fits in before the deadline.
- A caller in haste makes no outage: what a deadline cut off is not remembered, and a try that was cut to less than half
  tells nothing of the agency.
- Nor does what is our own doing: an agency that was not asked, for want of room, of time or of quota, or since we are
  closing, is RATE_LIMITED. UNAVAILABLE is one that was asked in vain, or whose breaker is open.
- Every turn, pass and place in the waiting room is given back however a question ends.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

import structlog

from certsvc.agencies.adapter import Adapter
from certsvc.agencies.quota import NoQuota, Quota
from certsvc.agencies.resilience.breaker import Breaker
from certsvc.agencies.resilience.contained import Contained
from certsvc.agencies.resilience.flights import Flight, Flights
from certsvc.agencies.resilience.limit import Limit
from certsvc.agencies.resilience.outages import Outages
from certsvc.agencies.resilience.policy import DEFAULT, Policy
from certsvc.agencies.resilience.pulse import Asked, Pulse
from certsvc.agencies.resilience.retries import RetryBudget, backoff
from certsvc.agencies.resilience.turns import Turns
from certsvc.agencies.resilience.verdict import Verdict, verdict_on
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import AgencyHealth, BreakerState, QuotaStanding, Urgency, subject_of
from certsvc.service.ports import Clock

_log = structlog.get_logger(__name__)

_TELLING = 0.5
"""The share of a whole try that an agency must have had, for its silence to tell anything."""

_SLACK = 0.05
"""The share of a whole try by which two deadlines may differ and yet pass for the same."""

_MARGIN = 0.05
"""Seconds, but at most a tenth of what is left, that an adapter gets less than its caller has."""


class Guard:
    """Asks one agency, never more than it bears. Fits what `certsvc.agencies.fanout.Panel` asks."""

    def __init__(
        self,
        adapter: Adapter,
        clock: Clock,
        policy: Policy = DEFAULT,
        *,
        quota: Quota | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`monotonic` is the clock of outages and the breaker; deadlines are on the loop's. `jitter` is in [0, 1)."""
        self.name = adapter.name
        self.schemes = adapter.schemes
        self._adapter = Contained(adapter, clock)
        self._policy = policy
        self._quota: Quota = NoQuota() if quota is None else quota
        self._monotonic = monotonic
        self._jitter = jitter
        held = policy.calls_at_once + policy.waiting_at_most
        self._pulse = Pulse(
            self.name,
            Breaker(policy.open_after, policy.open_seconds),
            Limit(min(policy.calls_at_once * self._adapter.questions_per_call, held)),
            peace=policy.open_seconds,
            monotonic=monotonic,
        )
        self._turns = Turns(self._pulse.limit, waiting_at_most=policy.waiting_at_most, held_at_most=held)
        self._budget = RetryBudget(policy.retry_share, policy.retry_burst)
        self._outages = Outages(policy.outage_seconds)
        self._flights = Flights(policy.try_seconds * _SLACK)
        self._closed = False

    def on_return(self, callback: Callable[[str], None]) -> None:
        """Calls back with the agency's name, once each time that it is there again after having been out."""
        self._pulse.returned = callback

    def find_now(self, enterprise: Enterprise, urgency: Urgency = Urgency.LIVE) -> Evidence | None:
        """What is known without asking, or that the agency is not asked now; None if it has to be."""
        answer = self._adapter.find_now(enterprise)
        if answer is not None:
            self._pulse.note(answer)
            return answer
        now = self._monotonic()
        if self._closed or self._pulse.breaker.refuses(now) or self._awaits_probe(now):
            return self._not_asked()
        if urgency is Urgency.URGENT or not len(self._outages):
            return None
        return self._outages.recall(subject_of(enterprise), now)

    def join(self, enterprise: Enterprise, within: float, urgency: Urgency = Urgency.LIVE) -> Flight:
        """The flight of this question, to be left when it has answered or is not waited for any more."""
        until = asyncio.get_running_loop().time() + min(within, self._policy.timeout)
        subject = subject_of(enterprise)
        return self._flights.join(subject, until, urgency, lambda flight: self._fly(flight, enterprise, subject))

    async def find(self, enterprise: Enterprise, within: float, urgency: Urgency = Urgency.LIVE) -> Evidence:
        """One finding for each scheme, after at most `within` seconds."""
        answer = self.find_now(enterprise, urgency)
        if answer is not None:
            return answer
        flight = self.join(enterprise, within, urgency)
        try:
            await asyncio.wait((flight.task,), timeout=min(within, self._policy.timeout))
        finally:
            flight.leave()
        return self.heard(flight)

    def heard(self, flight: Flight) -> Evidence:
        """What who waits no longer for this flight has heard."""
        return flight.answer() or self._unanswered(flight)

    def health(self) -> AgencyHealth:
        """How the agency is doing, as this process sees it."""
        return AgencyHealth(
            agency=self.name,
            breaker=self._pulse.breaker.state(self._monotonic()),
            limit=self._pulse.limit.now,
            in_flight=self._turns.in_flight,
            waiting=self._turns.waiting,
            oldest_waiting=self._turns.oldest_waiting(asyncio.get_running_loop().time()),
            answered_at=self._pulse.answered_at,
            data_as_of=self._pulse.data_as_of,
            failing_since=self._pulse.failing_since,
        )

    async def standing(self) -> QuotaStanding:
        """What is left of the agency's quota."""
        return await self._quota.standing()

    async def close(self) -> None:
        """Ends every question and closes the adapter; whoever asks afterwards hears RATE_LIMITED."""
        self._closed = True
        await self._flights.close()
        await self._adapter.close()

    async def _fly(self, flight: Flight, enterprise: Enterprise, subject: bytes) -> Evidence:
        """The answer of all tries."""
        try:
            return await self._tries(flight, enterprise, subject)
        except Exception as fault:  # a defect of ours, or a quota that cannot be read: whoever waits is to be told
            _log.error("agency_guard_failed", agency=self.name, alert=True, fault=type(fault).__name__)
            return self._unanswered(flight)

    async def _tries(self, flight: Flight, enterprise: Enterprise, subject: bytes) -> Evidence:
        answer = await self._try(flight, enterprise)
        self._budget.earn()
        for retry in range(1, self._policy.tries):
            if answer is None or verdict_on(answer) is not Verdict.OUT:
                break
            pause = backoff(self._policy.retry_pause, retry, self._jitter())
            fits = _left(flight) >= pause + self._policy.try_seconds
            refused = self._pulse.breaker.refuses(self._monotonic())
            if not flight.shared_by or not fits or refused or not self._budget.spend():
                break
            await asyncio.sleep(pause)
            answer = await self._try(flight, enterprise) or answer
        if answer is None:
            return self._not_asked()
        verdict = verdict_on(answer)
        if verdict is Verdict.THERE:
            self._outages.forget(subject)
        elif verdict is not Verdict.ASKS_FOR_PEACE and not flight.was_cut_off:
            # Not before the last try: who asks meanwhile joins this flight, and may hear better news.
            self._outages.keep(subject, answer, self._monotonic())
        return answer

    async def _try(self, flight: Flight, enterprise: Enterprise) -> Evidence | None:
        """What came of one try; None if the agency was not asked, since there was no turn, no time or no pass."""
        if self._pulse.breaker.refuses(self._monotonic()):
            return None
        if not await self._turns.take(flight.urgency, lambda: flight.until):
            return None
        try:
            left = _left(flight)
            entered = self._pulse.breaker.enter(self._monotonic(), left) if left > 0 else None
            if entered is None:
                return None
            if self._pulse.breaker.state(self._monotonic()) is BreakerState.HALF_OPEN:
                self._turns.dismiss()  # this is the probe: nobody else is let in, and so nobody is to wait
            try:
                spare = max(left - self._policy.try_seconds, 0.0)
                if not await self._quota.take(self._adapter.calls_for(enterprise), flight.urgency, spare):
                    return self._adapter.unknown(Outcome.RATE_LIMITED)
                return await self._ask(flight, enterprise, entered)
            finally:
                self._pulse.breaker.left(entered)
        finally:
            self._turns.give_back()

    def _unanswered(self, flight: Flight) -> Evidence:
        """Of a flight that brought no answer: UNAVAILABLE on each scheme, as of now, if the agency was asked."""
        if flight.was_asked and not self._closed:
            return self._adapter.unknown(Outcome.UNAVAILABLE)
        return self._not_asked()

    def _not_asked(self) -> Evidence:
        """UNAVAILABLE on each scheme, as of now, if the agency is left alone for its failures; else RATE_LIMITED."""
        closed = self._closed or self._pulse.breaker.state(self._monotonic()) is BreakerState.CLOSED
        return self._adapter.unknown(Outcome.RATE_LIMITED if closed else Outcome.UNAVAILABLE)

    def _awaits_probe(self, now: float) -> bool:
        """True if one waits for his turn to try whether the agency is back."""
        return self._turns.waiting > 0 and self._pulse.breaker.state(now) is BreakerState.HALF_OPEN

    async def _ask(self, flight: Flight, enterprise: Enterprise, entered: int) -> Evidence:
        """The agency's answer, from which is learnt."""
        given = min(max(_left(flight), 0.0), self._policy.try_seconds)
        loop = asyncio.get_running_loop()
        begun, begun_here = self._monotonic(), loop.time()
        flight.begin_try(cut=given < self._policy.try_seconds)
        try:
            answer = await self._adapter.find(enterprise, given, _MARGIN)
        finally:
            flight.end_try(took=loop.time() - begun_here, given=given)
        short = flight.was_cut_off and given < self._policy.try_seconds * _TELLING
        if self._pulse.learn(answer, Asked(enterprise.identifiers, entered, begun, too_short=short)):
            self._turns.dismiss()
        return answer


def _left(flight: Flight) -> float:
    """Seconds that a try may use: a little less than there is, so that the answer comes before the deadline."""
    left = flight.until - asyncio.get_running_loop().time()
    return left - min(left * 0.1, _MARGIN)
