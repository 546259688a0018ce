"""Whoever waits for a call has his turn by urgency and arrival, in time or not at all, and never beyond the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from certsvc.agencies.quota import DEFAULT_PAUSE, NoQuota, bounded_pause
from certsvc.agencies.sandbox.limits import CallCounter, Limits
from certsvc.agencies.shared_quota import SharedQuota
from certsvc.service.agency_records import QuotaStanding, Urgency
from certsvc.service.quota import Allowance, Window, allowance
from tests.agencies.kit import Monotonic
from tests.agencies.quota_kit import Book, BookLedger
from tests.agencies.resilience.simulated import now, simulate

URGENT, LIVE, RECHECK = Urgency
ALLOWED = Allowance(rate=10.0, burst=20)
WINDOWS = (Window(50, 1.0), Window(150, 5.0))
LAG = 0.25


class Processes:
    """Several quotas on one book; all end with the test."""

    def __init__(self, stack: AsyncExitStack, allowed: Allowance = ALLOWED) -> None:
        self.book = Book()
        self._stack = stack
        self._allowed = allowed

    def start(self, latency: float = 0.001) -> SharedQuota:
        quota = SharedQuota("hacienda", self._allowed, BookLedger(self.book, latency))
        self._stack.push_async_callback(quota.close)
        return quota


def simulated(test: Callable[[Processes], Awaitable[None]], allowed: Allowance = ALLOWED) -> None:
    """Runs a test on a loop where hours pass at once."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            await test(Processes(stack, allowed))

    simulate(run())


async def rested(processes: Processes) -> SharedQuota:
    """A quota whose bucket is full."""
    quota = processes.start()
    await quota.open()
    await asyncio.sleep(ALLOWED.seconds_to_fill)
    return quota


async def queue_up(quota: SharedQuota, order: list[str], *who: tuple[str, Urgency], within: float = 60.0) -> None:
    """All wait for a call at once; each notes himself when he has it."""

    async def wait(name: str, urgency: Urgency) -> None:
        if await quota.take(1, urgency, within):
            order.append(name)

    await asyncio.gather(*(wait(name, urgency) for name, urgency in who))


def test_in_one_process_the_urgent_come_first_and_equals_in_the_order_of_their_arrival() -> None:
    async def test(processes: Processes) -> None:
        quota, order = processes.start(), list[str]()
        await queue_up(
            quota, order, ("r1", RECHECK), ("l1", LIVE), ("u1", URGENT), ("r2", RECHECK), ("l2", LIVE), ("u2", URGENT)
        )
        assert order == ["u1", "u2", "l1", "l2", "r1", "r2"]

    simulated(test)


def test_somebody_urgent_does_not_wait_for_the_turn_of_those_who_were_there_before() -> None:
    async def test(processes: Processes) -> None:
        quota, order = processes.start(), list[str]()
        await quota.open()
        waiting = asyncio.create_task(queue_up(quota, order, *((f"r{n}", RECHECK) for n in range(5))))
        await asyncio.sleep(0.1)
        await queue_up(quota, order, ("u", URGENT))
        # Recheckers wait for half a bucket and one; the urgent for a single call.
        assert now() < 0.3
        await waiting
        assert order == ["u", "r0", "r1", "r2", "r3", "r4"]

    simulated(test)


def test_across_processes_the_urgent_come_first_although_nobody_knows_of_the_others() -> None:
    async def test(processes: Processes) -> None:
        order: list[str] = []
        await asyncio.gather(
            *(
                queue_up(processes.start(), order, *((urgency.name, urgency) for _ in range(30)))
                for urgency in (RECHECK, LIVE, URGENT)
            )
        )
        assert order == ["URGENT"] * 30 + ["LIVE"] * 30 + ["RECHECK"] * 30

    simulated(test)


def test_whoever_cannot_have_his_turn_in_time_is_told_at_once_and_the_ledger_is_not_asked_for_him() -> None:
    async def test(processes: Processes) -> None:
        quota = processes.start()
        await quota.open()
        asked, begun = processes.book.asked, now()
        assert not await quota.take(11, URGENT, 1.0)
        assert now() == begun
        first = asyncio.create_task(quota.take(8, URGENT, 1.0))
        await asyncio.sleep(0)
        # Behind that one there is no time for three, and by the look of it for two.
        assert not await quota.take(3, URGENT, 1.0)
        assert processes.book.asked == asked
        assert await quota.take(1, URGENT, 1.0)
        assert await first
        assert now() - begun < 1.0

    simulated(test)


def test_the_ledger_is_asked_once_for_many_and_not_again_before_there_can_be_more() -> None:
    async def test(processes: Processes) -> None:
        quota = await rested(processes)
        asked = processes.book.asked
        taken = await asyncio.gather(*(quota.take(1, URGENT, 0.0) for _ in range(20)))
        assert all(taken)
        assert processes.book.asked == asked + 1
        # Twelve more, one each tenth of a second.
        taken = await asyncio.gather(*(quota.take(1, URGENT, 1.21) for _ in range(20)))
        assert sum(taken) == 12
        assert processes.book.asked <= asked + 1 + 14

    simulated(test)


def test_without_time_to_wait_what_is_there_can_still_be_had() -> None:
    async def test(processes: Processes) -> None:
        quota = await rested(processes)
        assert await quota.take(4, LIVE, 0.0)
        assert await quota.take(0, LIVE, 0.0)
        with capture_logs() as logs:
            assert not await quota.take(ALLOWED.burst + 1, URGENT, 3600.0)
        assert [(log["event"], log["alert"]) for log in logs] == [("quota_too_small", True)]

    simulated(test)


def test_the_call_of_one_who_has_left_goes_to_the_next() -> None:
    async def test(processes: Processes) -> None:
        quota = processes.start(latency=0.1)
        await quota.open()
        await asyncio.sleep(2000.0)
        leaving = asyncio.create_task(quota.take(1, URGENT, 5.0))
        await asyncio.sleep(0)
        staying = asyncio.create_task(quota.take(1, URGENT, 5000.0))
        begun = now()
        await asyncio.sleep(0.15)  # recorded, and not yet answered
        leaving.cancel()
        assert await staying
        assert now() - begun < 0.25

    simulated(test, Allowance(rate=0.001, burst=1))


def test_a_pause_stops_every_process_and_ends_for_the_urgent_first() -> None:
    async def test(processes: Processes) -> None:
        quota, other = await rested(processes), processes.start()
        assert await other.take(1, LIVE, 0.0)
        await quota.pause(30.0)
        begun = now()
        for one in (quota, other):
            assert not await one.take(1, URGENT, 20.0)
        order: list[str] = []
        await asyncio.gather(
            queue_up(quota, order, *[("LIVE", LIVE)] * 10, within=100.0),
            queue_up(other, order, *[("RECHECK", RECHECK)] * 5, *[("URGENT", URGENT)] * 10, within=100.0),
        )
        assert order == ["URGENT"] * 10 + ["LIVE"] * 10 + ["RECHECK"] * 5
        # The bucket was empty at the end of the pause: 25 calls, and what recheckers leave.
        assert now() - begun >= 30 + (25 + 9) / ALLOWED.rate

    simulated(test)


def test_those_who_wait_when_a_pause_begins_are_told_at_once() -> None:
    async def test(processes: Processes) -> None:
        quota, other = processes.start(), processes.start()
        await quota.open()
        waiting = [asyncio.create_task(one.take(1, RECHECK, 60.0)) for one in (quota, quota, other)]
        await asyncio.sleep(0.1)
        await quota.pause(600.0)
        assert [await one for one in waiting[:2]] == [False, False]
        assert now() < 0.2
        # The other process hears of it as soon as it asks, which it does when it hopes for a turn.
        assert not await waiting[2]
        assert now() < 2.0

    simulated(test)


def test_a_pause_is_never_shortened() -> None:
    async def test(processes: Processes) -> None:
        quota, other = processes.start(), processes.start()
        await quota.pause(30.0)
        await quota.pause(1.0)
        await other.pause(1.0)
        for one in (quota, other):
            assert not await one.take(1, URGENT, 29.0)

    simulated(test)


def test_a_pause_that_grows_while_it_is_told_is_told_whole() -> None:
    async def test(processes: Processes) -> None:
        quota, other = processes.start(latency=0.1), processes.start()
        telling = asyncio.create_task(quota.pause(1.0))
        await asyncio.sleep(0.05)
        await quota.pause(60.0)
        await telling
        await asyncio.sleep(1.0)
        assert not await other.take(1, URGENT, 50.0)

    simulated(test)


def test_what_was_taken_as_a_pause_began_is_not_used() -> None:
    async def test(processes: Processes) -> None:
        quota = processes.start(latency=0.1)
        await quota.open()
        await asyncio.sleep(ALLOWED.seconds_to_fill)
        waiting = asyncio.create_task(quota.take(1, URGENT, 60.0))
        await asyncio.sleep(0.15)  # recorded, and not yet answered
        await quota.pause(30.0)
        begun = now()
        assert await waiting
        assert now() - begun > 29.0

    simulated(test)


def test_while_the_ledger_is_away_nothing_is_taken_and_its_return_is_noticed() -> None:
    async def test(processes: Processes) -> None:
        quota = await rested(processes)
        processes.book.away = True
        with capture_logs() as logs:
            taken = await asyncio.gather(*(quota.take(1, URGENT, 3.0) for _ in range(5)))
        assert taken == [False] * 5
        assert [(log["event"], log["alert"]) for log in logs] == [("quota_ledger_failed", False)]
        assert await quota.standing() == QuotaStanding(left=0)
        waiting = asyncio.create_task(quota.take(1, URGENT, 60.0))
        await asyncio.sleep(10.0)
        processes.book.away = False
        assert await waiting
        assert now() < 20.0
        processes.book.away = True
        with capture_logs() as logs:
            assert not await quota.take(1, URGENT, 3.0)
        assert [log["event"] for log in logs] == ["quota_ledger_failed"]

    simulated(test)


def test_a_pause_that_begins_while_the_ledger_is_away_is_told_when_it_is_back() -> None:
    async def test(processes: Processes) -> None:
        quota, other = processes.start(), processes.start()
        processes.book.away = True
        begun = now()
        await quota.pause(60.0)
        await quota.pause(1.0)
        assert now() - begun < 0.5
        await asyncio.sleep(10.0)
        processes.book.away = False
        await asyncio.sleep(1.0)
        assert not await other.take(1, URGENT, 40.0)

    simulated(test)


@pytest.mark.parametrize("ahead", [0.0, 3600.0])
def test_a_bucket_that_was_put_back_counts_as_empty(ahead: float) -> None:
    async def test(processes: Processes) -> None:
        quota = await rested(processes)
        assert await quota.take(20, URGENT, 0.0)
        if ahead:
            processes.book.ahead = ahead
        else:
            processes.book.full_at = 0.0
        begun = now()
        with capture_logs() as logs:
            assert await quota.take(10, URGENT, 5.0)
        assert now() - begun >= 1.0
        assert [log["event"] for log in logs] == ["quota_put_back"]

    simulated(test)


def test_after_closing_nobody_may_call() -> None:
    async def test(processes: Processes) -> None:
        quota = processes.start()
        waiting = asyncio.create_task(quota.take(1, URGENT, 60.0))
        await asyncio.sleep(0)
        await quota.close()
        assert not await waiting
        assert not await quota.take(1, URGENT, 60.0)
        await quota.pause(60.0)  # an answer that came late: nothing is begun for it

    simulated(test)


askers = st.lists(
    st.tuples(
        st.integers(0, 3),  # process
        st.floats(0.0, 8.0),  # when
        st.integers(1, 4),  # calls
        st.sampled_from(Urgency),
        st.floats(0.0, 5.0),  # within
        st.floats(0.0, LAG),  # on the way
        st.integers(1, 40),  # so many at once
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(askers, st.lists(st.floats(0.0001, 0.05), min_size=4, max_size=4))
def test_four_processes_are_never_blocked_whatever_they_ask_and_nobody_waits_beyond_his_time(
    asked: list[tuple[int, float, int, Urgency, float, float, int]], latencies: list[float]
) -> None:
    allowed = allowance(WINDOWS, LAG)
    assert allowed is not None

    async def test(processes: Processes) -> None:
        counter = CallCounter(Limits(WINDOWS), now)
        quotas = [processes.start(latency) for latency in latencies]

        async def ask(
            process: int, at: float, calls: int, urgency: Urgency, within: float, lag: float, _many: int
        ) -> None:
            await asyncio.sleep(at)
            may = await quotas[process].take(calls, urgency, within)
            assert now() <= at + max(within, 0.25) + 0.001
            if may:
                await asyncio.sleep(lag)
                for _ in range(calls):
                    counter.arrive("all", "")

        await asyncio.gather(*(ask(*one) for one in asked for _ in range(one[-1])))
        assert counter.blocks == 0

    simulated(test, allowed)


# --- without limits ---


async def test_without_a_quota_a_pause_still_holds_and_is_never_shortened(monotonic: Monotonic) -> None:
    quota = NoQuota(monotonic)
    assert await quota.take(1000, RECHECK, 0.0)
    await quota.pause(60)
    await quota.pause(10)
    monotonic.seconds += 59
    assert not await quota.take(1, URGENT, 0.0)
    monotonic.seconds += 1
    assert await quota.take(1, URGENT, 0.0)
    assert await quota.standing() == QuotaStanding()


@pytest.mark.parametrize(
    ("asked", "pause"), [(None, DEFAULT_PAUSE), (0.0, 1.0), (-5.0, 1.0), (30.0, 30.0), (1e9, 3600)]
)
def test_a_pause_is_bounded_whatever_the_agency_asks_for(asked: float | None, pause: float) -> None:
    assert bounded_pause(asked) == pause
