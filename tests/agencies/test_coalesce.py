"""Questions share calls under load, wait for nothing while idle, and do not harm one another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from certsvc.agencies.coalesce import Coalescer
from tests.agencies.kit import PLENTY


class Backend:
    """Answers each question with its double, as soon as the gate that it met is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.calls: list[list[int]] = []
        self.fault: Exception | None = None
        self.begun = asyncio.Event()

    async def one(self, question: int, within: float) -> int:
        answers: dict[int, int] = {}
        await self.many([question], within, answers.__setitem__)
        return answers[0]

    async def many(self, questions: Sequence[int], within: float, deliver: Callable[[int, int], None]) -> None:
        assert within > 0
        self.calls.append(list(questions))
        self.begun.set()
        await self.gate.wait()  # the gate of this call; a test may put another in place for the next
        if self.fault is not None:
            raise self.fault
        for number, question in enumerate(questions):
            deliver(number, 2 * question)


def coalescer(backend: Backend, *, width: int = 1, cap: int = 500) -> Coalescer[int, int]:
    return Coalescer(backend.one, backend.many, width=width, cap=cap)


async def begin(ours: Coalescer[int, int], *questions: int, within: float = PLENTY) -> list[asyncio.Task[int]]:
    """The questions asked in their order, each as far as it gets."""
    tasks = [asyncio.create_task(ours.ask(question, within)) for question in questions]
    await asyncio.sleep(0)
    return tasks


async def test_an_idle_agency_is_asked_at_once_and_alone() -> None:
    backend = Backend()
    backend.gate.set()
    ours = coalescer(backend)
    assert [await ours.ask(n, PLENTY) for n in (1, 2, 3)] == [2, 4, 6]
    assert backend.calls == [[1], [2], [3]]


async def test_what_waits_while_a_call_is_in_flight_goes_together() -> None:
    backend = Backend()
    ours = coalescer(backend)
    tasks = await begin(ours, 1, 2, 3, 4)
    backend.gate.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8]
    assert backend.calls == [[1], [2, 3, 4]]


async def test_no_call_holds_more_than_the_cap() -> None:
    backend = Backend()
    ours = coalescer(backend, cap=3)
    tasks = await begin(ours, *range(8))
    backend.gate.set()
    assert await asyncio.gather(*tasks) == [2 * n for n in range(8)]
    assert [len(call) for call in backend.calls] == [1, 3, 3, 1]


async def test_several_calls_are_in_flight_before_any_is_shared() -> None:
    backend = Backend()
    ours = coalescer(backend, width=4)
    tasks = await begin(ours, *range(7))
    assert backend.calls == [[0], [1], [2], [3]]
    backend.gate.set()
    await asyncio.gather(*tasks)
    assert backend.calls[4] == [4, 5, 6]


async def test_a_cap_of_one_never_shares() -> None:
    backend = Backend()
    ours = coalescer(backend, cap=1)
    tasks = await begin(ours, *range(5))
    assert [len(call) for call in backend.calls] == [1] * 5
    backend.gate.set()
    await asyncio.gather(*tasks)


async def test_a_caller_that_leaves_does_not_cancel_the_shared_call() -> None:
    backend = Backend()
    ours = coalescer(backend)
    first, leaver, patient = await begin(ours, 1, 2, 3)
    first_gate, backend.gate = backend.gate, asyncio.Event()
    backend.begun.clear()
    first_gate.set()
    await first
    await backend.begun.wait()
    leaver.cancel()
    backend.gate.set()
    assert await patient == 6
    assert backend.calls[1] == [2, 3]
    assert leaver.cancelled()


async def test_a_caller_that_left_before_the_call_is_not_asked_for() -> None:
    backend = Backend()
    ours = coalescer(backend)
    first, leaver, patient = await begin(ours, 1, 2, 3)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    backend.gate.set()
    assert (await first, await patient) == (2, 6)
    assert backend.calls == [[1], [3]]


async def test_each_caller_waits_to_his_own_deadline() -> None:
    backend = Backend()
    ours = coalescer(backend)
    (first,) = await begin(ours, 1)
    (patient,) = await begin(ours, 2)
    with pytest.raises(TimeoutError):
        await ours.ask(3, 0.01)
    backend.gate.set()
    assert (await first, await patient) == (2, 4)


async def test_who_shares_a_call_has_his_answer_while_others_in_it_still_wait() -> None:
    last = asyncio.Event()

    async def one(question: int, within: float) -> int:
        await asyncio.sleep(0)
        return question

    async def many(questions: Sequence[int], within: float, deliver: Callable[[int, int], None]) -> None:
        deliver(1, 2 * questions[1])
        await last.wait()
        deliver(0, 2 * questions[0])

    ours = Coalescer(one, many, width=1, cap=500)
    first, slow, quick = await begin(ours, 1, 2, 3)
    assert (await first, await quick) == (1, 6)
    assert not slow.done()
    last.set()
    assert await slow == 4


async def test_a_question_that_a_shared_call_left_out_is_a_fault_and_no_hang() -> None:
    async def one(question: int, within: float) -> int:
        await asyncio.sleep(0)
        return question

    async def many(questions: Sequence[int], within: float, deliver: Callable[[int, int], None]) -> None:
        deliver(0, 2 * questions[0])

    first, answered, left_out = await begin(Coalescer(one, many, width=1, cap=500), 1, 2, 3)
    assert (await first, await answered) == (1, 4)
    with pytest.raises(RuntimeError, match="without an answer"):
        await left_out


async def test_a_fault_of_a_shared_call_reaches_everyone_in_it_and_the_next_call_is_made() -> None:
    backend = Backend()
    ours = coalescer(backend)
    tasks = await begin(ours, 1, 2, 3)
    backend.fault = OSError()
    backend.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, OSError) for result in results)
    backend.fault = None
    assert await ours.ask(9, PLENTY) == 18


async def test_a_caller_that_leaves_a_call_of_its_own_lets_the_next_in() -> None:
    backend = Backend()
    ours = coalescer(backend)
    alone, waiting = await begin(ours, 1, 2)
    alone.cancel()
    await asyncio.gather(alone, return_exceptions=True)
    backend.gate.set()
    assert await waiting == 4


async def test_closing_lets_nobody_hang() -> None:
    backend = Backend()
    ours = coalescer(backend)
    alone, shared = await begin(ours, 1, 2)
    alone.cancel()
    await asyncio.gather(alone, return_exceptions=True)
    (late,) = await begin(ours, 3)
    await ours.close()
    results = await asyncio.gather(shared, late, return_exceptions=True)
    assert all(isinstance(result, ConnectionError) for result in results)
