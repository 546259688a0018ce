"""The waiting room of one agency: few are at the desk, a bounded number waits, the most urgent goes first.

Invariants
- Turns are given strictly by urgency, then by arrival.
- At most `waiting_at_most` wait, and at most `held_at_most` wait or have their turn. Who finds the room full is sent
  away at once, or takes the place of the one who came last among the less urgent.
- Live questions leave one turn free and re-checks two, where there are as many: who is urgent does not wait until one
  of them is through, such as while they wait for the agency's quota.
- Who leaves, or runs out of time, leaves no place behind, also if his turn had just come.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from certsvc.agencies.resilience.limit import Limit
from certsvc.service.agency_records import Urgency


class Turns:
    """Turns at one agency. Times are seconds on the loop's clock."""

    def __init__(self, limit: Limit, *, waiting_at_most: int, held_at_most: int) -> None:
        self._limit = limit
        self._waiting_at_most = waiting_at_most
        self._held_at_most = held_at_most
        # OrderedDict: any one can leave, and the first be found, in the same short time.
        self._rooms: dict[Urgency, OrderedDict[asyncio.Future[bool], float]] = {u: OrderedDict() for u in Urgency}
        self.in_flight = 0
        self.waiting = 0

    def oldest_waiting(self, now: float) -> float:
        """For how long the one who has waited longest has waited."""
        return max((now - next(iter(room.values())) for room in self._rooms.values() if room), default=0.0)

    async def take(self, urgency: Urgency, until: Callable[[], float]) -> bool:
        """True if it is one's turn, which is then to be given back. False if the room is full, was dismissed, or it is
        `until()`, which may be put off meanwhile."""
        if self._has_room(urgency) and not self._is_before(urgency):
            self.in_flight += 1
            return True
        if not self._make_place(urgency):
            return False
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._rooms[urgency][turn] = loop.time()
        self.waiting += 1
        try:
            while not turn.done() and (left := until() - loop.time()) > 0:
                await asyncio.wait((turn,), timeout=left)
        except asyncio.CancelledError:
            if turn.done() and turn.result():
                self.give_back()
            raise
        finally:
            self._take_out(urgency, turn)
        return turn.done() and turn.result()

    def give_back(self) -> None:
        """Ends a turn."""
        self.in_flight -= 1
        self.call_in()

    def call_in(self) -> None:
        """Gives turns to those who wait, as far as there is room."""
        for urgency, room in self._rooms.items():
            while room and self._has_room(urgency):
                turn = next(iter(room))
                self._take_out(urgency, turn)
                self.in_flight += 1
                turn.set_result(True)

    def dismiss(self) -> None:
        """Sends everybody away who waits."""
        for urgency, room in self._rooms.items():
            while room:
                self._send_away(urgency, next(iter(room)))

    def _has_room(self, urgency: Urgency) -> bool:
        return self.in_flight < max(1, self._limit.now - urgency)

    def _is_before(self, urgency: Urgency) -> bool:
        """True if somebody waits who is as urgent or more."""
        return any(self._rooms[other] for other in Urgency if other <= urgency)

    def _make_place(self, urgency: Urgency) -> bool:
        """True if there is a place to wait."""
        if self.waiting < self._waiting_at_most and self.waiting + self.in_flight < self._held_at_most:
            return True
        for other in reversed(Urgency):
            if other > urgency and self._rooms[other]:
                self._send_away(other, next(reversed(self._rooms[other])))
                return True
        return False

    def _send_away(self, urgency: Urgency, turn: asyncio.Future[bool]) -> None:
        self._take_out(urgency, turn)
        turn.set_result(False)

    def _take_out(self, urgency: Urgency, turn: asyncio.Future[bool]) -> None:
        if self._rooms[urgency].pop(turn, None) is not None:
            self.waiting -= 1
