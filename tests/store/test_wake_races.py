"""No wake-up is lost, at whatever moment of an attempt it comes."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from certsvc.service.records import Application
from certsvc.store.jobs import Job, enqueue, queries, wake
from certsvc.store.pending import Pending
from certsvc.store.postgres import PostgresStore
from tests.store import samples
from tests.store.samples import LASTING
from tests.store.wakes import FAR, lease_on, queued, wake_now


class World:
    """News that come at any moment, and attempts that read them at any moment, as several workers would."""

    def __init__(self, store: PostgresStore, sql: asyncpg.Connection, application: Application) -> None:
        self.store = store
        self.sql = sql
        self.application = application
        self.news = 0
        self.known = 0
        self.read: dict[str, tuple[Application, int]] = {}
        """Owner -> the application as it was claimed, and the news that were read then."""

    async def report(self) -> None:
        self.news += 1
        await wake_now(self.sql, self.application)

    async def begin(self, owner: str) -> bool:
        application = await self.store.get_application(self.application.id)
        assert application is not None
        held = await self.store.claim(lease_on(application, owner), LASTING)
        if held:
            self.read[owner] = application, self.news
        return held

    async def end(self, owner: str) -> None:
        if owner in self.read:
            application, news = self.read.pop(owner)
            after = replace(samples.attempted(application, FAR), owner=None, leased_until=None)
            stored = await self.store.resolve(after, lease_on(application, owner))
            if (stored.attempts, stored.owner) == (after.attempts, None):
                self.known = max(self.known, news)

    async def fail(self, owner: str) -> None:
        if owner in self.read:
            await self.store.release(lease_on(self.read.pop(owner)[0], owner))

    async def lose(self, owner: str) -> None:
        """The owner seems dead, and may yet end its attempt."""
        if owner in self.read:
            await self.sql.execute("UPDATE application SET leased_until = now() WHERE owner = $1", owner)

    async def due(self) -> bool:
        return bool(
            await self.sql.fetchval(
                "SELECT EXISTS (SELECT FROM pgqueuer q JOIN application a ON q.dedupe_key = a.id || ' ' || a.attempts"
                " WHERE q.execute_after <= clock_timestamp() AND a.id = $1)",
                UUID(self.application.id),
            )
        )


@pytest.mark.parametrize("seed", range(3))
async def test_in_any_order_of_events_all_news_are_read_in_the_end(
    store: PostgresStore, sql: asyncpg.Connection, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(30):
        await _any_order(World(store, sql, await store.record(samples.pending(after=FAR))), chance)


async def _any_order(world: World, chance: random.Random) -> None:
    for _ in range(chance.randrange(2, 16)):
        act, owner = chance.choice(["report", "begin", "end", "fail", "lose"]), chance.choice(["one", "two", "three"])
        if act == "report":
            await world.report()
        elif act == "begin" and owner not in world.read:
            await world.begin(owner)
        elif act != "begin":
            await getattr(world, act)(owner)
    for owner in tuple(world.read):
        await world.lose(owner)
        del world.read[owner]  # dead for good
    for _ in range(3):
        if await world.due() and await world.begin("last"):
            await world.end("last")
    assert world.known == world.news
    assert not await world.due(), "and nobody is attempted for ever"


async def test_news_that_commit_while_a_claim_waits_for_them_are_read_by_it(
    store: PostgresStore, sql: asyncpg.Connection
) -> None:
    application = await store.record(samples.pending())
    async with sql.transaction():
        await wake(sql, [application.id])
        claiming = asyncio.create_task(store.claim(lease_on(application), LASTING))
        await _waits_for_a_lock(store)
        assert not claiming.done()
    assert await claiming
    assert not await sql.fetchval("SELECT woken FROM application")


async def test_news_that_commit_while_an_attempt_is_being_recorded_are_answered_by_the_next(
    store: PostgresStore, sql: asyncpg.Connection
) -> None:
    application = await store.record(samples.pending())
    await store.claim(lease_on(application), LASTING)
    async with sql.transaction():
        await wake(sql, [application.id])
        resolving = asyncio.create_task(store.resolve(samples.attempted(application, FAR), lease_on(application)))
        await _waits_for_a_lock(store)
    again = await resolving
    assert again.next_attempt_at == again.updated_at
    assert (await queued(sql))[-1].due


async def test_a_wake_up_that_waits_for_an_attempt_to_be_recorded_wakes_the_next(
    store: PostgresStore, sql: asyncpg.Connection
) -> None:
    application = await store.record(samples.pending())
    await store.claim(lease_on(application), LASTING)
    async with sql.transaction():  # an attempt that is just being recorded
        await sql.execute("UPDATE application SET attempts = 2, owner = NULL, leased_until = NULL")
        await enqueue(queries(sql), [Job("complete_application", f"{application.id} 2", FAR)])
        waking = asyncio.create_task(Pending(store._pool).wake_waiting("ccss"))
        await _waits_for_a_lock(store)
    assert await waking == 1
    assert [job.due for job in await queued(sql) if job.payload.endswith(" 2")] == [True]


async def _waits_for_a_lock(store: PostgresStore) -> None:
    """Returns once some session of this database waits for another."""
    async with asyncio.timeout(20), store._pool.acquire() as connection:
        while not await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        ):
            pass
