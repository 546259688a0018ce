"""Questions on their way to one agency, and who waits for the answer.

Invariants
- The same question at the same time is one flight, whose answer all share. One who leaves early harms nobody; the
  longest deadline of those who share holds.
- Who is urgent never joins a flight: the agency may have been asked before the event that made him ask.
- Nobody joins a flight that would serve him worse than one of his own: whose try was cut to a shorter deadline than
  his, or that waits among less urgent ones.
- A flight that nobody waits for any more ends, except while the agency is being asked: that call ends by its own
  deadline, and what comes of it is learnt from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from certsvc.core.model import Evidence
from certsvc.service.agency_records import Urgency

_NEARLY = 0.9
"""A try that took this share of what it was given ran into its deadline, as far as clocks tell."""


class Flight:
    """One question on its way. `until` is the deadline on the loop's clock.

    `was_cut_off` is true if the last try ended by a deadline before it was a whole one, `was_asked` once the agency has
    been asked at all.
    """

    __slots__ = ("_cut", "_task", "asking", "shared_by", "until", "urgency", "was_asked", "was_cut_off")

    def __init__(self, until: float, urgency: Urgency) -> None:
        self.until = until
        self.urgency = urgency
        self.asking = False
        self.shared_by = 1
        self.was_asked = self.was_cut_off = False
        self._cut = False
        self._task: asyncio.Task[Evidence] | None = None

    @property
    def task(self) -> asyncio.Task[Evidence]:
        """Ends with the answer; only closing the guard, or leaving it alone, cancels it."""
        assert self._task is not None
        return self._task

    def start(self, flying: Coroutine[None, None, Evidence]) -> None:
        """Begins the flight."""
        self._task = asyncio.get_running_loop().create_task(flying)

    def begin_try(self, *, cut: bool) -> None:
        """The agency is asked from now on; `cut` if for less than a whole try."""
        self.asking = self.was_asked = True
        self._cut = cut

    def end_try(self, took: float, given: float) -> None:
        """The agency is not asked any more; it took so many seconds of those that it was given."""
        self.asking = False
        self.was_cut_off = self._cut and took >= given * _NEARLY

    def suits(self, until: float, urgency: Urgency, slack: float) -> bool:
        """True if a question of that urgency, for which there is time until then, is as well off here."""
        if urgency is Urgency.URGENT:
            return False
        if not self.asking:
            # One that nobody shares has been cancelled, and is about to end.
            return self.shared_by > 0 and self.urgency <= urgency
        return not self._cut or until <= self.until + slack

    def join(self, until: float, urgency: Urgency) -> None:
        """One more waits for the answer."""
        self.shared_by += 1
        self.until = max(self.until, until)
        self.urgency = min(self.urgency, urgency)

    def leave(self) -> None:
        """One less waits. To be called once by each who has joined, also after the end."""
        self.shared_by -= 1
        if not self.shared_by and not self.asking:
            self.task.cancel()

    def answer(self) -> Evidence | None:
        """The answer, if it came."""
        return self.task.result() if self.task.done() and not self.task.cancelled() else None


class Flights:
    """The flights to one agency, by enterprise."""

    def __init__(self, slack: float) -> None:
        """`slack` is by how many seconds a deadline may be later and yet pass for the same."""
        self._slack = slack
        self._newest: dict[bytes, Flight] = {}
        # The loop keeps only weak references to tasks.
        self._tasks: set[asyncio.Task[Evidence]] = set()

    def join(
        self,
        subject: bytes,
        until: float,
        urgency: Urgency,
        fly: Callable[[Flight], Coroutine[None, None, Evidence]],
    ) -> Flight:
        """A flight that serves until then: one on its way, or a new one."""
        flight = self._newest.get(subject)
        if flight is not None and flight.suits(until, urgency, self._slack):
            flight.join(until, urgency)
            return flight
        flight = self._newest[subject] = Flight(until, urgency)
        flight.start(fly(flight))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(lambda task: self._ended(subject, task))
        return flight

    async def close(self) -> None:
        """Ends every flight. One whose adapter ignores being cancelled is left behind after a second."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)

    def _ended(self, subject: bytes, task: asyncio.Task[Evidence]) -> None:
        self._tasks.discard(task)
        newest = self._newest.get(subject)
        if newest is not None and newest.task is task:
            del self._newest[subject]
