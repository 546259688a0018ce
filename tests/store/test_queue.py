"""Pending applications complete by themselves, whatever becomes of the workers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from certsvc.core.model import ApplicationState
from certsvc.service.agency_records import Urgency
from certsvc.service.records import Application
from certsvc.store import queue
from certsvc.store.attempts import Attempts, Complete
from certsvc.store.postgres import PostgresStore
from certsvc.store.queue import Queue, Work
from tests.store import samples
from tests.store.hanging import hanging

NOW = timedelta(0)
StartQueue = Callable[..., Awaitable[Queue]]


@pytest.fixture
async def start_queue(database: str) -> AsyncIterator[StartQueue]:
    async with AsyncExitStack() as stack:

        async def start(complete: Complete, *, others: Sequence[Work] = (), **options: float) -> Queue:
            works = [Attempts(complete), *others]
            queue = Queue(database, works, **options)  # type: ignore[arg-type]  # at_once is whole in these tests
            await queue.start()
            stack.push_async_callback(queue.stop)
            return queue

        yield start


class Completer:
    """Expires each application it is given, and counts."""

    def __init__(self, store: PostgresStore, expected: int = 1) -> None:
        self._store = store
        self._expected = expected
        self.calls: Counter[str] = Counter()
        self.done = asyncio.Event()

    async def __call__(self, application_id: str, attempts: int, _: Urgency) -> Application | None:
        application = await self._store.get_application(application_id)
        if application is None or application.attempts != attempts:
            return application
        self.calls[application_id] += 1
        if application.state is ApplicationState.PENDING:
            application = await samples.resolve(self._store, samples.expired(application))
        if len(self.calls) >= self._expected:
            self.done.set()
        return application


async def _jobs(sql: asyncpg.Connection) -> list[str]:
    return [r["payload"].decode() for r in await sql.fetch("SELECT payload FROM pgqueuer ORDER BY id")]


async def test_a_pending_application_has_its_job_in_the_same_commit(
    store: PostgresStore, sql: asyncpg.Connection
) -> None:
    applications = [samples.pending(), samples.refused(), samples.pending()]
    await asyncio.gather(*(store.record(a) for a in applications))
    assert sorted(await _jobs(sql)) == sorted(f"{applications[i].id} 1" for i in (0, 2))


async def test_a_repeated_request_queues_no_second_job(store: PostgresStore, sql: asyncpg.Connection) -> None:
    first = await store.record(samples.pending())
    await store.record(samples.pending(of=first.request))
    assert await _jobs(sql) == [f"{first.id} 1"]


async def test_another_attempt_is_queued_for_its_time(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending())
    await samples.resolve(store, samples.attempted(application, timedelta(hours=5)))
    due = await sql.fetchval("SELECT max(execute_after) - now() FROM pgqueuer WHERE payload LIKE '%2'::bytea")
    assert timedelta(hours=4, minutes=59) < due <= timedelta(hours=5)


async def test_due_applications_are_completed_once_by_several_workers(
    store: PostgresStore, start_queue: StartQueue
) -> None:
    applications = [samples.pending(after=NOW) for _ in range(40)]
    complete = Completer(store, expected=40)
    for _ in range(3):
        await start_queue(complete)
    await asyncio.gather(*(store.record(a) for a in applications))
    async with asyncio.timeout(30):
        await complete.done.wait()
    assert complete.calls == Counter({a.id: 1 for a in applications})


async def test_an_application_that_is_not_due_waits(store: PostgresStore, start_queue: StartQueue) -> None:
    complete = Completer(store)
    later, now = samples.pending(), samples.pending(after=NOW)
    await store.record(later)
    await store.record(now)
    await start_queue(complete)
    async with asyncio.timeout(30):
        await complete.done.wait()
    assert set(complete.calls) == {now.id}


async def test_an_application_without_a_job_is_swept_up(
    store: PostgresStore, start_queue: StartQueue, sql: asyncpg.Connection
) -> None:
    application = await store.record(samples.pending(after=NOW))
    await sql.execute("DELETE FROM pgqueuer")
    complete = Completer(store)
    await start_queue(complete)
    async with asyncio.timeout(30):
        await complete.done.wait()
    assert complete.calls == {application.id: 1}


async def test_a_failed_attempt_is_tried_again(store: PostgresStore, start_queue: StartQueue) -> None:
    complete = Completer(store)
    failed: list[str] = []

    async def failing_once(application_id: str, attempts: int, urgency: Urgency) -> Application | None:
        if not failed:
            failed.append(application_id)
            raise RuntimeError("the signer is away")
        return await complete(application_id, attempts, urgency)

    application = await store.record(samples.pending(after=NOW))
    await start_queue(failing_once)
    async with asyncio.timeout(30):
        await complete.done.wait()
    assert failed == [application.id]


async def test_an_overtaken_job_does_nothing(store: PostgresStore, start_queue: StartQueue) -> None:
    overtaken = await store.record(samples.pending(after=NOW))
    await samples.resolve(store, samples.attempted(overtaken))  # its first job is still queued and due
    due = await store.record(samples.pending(after=NOW))
    complete = Completer(store)
    await start_queue(complete, at_once=2)
    async with asyncio.timeout(30):
        await complete.done.wait()
    assert set(complete.calls) == {due.id}


async def test_jobs_of_a_lost_worker_are_taken_up(
    store: PostgresStore, start_queue: StartQueue, sql: asyncpg.Connection
) -> None:
    application = await store.record(samples.pending(after=NOW))
    await sql.execute(
        "UPDATE pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid(),"
        " heartbeat = now() - interval '1 h'"
    )
    complete = Completer(store)
    await start_queue(complete)
    async with asyncio.timeout(30):
        await complete.done.wait()
    assert complete.calls == {application.id: 1}


async def test_stopping_hands_back_what_is_under_way(
    store: PostgresStore, start_queue: StartQueue, sql: asyncpg.Connection
) -> None:
    application = await store.record(samples.pending(after=NOW))
    begun = asyncio.Event()

    async def never_ends(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    queue = await start_queue(never_ends, grace=0.01)
    async with asyncio.timeout(30):
        await begun.wait()
        await queue.stop()
    rows = await sql.fetch("SELECT payload, status::text, execute_after <= now() AS due FROM pgqueuer")
    assert [tuple(r) for r in rows] == [(f"{application.id} 1".encode(), "queued", True)]


async def test_the_worker_outlives_its_connection(
    store: PostgresStore, start_queue: StartQueue, sql: asyncpg.Connection
) -> None:
    first = Completer(store)
    complete = Completer(store, expected=2)

    async def both(application_id: str, attempts: int, urgency: Urgency) -> Application | None:
        application = await complete(application_id, attempts, urgency)
        first.done.set()
        return application

    await start_queue(both)
    await store.record(samples.pending(after=NOW))
    async with asyncio.timeout(30):
        await first.done.wait()
    await sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'certsvc queue' AND datname = current_database()"
    )
    await store.record(samples.pending(after=NOW))
    async with asyncio.timeout(60):
        await complete.done.wait()


async def test_a_worker_starts_before_its_database(database: str, sql: asyncpg.Connection) -> None:
    missing = database.replace("/t_", "/not_t_")
    queue = Queue(missing, [])
    await queue.start()
    async with asyncio.timeout(10):
        await queue.stop()


async def test_stopping_does_not_wait_for_a_database_that_hangs(
    database: str, tmp_short: Path, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_STOP_WITHIN", 0.1)
    began = asyncio.Event()

    async def never(*_: object) -> Application | None:
        began.set()
        await asyncio.Event().wait()
        return None

    await store.record(samples.pending(after=NOW))
    async with hanging(database, tmp_short) as way:
        worker = Queue(way.dsn, [Attempts(never)], grace=0.05)
        await worker.start()
        async with asyncio.timeout(30):
            await began.wait()
            way.hang()
            await worker.stop()
