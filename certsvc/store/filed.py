"""Debtor files that operators brought, looked up by the numbers of an enterprise: several callers in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import StoreRejected
from certsvc.service.debtor_files import Extent, FiledRows, Row
from certsvc.store.batch import Batcher
from certsvc.store.connections import Line, connect, translated
from certsvc.store.file_rows import read_row
from certsvc.store.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record

_ROWS = statement("filed_rows")


class _Question(NamedTuple):
    agency: str
    keys: Sequence[str]


class Filed:
    """The current files; one for each process. Fits `certsvc.agencies.filed.Filed`."""

    def __init__(self, dsn: str) -> None:
        self._line = Line(lambda: connect(dsn, application="certsvc filed", plan_once=True))
        self._batcher: Batcher[_Question, FiledRows | None] = Batcher(self._flush, cap=256)

    async def rows_of(self, agency: str, keys: Sequence[str]) -> FiledRows | None:
        """What the agency's current file says under these numbers, at least one, of one version; None if it has none.

        Raises StoreUnavailable, StoreRejected, Overloaded.
        """
        return await self._batcher.submit(_Question(agency, keys))

    async def close(self) -> None:
        """Ends the session."""
        await self._batcher.close()
        await self._line.close()

    async def _flush(self, batch: Sequence[_Question]) -> list[FiledRows | Exception | None]:
        connection = await self._line.get()
        asked = [(place, key) for place, question in enumerate(batch) for key in dict.fromkeys(question.keys)]
        try:
            records = await _ROWS.rows(
                connection, agencies=[batch[place].agency for place, _ in asked], keys=[key for _, key in asked]
            )
        except Exception as error:
            raised = translated(error)
            if not isinstance(raised, StoreRejected):
                self._line.drop()
            return [raised] * len(batch)
        found: list[list[Record]] = [[] for _ in batch]
        for record in records:
            found[asked[record["place"] - 1][0]].append(record)
        return [_filed(of_one) for of_one in found]


def _filed(records: Sequence[Record]) -> FiledRows | None:
    if not records:
        return None
    file = records[0]
    rows: dict[str, list[Row]] = {}
    for record in records:
        if record["key"] is not None:
            rows.setdefault(record["key"], []).append(read_row(record))
    extent = Extent(file["rows"], file["firms"], file["file_as_of"], file["newest"])
    return FiledRows(file["layout"], extent, file["imported_at"], rows)
