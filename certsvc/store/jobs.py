"""Jobs in PgQueuer's tables: how they are queued, and how an attempt that is waited for is made due at once.

The payload of a job names it among all jobs, so that none is queued twice. That of an attempt is
`<application id> <attempts made>`: a job whose number of attempts is not the application's any more has been
overtaken, and does nothing.

Invariants
- A job is queued in the transaction of what it is for: both are there, or neither.
- A wake-up is never lost. Whoever wakes an application marks it `woken` under its row's lock; the mark goes with the
  next claim, which reads all that was committed before it, and while it stays the next attempt is due at once. So an
  application that is woken while an attempt runs is attempted once more when that one has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from certsvc.service.agency_records import Urgency
from certsvc.service.records import Application
from certsvc.store.statements import statement

if TYPE_CHECKING:
    import asyncpg

ATTEMPT = "complete_application"
"""The entry point of attempts at pending applications."""

_WAKE = statement("wake")
_WAITING_FOR = statement("waiting_for")
_UNQUEUE = statement("unqueue")

WAKES_A_SECOND = 100

_PRIORITY: Mapping[Urgency, int] = MappingProxyType({Urgency.URGENT: 3, Urgency.LIVE: 1, Urgency.RECHECK: 0})
_IN_TURN = 2


class _Settings(DBSettings):
    """PgQueuer's own names for its tables, whatever the environment says: our SQL names them too."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the signature of pydantic-settings
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


SETTINGS = _Settings()


class Job(NamedTuple):
    """Work for this entry point, to be done `after` from now. `payload` names it among all jobs."""

    entrypoint: str
    payload: str
    after: timedelta
    urgency: Urgency = Urgency.LIVE
    in_turn: bool = False
    """True for one of many that became urgent at once: taken after those that did so alone."""

    @property
    def priority(self) -> int:
        """PgQueuer takes the greater first."""
        return _IN_TURN if self.in_turn else _PRIORITY[self.urgency]


def attempt(application_id: str, attempts: int, after: timedelta, urgency: Urgency = Urgency.LIVE) -> Job:
    """The next attempt at an application that has made so many."""
    return Job(ATTEMPT, f"{application_id} {attempts}", after, urgency)


def next_attempt(application: Application, *, woken: bool = False) -> Job:
    """The next attempt at a pending application as it is recorded."""
    assert application.next_attempt_at is not None
    after = application.next_attempt_at - application.updated_at
    return attempt(application.id, application.attempts, after, Urgency.URGENT if woken else Urgency.LIVE)


def read_attempt(payload: str) -> tuple[str, int]:
    """The application id and the number of attempts made."""
    application_id, attempts = payload.split(" ")
    return application_id, int(attempts)


def queries(connection: asyncpg.Connection) -> Queries:
    """PgQueuer's statements on this connection."""
    return Queries(
        AsyncpgDriver(connection),
        qbe=QueryBuilderEnvironment(SETTINGS),
        qbq=QueryQueueBuilder(SETTINGS),
        qbs=QuerySchedulerBuilder(SETTINGS),
    )


async def enqueue(ours: Queries, jobs: Sequence[Job]) -> None:
    """Queues the jobs in the transaction of `ours`; one that is queued or running already is left as it is."""
    if jobs:
        payloads = [job.payload for job in jobs]
        await ours.enqueue(
            [job.entrypoint for job in jobs],
            [payload.encode() for payload in payloads],
            [job.priority for job in jobs],
            [max(job.after, timedelta(0)) for job in jobs],
            dedupe_key=list(payloads),
            on_conflict="skip",
        )


def urgency_of(priority: int) -> Urgency:
    """The urgency that a job was queued with. Who was woken in turn is urgent to the agency too: it is asked anew."""
    if priority >= _IN_TURN:
        return Urgency.URGENT
    return Urgency.LIVE if priority == _PRIORITY[Urgency.LIVE] else Urgency.RECHECK


async def wake(connection: asyncpg.Connection, application_ids: Sequence[str]) -> int:
    """Makes the next attempt at those that are pending due now and urgent, in the caller's transaction; how many.

    Call it after what they are woken for is written, in the same transaction.
    """
    return await _wake(connection, {UUID(application_id): timedelta(0) for application_id in application_ids})


async def wake_waiting(
    connection: asyncpg.Connection,
    agency: str,
    *,
    limit: int = 10_000,
    after: tuple[datetime, UUID] | None = None,
    before: int = 0,
) -> Sequence[tuple[datetime, UUID]]:
    """Wakes those that wait for this agency and are not awake, the oldest first, in the caller's transaction; which.

    They become due one after the other, WAKES_A_SECOND of them: an agency that has just come back is not stormed. Of
    more than `limit` the rest come at their time, or with a further call `after` the last of these; `before` is how
    many were woken by such calls already. Whoever an event woke goes before all of them, however many they are.
    """
    created_at, last = after if after is not None else (None, None)
    rows = await _WAITING_FOR.rows(connection, agency=agency, after_created_at=created_at, after_id=last, limit=limit)
    waits = (timedelta(seconds=(before + n) / WAKES_A_SECOND) for n in range(len(rows)))
    await _wake(connection, {row["id"]: wait for row, wait in zip(rows, waits, strict=True)}, in_turn=True)
    return [(row["created_at"], row["id"]) for row in rows]


async def _wake(connection: asyncpg.Connection, waits: Mapping[UUID, timedelta], *, in_turn: bool = False) -> int:
    """As `wake`, each after its time from now, unless it is due before."""
    if not connection.is_in_transaction():
        raise AssertionError("wake needs a transaction: between its statements an application must not move")
    rows = await _WAKE.rows(connection, ids=list(waits), after=list(waits.values()))
    attempts = {row["id"]: row["attempts"] for row in rows}
    jobs = [
        attempt(str(key), attempts[key], wait, Urgency.URGENT)._replace(in_turn=in_turn)
        for key, wait in waits.items()
        if key in attempts
    ]
    # A statement of its own, which sees what the locks waited for: the job of the attempt that follows a running one.
    taken_out = await _UNQUEUE.rows(connection, keys=[job.payload for job in jobs])
    due = {row["dedupe_key"]: row["after"] for row in taken_out}
    await enqueue(
        queries(connection), [job._replace(after=min(job.after, due.get(job.payload, job.after))) for job in jobs]
    )
    return len(jobs)
