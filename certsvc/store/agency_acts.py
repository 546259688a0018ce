"""What operators do about agencies, each act with its audit leaf in one transaction.

Invariants
- A hold is released, and a dispute approved, by another person than the one who began: checked here for a clear
  answer, and by the database whatever the code does.
- An act that changes nothing leaves no leaf.
- Applications that an act may decide are attempted soon: they are woken in its transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from certsvc.core.errors import InvalidRequest
from certsvc.core.model import Identifier
from certsvc.core.rules.scheme import Degraded
from certsvc.service.agency_records import Dispute, Hold, ModeSwitch
from certsvc.store.agency_rows import (
    dispute_leaf,
    read_dispute,
    read_hold,
    read_switch,
    release_leaf,
    switch_leaf,
)
from certsvc.store.connections import acquired
from certsvc.store.jobs import wake, wake_waiting
from certsvc.store.statements import statement

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import Pool

_LOCK_OPEN_HOLD = statement("lock_open_hold")
_PROPOSE_RELEASE = statement("propose_release")
_RELEASE_HOLD = statement("release_hold")
_OPEN_HOLDS = statement("open_holds")
_SWITCH_MODE = statement("switch_mode")
_SWITCHES_IN_FORCE = statement("switches_in_force")
_LOCK_OVER_DISPUTE = statement("lock_over_dispute")
_INSERT_DISPUTE = statement("insert_dispute")
_OPEN_DISPUTE = statement("open_dispute")
_LOCK_DISPUTE = statement("lock_dispute")
_APPROVE_DISPUTE = statement("approve_dispute")
_CLOSE_DISPUTE = statement("close_dispute")
_DISPUTES = statement("disputes")
_KEEP_LEAF = statement("keep_leaf")
_WAITING_BY_AGENCY = statement("waiting_by_agency")
_HEARD_OF_AGENCIES = statement("heard_of_agencies")
_PENDING_THAT_NAME = statement("pending_that_name")

_MAY_GRANT = frozenset({Degraded.PROVISIONAL, Degraded.REUSE})

SYSTEM = "system"
"""Who closes a dispute whose time is over, to make room for another."""


class PostgresAgencyActs:
    """Fits certsvc.service.agency_ports.AgencyActs."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def switch(self, switch: ModeSwitch) -> ModeSwitch:
        """See agency_ports.AgencyActs."""
        async with acquired(self._pool) as connection, connection.transaction():
            row = await _SWITCH_MODE.row(
                connection,
                agency=switch.agency,
                mode=switch.mode.value if switch.mode is not None else None,
                reason=switch.reason,
                actor=switch.actor,
                at=switch.at,
                until=switch.until,
                leaf=switch_leaf(switch),
            )
            assert row is not None
            if switch.mode in _MAY_GRANT:
                await wake_waiting(connection, switch.agency)
            return read_switch(row)

    async def release(self, agency: str, actor: str, reason: str, at: datetime) -> Hold | None:
        """See agency_ports.AgencyActs."""
        async with acquired(self._pool) as connection, connection.transaction():
            row = await _LOCK_OPEN_HOLD.row(connection, agency=agency)
            if row is None:
                return None
            hold = read_hold(row)
            carries_out = hold.proposed_by not in ("", actor)
            act = _RELEASE_HOLD if carries_out else _PROPOSE_RELEASE
            row = await act.row(connection, id=hold.id, actor=actor, at=at, reason=reason)
            assert row is not None
            leaf = release_leaf(hold, "release" if carries_out else "propose", actor, reason, at)
            await _keep_leaf(connection, "hold", agency, leaf, at)
            if carries_out:
                await wake_waiting(connection, agency)
            return read_hold(row)

    async def open_dispute(self, dispute: Dispute) -> Dispute:
        """See agency_ports.AgencyActs. One whose time is over is closed, so that it stands in nobody's way."""
        key = {"agency": dispute.agency, "scheme": dispute.scheme, "identifier": str(dispute.identifier)}
        async with acquired(self._pool) as connection, connection.transaction():
            while True:
                over = await _LOCK_OVER_DISPUTE.row(connection, **key, at=dispute.opened_at)
                if over is not None:
                    await _close(connection, read_dispute(over), SYSTEM, dispute.opened_at)
                row = await _INSERT_DISPUTE.row(
                    connection,
                    **key,
                    id=UUID(dispute.id),
                    statement=dispute.statement,
                    opened_by=dispute.opened_by,
                    opened_at=dispute.opened_at,
                    until=dispute.until,
                )
                if row is not None:
                    opened = read_dispute(row)
                    leaf = dispute_leaf(opened, "open", opened.opened_by, opened.opened_at)
                    await _keep_leaf(connection, "dispute", opened.id, leaf, opened.opened_at)
                    return opened
                if (row := await _OPEN_DISPUTE.row(connection, **key)) is not None:
                    return read_dispute(row)
                # It was closed between the two statements: there is room now.

    async def approve_dispute(self, dispute_id: str, actor: str, at: datetime) -> Dispute | None:
        """See agency_ports.AgencyActs. Raises InvalidRequest too if its time is over."""
        async with acquired(self._pool) as connection, connection.transaction():
            row = await _LOCK_DISPUTE.row(connection, id=UUID(dispute_id))
            if row is None:
                return None
            dispute = read_dispute(row)
            _check_approvable(dispute, actor, at)
            if dispute.approved_at is not None:
                return dispute
            row = await _APPROVE_DISPUTE.row(connection, id=UUID(dispute_id), actor=actor, at=at)
            assert row is not None
            leaf = dispute_leaf(dispute, "approve", actor, at)
            await _keep_leaf(connection, "dispute", dispute.id, leaf, at)
            await _wake_number(connection, dispute.identifier)
            return read_dispute(row)

    async def close_dispute(self, dispute_id: str, actor: str, at: datetime) -> Dispute | None:
        """See agency_ports.AgencyActs."""
        async with acquired(self._pool) as connection, connection.transaction():
            row = await _LOCK_DISPUTE.row(connection, id=UUID(dispute_id))
            if row is None:
                return None
            dispute = read_dispute(row)
            if dispute.closed_at is not None:
                return dispute
            closed = await _close(connection, dispute, actor, at)
            if dispute.counts_at(at):
                await _wake_number(connection, dispute.identifier)
            return closed

    async def disputes(
        self, *, open_at: datetime | None, limit: int, identifier: Identifier | None = None
    ) -> Sequence[Dispute]:
        """See agency_ports.AgencyActs."""
        number = str(identifier) if identifier is not None else None
        async with acquired(self._pool) as connection:
            rows = await _DISPUTES.rows(connection, open_at=open_at, limit=limit, identifier=number)
        return [read_dispute(row) for row in rows]

    async def holds(self) -> Sequence[Hold]:
        """See agency_ports.AgencyActs."""
        async with acquired(self._pool) as connection:
            return [read_hold(row) for row in await _OPEN_HOLDS.rows(connection)]

    async def switches(self, now: datetime) -> Sequence[ModeSwitch]:
        """See agency_ports.AgencyActs."""
        async with acquired(self._pool) as connection:
            return [read_switch(row) for row in await _SWITCHES_IN_FORCE.rows(connection, now=now)]

    async def waiting(self, now: datetime) -> Mapping[str, tuple[int, float]]:
        """See agency_ports.AgencyActs."""
        async with acquired(self._pool) as connection:
            rows = await _WAITING_BY_AGENCY.rows(connection)
        return {row["agency"]: (row["applications"], (now - row["oldest"]).total_seconds()) for row in rows}

    async def heard(self, agencies: Sequence[str]) -> Mapping[str, tuple[datetime, date | None]]:
        """See agency_ports.AgencyActs."""
        async with acquired(self._pool) as connection:
            rows = await _HEARD_OF_AGENCIES.rows(connection, agencies=agencies)
        return {row["agency"]: (row["answered_at"], row["data_as_of"]) for row in rows}


def _check_approvable(dispute: Dispute, actor: str, at: datetime) -> None:
    if dispute.opened_by == actor:
        raise InvalidRequest("name", "you opened it; another person must approve it")
    if dispute.closed_at is not None:
        raise InvalidRequest("name", "the dispute is closed; open another")
    if at >= dispute.until:
        raise InvalidRequest("name", "the time of the dispute is over; open another")


async def _close(connection: asyncpg.Connection, dispute: Dispute, actor: str, at: datetime) -> Dispute:
    row = await _CLOSE_DISPUTE.row(connection, id=UUID(dispute.id), actor=actor, at=at)
    assert row is not None
    await _keep_leaf(connection, "dispute", dispute.id, dispute_leaf(dispute, "close", actor, at), at)
    return read_dispute(row)


async def _keep_leaf(connection: asyncpg.Connection, kind: str, subject: str, leaf: bytes, at: datetime) -> None:
    await _KEEP_LEAF.rows(connection, at=at, kind=kind, subject=subject, body=leaf)


async def _wake_number(connection: asyncpg.Connection, identifier: Identifier) -> None:
    rows = await _PENDING_THAT_NAME.rows(connection, identifiers=[str(identifier)])
    await wake(connection, [str(row["id"]) for row in rows])
