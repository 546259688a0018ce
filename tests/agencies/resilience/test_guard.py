"""One agency behind its defences, in simulated time: what is asked, how often, and what callers hear meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.resilience.policy import Policy
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import BreakerState, Urgency
from tests.agencies.kit import NOW, outcome
from tests.agencies.resilience.kit import FIRM, Counting, Told, firm, guarded, said
from tests.agencies.resilience.simulated import now, settle, simulate

HANGS = None
CLEAR, OUT, GARBAGE = Outcome.CLEAR, Outcome.UNAVAILABLE, Outcome.MALFORMED
NOT_ASKED = Outcome.RATE_LIMITED
LONG = 30.0


async def ask(guard: Guard, numbers: Sequence[int], within: float = LONG) -> list[Outcome]:
    """What each of these enterprises, asked about at once, hears."""
    return [outcome(e) for e in await asyncio.gather(*(guard.find(firm(n), within) for n in numbers))]


async def open_breaker(guard: Guard, adapter: Told) -> None:
    adapter.will(OUT)
    for number in range(1000, 1000 + 5):
        await guard.find(firm(number), LONG)
    assert guard.health().breaker is BreakerState.OPEN


# --- one try ---


def test_a_try_gets_its_share_of_the_deadline_and_a_little_less_than_the_caller_has() -> None:
    async def work() -> None:
        adapter = Told()
        guard = guarded(adapter, try_seconds=2.0, timeout=4.0)
        for within in (LONG, 1.0, 0.1):
            await guard.find(FIRM, within)
        assert [round(within, 6) for _, _, within in adapter.calls] == [2.0, 0.95, 0.09]

    simulate(work())


def test_whoever_asks_a_hanging_agency_hears_unavailable_by_his_deadline() -> None:
    async def work() -> None:
        guard = guarded(Told(HANGS), open_after=1000)
        for within in (0.2, 1.0, LONG):
            begun = now()
            assert outcome(await guard.find(firm(int(within * 10)), within)) is OUT
            assert now() - begun <= min(within, 4.0)

    simulate(work())


def test_an_adapter_that_outlives_its_time_is_ended() -> None:
    class Overstays(Told):
        async def answer(self, outcome: Outcome | None, within: float) -> Evidence:
            await asyncio.sleep(1e9)
            return said(CLEAR)

    async def work() -> None:
        guard = guarded(Overstays(), tries=1)
        assert outcome(await guard.find(FIRM, LONG)) is OUT
        assert now() == pytest.approx(2.05)
        assert guard.health().in_flight == 0

    simulate(work())


# --- retries ---


def test_an_outage_is_tried_again_and_the_better_answer_counts() -> None:
    async def work() -> None:
        adapter = Told(OUT, CLEAR)
        assert outcome(await guarded(adapter).find(FIRM, LONG)) is CLEAR
        assert len(adapter.calls) == 2

    simulate(work())


@pytest.mark.parametrize("said", [GARBAGE, Outcome.RATE_LIMITED, Outcome.NO_INFORMATION, Outcome.BARRED_ARREARS])
def test_nothing_but_an_outage_is_tried_again(said: Outcome) -> None:
    async def work() -> None:
        adapter = Told(said, CLEAR)
        assert outcome(await guarded(adapter, tries=5).find(FIRM, LONG)) is said
        assert len(adapter.calls) == 1

    simulate(work())


def test_there_is_no_retry_without_room_for_a_whole_try() -> None:
    async def work() -> None:
        adapter = Told(OUT)
        guard = guarded(adapter, try_seconds=2.0, retry_pause=0.1)
        await guard.find(FIRM, 2.06)
        assert len(adapter.calls) == 1
        await guard.find(firm(1), 2.2)
        assert len(adapter.calls) == 3

    simulate(work())


def test_a_hanging_agency_is_not_asked_twice_within_one_deadline() -> None:
    async def work() -> None:
        adapter = Told(HANGS)
        await guarded(adapter, tries=5, timeout=4.0, try_seconds=2.0).find(FIRM, LONG)
        assert len(adapter.calls) == 1

    simulate(work())


@settings(deadline=None, max_examples=50)
@given(
    plan=st.lists(st.sampled_from([CLEAR, OUT, GARBAGE, Outcome.RATE_LIMITED]), min_size=1, max_size=40),
    questions=st.integers(1, 60),
)
def test_an_outage_never_multiplies_the_load(plan: list[Outcome], questions: int) -> None:
    async def work() -> None:
        adapter = Told(*plan)
        guard = guarded(adapter, tries=5, retry_share=0.1, retry_burst=3, open_after=1000)
        for number in range(questions):
            await guard.find(firm(number), LONG)
        assert len(adapter.calls) <= questions * 1.1 + 3 + 1e-6

    simulate(work())


# --- outages in memory ---


def test_an_enterprise_is_not_asked_about_again_right_after_an_outage() -> None:
    async def work() -> None:
        adapter = Told(OUT)
        guard = guarded(adapter, tries=1, outage_seconds=2.0)
        first = await guard.find(FIRM, LONG)
        assert guard.find_now(FIRM) is first
        assert guard.find_now(firm(1)) is None
        await asyncio.sleep(2.1)
        adapter.will(CLEAR)
        assert outcome(await guard.find(FIRM, LONG)) is CLEAR

    simulate(work())


def test_who_is_urgent_asks_in_spite_of_the_memory_and_a_good_answer_ends_it() -> None:
    async def work() -> None:
        adapter = Told(OUT, CLEAR)
        guard = guarded(adapter, tries=1)
        await guard.find(FIRM, LONG)
        assert outcome(await guard.find(FIRM, LONG, Urgency.URGENT)) is CLEAR
        assert guard.find_now(FIRM) is None

    simulate(work())


def test_a_caller_in_haste_makes_no_outage() -> None:
    async def work() -> None:
        adapter = Told(CLEAR, takes=1.5)
        guard = guarded(adapter, open_after=1)
        assert outcome(await guard.find(FIRM, 0.5)) is OUT
        assert guard.health().breaker is BreakerState.CLOSED
        assert guard.health().limit == 16
        assert outcome(await guard.find(FIRM, LONG)) is CLEAR

    simulate(work())


# --- one flight for the same question ---


def test_the_same_question_at_the_same_time_is_one_call() -> None:
    async def work() -> None:
        adapter = Told(takes=1.0)
        guard = guarded(adapter)
        assert await ask(guard, [1, 1, 1, 2]) == [CLEAR] * 4
        assert len(adapter.calls) == 2
        await ask(guard, [1])
        assert len(adapter.calls) == 3

    simulate(work())


def test_one_who_leaves_harms_nobody_and_the_call_goes_on() -> None:
    async def work() -> None:
        adapter = Told(takes=1.0)
        guard = guarded(adapter)
        leaver = asyncio.create_task(guard.find(FIRM, LONG))
        await settle()
        stayer = asyncio.create_task(guard.find(FIRM, LONG))
        await settle()
        leaver.cancel()
        assert outcome(await stayer) is CLEAR
        assert (len(adapter.calls), leaver.cancelled()) == (1, True)

    simulate(work())


def test_who_has_more_time_is_not_cut_off_with_a_caller_in_haste() -> None:
    async def work() -> None:
        guard = guarded(Told(takes=1.0), tries=1)
        hasty = asyncio.create_task(guard.find(FIRM, 0.5))
        await settle()
        assert outcome(await guard.find(FIRM, LONG)) is CLEAR
        assert outcome(await hasty) is OUT

    simulate(work())


def test_the_longest_deadline_of_those_who_wait_together_holds() -> None:
    async def work() -> None:
        adapter = Told(takes=1.5)
        guard = guarded(adapter, calls_at_once=1)
        busy = asyncio.create_task(guard.find(firm(1), LONG))
        await settle()
        hasty = asyncio.create_task(guard.find(FIRM, 1.0))
        await settle()
        assert outcome(await guard.find(FIRM, LONG)) is CLEAR
        assert [outcome(e) for e in await asyncio.gather(busy, hasty)] == [CLEAR, NOT_ASKED]
        assert len(adapter.calls) == 2

    simulate(work())


def test_who_is_urgent_never_gets_an_answer_that_was_asked_for_before() -> None:
    async def work() -> None:
        adapter = Told(Outcome.BARRED_ARREARS, CLEAR, takes=1.0)
        guard = guarded(adapter)
        earlier = asyncio.create_task(guard.find(FIRM, LONG))
        await asyncio.sleep(0.5)
        assert outcome(await guard.find(FIRM, LONG, Urgency.URGENT)) is CLEAR
        assert outcome(await earlier) is Outcome.BARRED_ARREARS

    simulate(work())


def test_a_live_question_does_not_wait_among_rechecks() -> None:
    async def work() -> None:
        adapter = Told(takes=1.0)
        guard = guarded(adapter, calls_at_once=1)
        tasks = [asyncio.create_task(guard.find(firm(n), LONG, Urgency.RECHECK)) for n in range(3)]
        await settle()
        await guard.find(firm(2), LONG, Urgency.LIVE)
        assert now() == pytest.approx(2.0, abs=0.01)
        await asyncio.gather(*tasks)

    simulate(work())


def test_a_question_that_nobody_waits_for_gives_its_place_back() -> None:
    async def work() -> None:
        adapter = Told(takes=1.0)
        guard = guarded(adapter, calls_at_once=1)
        first, waiting = (asyncio.create_task(guard.find(firm(n), LONG)) for n in range(2))
        await settle()
        assert guard.health().waiting == 1
        waiting.cancel()
        await settle()
        assert guard.health().waiting == 0
        first.cancel()  # its call goes on to its own end
        await settle()
        assert (guard.health().in_flight, adapter.open) == (1, 1)
        await asyncio.sleep(1)
        assert (guard.health().in_flight, adapter.open, len(adapter.calls)) == (0, 0, 1)

    simulate(work())


# --- bulkhead and limit ---


def test_a_hanging_agency_holds_no_more_than_it_may_and_the_rest_is_answered_at_once() -> None:
    async def work() -> None:
        adapter = Told(HANGS)
        guard = guarded(adapter, calls_at_once=4, waiting_at_most=10)
        tasks = [asyncio.create_task(guard.find(firm(n), LONG, Urgency.URGENT)) for n in range(100)]
        await settle()
        assert (adapter.open, guard.health().in_flight, guard.health().waiting) == (4, 4, 10)
        done = [task for task in tasks if task.done()]
        assert [outcome(task.result()) for task in done] == [NOT_ASKED] * 86
        await asyncio.gather(*tasks)
        assert now() <= 4.0
        assert adapter.most_open == 4

    simulate(work())


def test_an_agency_that_was_not_asked_for_want_of_room_or_time_is_not_out() -> None:
    async def work() -> None:
        adapter = Told(takes=1.5)
        guard = guarded(adapter, calls_at_once=1, waiting_at_most=1)
        busy = asyncio.create_task(guard.find(firm(0), LONG))
        await settle()
        waits = asyncio.create_task(guard.find(firm(1), 1.0))
        await settle()
        assert outcome(await guard.find(firm(2), LONG)) is NOT_ASKED
        assert [outcome(e) for e in await asyncio.gather(busy, waits)] == [CLEAR, NOT_ASKED]
        assert len(adapter.calls) == 1

    simulate(work())


def test_failures_lower_the_limit_and_answers_raise_it_again() -> None:
    async def work() -> None:
        adapter = Told(OUT)
        guard = guarded(adapter, calls_at_once=8, tries=1, open_after=1000)
        for n in range(4):
            await ask(guard, [n])
            await asyncio.sleep(0.1)
        assert guard.health().limit == 1
        adapter.will(CLEAR)
        for _ in range(20):
            await ask(guard, range(100, 120))
        assert guard.health().limit == 8

    simulate(work())


def test_an_adapter_that_shares_calls_may_have_more_questions_open_but_no_more_are_held() -> None:
    class Shares(Told):
        questions_per_call = 8

    async def work() -> None:
        adapter = Shares(HANGS)
        guard = guarded(adapter, calls_at_once=4, waiting_at_most=10)
        tasks = [asyncio.create_task(guard.find(firm(n), LONG, Urgency.URGENT)) for n in range(100)]
        await settle()
        assert (adapter.open, guard.health().waiting) == (14, 0)
        await asyncio.gather(*tasks)

    simulate(work())


# --- breaker ---


def test_after_a_run_of_failures_nobody_asks_and_everybody_is_answered_at_once() -> None:
    async def work() -> None:
        adapter = Told()
        guard = guarded(adapter, tries=1)
        await open_breaker(guard, adapter)
        calls, begun = len(adapter.calls), now()
        assert guard.find_now(FIRM) is not None
        assert outcome(await guard.find(FIRM, LONG, Urgency.URGENT)) is OUT
        assert (len(adapter.calls), now()) == (calls, begun)

    simulate(work())


def test_those_who_wait_when_it_opens_are_answered_then() -> None:
    async def work() -> None:
        adapter = Told(HANGS)
        guard = guarded(adapter, calls_at_once=8, open_after=5, try_seconds=1.0, timeout=20.0)
        await asyncio.gather(*(guard.find(firm(n), LONG) for n in range(100)))
        assert now() == pytest.approx(1.0, abs=0.1)
        assert (len(adapter.calls), guard.health().waiting, guard.health().in_flight) == (7, 0, 0)

    simulate(work())


def test_those_who_wait_are_answered_also_while_other_calls_still_hang() -> None:
    async def work() -> None:
        guard = guarded(Told(HANGS), calls_at_once=8, open_after=1, try_seconds=1.0, tries=1)
        tasks = [asyncio.create_task(guard.find(firm(0), LONG))]
        await asyncio.sleep(0.5)
        tasks += [asyncio.create_task(guard.find(firm(n), LONG)) for n in range(1, 50)]
        await asyncio.sleep(0.6)
        assert (guard.health().in_flight, guard.health().waiting) == (6, 0)
        await asyncio.gather(*tasks)

    simulate(work())


def test_nobody_waits_behind_the_probe_nor_behind_who_waits_to_be_it() -> None:
    async def work() -> None:
        adapter = Told(HANGS)
        guard = guarded(adapter, calls_at_once=4, open_after=1, open_seconds=0.5, try_seconds=1.0, tries=1, timeout=9.0)
        first = asyncio.create_task(guard.find(firm(0), LONG))
        await asyncio.sleep(0.9)
        others = [asyncio.create_task(guard.find(firm(n), LONG)) for n in (1, 2)]
        await asyncio.sleep(0.7)  # half open, and the others hold all turns of the halved limit
        waits = asyncio.create_task(guard.find(firm(3), LONG))
        await settle()
        assert guard.health().waiting == 1
        begun = now()
        assert outcome(await guard.find(firm(4), LONG)) is OUT
        assert now() == begun
        await asyncio.gather(first, *others, waits)
        assert len(adapter.calls) == 4

    simulate(work())


def test_who_opens_it_is_answered_at_once_instead_of_waiting_for_a_retry() -> None:
    async def work() -> None:
        guard = guarded(Told(OUT, takes=0.01), open_after=1, tries=5)
        await guard.find(FIRM, LONG)
        assert now() == pytest.approx(0.01)

    simulate(work())


def test_one_probe_closes_it_again_and_the_return_is_told_once() -> None:
    async def work() -> None:
        adapter = Told()
        guard = guarded(adapter, tries=1, open_seconds=10.0)
        returned: list[str] = []
        guard.on_return(returned.append)
        await open_breaker(guard, adapter)
        await asyncio.sleep(10.1)
        assert guard.health().breaker is BreakerState.HALF_OPEN
        adapter.will(CLEAR)
        adapter.takes = 1.0
        first = [asyncio.create_task(guard.find(firm(n), LONG, Urgency.URGENT)) for n in range(5)]
        await asyncio.sleep(0.5)
        assert adapter.open == 1
        assert await ask(guard, [5]) == [OUT]
        assert sorted(outcome(e) for e in await asyncio.gather(*first)) == [CLEAR] + [OUT] * 4
        assert guard.health().breaker is BreakerState.CLOSED
        adapter.takes = 0.01
        assert await ask(guard, range(10, 15)) == [CLEAR] * 5
        assert returned == ["agency"]

    simulate(work())


def test_a_failing_probe_leaves_it_alone_for_another_while() -> None:
    async def work() -> None:
        adapter = Told()
        guard = guarded(adapter, tries=1, open_seconds=10.0)
        await open_breaker(guard, adapter)
        await asyncio.sleep(10.1)
        await ask(guard, [1])
        assert guard.health().breaker is BreakerState.OPEN
        assert len(adapter.calls) == 6

    simulate(work())


def test_a_probe_whose_caller_leaves_while_it_waits_for_the_quota_frees_its_place() -> None:
    async def work() -> None:
        adapter, quota = Told(), Counting()
        guard = guarded(adapter, quota, tries=1, open_seconds=10.0)
        await open_breaker(guard, adapter)
        adapter.will(CLEAR)
        await asyncio.sleep(10.1)
        quota.waits = 1.0
        probe = asyncio.create_task(guard.find(FIRM, LONG))
        await settle()
        assert guard.find_now(firm(1)) is not None
        probe.cancel()
        await settle()
        quota.waits = 0.0
        assert await ask(guard, [1]) == [CLEAR]

    simulate(work())


def test_one_enterprise_on_which_the_agency_speaks_garbage_does_not_close_it_to_others() -> None:
    async def work() -> None:
        adapter = Told(GARBAGE)
        guard = guarded(adapter, outage_seconds=0.001)
        for _ in range(50):
            await guard.find(FIRM, LONG)
            await asyncio.sleep(0.01)
        assert len(adapter.calls) == 50
        assert guard.health().breaker is BreakerState.CLOSED
        await ask(guard, range(4))
        assert guard.health().breaker is BreakerState.OPEN

    simulate(work())


@pytest.mark.parametrize("fails", [Outcome.UNAVAILABLE, Outcome.MALFORMED])
def test_one_number_that_fails_beside_many_others_does_not_close_it_to_others(fails: Outcome) -> None:
    async def work() -> None:
        adapter = Told(fails)
        guard = guarded(adapter, open_after=5, tries=1)
        (poison,) = firm(0).identifiers
        for n in range(1, 20):
            together = Enterprise((*firm(n).identifiers, poison) if n % 2 else (poison, *firm(n).identifiers))
            assert outcome(await guard.find(together, LONG)) is fails
        assert guard.health().breaker is BreakerState.CLOSED
        assert await ask(guard, range(20, 24)) == [fails] * 4
        assert guard.health().breaker is BreakerState.OPEN

    simulate(work())


def test_no_information_is_an_answer_and_ends_a_run_of_failures() -> None:
    async def work() -> None:
        guard = guarded(Told(OUT, OUT, OUT, OUT, Outcome.NO_INFORMATION, OUT), tries=1)
        for number in range(9):
            await guard.find(firm(number), LONG)
        assert guard.health().breaker is BreakerState.CLOSED

    simulate(work())


# --- an agency that asks for peace ---


def test_being_asked_for_peace_is_no_failure_and_its_end_is_told_once() -> None:
    async def work() -> None:
        adapter = Told(Outcome.RATE_LIMITED)
        guard = guarded(adapter, open_after=1, open_seconds=10.0)
        returned: list[str] = []
        guard.on_return(returned.append)
        for number in range(8):
            assert await ask(guard, [number]) == [Outcome.RATE_LIMITED]
        assert guard.health().breaker is BreakerState.CLOSED
        await asyncio.sleep(10)
        adapter.will(Outcome.NO_INFORMATION, CLEAR)
        await ask(guard, [20])
        assert returned == []  # it may be there, but has said nothing yet
        await ask(guard, [21])
        await ask(guard, [22])
        assert returned == ["agency"]

    simulate(work())


def test_an_agency_that_now_and_then_asks_for_peace_never_returns() -> None:
    async def work() -> None:
        guard = guarded(Told(Outcome.RATE_LIMITED, CLEAR, Outcome.RATE_LIMITED, CLEAR))
        guard.on_return(lambda _: pytest.fail("it was never away"))
        for number in range(4):
            await ask(guard, [number])

    simulate(work())


def test_a_listener_that_fails_takes_no_answer_with_him() -> None:
    async def work() -> None:
        adapter = Told()
        guard = guarded(adapter, tries=1, open_seconds=10.0)

        def fail(_: str) -> None:
            raise RuntimeError("3101999901")

        guard.on_return(fail)
        await open_breaker(guard, adapter)
        adapter.will(CLEAR)
        await asyncio.sleep(10.1)
        with capture_logs() as logged:
            assert await ask(guard, [1]) == [CLEAR]
        assert [entry["event"] for entry in logged] == ["agency_is_back", "agency_return_unheard"]
        assert "3101999901" not in repr(logged)

    simulate(work())


# --- quota ---


def test_each_try_costs_what_the_adapter_says_and_waits_only_as_long_as_a_whole_try_still_fits() -> None:
    class Costly(Told):
        def calls_for(self, enterprise: Enterprise) -> int:
            return 3

    async def work() -> None:
        quota = Counting()
        guard = guarded(Costly(OUT), quota, timeout=4.0, try_seconds=1.5)
        await guard.find(FIRM, LONG, Urgency.URGENT)
        assert [(calls, urgency) for calls, urgency, _ in quota.taken] == [(3, Urgency.URGENT)] * 2
        assert quota.taken[0][2] == pytest.approx(2.45)
        await guard.find(firm(1), 1.0)
        assert quota.taken[2][2] == 0.0

    simulate(work())


def test_an_exhausted_quota_is_rate_limited_and_neither_asked_remembered_nor_a_failure() -> None:
    async def work() -> None:
        adapter, quota = Told(), Counting(grants=False)
        guard = guarded(adapter, quota, open_after=1)
        assert await ask(guard, [1]) == [Outcome.RATE_LIMITED]
        assert adapter.calls == []
        assert guard.health().breaker is BreakerState.CLOSED
        quota.grants = True
        assert await ask(guard, [1]) == [CLEAR]

    simulate(work())


def test_while_rechecks_wait_for_the_quota_an_urgent_question_still_gets_its_turn() -> None:
    async def work() -> None:
        quota = Counting(waits=1.0)
        guard = guarded(Told(), quota, calls_at_once=4)
        tasks = [asyncio.create_task(guard.find(firm(n), LONG, Urgency.RECHECK)) for n in range(20)]
        await settle()
        assert len(quota.taken) == 2
        tasks += [asyncio.create_task(guard.find(firm(20), LONG, Urgency.URGENT))]
        await settle()
        assert [urgency for _, urgency, _ in quota.taken] == [Urgency.RECHECK, Urgency.RECHECK, Urgency.URGENT]
        await asyncio.gather(*tasks)

    simulate(work())


def test_a_quota_that_cannot_be_read_is_no_outage_of_the_agency_and_holds_no_turn() -> None:
    class Broken(Counting):
        async def take(self, calls: int, urgency: Urgency, within: float) -> bool:
            raise ConnectionError

    async def work() -> None:
        guard = guarded(Told(), Broken())
        with capture_logs() as logged:
            assert await ask(guard, [1, 2]) == [NOT_ASKED, NOT_ASKED]
        assert [entry["event"] for entry in logged] == ["agency_guard_failed"] * 2
        assert guard.health().in_flight == 0

    simulate(work())


# --- who is not asked, and what is told ---


def test_of_an_enterprise_that_the_agency_cannot_know_nothing_is_asked_while_it_hangs() -> None:
    class Selective(Told):
        def knows(self, enterprise: Enterprise) -> bool:
            return enterprise is not FIRM

    async def work() -> None:
        adapter = Selective(HANGS)
        guard = guarded(adapter, calls_at_once=1, waiting_at_most=1)
        tasks = [asyncio.create_task(guard.find(firm(n), LONG)) for n in range(5)]
        await settle()
        stranger = guard.find_now(FIRM)
        assert stranger is not None
        assert outcome(stranger) is Outcome.NO_INFORMATION
        await asyncio.gather(*tasks)
        assert all(asked is not FIRM for _, asked, _ in adapter.calls)

    simulate(work())


def test_health_tells_what_the_agency_last_said_and_what_is_under_way() -> None:
    async def work() -> None:
        guard = guarded(Told(takes=1.0), Counting(), calls_at_once=1)
        assert (guard.health().answered_at, guard.health().data_as_of) == (None, None)
        tasks = [asyncio.create_task(guard.find(firm(n), LONG)) for n in range(3)]
        await asyncio.sleep(0.5)
        health = guard.health()
        assert (health.agency, health.limit, health.in_flight, health.waiting) == ("agency", 1, 1, 2)
        assert health.oldest_waiting == pytest.approx(0.5)
        await asyncio.gather(*tasks)
        assert (guard.health().answered_at, guard.health().data_as_of) == (NOW, NOW.date())
        assert (await guard.standing()).left == 7

    simulate(work())


def test_closing_ends_what_is_under_way_and_is_no_outage_of_the_agency() -> None:
    async def work() -> None:
        adapter = Told(HANGS)
        guard = guarded(adapter, calls_at_once=1)
        tasks = [asyncio.create_task(guard.find(firm(n), LONG)) for n in range(3)]
        await settle()
        await guard.close()
        assert [outcome(e) for e in await asyncio.gather(*tasks)] == [NOT_ASKED] * 3
        assert now() < 1.0
        assert adapter.closed
        assert await ask(guard, [9]) == [NOT_ASKED]
        assert len(adapter.calls) == 1

    simulate(work())


@pytest.mark.parametrize("field", Policy.__slots__)
def test_a_policy_without_room_for_anything_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        Policy(**{field: 0})


# --- whatever happens ---

WEATHER = st.sampled_from([CLEAR, OUT, GARBAGE, Outcome.RATE_LIMITED, Outcome.NO_INFORMATION, HANGS])


@settings(deadline=None, max_examples=60)
@given(
    plan=st.lists(WEATHER, min_size=1, max_size=30),
    questions=st.lists(
        st.tuples(
            st.integers(0, 8),  # whom
            st.floats(0, 3),  # how long after the one before
            st.sampled_from([0.05, 0.7, 2.5, LONG]),  # within
            st.sampled_from(list(Urgency)),
            st.one_of(st.none(), st.floats(0, 3)),  # leaves after
        ),
        max_size=40,
    ),
)
def test_in_any_weather_everybody_hears_in_time_and_nothing_is_left_behind(
    plan: list[Outcome | None], questions: list[tuple[int, float, float, Urgency, float | None]]
) -> None:
    async def caller(guard: Guard, whom: int, within: float, urgency: Urgency, leaves: float | None) -> None:
        begun = now()
        asking = asyncio.create_task(guard.find(firm(whom), within, urgency))
        if leaves is not None:
            await asyncio.wait((asking,), timeout=leaves)
            asking.cancel()
        await asyncio.wait((asking,))
        if not asking.cancelled():
            assert [f.scheme for f in asking.result().findings] == ["duty"]
        assert now() - begun <= min(within, 4.0) + 1e-3

    async def work() -> None:
        adapter = Told(*plan, takes=0.3)
        guard = guarded(adapter, calls_at_once=3, waiting_at_most=4, open_after=3, tries=3)
        callers = []
        for whom, after, within, urgency, leaves in questions:
            await asyncio.sleep(after)
            callers.append(asyncio.create_task(caller(guard, whom, within, urgency, leaves)))
        await asyncio.gather(*callers)
        assert adapter.most_open <= 3
        # The weather clears: within one outage and one probe the agency is asked and heard again.
        adapter.will(CLEAR)
        await asyncio.sleep(20.0)
        assert outcome(await guard.find(firm(99), LONG)) is CLEAR
        assert (guard.health().in_flight, guard.health().waiting) == (0, 0)

    simulate(work())
