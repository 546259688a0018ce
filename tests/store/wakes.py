"""What tests of wake-ups share: jobs as they stand in the queue, and waking as any caller would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from certsvc.service.records import Application, Lease
from certsvc.store.jobs import wake

FAR = timedelta(hours=5)


@dataclass(frozen=True)
class Queued:
    """A job as it stands in the queue."""

    payload: str
    priority: int
    due: bool
    status: str


async def queued(sql: asyncpg.Connection) -> list[Queued]:
    rows = await sql.fetch(
        "SELECT payload, priority, execute_after <= clock_timestamp() AS due, status::text FROM pgqueuer ORDER BY id"
    )
    return [Queued(r["payload"].decode(), r["priority"], r["due"], r["status"]) for r in rows]


async def wake_now(sql: asyncpg.Connection, *applications: Application) -> int:
    async with sql.transaction():
        return await wake(sql, [a.id for a in applications])


def lease_on(application: Application, owner: str = "one") -> Lease:
    return Lease(application.id, application.attempts, owner)
