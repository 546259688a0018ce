"""The worker that completes pending applications, on PgQueuer.

Invariants
- Every pending application has a job: it is queued in the transaction that makes or moves the application, and a
  sweep finds any that lost theirs.
- One attempt is made by one worker at a time. The jobs of a worker that died are taken up by another once its
  heartbeat is stale.
- A job that fails is tried again for ever, with a growing pause; a job that was overtaken does nothing.
- The worker outlives the database: it connects again for ever.
- The log names applications, never whom they are for: of an error it holds the type and the SQLSTATE alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import asyncpg
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job

from certsvc.store.connections import connect, described
from certsvc.store.jobs import ENTRYPOINT, SETTINGS, Attempt, enqueue, queries, read_payload
from certsvc.store.statements import statement

_log = logging.getLogger(__name__)

_DUE = statement("attempt_is_due")
_WITHOUT_JOB = statement("pending_without_job")
_PRUNE = statement("prune_queue_log")

_RECONNECT_MIN, _RECONNECT_MAX = 0.05, 2.0
_RETRY_MAX = 60.0
_SWEEP_BATCH = 500


class Queue:
    """Runs `complete(application id)` for each attempt when it is due; one for each process."""

    def __init__(
        self,
        dsn: str,
        complete: Callable[[str], Awaitable[object]],
        *,
        at_once: int = 16,
        heartbeat: float = 30.0,
        look_every: float = 10.0,
        sweep_every: float = 60.0,
        grace: float = 0.5,
    ) -> None:
        """At most `at_once` (at least 2) attempts run in this process. All times are seconds.

        A worker is taken for dead after `heartbeat`, and its jobs are found at the next look; new and due jobs are
        found at once. On stop, attempts get `grace` to end before they go back.
        """
        self._dsn = dsn
        self._complete = complete
        self._at_once = at_once
        self._heartbeat = timedelta(seconds=heartbeat)
        self._look_every = timedelta(seconds=look_every)
        self._sweep_every = sweep_every
        self._grace = grace
        self._stopping = asyncio.Event()
        self._manager: QueueManager | None = None
        self._running: set[asyncio.Task[None]] = set()
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
            await self._server

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
        await _sweep(ours)
        if self._stopping.is_set():
            return

        @manager.entrypoint(ENTRYPOINT, accepts_context=False)
        async def run(job: Job) -> None:
            await self._run(ours, job)

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
            sweeper.cancel()
            await asyncio.wait((sweeper,))

    async def _run(self, ours: Queries, job: Job) -> None:
        task = asyncio.create_task(self._attempt(ours, job), name=f"attempt-{job.id}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await task
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                raise
            # Cut off by `stop`: the job goes back as it was, for another worker.
            raise RetryRequested(timedelta(0), "the worker stops") from None
        except Exception as error:
            pause = min(_RETRY_MAX, 2.0 ** min(job.attempts, 10))
            _log.warning("attempt %s failed (%s); again in %.0f s", job.payload, described(error), pause)
            raise RetryRequested(timedelta(seconds=pause), type(error).__name__) from None

    async def _attempt(self, ours: Queries, job: Job) -> None:
        application_id, attempts = read_payload(job.payload)
        rows = await ours.driver.fetch(_DUE.sql, *_ordered(_DUE.names, id=UUID(application_id), attempts=attempts))
        if rows[0]["exists"]:
            await self._complete(application_id)

    async def _sweep_on(self, ours: Queries) -> None:
        while True:
            await asyncio.sleep(self._sweep_every)
            try:
                await _sweep(ours)
                await ours.driver.execute(_PRUNE.sql)
            except Exception as error:  # a lost connection ends the worker's round; anything else is tried again
                _log.warning("queue: the sweep failed: %s", described(error))


async def _sweep(ours: Queries) -> None:
    """Queues every pending application that has no job."""
    while True:
        values = _ordered(_WITHOUT_JOB.names, entrypoint=ENTRYPOINT, batch=_SWEEP_BATCH)
        rows = await ours.driver.fetch(_WITHOUT_JOB.sql, *values)
        if not rows:
            return
        _log.warning("queue: %d pending applications had no job", len(rows))
        await enqueue(ours, [_attempt_of(row) for row in rows])
        if len(rows) < _SWEEP_BATCH:
            return


def _attempt_of(row: dict[str, object]) -> Attempt:
    attempts, after = row["attempts"], row["execute_after"]
    assert isinstance(attempts, int)
    assert isinstance(after, timedelta)
    return Attempt(str(row["id"]), attempts, after)


def _ordered(names: tuple[str, ...], **values: object) -> list[object]:
    return [values[n] for n in names]


async def _close(connection: asyncpg.Connection) -> None:
    try:
        await connection.close(timeout=0.3)
    except Exception:
        connection.terminate()
