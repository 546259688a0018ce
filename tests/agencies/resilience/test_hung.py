"""One real agency hangs: others answer as ever, its own callers hear in time, and it is heard again when it is back.

The clock of the breakers stands still unless told; only the agencies' own deadlines pass.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from certsvc.agencies.adapter import Adapter
from certsvc.agencies.debtor_list import DebtorList
from certsvc.agencies.fanout import Panel
from certsvc.agencies.grpc import GrpcAgency
from certsvc.agencies.hacienda import Hacienda
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.resilience.policy import Policy
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import Behaviour
from certsvc.core.model import Enterprise, Identifier
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import AgencyHealth, BreakerState
from certsvc.service.identifiers import KINDS
from tests.agencies.kit import PLENTY, SOON, FixedClock, Monotonic, company, person

FIRM = company("3101999901")
TRY = SOON
POLICY = Policy(timeout=PLENTY, try_seconds=TRY, tries=1, calls_at_once=4, waiting_at_most=4, open_after=3)
AGENCIES = ("hacienda", "ccss", "fodesaf", "ins")
UNAVAILABLE, CLEAR = Outcome.UNAVAILABLE, Outcome.CLEAR
NOTHING_HEARD = {UNAVAILABLE, Outcome.RATE_LIMITED}
"""Of those who come in a flood, some find the waiting room full: the agency is not asked about them."""


@pytest.fixture
async def panel(sandbox: Sandbox, clock: FixedClock, monotonic: Monotonic) -> AsyncIterator[Panel]:
    where = sandbox.addresses
    adapters: list[Adapter] = [
        Hacienda("hacienda", where.hacienda, clock=clock),
        GrpcAgency("ccss", where.ccss, schemes=("social_security",), kinds=KINDS, clock=clock),
        DebtorList("fodesaf", where.fodesaf, layout="fodesaf", schemes=("family",), kinds=KINDS, clock=clock),
        GrpcAgency("ins", where.ins, schemes=("work_injury",), kinds=KINDS, clock=clock),
    ]
    panel = Panel([Guard(adapter, clock, POLICY, monotonic=monotonic) for adapter in adapters])
    await panel.ask(FIRM, PLENTY)  # connects, and fetches the file
    yield panel
    await panel.close()
    assert not [task for task in asyncio.all_tasks() if "resilience" in repr(task)]


async def heard(panel: Panel, enterprise: Enterprise, within: float = PLENTY) -> dict[str, Outcome]:
    evidence = await panel.ask(enterprise, within)
    assert [finding.agency for finding in evidence.findings] == list(AGENCIES)
    return {finding.agency: finding.outcome for finding in evidence.findings}


async def health_of(panel: Panel, agency: str) -> AgencyHealth:
    return next(health for health, _ in await panel.health() if health.agency == agency)


@pytest.mark.parametrize("hung", ["hacienda", "ccss"])
async def test_the_callers_of_a_hung_agency_hear_in_time_and_the_others_answer_them(
    hung: str, panel: Panel, sandbox: Sandbox
) -> None:
    sandbox.behave(hung, Behaviour.HANG)
    begun = time.monotonic()
    answers = await asyncio.gather(*(heard(panel, company(f"31019999{n:02}"), 4 * TRY) for n in range(20, 26)))
    assert time.monotonic() - begun < 4 * TRY + SOON
    assert {answer[hung] for answer in answers} == {UNAVAILABLE}
    # Unknown enterprises: whoever is there says that it has no information.
    others = {answer[agency] for answer in answers for agency in ("hacienda", "ccss", "ins") if agency != hung}
    assert others == {Outcome.NO_INFORMATION}


@pytest.mark.parametrize("hung", ["hacienda", "ccss"])
async def test_a_hung_agency_is_left_alone_and_heard_again_when_it_is_back(
    hung: str, panel: Panel, sandbox: Sandbox, monotonic: Monotonic
) -> None:
    returned: list[str] = []
    panel.on_return(returned.append)
    sandbox.behave(hung, Behaviour.HANG)
    await asyncio.gather(*(heard(panel, company(f"31019999{n:02}"), 4 * TRY) for n in range(20, 24)))
    assert (await health_of(panel, hung)).breaker is BreakerState.OPEN
    asked = sandbox.calls(hung)
    monotonic.seconds += POLICY.outage_seconds
    assert (await heard(panel, FIRM))[hung] is UNAVAILABLE
    assert sandbox.calls(hung) == asked

    monotonic.seconds += POLICY.open_seconds
    assert (await heard(panel, FIRM))[hung] is UNAVAILABLE  # the probe: it still hangs
    assert sandbox.calls(hung) == asked + 1
    assert (await health_of(panel, hung)).breaker is BreakerState.OPEN

    sandbox.behave(hung, None)
    monotonic.seconds += POLICY.open_seconds
    assert await heard(panel, FIRM) == dict.fromkeys(AGENCIES, CLEAR)
    assert (await health_of(panel, hung)).breaker is BreakerState.CLOSED
    assert returned == [hung]


async def test_whom_the_hung_agency_cannot_know_waits_for_nothing(panel: Panel, sandbox: Sandbox) -> None:
    sandbox.behave("hacienda", Behaviour.HANG)
    needing = [asyncio.create_task(heard(panel, person(f"1000000{n}"), PLENTY)) for n in range(60, 80)]
    await asyncio.sleep(0)
    stranger = Enterprise((Identifier("xx.registry", "1"),))
    assert set((await heard(panel, stranger, PLENTY)).values()) == {Outcome.NO_INFORMATION}
    assert not any(task.done() for task in needing[:4])
    assert {answer["hacienda"] for answer in await asyncio.gather(*needing)} == NOTHING_HEARD


async def test_a_hung_agency_holds_no_more_calls_and_waiters_than_it_may(panel: Panel, sandbox: Sandbox) -> None:
    before = sandbox.calls("hacienda")
    sandbox.behave("hacienda", Behaviour.HANG)
    needing = [asyncio.create_task(heard(panel, company(f"310{n:07}"))) for n in range(200)]
    await asyncio.sleep(0)
    health = await health_of(panel, "hacienda")
    async with asyncio.timeout(PLENTY):
        while health.in_flight < 3 or sandbox.calls("hacienda") - before < 3:
            await asyncio.sleep(0)
            health = await health_of(panel, "hacienda")
    assert (health.in_flight, health.waiting) == (3, 4)  # the last turn is kept for who is urgent
    assert sandbox.calls("hacienda") - before == 3
    await asyncio.gather(*needing)


async def test_an_outage_is_not_asked_about_again_until_a_little_later(
    panel: Panel, sandbox: Sandbox, monotonic: Monotonic
) -> None:
    sandbox.behave("ccss", Behaviour.UNAVAILABLE)
    assert (await heard(panel, FIRM))["ccss"] is UNAVAILABLE
    sandbox.behave("ccss", None)
    asked = sandbox.calls("ccss")
    assert (await heard(panel, FIRM))["ccss"] is UNAVAILABLE
    assert sandbox.calls("ccss") == asked
    monotonic.seconds += POLICY.outage_seconds
    assert (await heard(panel, FIRM))["ccss"] is CLEAR
