"""One more attempt at a waiting application: it spares those that have answered, and ends at the deadline."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from certsvc.core.model import ApplicationState, Enterprise
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import Urgency
from certsvc.service.records import Lease
from tests.service.cases import KEEP
from tests.service.conftest import Publishing
from tests.service.waiting import RETRY, Weather, a_process, pending, stored
from tests.situations import AGENCY_OF

AGENCIES = tuple(AGENCY_OF.values())


@pytest.fixture
def weather(publishing: Publishing) -> Weather:
    """The fund does not answer."""
    return Weather(publishing.clock, {"ccss": Outcome.UNAVAILABLE})


async def test_only_who_has_not_answered_is_asked_again(publishing: Publishing, weather: Weather) -> None:
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    for _ in range(5):
        publishing.clock.at += timedelta(minutes=30)
        await process.complete(application.id)
    assert weather.counts() == {"ccss": 5}
    weather.bad.clear()
    done = await process.complete(application.id)
    assert done is not None
    assert done.state is ApplicationState.GRANTED
    assert weather.counts() == {"ccss": 6}
    asked_at = {f.agency: f.checked_at for f in done.evidence.findings}
    assert asked_at["hacienda"] == application.created_at, "the certificate tells how old what it rests on is"
    assert asked_at["ccss"] == publishing.clock.at


async def test_what_aged_out_while_waiting_is_asked_again(publishing: Publishing, weather: Weather) -> None:
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    publishing.clock.at += KEEP
    again = await process.complete(application.id)
    assert weather.counts() == Counter(AGENCIES)
    assert again is not None
    assert {f.checked_at for f in again.evidence.findings} == {publishing.clock.at}


async def test_an_agency_that_is_waited_for_is_asked_again_however_fresh_its_answer(
    publishing: Publishing, weather: Weather
) -> None:
    """A debt that was paid and is not posted yet: the answer is definite, and the doubt remains."""
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    reasons = tuple(replace(r, agency="hacienda") for r in application.decision.reasons)
    lease = Lease(application.id, application.attempts, "one")
    await process.store.claim(lease, timedelta(minutes=1))
    doubted = replace(application, decision=replace(application.decision, reasons=reasons), attempts=2)
    await process.store.resolve(doubted, lease)
    await process.complete(application.id)
    assert weather.counts() == {"ccss": 1, "hacienda": 1}


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.LIVE])
async def test_the_agencies_are_told_how_urgent_it_is(
    publishing: Publishing, weather: Weather, urgency: Urgency
) -> None:
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    await process.complete(application.id, application.attempts, urgency)
    assert {question.urgency for question in weather.asked} == {urgency}


async def test_a_job_that_was_overtaken_does_nothing(publishing: Publishing, weather: Weather) -> None:
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    again = await process.complete(application.id, 1)
    assert again is not None
    assert again.attempts == 2
    weather.asked.clear()
    assert await process.complete(application.id, 1) == again
    assert not weather.asked


async def test_an_application_expires_at_its_deadline_with_the_reasons_that_it_waited_for(
    publishing: Publishing, weather: Weather
) -> None:
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    assert application.expires_at is not None
    publishing.clock.at = application.expires_at - timedelta(seconds=1)
    last = await process.complete(application.id)
    assert last is not None
    assert last.next_attempt_at == application.expires_at == last.expires_at
    publishing.clock.at = application.expires_at
    weather.asked.clear()
    expired = await process.complete(application.id)
    assert expired is not None
    assert expired.state is ApplicationState.EXPIRED
    assert expired.decision == last.decision
    assert expired.decision.waits_for == ("ccss",)
    assert not weather.asked
    assert expired == await stored(process, application)


async def test_an_attempt_that_ends_after_the_deadline_undecided_expires(
    publishing: Publishing, weather: Weather
) -> None:
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    assert application.expires_at is not None
    publishing.clock.at = application.expires_at - timedelta(seconds=1)

    async def meanwhile(_: Enterprise) -> None:
        publishing.clock.at += timedelta(seconds=2)

    weather.meanwhile = meanwhile
    expired = await process.complete(application.id)
    assert expired is not None
    assert expired.state is ApplicationState.EXPIRED
    assert expired.attempts == 2


async def test_watchers_hear_of_the_attempt_and_of_the_end_at_once(publishing: Publishing, weather: Weather) -> None:
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    watching = process.store.watch(application.id)
    begun = asyncio.Event()

    async def meanwhile(_: Enterprise) -> None:
        async with asyncio.timeout(20):
            await begun.wait()

    weather.meanwhile = meanwhile
    async with asyncio.timeout(20):
        assert await anext(watching) == application
        attempt = asyncio.create_task(process.complete(application.id))
        assert (await anext(watching)).owner is not None
        begun.set()
        assert await anext(watching) == await attempt
        assert application.expires_at is not None
        publishing.clock.at = application.expires_at
        await process.complete(application.id)
        async for shown in watching:
            if shown.state is ApplicationState.EXPIRED:
                break
    await watching.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_a_pause_is_asked_about_sooner_than_an_outage(publishing: Publishing, weather: Weather) -> None:
    process = await a_process(publishing, weather)
    application = await pending(process, weather)
    for outcome in (Outcome.RATE_LIMITED, Outcome.UNAVAILABLE):
        weather.bad["ccss"] = outcome
        for _ in range(8):
            attempted = await process.complete(application.id)
        assert attempted is not None
        assert attempted.next_attempt_at is not None
        wait = attempted.next_attempt_at - publishing.clock.at
        assert (wait <= timedelta(minutes=5)) == (outcome is Outcome.RATE_LIMITED)
        assert wait <= RETRY.last
