"""The two calls of every issue, each shared by many callers: record an application, find a request.

Invariants
- A batch is one transaction: all of its new applications with certificates, leaves and jobs, or nothing.
- A row that the database refuses is refused alone: its batch is rolled back, and each row tried by itself.
- Rows are sorted by (caller, request id), so two writers lock in one order and never deadlock.
- After a lost connection nobody of the batch knows whether it was committed: all get StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from certsvc.core.errors import StoreRejected, StoreUnavailable
from certsvc.core.model import ApplicationState
from certsvc.service.records import Application
from certsvc.store.batch import Batcher
from certsvc.store.connections import Line, connect, translated
from certsvc.store.events import wake_reported
from certsvc.store.jobs import enqueue, next_attempt, queries
from certsvc.store.rows import (
    ApplicationColumns,
    CertificateColumns,
    application_columns,
    certificate_columns,
    read_application,
)
from certsvc.store.statements import statement

_RECORD = statement("record_batch")
_FIND = statement("find_requests")

Key = tuple[str, str]


class Recorder:
    """Records applications, several in one commit."""

    def __init__(self, dsn: str) -> None:
        self._line = Line(lambda: connect(dsn, application="certsvc writer", plan_once=True))
        self.batcher: Batcher[Application, Application] = Batcher(self._flush)

    async def record(self, application: Application) -> Application:
        """What is stored under the application's (caller, request id) afterwards.

        If the caller is cancelled, the application is recorded whole or not at all.
        """
        return await self.batcher.submit(application)

    async def close(self) -> None:
        """Records what waits, then ends the session."""
        await self.batcher.close()
        await self._line.close()

    async def _flush(self, batch: Sequence[Application]) -> list[Application | Exception]:
        connection = await self._line.get()
        order = sorted(range(len(batch)), key=lambda i: _key(batch[i]))
        try:
            answers = await _recorded(connection, [batch[i] for i in order])
        except Exception as error:
            if isinstance(raised := self._lost(connection, error), StoreUnavailable) or len(batch) == 1:
                return [raised] * len(batch)
            return [await self._alone(application) for application in batch]
        by_place: dict[int, Application | Exception] = dict(zip(order, answers, strict=True))
        return [by_place[i] for i in range(len(batch))]

    async def _alone(self, application: Application) -> Application | Exception:
        try:
            connection = await self._line.get()
            try:
                return (await _recorded(connection, [application]))[0]
            except Exception as error:
                return self._lost(connection, error)
        except StoreUnavailable as error:
            return error

    def _lost(self, connection: asyncpg.Connection, error: Exception) -> Exception:
        """The error for the callers; drops the connection unless the database has plainly refused."""
        raised = translated(error)
        if not isinstance(raised, StoreRejected):
            # After a timeout or a broken stream, what the connection would answer next is unknown.
            self._line.drop()
        elif connection.is_in_transaction():
            self._line.drop()
        return raised


class Finder:
    """Finds requests, several in one round trip."""

    def __init__(self, dsn: str) -> None:
        self._line = Line(lambda: connect(dsn, application="certsvc finder", plan_once=True))
        self._batcher: Batcher[Key, Application | None] = Batcher(self._flush, cap=256)

    async def find(self, key: Key) -> Application | None:
        """The application under this (caller, request id)."""
        return await self._batcher.submit(key)

    async def close(self) -> None:
        """Ends the session."""
        await self._batcher.close()
        await self._line.close()

    async def _flush(self, keys: Sequence[Key]) -> list[Application | Exception | None]:
        connection = await self._line.get()
        try:
            found = await _stored(connection, keys)
        except Exception as error:
            raised = translated(error)
            if not isinstance(raised, StoreRejected):
                self._line.drop()
            elif len(keys) > 1:  # a text that no database holds: only its own caller hears of it
                return [(await self._flush([key]))[0] for key in keys]
            return [raised] * len(keys)
        return [found.get(key) for key in keys]


async def _recorded(connection: asyncpg.Connection, batch: Sequence[Application]) -> list[Application]:
    """Records the batch, in this order; returns what is stored for each."""
    columns = [application_columns(a) for a in batch]
    certificates = [
        certificate_columns(c.id, a.certificate)
        for a, c in zip(batch, columns, strict=True)
        if a.certificate is not None
    ]
    values: dict[str, object] = dict(
        zip(ApplicationColumns._fields, map(list, zip(*columns, strict=True)), strict=True)
    )
    values |= _certificate_arrays(certificates)
    jobs = {a.id: next_attempt(a) for a in batch if a.state is ApplicationState.PENDING}
    if not jobs:
        rows = await _RECORD.rows(connection, **values)
    else:
        async with connection.transaction():
            rows = await _RECORD.rows(connection, **values)
            new = {str(row["id"]) for row in rows}
            pending = [key for key in jobs if key in new]
            await enqueue(queries(connection), [jobs[key] for key in pending])
            await wake_reported(connection, pending)
    if len(rows) == len(batch):
        return list(batch)
    recorded = {str(row["id"]) for row in rows}
    return await _with_earlier(connection, batch, [c.id in recorded for c in columns])


async def _with_earlier(
    connection: asyncpg.Connection, batch: Sequence[Application], new: Sequence[bool]
) -> list[Application]:
    """The batch with each application that was not new replaced by the earlier one."""
    keys = [_key(a) for a, is_new in zip(batch, new, strict=True) if not is_new]
    earlier = await _stored(connection, keys)
    return [a if is_new else earlier[_key(a)] for a, is_new in zip(batch, new, strict=True)]


async def _stored(connection: asyncpg.Connection, keys: Sequence[Key]) -> dict[Key, Application]:
    wanted = list(dict.fromkeys(keys))
    rows = await _FIND.rows(connection, callers=[k[0] for k in wanted], request_ids=[k[1] for k in wanted])
    return {(row["caller"], row["request_id"]): read_application(row) for row in rows}


def _certificate_arrays(certificates: Sequence[CertificateColumns]) -> dict[str, object]:
    if not certificates:
        return {name: [] for name in CertificateColumns._fields}
    return dict(zip(CertificateColumns._fields, map(list, zip(*certificates, strict=True)), strict=True))


def _key(application: Application) -> Key:
    return application.request.caller, application.request.request_id
