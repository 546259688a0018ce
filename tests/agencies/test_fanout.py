"""Everyone is asked at once, nobody can hold the answer up, and no scheme is ever dropped."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from certsvc.agencies.adapter import Answer, to_evidence
from certsvc.agencies.fanout import Panel
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.resilience.policy import Policy
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import BreakerState, Urgency
from certsvc.service.ports import Agencies, AgencyWatch
from tests.agencies.kit import NOW, PLENTY, SOON, FixedClock, company

FIRM = company("3101999901")
DEFAULT = Policy()


class Stub:
    """An adapter that answers clear, with every way to go wrong."""

    def __init__(self, name: str, *schemes: str) -> None:
        self.name = name
        self.schemes = schemes or (f"{name}_scheme",)
        self.closed = False
        self.within = 0.0

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        self.within = within
        return await self.answer()

    async def answer(self) -> Evidence:
        return to_evidence(self.name, self.schemes, Answer(Outcome.CLEAR, name=self.name.upper()), NOW)

    async def close(self) -> None:
        self.closed = True


class Hanging(Stub):
    async def answer(self) -> Evidence:
        await asyncio.Event().wait()
        raise AssertionError


class Stubborn(Stub):
    """Ignores being cancelled until released."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.release = asyncio.Event()

    async def answer(self) -> Evidence:
        while not self.release.is_set():
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                continue
        raise RuntimeError("too late to matter")


class Broken(Stub):
    async def answer(self) -> Evidence:
        raise RuntimeError("3101999901 owes 5000.00")


class CancelsItself(Stub):
    async def answer(self) -> Evidence:
        raise asyncio.CancelledError


class LeavesOut(Stub):
    async def answer(self) -> Evidence:
        return Evidence(())


class FromMemory(Stub):
    def find_now(self, enterprise: Enterprise) -> Evidence | None:
        return to_evidence(self.name, self.schemes, Answer(Outcome.CLEAR), NOW)

    async def answer(self) -> Evidence:
        raise AssertionError("there was no need to wait")


class NotInMemoryYet(Stub):
    def find_now(self, enterprise: Enterprise) -> Evidence | None:
        return None


class BrokenMemory(Stub):
    def find_now(self, enterprise: Enterprise) -> Evidence | None:
        raise RuntimeError


def panel_of(*adapters: Stub, policy: Policy = DEFAULT) -> Panel:
    return Panel([Guard(adapter, FixedClock(), policy) for adapter in adapters])


async def ask(*adapters: Stub, within: float = PLENTY) -> dict[str, Outcome]:
    panel = panel_of(*adapters)
    evidence = await panel.ask(FIRM, within)
    assert [f.scheme for f in evidence.findings] == [s for a in adapters for s in a.schemes]
    await panel.close()
    return {finding.agency: finding.outcome for finding in evidence.findings}


async def test_findings_and_facts_of_all_come_in_the_order_of_the_panel() -> None:
    panel: Agencies = panel_of(Stub("a", "x", "y"), FromMemory("b"), Stub("c"))
    evidence = await panel.ask(FIRM, PLENTY)
    assert [(f.agency, f.scheme) for f in evidence.findings] == [
        ("a", "x"),
        ("a", "y"),
        ("b", "b_scheme"),
        ("c", "c_scheme"),
    ]
    assert [fact.value for fact in evidence.facts] == ["A", "C"]
    assert dict(panel.schemes) == {"a": ("x", "y"), "b": ("b_scheme",), "c": ("c_scheme",)}


async def test_one_that_hangs_is_unavailable_and_the_others_are_heard() -> None:
    assert await ask(Stub("a"), Hanging("b"), within=SOON) == {"a": Outcome.CLEAR, "b": Outcome.UNAVAILABLE}


async def test_one_that_ignores_cancellation_does_not_delay_the_answer() -> None:
    stubborn = Stubborn("b")
    panel = panel_of(Stub("a"), stubborn)
    evidence = await panel.ask(FIRM, 0.01)
    assert [f.outcome for f in evidence.findings] == [Outcome.CLEAR, Outcome.UNAVAILABLE]
    stubborn.release.set()
    await panel.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_bug_is_unavailable_and_its_message_is_not_logged() -> None:
    with capture_logs() as logged:
        assert await ask(Broken("a"), Stub("b")) == {"a": Outcome.UNAVAILABLE, "b": Outcome.CLEAR}
    assert {(entry["event"], entry["agency"], entry["fault"]) for entry in logged} == {
        ("adapter_raised", "a", "RuntimeError")
    }
    assert "3101999901" not in repr(logged)


async def test_an_adapter_that_cancels_itself_is_unavailable() -> None:
    assert await ask(CancelsItself("a")) == {"a": Outcome.UNAVAILABLE}


async def test_a_scheme_left_out_is_unavailable_and_never_missing() -> None:
    assert await ask(LeavesOut("a"), Stub("b")) == {"a": Outcome.UNAVAILABLE, "b": Outcome.CLEAR}


async def test_memory_is_tried_first_and_its_failure_is_contained() -> None:
    assert await ask(FromMemory("a"), NotInMemoryYet("b"), BrokenMemory("c")) == {
        "a": Outcome.CLEAR,
        "b": Outcome.CLEAR,
        "c": Outcome.UNAVAILABLE,
    }


async def test_no_task_is_made_for_what_is_in_memory() -> None:
    before = asyncio.all_tasks()
    panel = panel_of(FromMemory("a"), FromMemory("b"))
    asking = panel.ask(FIRM, PLENTY)
    with pytest.raises(StopIteration):
        asking.send(None)  # ends without ever yielding to the loop
    assert asyncio.all_tasks() == before


async def test_an_agencys_own_limit_is_kept_where_it_is_shorter() -> None:
    short, long = Stub("short"), Stub("long")
    guards = [
        Guard(short, FixedClock(), Policy(timeout=1.5, try_seconds=1000.0)),
        Guard(long, FixedClock(), Policy(timeout=1000.0, try_seconds=1000.0)),
    ]
    await Panel(guards).ask(FIRM, 8.0)
    assert 1.4 < short.within < 1.5
    assert 7.9 < long.within < 8.0


async def test_only_those_that_are_named_are_asked() -> None:
    a, b = Stub("a"), Stub("b")
    evidence = await panel_of(a, b).ask(FIRM, PLENTY, only=("b", "unknown"), urgency=Urgency.RECHECK)
    assert [finding.agency for finding in evidence.findings] == ["b"]
    assert a.within == 0.0


async def test_health_is_told_for_each_in_order() -> None:
    panel = panel_of(Stub("a"), Broken("b"), policy=Policy(open_after=1, tries=1))
    await panel.ask(FIRM, PLENTY)
    watch: AgencyWatch = panel
    health = [health for health, _ in await watch.health()]
    assert [(one.agency, one.breaker) for one in health] == [("a", BreakerState.CLOSED), ("b", BreakerState.OPEN)]


async def test_the_return_of_any_agency_is_told_by_its_name() -> None:
    policy = Policy(open_after=1, tries=1, open_seconds=1e-9, outage_seconds=1e-9)
    broken = Broken("b")
    panel = panel_of(Stub("a"), broken, policy=policy)
    returned: list[str] = []
    panel.on_return(returned.append)
    await panel.ask(FIRM, PLENTY)
    broken.answer = Stub.answer.__get__(broken)  # type: ignore[method-assign]
    await panel.ask(FIRM, PLENTY)
    await panel.ask(FIRM, PLENTY)
    assert returned == ["b"]


async def test_a_cancelled_question_leaves_nothing_behind_once_the_panel_is_closed() -> None:
    panel = panel_of(Hanging("a"))
    asking = asyncio.create_task(panel.ask(FIRM, PLENTY))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await panel.close()
    assert asking.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_empty_panel_finds_nothing() -> None:
    assert await ask() == {}


def test_two_agencies_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        panel_of(Stub("a"), Stub("a"))


async def test_closing_closes_every_adapter() -> None:
    stubs = [Stub("a"), Stub("b")]
    await panel_of(*stubs).close()
    assert all(stub.closed for stub in stubs)
