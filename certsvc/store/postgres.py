"""The store of `certsvc.service.ports`, in PostgreSQL. Each call's guarantee is written there.

Invariants
- Every call is one statement or one transaction; what it returns is committed.
- Rules that must hold whatever the code does are held by the database: one application for a request, one
  certificate for an application and for a place, revoked is final, a version is claimed once (migrations/).
- An instant, an id or a name goes in and comes out equal.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from certsvc.core.errors import StoreRejected, StoreUnavailable
from certsvc.core.model import CertificateStatus, Identifier
from certsvc.core.statuslist import SIZE
from certsvc.service.records import (
    Application,
    CertificateRecord,
    Lease,
    StatusChange,
    StatusIndex,
    StatusListRow,
    StoredCase,
)
from certsvc.store.cases import read_case
from certsvc.store.connections import acquired, close_pool, create_pool
from certsvc.store.follow_ups import PostgresFollowUps
from certsvc.store.pending import Pending
from certsvc.store.places import Places
from certsvc.store.recorder import Finder, Recorder
from certsvc.store.rows import read_application, read_certificate, status_leaf
from certsvc.store.statements import statement
from certsvc.store.watch import Watchers

if TYPE_CHECKING:
    from asyncpg.pool import Pool

_GET_APPLICATION = statement("get_application")
_GET_CERTIFICATE = statement("get_certificate")
_LIST_CERTIFICATES = statement("list_certificates")
_CHANGE_STATUS = statement("change_status")
_LIVE_LISTS = statement("live_lists")
_STATUS_ENTRIES = statement("status_entries")
_CLAIM_VERSION = statement("claim_version")
_LIST_VERSION = statement("list_version")
_PENDING_AGE = statement("pending_age")
_KEEP_RULE_SET = statement("keep_rule_set")
_RULE_SET_TEXT = statement("rule_set_text")
_CASES_OF = statement("cases_of")
_NOW = statement("now")

_REREAD_MIN, _REREAD_MAX = 0.1, 5.0  # seconds


class PostgresStore:
    """One for each process. Opened by `connect`, on a database that is migrated."""

    def __init__(self, dsn: str, pool: Pool, *, block: int, capacity: int) -> None:
        self._pool = pool
        self._recorder = Recorder(dsn)
        self._finder = Finder(dsn)
        self._places = Places(pool, block=block, capacity=capacity)
        self._watchers = Watchers(dsn)
        self._pending = Pending(pool)
        self.follow_ups = PostgresFollowUps(pool)

    @classmethod
    async def connect(cls, dsn: str, *, pool_size: int = 8, block: int = 128, capacity: int = SIZE) -> PostgresStore:
        """A store on this database. `block` is how many places are leased at once, `capacity` those of a new list.

        Raises StoreUnavailable.
        """
        return cls(dsn, await create_pool(dsn, size=pool_size), block=block, capacity=capacity)

    async def close(self) -> None:
        """Records what waits, then ends every session."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(close_pool, self._pool)
            stack.push_async_callback(self._watchers.close)
            stack.push_async_callback(self._places.close)
            stack.push_async_callback(self._finder.close)
            stack.push_async_callback(self._recorder.close)

    @property
    def commits(self) -> tuple[int, int]:
        """Batches flushed and applications in them, since the start."""
        return self._recorder.batcher.flushes, self._recorder.batcher.items

    async def find_request(self, caller: str, request_id: str) -> Application | None:
        """See ports.Store."""
        return await self._finder.find((caller, request_id))

    async def lease_place(self, expires_at: datetime) -> StatusIndex:
        """See ports.Store."""
        return await self._places.lease(expires_at)

    async def record(self, application: Application) -> Application:
        """See ports.Store. Raises StoreRejected for an application that breaks a rule of the database."""
        return await self._recorder.record(application)

    async def claim(self, lease: Lease, lasting: timedelta) -> bool:
        """See ports.Store."""
        return await self._pending.claim(lease, lasting)

    async def renew(self, lease: Lease, lasting: timedelta) -> bool:
        """See ports.Store."""
        return await self._pending.renew(lease, lasting)

    async def release(self, lease: Lease) -> None:
        """See ports.Store."""
        await self._pending.release(lease)

    async def wake_waiting(self, agency: str) -> int:
        """Wakes all that wait for this agency, the oldest first (store.pending); how many. Raises StoreUnavailable.

        Behind them, whatever provisional certificates it left unchecked.
        """
        woken = await self._pending.wake_waiting(agency)
        await self.follow_ups.wake(agency, before=woken)
        return woken

    async def resolve(self, application: Application, lease: Lease) -> Application:
        """See ports.Store. Raises StoreRejected for an application that was never recorded."""
        if (moved := await self._pending.resolve(application, lease)) is not None:
            return moved
        if (stored := await self.get_application(application.id)) is None:
            raise StoreRejected(f"application {application.id} is not recorded")
        return stored

    async def get_application(self, application_id: str) -> Application | None:
        """See ports.Store."""
        try:
            key = UUID(application_id)
        except ValueError:
            return None
        async with acquired(self._pool) as connection:
            row = await _GET_APPLICATION.row(connection, id=key)
        return read_application(row) if row is not None else None

    async def watch(self, application_id: str) -> AsyncIterator[Application]:
        """See ports.Store. Raises StoreUnavailable only before the first one; later it reads again until it can."""
        async with self._watchers.woken(application_id) as event:
            seen: Application | None = None
            reread: float | None = None
            while True:
                event.clear()
                try:
                    current = await self.get_application(application_id)
                    reread = None
                except StoreUnavailable:
                    if seen is None:
                        raise
                    # The change that we could not read is announced once: nobody may ever wake us again.
                    current, reread = seen, min(_REREAD_MAX, 2 * reread if reread else _REREAD_MIN)
                if current is None:
                    return
                if current != seen:
                    seen = current
                    yield current
                with suppress(TimeoutError):
                    async with asyncio.timeout(reread):
                        await event.wait()

    async def get_certificate(self, serial: str, caller: str | None = None) -> CertificateRecord | None:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            row = await _GET_CERTIFICATE.row(connection, serial=serial, caller=caller)
        return read_certificate(row) if row is not None else None

    async def list_certificates(
        self,
        *,
        limit: int,
        after: tuple[datetime, str] | None = None,
        identifier: Identifier | None = None,
        status: CertificateStatus | None = None,
        caller: str | None = None,
    ) -> Sequence[CertificateRecord]:
        """See ports.Store."""
        issued_at, serial = after if after is not None else (None, None)
        async with acquired(self._pool) as connection:
            rows = await _LIST_CERTIFICATES.rows(
                connection,
                limit=limit,
                after_issued_at=issued_at,
                after_serial=serial,
                identifier_kind=identifier.kind if identifier is not None else None,
                identifier_value=identifier.value if identifier is not None else None,
                status=status.value if status is not None else None,
                caller=caller,
            )
        return [read_certificate(row) for row in rows]

    async def change_status(self, change: StatusChange) -> CertificateRecord | None:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            row = await _CHANGE_STATUS.row(
                connection,
                serial=change.serial,
                status=change.status.value,
                reason=change.reason.value,
                comment=change.comment,
                actor=change.actor,
                at=change.at,
                request_id=change.request_id,
                leaf=status_leaf(change),
            )
        return read_certificate(row) if row is not None else None

    async def live_lists(self, now: datetime) -> Sequence[StatusListRow]:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            rows = await _LIVE_LISTS.rows(connection, now=now)
        return [StatusListRow(*row) for row in rows]

    async def status_entries(self, list_number: int) -> Mapping[int, int]:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            rows = await _STATUS_ENTRIES.rows(connection, list_number=list_number)
        return {row["list_index"]: row["status"] for row in rows}

    async def claim_version(self, list_number: int, version: int, issued_at: datetime) -> bool:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            row = await _CLAIM_VERSION.row(connection, list_number=list_number, version=version, issued_at=issued_at)
        return row is not None

    async def list_version(self, list_number: int) -> int | None:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            row = await _LIST_VERSION.row(connection, list_number=list_number)
        return row["version"] if row is not None else None

    async def pending_age(self, now: datetime) -> tuple[int, float]:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            row = await _PENDING_AGE.row(connection)
        assert row is not None
        count, oldest = row
        return count, (now - oldest).total_seconds() if oldest is not None else 0.0

    async def now(self) -> datetime:
        """The database's clock, in UTC: one for all processes. Raises StoreUnavailable."""
        async with acquired(self._pool) as connection:
            row = await _NOW.row(connection)
        assert row is not None
        now: datetime = row["now"]
        return now.astimezone(UTC)

    async def keep_rule_set(self, digest: str, text: str) -> None:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            await _KEEP_RULE_SET.rows(connection, digest=digest, text=text)

    async def rule_set_text(self, ref: str) -> str | None:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            row = await _RULE_SET_TEXT.row(connection, ref=ref)
        return row["text"] if row is not None else None

    async def cases_of(
        self, identifiers: Sequence[Identifier], *, caller: str | None, limit: int
    ) -> Sequence[StoredCase]:
        """See ports.Store."""
        async with acquired(self._pool) as connection:
            numbers = [str(i) for i in identifiers]
            rows = await _CASES_OF.rows(connection, identifiers=numbers, caller=caller, limit=limit)
        return [read_case(row) for row in rows]
