"""The worker that does what is due, on PgQueuer, shared by all replicas; it knows nothing of what its jobs are about.

Invariants
- The more urgent job is taken first; of equal ones the older.
- A job is with one worker at a time. The jobs of a worker that died are taken up by another once its heartbeat is
  stale. A worker that only seemed dead may then still be at it: whoever must not do a thing twice holds a lease on it
  (`service.complete`).
- A job that fails is tried again for ever, with a growing pause.
- What lost its job finds it again: each kind of work is swept now and then.
- The worker outlives the database: it connects again for ever.
- The log names jobs by their payload, never whom they are for: of an error it holds the type and the SQLSTATE alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import asyncpg
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job

from certsvc.service.agency_records import Urgency
from certsvc.service.ending import ended
from certsvc.store.connections import connect, described
from certsvc.store.jobs import SETTINGS, queries, urgency_of
from certsvc.store.statements import statement

_log = logging.getLogger(__name__)

_PRUNE = statement("prune_queue_log")

_RECONNECT_MIN, _RECONNECT_MAX = 0.05, 2.0
_RETRY_MAX = 60.0
_STOP_WITHIN = 3.0


class Work(Protocol):
    """One kind of job."""

    @property
    def entrypoint(self) -> str:
        """The name by which PgQueuer tells this kind from others."""
        ...

    async def run(self, payload: str, urgency: Urgency) -> timedelta | None:
        """Does the job; None once it is done or there is nothing to do, else after how long to run it again."""
        ...

    async def sweep(self, ours: Queries) -> None:
        """Queues whatever should have a job of this kind and has none."""
        ...


class Queue:
    """Runs each job when it is due; one for each process."""

    def __init__(
        self,
        dsn: str,
        works: Sequence[Work],
        *,
        at_once: int = 16,
        heartbeat: float = 30.0,
        look_every: float = 10.0,
        sweep_every: float = 60.0,
        grace: float = 0.5,
    ) -> None:
        """At most `at_once` (at least 2) jobs run in this process. All times are seconds.

        A worker is taken for dead after `heartbeat`, and its jobs are found at the next look; new and due jobs are
        found at once. On stop, jobs get `grace` to end before they go back.
        """
        self._dsn = dsn
        self._works = tuple(works)
        self._at_once = at_once
        self._heartbeat = timedelta(seconds=heartbeat)
        self._look_every = timedelta(seconds=look_every)
        self._sweep_every = sweep_every
        self._grace = grace
        self._stopping = asyncio.Event()
        self._manager: QueueManager | None = None
        self._running: set[asyncio.Task[timedelta | None]] = set()
        self._server: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to work, now or as soon as the database is there."""
        self._server = asyncio.create_task(self._serve(), name="queue")

    async def stop(self) -> None:
        """Takes no more jobs; those that do not end within the grace go back to the queue at once."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self._grace)
            for task in late:
                task.cancel()
        if self._server is not None:
            # While the database hangs, the jobs cannot go back: they are found once the heartbeat is stale.
            _, late = await asyncio.wait((self._server,), timeout=_STOP_WITHIN)
            await ended(late)

    async def _serve(self) -> None:
        pause = _RECONNECT_MIN
        while not self._stopping.is_set():
            try:
                connection = await connect(self._dsn, application="certsvc queue")
                pause = _RECONNECT_MIN
                try:
                    await self._work(connection)
                finally:
                    await _close(connection)
            except Exception as error:  # whatever it is: a worker that gave up would leave applications pending
                _log.warning("queue: %s; again in %.2f s", described(error), pause)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stopping.wait()
                pause = min(_RECONNECT_MAX, pause * 2)

    async def _work(self, connection: asyncpg.Connection) -> None:
        """Works on this connection until told to stop or the connection is lost."""
        ours = queries(connection)
        manager = QueueManager(ours, channel=SETTINGS.channel)
        connection.add_termination_listener(lambda _: manager.shutdown.set())
        for work in self._works:
            await work.sweep(ours)
            manager.entrypoint(work.entrypoint, accepts_context=False)(self._runner(work))
        if self._stopping.is_set():
            return
        self._manager = manager
        sweeper = asyncio.create_task(self._sweep_on(ours), name="queue-sweep")
        try:
            await manager.run(
                dequeue_timeout=self._look_every,
                batch_size=max(1, self._at_once // 2),
                max_concurrent_tasks=max(2, self._at_once),
                heartbeat_timeout=self._heartbeat,
            )
        finally:
            self._manager = None
            await ended((sweeper,))

    def _runner(self, work: Work) -> Callable[[Job], Awaitable[None]]:
        async def run(job: Job) -> None:
            await self._run(work, job)

        return run

    async def _run(self, work: Work, job: Job) -> None:
        payload = (job.payload or b"").decode()
        task = asyncio.create_task(work.run(payload, urgency_of(job.priority)), name=f"job-{job.id}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            again = await task
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                raise
            # Cut off by `stop`: the job goes back as it was, for another worker.
            raise RetryRequested(timedelta(0), "the worker stops") from None
        except Exception as error:
            pause = min(_RETRY_MAX, 2.0 ** min(job.attempts, 10))
            _log.warning("%s %s failed (%s); again in %.0f s", work.entrypoint, payload, described(error), pause)
            raise RetryRequested(timedelta(seconds=pause), type(error).__name__) from None
        if again is not None:
            raise RetryRequested(again, "not done yet")

    async def _sweep_on(self, ours: Queries) -> None:
        while True:
            await asyncio.sleep(self._sweep_every)
            try:
                for work in self._works:
                    await work.sweep(ours)
                await ours.driver.execute(_PRUNE.sql)
            except Exception as error:  # a lost connection ends the worker's round; anything else is tried again
                _log.warning("queue: the sweep failed: %s", described(error))


async def _close(connection: asyncpg.Connection) -> None:
    try:
        await connection.close(timeout=0.3)
    except Exception:
        connection.terminate()
