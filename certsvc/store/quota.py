"""The buckets from which all processes take their calls to agencies.

Invariants
- What `take` returns is recorded before; two processes never take the same.
- Time is the database's, so that processes whose clocks differ share one.
- Whatever the database forgets, no more is taken than without: a bucket of which more may have been taken than is
  known counts as empty.

Commits do not wait for the disk, which would hold up every caller behind the one that has the row. A server that
crashes then forgets up to a second of what was taken; a standby that takes over, or a backup, knows less still. Either
begins at another time than the row names, or breaks the connection of whoever had taken from it, and both make
the bucket empty. Not noticed is only a crash that ends every process that asked, but not the postmaster. Where the
row itself is put back under a running server, or its clock ahead, who asks sees more than there can be, and doubts
it (SharedQuota). A pause does wait for the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC

import asyncpg

from certsvc.core.errors import StoreUnavailable
from certsvc.service.agency_records import QuotaStanding
from certsvc.service.quota import LONGEST_PAUSE, Allowance, Step, Taken
from certsvc.store.connections import Line, connect, translated
from certsvc.store.statements import Statement, statement

_TAKE = statement("take_quota")
_PAUSE = statement("pause_quota")
_PAUSED = statement("quota_pause")
_STANDING = statement("quota_standing")

_PATIENCE = 5.0
"""Seconds for one statement. A database that hangs is one that is away: who waits for a call has seconds."""


class QuotaLedger:
    """Fits the ledgers of `certsvc.agencies.shared_quota` and `shared_pause`. One for each process; connected at the
    first use."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._line = Line(self._dial)
        self._turn = asyncio.Lock()
        self._dialled = 0
        self._sure_since: dict[str, int] = {}  # agency -> the dial with which it last took

    async def take(self, agency: str, allowed: Allowance, steps: Sequence[Step]) -> Taken:
        """See Ledger."""
        async with self._turn:
            connection = await self._line.get()
            row = await self._ask(
                connection,
                _TAKE,
                agency=agency,
                **_parameters(allowed),
                doubted=self._sure_since.get(agency, self._dialled) != self._dialled,
                upto=[step.upto for step in steps],
                level=[step.level for step in steps],
            )
            self._sure_since[agency] = self._dialled
        assert row is not None
        return Taken(row["taken"], allowed.burst - allowed.rate * row["seconds_to_full"])

    def doubt(self, agency: str) -> None:
        """See Ledger."""
        self._sure_since[agency] = -1

    async def pause(self, agency: str, allowed: Allowance, seconds: float) -> None:
        """See Ledger."""
        async with self._turn:
            connection = await self._line.get()
            await self._ask(connection, _PAUSE, agency=agency, **_parameters(allowed), seconds=seconds)

    async def paused(self, agency: str) -> float:
        """See certsvc.agencies.shared_pause.PauseLedger."""
        async with self._turn:
            connection = await self._line.get()
            row = await self._ask(connection, _PAUSED, agency=agency, longest_pause=LONGEST_PAUSE)
        return 0.0 if row is None else max(row["seconds"], 0.0)

    async def standing(self, agency: str, allowed: Allowance) -> QuotaStanding:
        """See Ledger."""
        async with self._turn:
            connection = await self._line.get()
            row = await self._ask(connection, _STANDING, agency=agency, **_parameters(allowed))
        if row is None:
            return QuotaStanding(left=0)
        until = row["paused_until"]
        return QuotaStanding(max(int(row["level"]), 0), until.astimezone(UTC) if until else None)

    async def close(self) -> None:
        """Ends the session."""
        await self._line.close()

    async def _dial(self) -> asyncpg.Connection:
        connection = await connect(self._dsn, application="certsvc quota")
        await connection.execute("SET synchronous_commit = off")
        self._dialled += 1
        return connection

    async def _ask(self, connection: asyncpg.Connection, what: Statement, **values: object) -> asyncpg.Record | None:
        """The row. After any failure nobody knows whether it was recorded, so the connection is given up."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return await what.row(connection, **values)
        except TimeoutError:
            self._line.drop()
            raise StoreUnavailable("the database did not answer") from None
        except Exception as error:
            self._line.drop()
            if (raised := translated(error)) is error:
                raise
            raise raised.with_traceback(error.__traceback__) from None


def _parameters(allowed: Allowance) -> dict[str, float]:
    return {"rate": allowed.rate, "burst": float(allowed.burst), "longest_pause": LONGEST_PAUSE}
