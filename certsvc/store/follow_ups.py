"""Follow-ups of provisional certificates: where each stands, and its attempts as work for the queue.

Invariants
- A follow-up is there from the commit of its certificate on, and ends once: the database sees to both.
- The next attempt is queued in the transaction that plans it. The first, and any whose job was lost, a sweep queues.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from certsvc.service.agency_records import FollowUp, FollowUpState, Urgency
from certsvc.store.connections import acquired
from certsvc.store.jobs import WAKES_A_SECOND, Job, enqueue, queries
from certsvc.store.statements import statement

if TYPE_CHECKING:
    from asyncpg.pool import Pool
    from pgqueuer.adapters.persistence.queries import Queries

_log = logging.getLogger(__name__)

FOLLOW_UP = "follow_up_certificate"
"""The entry point of follow-ups."""

_GET = statement("get_follow_up")
_PUT_OFF = statement("put_off_follow_up")
_END = statement("end_follow_up")
_WAKE = statement("wake_follow_ups")
_WITHOUT_JOB = statement("follow_ups_without_job")
_UNQUEUE = statement("unqueue")

_SWEEP_BATCH = 500
_WAKES = 10_000


class PostgresFollowUps:
    """Fits `certsvc.service.ports.FollowUps`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, serial: str) -> FollowUp | None:
        """See ports.FollowUps."""
        async with acquired(self._pool) as connection:
            row = await _GET.row(connection, serial=serial)
        if row is None:
            return None
        return FollowUp(
            serial=row["serial"],
            application_id=str(row["application_id"]),
            agencies=tuple(row["agencies"]),
            state=FollowUpState(row["state"]),
            attempts=row["attempts"],
            ends_at=row["ends_at"],
            replaced_by=row["replaced_by"] or "",
        )

    async def put_off(self, follow_up: FollowUp, wait: timedelta) -> None:
        """See ports.FollowUps."""
        async with acquired(self._pool) as connection, connection.transaction():
            row = await _PUT_OFF.row(connection, serial=follow_up.serial, attempts=follow_up.attempts, wait=wait)
            if row is not None:
                await enqueue(queries(connection), [_job(follow_up.serial, row["attempts"], row["after"])])

    async def end(self, follow_up: FollowUp, state: FollowUpState, replaced_by: str = "") -> None:
        """See ports.FollowUps."""
        async with acquired(self._pool) as connection:
            await _END.rows(connection, serial=follow_up.serial, state=state.value, replaced_by=replaced_by or None)

    async def wake(self, agency: str, before: int = 0) -> int:
        """Makes the next attempt of all that left this agency unchecked due soon; how many.

        They become due one after the other, WAKES_A_SECOND of them, behind `before` applications that were woken: those
        are waited for. One that is being attempted at this moment goes by its own plan afterwards.
        """
        async with acquired(self._pool) as connection, connection.transaction():
            rows = await _WAKE.rows(connection, agency=agency, limit=_WAKES, before=before, a_second=WAKES_A_SECOND)
            jobs = [_job(row["serial"], row["attempts"], row["after"]) for row in rows]
            await _UNQUEUE.rows(connection, keys=[job.payload for job in jobs])
            await enqueue(queries(connection), jobs)
        return len(jobs)


class FollowUpAttempts:
    """Runs `follow_up` for each attempt that is due; fits `certsvc.store.queue.Work`."""

    entrypoint = FOLLOW_UP

    def __init__(self, follow_up: Callable[[str, int, Urgency], Awaitable[FollowUp | None]]) -> None:
        self._follow_up = follow_up

    async def run(self, payload: str, urgency: Urgency) -> timedelta | None:
        """Makes the attempt, unless it was overtaken."""
        serial, attempts = payload.split(" ")
        await self._follow_up(serial, int(attempts), urgency)
        return None

    async def sweep(self, ours: Queries) -> None:
        """Queues every follow-up that has no job."""
        values = {"entrypoint": FOLLOW_UP, "batch": _SWEEP_BATCH}
        while rows := await ours.driver.fetch(_WITHOUT_JOB.sql, *[values[name] for name in _WITHOUT_JOB.names]):
            await enqueue(ours, [_missing(row) for row in rows])
            _log.info("queue: %d follow-ups had no job yet", len(rows))
            if len(rows) < _SWEEP_BATCH:
                return


def _job(serial: str, attempts: int, after: timedelta) -> Job:
    return Job(FOLLOW_UP, f"{serial} {attempts}", after, Urgency.RECHECK)


def _missing(row: dict[str, Any]) -> Job:
    return _job(row["serial"], row["attempts"], row["execute_after"])
