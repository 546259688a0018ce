"""Debtor files that operators bring: imported, listed, released.

Invariants
- An import is one transaction: until it commits nobody sees anything of it, and if its process or connection dies
  the server takes all of it back.
- Imports and releases of one agency take turns, by an advisory lock that ends with the transaction.
- A version answers once it is CURRENT, and the one before it no more: both in the moment of the commit.
- Whoever looks a firm up waits for no import: the partition is filled on its own, attached without a look at its rows,
  and an older one is dropped last, within `_DROP_WITHIN`, or else by the next import.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg

from certsvc.core.errors import ConfigError
from certsvc.core.outcome import Outcome, Standing
from certsvc.service.debtor_files import DebtorFile, FileState, NotHeld, OneAccount, Row
from certsvc.service.import_file import Filled, Window
from certsvc.store.connections import NOT_CONNECTED, connect, not_connected, translated
from certsvc.store.file_rows import COLUMNS, file_columns, file_leaf, read_file, row_columns
from certsvc.store.jobs import wake_waiting
from certsvc.store.statements import Statement, statement

if TYPE_CHECKING:
    from certsvc.store.file_rows import Columns

_LOCK = statement("file_lock")
_WAIT = statement("file_lock_wait")
_NEXT = statement("next_file")
_MAKE = statement("make_rows")
_INDEX = statement("index_rows")
_ANALYZE = statement("analyze_rows")
_MEASURE = statement("measure_rows")
_TURNED = statement("count_turned")
_WINDOW = statement("window_base")
_DROP_OLD = statement("drop_old")
_RETIRE = statement("retire_current")
_KEEP = statement("keep_file")
_ATTACH = statement("attach_rows")
_TO_DROP = statement("rows_to_drop")
_DROP = statement("drop_rows")
_LEAF = statement("file_leaf")
_LIST = statement("list_files")
_GET = statement("get_file")
_PROPOSE = statement("propose_file")
_RELEASE = statement("release_file")

_SPACE = 0x66696C65  # the first half of the advisory locks on agencies; any number that nobody else uses
_TIMEOUT = 4 * 3600.0
"""Seconds for one statement of an import, or for the turn of another one."""
_DROP_WITHIN = "500ms"
"""For so long, whoever looks a firm up may have to wait behind the wish to drop a partition."""
_SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL maintenance_work_mem = '128MB'"

_OTHER_BARS = [o.value for o in Outcome if o.standing is Standing.BARRED and o is not Outcome.BARRED_ARREARS]
_UNKNOWN = [o.value for o in Outcome if o.standing is Standing.UNKNOWN]


class FileBook:
    """The versions of every agency's file; fits `certsvc.service.import_file.FileDesk`.

    Each call opens a connection of its own. All raise StoreUnavailable and StoreRejected, and ConfigError for a
    database that no service of this version has used yet.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    @asynccontextmanager
    async def importing(self, agency: str, waiting: Callable[[], None]) -> AsyncIterator[FileDraft]:
        """See import_file.FileDesk."""
        async with _connected(self._dsn) as connection, connection.transaction():
            await connection.execute(_SETTINGS)
            await _take_turn(connection, agency, waiting)
            draft = FileDraft(connection, agency, await connection.fetchval(_NEXT.sql))
            await draft.make()
            yield draft
            if not draft.is_kept:
                await draft.discard()

    async def files(self, agency: str, *, limit: int) -> Sequence[DebtorFile]:
        """The agency's versions, newest first, also those whose rows are gone."""
        async with _connected(self._dsn) as connection:
            rows = await _LIST.rows(connection, agency=agency, dropped_too=True, limit=limit)
        return [read_file(row) for row in rows]

    async def release(self, file_id: int, actor: str, account: str, at: datetime) -> DebtorFile | None:
        """Proposes the release of a held version; carries it out, and makes it current, if another person has.

        None if there is none of this id. The same person may propose again, which changes nothing. Raises
        NotHeld for one in another state, OneAccount for another name under the account that proposed.
        """
        async with _connected(self._dsn) as connection, connection.transaction():
            if (found := await _GET.row(connection, id=file_id)) is None:
                return None
            await _take_turn(connection, found["agency"], lambda: None)
            record = await _GET.row(connection, id=file_id)
            assert record is not None
            file = read_file(record)
            if file.state is not FileState.HELD:
                raise NotHeld(file.state)
            if file.proposed_by == actor:
                return file
            if not file.proposed_by:
                return await _act(connection, _PROPOSE, "proposed", file_id, actor, account, at)
            if file.proposed_account == account:
                raise OneAccount
            await _make_room(connection, file, becomes_current=True)
            released = await _act(connection, _RELEASE, "released", file_id, actor, account, at)
            await _drop_rows(connection, file.agency)
            return released


class FileDraft:
    """See import_file.Draft."""

    def __init__(self, connection: asyncpg.Connection, agency: str, file_id: int) -> None:
        self._connection = connection
        self._agency = agency
        self._id = file_id
        self.is_kept = False

    async def make(self) -> None:
        """Makes its empty table."""
        await self._run(_MAKE)

    async def discard(self) -> None:
        """Leaves nothing."""
        await self._run(_DROP)

    async def fill(self, batches: AsyncIterator[Sequence[Row]]) -> Filled:
        """See import_file.Draft."""
        await self._connection.copy_records_to_table(
            f"debtor_row_{self._id}", records=_records(batches), columns=COLUMNS, timeout=_TIMEOUT
        )
        await self._run(_INDEX)
        await self._run(_ANALYZE)
        filled = await self._connection.fetchrow(_rows_of(_MEASURE, self._id).sql, timeout=_TIMEOUT)
        assert filled is not None
        return Filled(*filled)

    async def kept(self) -> Sequence[DebtorFile]:
        """See import_file.Draft."""
        rows = await _LIST.rows(self._connection, agency=self._agency, dropped_too=False, limit=None)
        return [read_file(row) for row in rows]

    async def turned(self, before: DebtorFile, absent: Outcome, threshold: Decimal) -> int:
        """See import_file.Draft."""
        query = _rows_of(_TURNED, self._id, before.id)
        values: dict[str, object] = {
            "other_bars": _OTHER_BARS,
            "arrears": Outcome.BARRED_ARREARS.value,
            "unknown": _UNKNOWN,
            "threshold": threshold,
            "absent": "C" if absent is Outcome.CLEAR else "U",
        }
        turned = await self._connection.fetchval(query.sql, *[values[n] for n in query.names], timeout=_TIMEOUT)
        assert isinstance(turned, int)
        return turned

    async def window(self, begin: datetime) -> Window:
        """See import_file.Draft."""
        row = await _WINDOW.row(self._connection, agency=self._agency, begin=begin)
        assert row is not None
        return Window(read_file(row), row["turned_since"])

    async def keep(self, file: DebtorFile, account: str) -> DebtorFile:
        """See import_file.Draft."""
        kept = replace(file, id=self._id)
        await _make_room(self._connection, kept, becomes_current=kept.state is FileState.CURRENT)
        await _KEEP.rows(self._connection, **file_columns(kept))
        await self._run(_ATTACH)
        await _record(self._connection, "imported", kept, kept.imported_by, account, kept.imported_at)
        await _drop_rows(self._connection, kept.agency)
        self.is_kept = True
        return kept

    async def _run(self, query: Statement) -> None:
        await self._connection.execute(_rows_of(query, self._id).sql, timeout=_TIMEOUT)


async def _records(batches: AsyncIterator[Sequence[Row]]) -> AsyncIterator[Columns]:
    number = 0
    async for batch in batches:
        for row in batch:
            number += 1
            yield row_columns(number, row)


def _rows_of(query: Statement, new: int, old: int = 0) -> Statement:
    """The statement on the rows of these versions: names of tables cannot be parameters."""
    sql = query.sql.replace("new_rows", f"debtor_row_{new:d}").replace("old_rows", f"debtor_row_{old:d}")
    return Statement(sql.replace("file_number", f"{new:d}"), query.names)


async def _take_turn(connection: asyncpg.Connection, agency: str, waiting: Callable[[], None]) -> None:
    row = await _LOCK.row(connection, space=_SPACE, agency=agency)
    assert row is not None
    if not row["taken"]:
        waiting()
        values = {"space": _SPACE, "agency": agency}
        await connection.execute(_WAIT.sql, *[values[n] for n in _WAIT.names], timeout=_TIMEOUT)


async def _make_room(connection: asyncpg.Connection, file: DebtorFile, *, becomes_current: bool) -> None:
    """Older versions move on for this one: one that was held before it, and if it becomes current those before."""
    await _DROP_OLD.rows(connection, agency=file.agency, id=file.id, becomes_current=becomes_current)
    if becomes_current:
        await _RETIRE.rows(connection, agency=file.agency)


async def _act(
    connection: asyncpg.Connection, query: Statement, act: str, file_id: int, actor: str, account: str, at: datetime
) -> DebtorFile:
    row = await query.row(connection, id=file_id, actor=actor, account=account, at=at)
    assert row is not None
    file = read_file(row)
    await _record(connection, act, file, actor, account, at)
    return file


async def _record(
    connection: asyncpg.Connection, act: str, file: DebtorFile, actor: str, account: str, at: datetime
) -> None:
    """The audit leaf; and if the version answers from now on, who waits for the agency is attempted at once."""
    await _LEAF.rows(connection, at=at, agency=file.agency, body=file_leaf(act, file, actor, account, at))
    if file.state is FileState.CURRENT:
        await wake_waiting(connection, file.agency)


async def _drop_rows(connection: asyncpg.Connection, agency: str) -> None:
    """Drops partitions that no version has any more, or leaves them to the next import.

    Dropping needs the partitioned table for itself. A long reader, such as a backup, must not make lookups queue
    behind that wish.
    """
    for row in await _TO_DROP.rows(connection, agency=agency):
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{_DROP_WITHIN}'")
                await connection.execute(_rows_of(_DROP, row["id"]).sql)
        except asyncpg.LockNotAvailableError:
            return


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection = await connect(dsn, application="certsvc files")
    except NOT_CONNECTED as error:
        raise not_connected(error) from error
    try:
        if await connection.fetchval("SELECT to_regclass('debtor_file') IS NULL"):
            raise ConfigError(["the database knows no imported files yet; start certsvc serve of this version once"])
        yield connection
        await connection.close()
    except Exception as error:
        if (raised := translated(error)) is error:
            raise
        raise raised.with_traceback(error.__traceback__) from None
    finally:
        connection.terminate()
