"""An attempt is made, signed and recorded by whoever holds the lease on it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from certsvc.core.errors import StoreUnavailable
from certsvc.core.model import ApplicationState, Enterprise
from certsvc.core.outcome import Outcome
from certsvc.service.records import Application, Lease
from tests.service.conftest import Publishing
from tests.service.waiting import Weather, a_process, pending, stored

OVER_AT_ONCE = timedelta(0)


@pytest.fixture
def weather(publishing: Publishing) -> Weather:
    """The fund does not answer."""
    return Weather(publishing.clock, {"ccss": Outcome.UNAVAILABLE})


async def test_while_one_worker_asks_no_other_does(publishing: Publishing, weather: Weather) -> None:
    processes = [await a_process(publishing, weather) for _ in range(4)]
    application = await pending(processes[0], weather)
    answers: list[Application | None] = []

    async def meanwhile(_: Enterprise) -> None:
        answers.extend([await process.complete(application.id, 1) for process in processes])

    weather.meanwhile = meanwhile
    again = await processes[0].complete(application.id, 1)
    assert weather.counts() == {"ccss": 1}
    assert again is not None
    assert again.attempts == 2
    assert {(a.attempts, a.state) for a in answers if a} == {(1, ApplicationState.PENDING)}
    assert len({a.owner for a in answers if a}) == 1
    assert None not in {a.owner for a in answers if a}


async def test_who_lost_its_lease_while_asking_signs_nothing_and_returns_what_the_other_did(
    publishing: Publishing, weather: Weather
) -> None:
    late = await a_process(publishing, weather, lasting=OVER_AT_ONCE, sleep=_for_ever)
    other = await a_process(publishing, weather)
    application = await pending(late, weather)
    weather.bad.clear()

    async def meanwhile(_: Enterprise) -> None:
        if len(weather.asked) == 1:
            await other.complete(application.id)

    weather.meanwhile = meanwhile
    answer = await late.complete(application.id)
    assert answer == await stored(other, application)
    assert answer is not None
    assert answer.certificate is not None
    assert [answer.certificate.serial] == other.signed
    assert late.signed == []


async def test_who_lost_its_lease_while_signing_records_nothing(
    publishing: Publishing, weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = await a_process(publishing, weather, lasting=OVER_AT_ONCE, sleep=_for_ever)
    other = await a_process(publishing, weather)
    application = await pending(late, weather)
    weather.bad.clear()
    lease_place = late.store.lease_place

    async def slowly(*arguments: object) -> object:
        await other.complete(application.id)
        return await lease_place(*arguments)  # type: ignore[arg-type]  # as called

    monkeypatch.setattr(late.store, "lease_place", slowly)
    answer = await late.complete(application.id)
    assert answer is not None
    assert answer.certificate is not None
    assert [answer.certificate.serial] == other.signed
    assert len(late.signed) == 1, "burned: nobody holds it"
    assert [c.serial for c in await other.store.list_certificates(limit=9)] == other.signed


async def _for_ever(_: float) -> None:
    await asyncio.Event().wait()


async def test_a_lease_is_renewed_while_the_attempt_runs(publishing: Publishing, weather: Weather) -> None:
    slept: list[float] = []
    renewed = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 3:
            renewed.set()
            await _for_ever(seconds)

    process = await a_process(publishing, weather, lasting=timedelta(minutes=1), sleep=sleep)
    application = await pending(process, weather)
    held: list[Application] = []

    async def meanwhile(_: Enterprise) -> None:
        held.append(await stored(process, application))
        async with asyncio.timeout(20):
            await renewed.wait()
        held.append(await stored(process, application))

    weather.meanwhile = meanwhile
    await process.complete(application.id)
    first, last = (a.leased_until for a in held)
    assert first is not None
    assert last is not None
    assert first < last
    assert slept == [20.0] * 4


async def test_a_database_that_is_away_for_a_moment_does_not_end_the_renewals(
    publishing: Publishing, weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    renewed = asyncio.Event()

    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    process = await a_process(publishing, weather, sleep=sleep)
    application = await pending(process, weather)
    renew = process.store.renew

    async def away(lease: Lease, lasting: timedelta) -> bool:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise StoreUnavailable("57P03")
        renewed.set()
        return await renew(lease, lasting)

    monkeypatch.setattr(process.store, "renew", away)

    async def meanwhile(_: Enterprise) -> None:
        async with asyncio.timeout(20):
            await renewed.wait()

    weather.meanwhile = meanwhile
    again = await process.complete(application.id)
    assert again is not None
    assert again.attempts == 2


@pytest.mark.parametrize("fault", [RuntimeError("the hardware is away"), asyncio.CancelledError()])
async def test_a_failed_attempt_gives_its_lease_back(
    publishing: Publishing, weather: Weather, fault: BaseException
) -> None:
    process, other = await a_process(publishing, weather), await a_process(publishing, weather)
    application = await pending(process, weather)

    async def meanwhile(_: Enterprise) -> None:
        weather.meanwhile = _at_once
        raise fault

    weather.meanwhile = meanwhile
    with pytest.raises(type(fault)):
        await process.complete(application.id)
    assert await stored(process, application) == application
    again = await other.complete(application.id)
    assert again is not None
    assert again.attempts == 2


async def _at_once(_: Enterprise) -> None: ...
