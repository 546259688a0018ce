"""Applications while they are pending: leased, moved on, woken.

Invariants
- A lease counts by the database's clock, one for all processes. Whoever moves an application on names the lease; if it
  is another's by now, or the attempt was recorded already, nothing is changed.
- Who watches hears of an attempt's begin, and of its end with or without a result, when that commits.
- Whoever wakes several locks them in one order, so two of them wait for each other in one direction only.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from certsvc.core.model import ApplicationState
from certsvc.service.records import Application, Lease
from certsvc.store.connections import acquired
from certsvc.store.jobs import enqueue, next_attempt, queries, wake_waiting
from certsvc.store.rows import CertificateColumns, application_columns, certificate_columns
from certsvc.store.statements import Statement, statement

if TYPE_CHECKING:
    from asyncpg.pool import Pool

_CLAIM = statement("claim")
_RENEW = statement("renew")
_RELEASE = statement("release")
_RESOLVE = statement("resolve")

_NO_CERTIFICATE = dict.fromkeys(CertificateColumns._fields)


class Pending:
    """What may be done to a pending application, in one database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim(self, lease: Lease, lasting: timedelta) -> bool:
        """See ports.Store."""
        return await self._changed(_CLAIM, lease, lasting=lasting)

    async def renew(self, lease: Lease, lasting: timedelta) -> bool:
        """See ports.Store."""
        return await self._changed(_RENEW, lease, lasting=lasting)

    async def release(self, lease: Lease) -> None:
        """See ports.Store."""
        await self._changed(_RELEASE, lease)

    async def resolve(self, application: Application, lease: Lease) -> Application | None:
        """See ports.Store; None if the lease was no longer held and nothing was recorded."""
        columns, certificate = application_columns(application), application.certificate
        issued = certificate_columns(columns.id, certificate)._asdict() if certificate is not None else _NO_CERTIFICATE
        async with acquired(self._pool) as connection, connection.transaction():
            fence = {"made": lease.attempts, "owner": lease.owner}
            moved = await _RESOLVE.row(connection, **columns._asdict(), **issued, **fence)
            if moved is None:
                return None
            application = replace(application, next_attempt_at=moved["next_attempt_at"])
            if application.state is ApplicationState.PENDING:
                await enqueue(queries(connection), [next_attempt(application, woken=moved["woken"])])
        return application

    async def wake_waiting(self, agency: str, *, batch: int = 500) -> int:
        """Wakes all that wait for this agency (`jobs.wake_waiting`), so many in a transaction; how many.

        If it fails between two batches, the first of them stay awake, and the rest come at their time.
        """
        woken, last = 0, None
        while True:
            async with acquired(self._pool) as connection, connection.transaction():
                found = await wake_waiting(connection, agency, limit=batch, after=last, before=woken)
            woken += len(found)
            if len(found) < batch:
                return woken
            last = found[-1]

    async def _changed(self, statement: Statement, lease: Lease, **values: Any) -> bool:
        async with acquired(self._pool) as connection:
            row = await statement.row(
                connection, id=UUID(lease.application_id), attempts=lease.attempts, owner=lease.owner, **values
            )
        return row is not None
