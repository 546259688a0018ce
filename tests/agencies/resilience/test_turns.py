"""The most urgent first, then who came first; nobody who leaves holds a place."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from certsvc.agencies.resilience.limit import Limit
from certsvc.agencies.resilience.turns import Turns
from certsvc.service.agency_records import Urgency
from tests.agencies.resilience.simulated import now, settle, simulate

FAR = 1000.0
ALWAYS = st.sampled_from(list(Urgency))


class Room:
    """Turns, and who got his in which order. All wait for ever unless told otherwise."""

    def __init__(self, places: int, *, waiting_at_most: int = 100, held_at_most: int = 1000) -> None:
        self.turns = Turns(Limit(places), waiting_at_most=waiting_at_most, held_at_most=held_at_most)
        self.called: list[int] = []
        self.sent_away: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.ended = 0

    async def enter(self, number: int, urgency: Urgency, until: float = FAR) -> asyncio.Task[None]:
        """One more wants a turn, and is either at the desk, waiting or away on return. It keeps its turn."""

        async def want() -> None:
            (self.called if await self.turns.take(urgency, lambda: until) else self.sent_away).append(number)

        task = asyncio.create_task(want())
        self.tasks.append(task)
        await settle()
        return task

    async def serve_all(self) -> None:
        """Ends turns until nobody waits or has one."""
        await settle()
        while self.ended < len(self.called):
            self.end_one()
            await settle()

    def end_one(self) -> None:
        """Ends the turn of one who has been called."""
        self.ended += 1
        self.turns.give_back()

    def is_empty(self) -> bool:
        return (self.turns.in_flight, self.turns.waiting) == (0, 0) and self.turns.oldest_waiting(FAR) == 0.0


@settings(deadline=None)
@given(urgencies=st.lists(ALWAYS, max_size=30), leavers=st.sets(st.integers(0, 29)))
def test_turns_come_by_urgency_then_arrival_and_who_left_is_not_called(
    urgencies: list[Urgency], leavers: set[int]
) -> None:
    async def work() -> None:
        room = Room(1)
        await room.enter(-1, Urgency.LIVE)
        tasks = [await room.enter(number, urgency) for number, urgency in enumerate(urgencies)]
        assert room.turns.waiting == len(urgencies)
        for number in leavers & set(range(len(tasks))):
            tasks[number].cancel()
        await settle()
        stayed = [number for number in range(len(urgencies)) if number not in leavers]
        assert room.turns.waiting == len(stayed)
        await room.serve_all()
        assert room.called == [-1, *sorted(stayed, key=lambda number: (urgencies[number], number))]
        assert room.is_empty()

    simulate(work())


@settings(deadline=None)
@given(
    places=st.integers(1, 6),
    acts=st.lists(st.tuples(st.sampled_from(["enter", "leave", "end"]), ALWAYS, st.integers(0, 5)), max_size=60),
)
def test_there_are_never_more_at_the_desk_or_waiting_than_allowed_and_none_is_lost(
    places: int, acts: list[tuple[str, Urgency, int]]
) -> None:
    async def work() -> None:
        room = Room(places, waiting_at_most=4, held_at_most=places + 4)
        for number, (act, urgency, which) in enumerate(acts):
            if act == "enter":
                await room.enter(number, urgency)
            elif act == "end" and room.ended < len(room.called):
                room.end_one()
            elif act == "leave" and room.tasks:
                room.tasks[which % len(room.tasks)].cancel()  # also one whose turn came this moment
            assert room.turns.in_flight <= places
            assert room.turns.waiting <= 4
        await room.serve_all()
        await asyncio.gather(*room.tasks, return_exceptions=True)
        assert room.is_empty()

    simulate(work())


def test_who_is_urgent_finds_a_turn_that_others_leave_free() -> None:
    async def work() -> None:
        room = Room(4)
        for number in range(10):
            await room.enter(number, Urgency.RECHECK)
        assert room.turns.in_flight == 2
        for number in range(10, 20):
            await room.enter(number, Urgency.LIVE)
        assert room.turns.in_flight == 3
        await room.enter(20, Urgency.URGENT)
        assert room.turns.in_flight == 4
        await room.serve_all()
        await asyncio.gather(*room.tasks)

    simulate(work())


def test_a_full_room_sends_away_at_once_but_an_urgent_one_takes_the_place_of_the_last_recheck() -> None:
    async def work() -> None:
        room = Room(1, waiting_at_most=2)
        for number, urgency in enumerate([Urgency.LIVE, Urgency.RECHECK, Urgency.RECHECK]):
            await room.enter(number, urgency)
        await room.enter(3, Urgency.RECHECK)
        assert room.sent_away == [3]
        await room.enter(4, Urgency.URGENT)
        assert room.sent_away == [3, 2]
        await room.enter(5, Urgency.LIVE)
        assert room.sent_away == [3, 2, 1]
        await room.enter(6, Urgency.LIVE)
        assert room.sent_away == [3, 2, 1, 6]
        await room.serve_all()
        assert room.called == [0, 4, 5]

    simulate(work())


def test_who_runs_out_of_time_is_sent_away_and_a_deadline_may_be_put_off() -> None:
    async def work() -> None:
        room = Room(1)
        await room.enter(0, Urgency.LIVE)
        await (await room.enter(1, Urgency.LIVE, until=3.0))
        assert (room.sent_away, round(now(), 3)) == ([1], 3.0)
        deadline = [4.0]
        later = asyncio.create_task(room.turns.take(Urgency.LIVE, lambda: deadline[0]))
        await settle()
        deadline[0] = 9.0
        assert not await later
        assert round(now(), 3) == 9.0
        await room.serve_all()
        assert room.is_empty()

    simulate(work())


def test_who_leaves_at_the_moment_of_his_turn_passes_it_on() -> None:
    async def work() -> None:
        room = Room(1)
        tasks = [await room.enter(number, Urgency.LIVE) for number in range(3)]
        room.end_one()
        tasks[1].cancel()  # he has been given his turn, and does not know it yet
        await settle()
        assert room.called == [0, 2]
        await room.serve_all()
        assert room.is_empty()

    simulate(work())


def test_nobody_overtakes_who_waits_when_the_limit_grows() -> None:
    async def work() -> None:
        limit = Limit(2)
        limit.failed(1.0, 1.0)
        turns = Turns(limit, waiting_at_most=10, held_at_most=20)
        assert await turns.take(Urgency.URGENT, lambda: FAR)
        first = asyncio.create_task(turns.take(Urgency.URGENT, lambda: FAR))
        await settle()
        limit.answered()
        second = asyncio.create_task(turns.take(Urgency.URGENT, lambda: FAR))
        await settle()
        assert (turns.in_flight, turns.waiting) == (1, 2)
        turns.give_back()
        await settle()
        assert first.done()
        assert second.done()
        turns.give_back()
        turns.give_back()

    simulate(work())


def test_everybody_can_be_sent_home() -> None:
    async def work() -> None:
        room = Room(1)
        for number, urgency in enumerate([Urgency.LIVE, *Urgency]):
            await room.enter(number, urgency)
        room.turns.dismiss()
        await asyncio.gather(*room.tasks)
        assert (sorted(room.sent_away), room.called, room.turns.waiting) == ([1, 2, 3], [0], 0)

    simulate(work())


def test_the_age_of_the_oldest_is_told() -> None:
    async def work() -> None:
        room = Room(1)
        await room.enter(0, Urgency.LIVE)
        await room.enter(1, Urgency.RECHECK)
        await asyncio.sleep(5)
        await room.enter(2, Urgency.URGENT)
        await asyncio.sleep(2)
        assert round(room.turns.oldest_waiting(now()), 3) == 7.0
        await room.serve_all()

    simulate(work())
