"""Whoever waits is woken by what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from certsvc.service.agency_records import Urgency
from certsvc.service.records import Application
from certsvc.store.jobs import Job, enqueue, queries, wake
from certsvc.store.pending import Pending
from certsvc.store.postgres import PostgresStore
from tests.store import samples
from tests.store.samples import LASTING
from tests.store.test_queue import Completer, StartQueue, start_queue
from tests.store.wakes import FAR, Queued, lease_on, queued, wake_now

__all__ = ["start_queue"]


async def test_the_next_attempt_of_the_woken_is_due_now_and_goes_first(
    store: PostgresStore, sql: asyncpg.Connection
) -> None:
    woken, other = await store.record(samples.pending(after=FAR)), await store.record(samples.pending(after=FAR))
    assert await wake_now(sql, woken) == 1
    live, urgent = await queued(sql)
    assert live == Queued(f"{other.id} 1", live.priority, due=False, status="queued")
    assert urgent == Queued(f"{woken.id} 1", urgent.priority, due=True, status="queued")
    assert urgent.priority > live.priority
    stored = await store.get_application(woken.id)
    assert stored is not None
    assert stored.next_attempt_at is not None
    assert stored.next_attempt_at <= await store.now()


async def test_who_is_woken_is_attempted_at_once_and_urgently(
    store: PostgresStore, start_queue: StartQueue, sql: asyncpg.Connection
) -> None:
    seen: dict[str, Urgency] = {}
    complete = Completer(store)

    async def noting(application_id: str, attempts: int, urgency: Urgency) -> Application | None:
        seen[application_id] = urgency
        return await complete(application_id, attempts, urgency)

    application = await store.record(samples.pending(after=FAR))
    await start_queue(noting, look_every=3600)
    await wake_now(sql, application)
    async with asyncio.timeout(30):
        await complete.done.wait()
    assert seen == {application.id: Urgency.URGENT}


async def test_urgent_attempts_go_before_older_live_ones(
    store: PostgresStore, start_queue: StartQueue, sql: asyncpg.Connection
) -> None:
    live = [await store.record(samples.pending(after=timedelta(0))) for _ in range(8)]
    urgent = [await store.record(samples.pending(after=FAR)) for _ in range(2)]
    await wake_now(sql, *urgent)
    complete = Completer(store, expected=10)
    await start_queue(complete, at_once=2)
    async with asyncio.timeout(30):
        await complete.done.wait()
    order = list(complete.calls)
    assert set(order[:2]) == {a.id for a in urgent}
    assert set(order[2:]) == {a.id for a in live}


async def test_a_wake_up_during_an_attempt_makes_one_more_due_at_its_end(
    store: PostgresStore, sql: asyncpg.Connection
) -> None:
    application = await store.record(samples.pending(after=timedelta(0)))
    await sql.execute("UPDATE pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid()")
    await store.claim(lease_on(application), LASTING)
    assert await wake_now(sql, application) == 1
    (running,) = await queued(sql)
    assert running.status == "picked", "the attempt that runs is left alone"
    again = await store.resolve(samples.attempted(application, FAR), lease_on(application))
    assert again.next_attempt_at == again.updated_at
    assert again == await store.get_application(application.id)
    follows = (await queued(sql))[1]
    assert follows == Queued(f"{application.id} 2", follows.priority, due=True, status="queued")
    assert follows.priority > running.priority


async def test_a_claim_answers_the_wake_up_before_it(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending())
    await wake_now(sql, application)
    await store.claim(lease_on(application), LASTING)
    again = await store.resolve(samples.attempted(application, FAR), lease_on(application))
    assert again.next_attempt_at == again.updated_at + FAR


async def test_a_wake_up_that_is_rolled_back_never_was(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending(after=FAR))
    before = await queued(sql)
    transaction = sql.transaction()
    await transaction.start()
    assert await wake(sql, [application.id]) == 1
    await transaction.rollback()
    assert await queued(sql) == before
    assert await store.get_application(application.id) == application


async def test_waking_what_is_decided_or_unknown_does_nothing(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending())
    expired = await samples.resolve(store, samples.expired(application))
    assert await wake_now(sql, expired, samples.pending()) == 0
    assert await store.get_application(application.id) == expired


async def test_waking_needs_a_transaction(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending())
    with pytest.raises(AssertionError, match="transaction"):
        await wake(sql, [application.id])


async def test_the_woken_get_a_job_if_theirs_was_lost(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending(after=FAR))
    await sql.execute("DELETE FROM pgqueuer")
    await wake_now(sql, application)
    assert [(job.payload, job.due) for job in await queued(sql)] == [(f"{application.id} 1", True)]


async def _aged(store: PostgresStore, *agencies: str, minutes: int, after: timedelta = FAR) -> Application:
    made = samples.pending(*agencies, after=after)
    return await store.record(replace(made, created_at=made.created_at - timedelta(minutes=minutes)))


async def _turns(sql: asyncpg.Connection, woken: Sequence[Application]) -> list[str]:
    """Those woken in turn, in the order in which they become due."""
    rows = await sql.fetch("SELECT payload FROM pgqueuer WHERE priority = 2 ORDER BY execute_after, id")
    known = {a.id for a in woken}
    return [key for r in rows if (key := r["payload"].decode().split(" ")[0]) in known]


@pytest.mark.parametrize("batch", [3, 500])
async def test_an_agency_that_is_back_wakes_all_that_wait_for_it_by_age(
    store: PostgresStore, sql: asyncpg.Connection, batch: int
) -> None:
    waiting = [await _aged(store, "ccss", "hacienda", minutes=(n * 7) % 10) for n in range(10)]
    other = await _aged(store, "fodesaf", minutes=99)
    assert await Pending(store._pool).wake_waiting("ccss", batch=batch) == 10
    by_age = [a.id for a in sorted(waiting, key=lambda a: a.created_at)]
    assert await _turns(sql, waiting) == by_age
    spread = await sql.fetchval("SELECT max(execute_after) - min(execute_after) FROM pgqueuer WHERE priority = 2")
    assert timedelta(seconds=0.05) < spread < timedelta(seconds=5)
    assert await store.get_application(other.id) == other


async def test_whom_an_event_wakes_goes_before_all_whom_a_return_woke_and_those_before_the_others(
    store: PostgresStore, start_queue: StartQueue, sql: asyncpg.Connection
) -> None:
    seen: dict[str, Urgency] = {}
    complete = Completer(store, expected=12)

    async def noting(application_id: str, attempts: int, urgency: Urgency) -> Application | None:
        seen[application_id] = urgency
        return await complete(application_id, attempts, urgency)

    live = [await store.record(samples.pending("fodesaf", after=timedelta(0))) for _ in range(4)]
    back = [await _aged(store, "ccss", minutes=n) for n in range(6)]
    paid = [await _aged(store, "ccss", minutes=0) for _ in range(2)]
    assert await store.wake_waiting("ccss") == 8
    await wake_now(sql, *paid)
    await sql.execute("UPDATE pgqueuer SET execute_after = now() - interval '1 hour'")  # all have become due
    await start_queue(noting, at_once=2)
    async with asyncio.timeout(30):
        await complete.done.wait()
    order = list(seen)
    assert set(order[:2]) == {a.id for a in paid}
    assert set(order[2:8]) == {a.id for a in back}
    assert set(order[8:]) == {a.id for a in live}
    assert {seen[a.id] for a in back} == {Urgency.URGENT}, "what failed just before is asked anew"


async def test_several_replicas_that_see_an_agency_return_wake_each_once(store: PostgresStore) -> None:
    for n in range(5):
        await _aged(store, "ccss", minutes=n)
    assert await store.wake_waiting("ccss") == 5
    assert await store.wake_waiting("ccss") == 0


async def test_waking_in_turn_makes_nobody_wait_longer(store: PostgresStore, sql: asyncpg.Connection) -> None:
    for n in range(40):
        await _aged(store, "ccss", minutes=n + 1)
    youngest = await _aged(store, "ccss", minutes=0, after=timedelta(0))
    await store.wake_waiting("ccss")
    assert [job.due for job in await queued(sql) if job.payload.startswith(youngest.id)] == [True]


class Reported:
    """A second kind of job."""

    entrypoint = "reported"

    def __init__(self) -> None:
        self.swept = 0
        self.runs: list[tuple[str, Urgency]] = []
        self.done = asyncio.Event()

    async def run(self, payload: str, urgency: Urgency) -> timedelta | None:
        self.runs.append((payload, urgency))
        if len(self.runs) == 1:
            return timedelta(0)
        self.done.set()
        return None

    async def sweep(self, _: object) -> None:
        self.swept += 1


async def test_the_queue_carries_other_kinds_of_jobs(
    store: PostgresStore, start_queue: StartQueue, sql: asyncpg.Connection
) -> None:
    work, complete = Reported(), Completer(store)
    application = await store.record(samples.pending(after=timedelta(0)))
    await enqueue(queries(sql), [Job("reported", "certificate 7", timedelta(0), Urgency.RECHECK)])
    await start_queue(complete, others=[work], look_every=0.2)
    async with asyncio.timeout(30):
        await asyncio.gather(work.done.wait(), complete.done.wait())
    assert work.runs == [("certificate 7", Urgency.RECHECK)] * 2, "not done the first time"
    assert work.swept >= 1
    assert complete.calls == {application.id: 1}
