"""Of how many enterprises an agency spoke, and for how many it said the opposite of before.

This is counted whenever an agency has turned on somebody, so on a bad day with every question. Therefore callers
share a count, and what is counted over very many rows is counted seldom.

Invariants
- What a caller has noted before it asked is in the number of those that turned.
- Counts run one after the other, however many ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic as _monotonic
from typing import TYPE_CHECKING, NamedTuple

from certsvc.store.batch import Batcher
from certsvc.store.connections import acquired
from certsvc.store.statements import statement

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import Pool

_TURNED = statement("turned")
_SPOKEN_OF = statement("spoken_of")

MANY = 10_000
"""From so many enterprises on, how many an agency spoke of is counted again only after KEPT_FOR."""
KEPT_FOR = 10.0
"""Seconds. Of a window of hours, with that many in it, they change nothing that is decided."""


class _Question(NamedTuple):
    agency: str
    since: datetime


class TurnCounts:
    """One for each process."""

    def __init__(self, pool: Pool, monotonic: Callable[[], float] = _monotonic) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, int]] = {}
        self._batcher: Batcher[_Question, tuple[int, int]] = Batcher(self._flush)

    async def count(self, agency: str, since: datetime) -> tuple[int, int]:
        """Spoken of and turned, since then; callers of one moment share the earliest time that one of them gives."""
        return await self._batcher.submit(_Question(agency, since))

    async def close(self) -> None:
        """Answers who waits."""
        await self._batcher.close()

    async def _flush(self, batch: Sequence[_Question]) -> list[tuple[int, int] | Exception]:
        earliest: dict[str, datetime] = {}
        for agency, since in batch:
            earliest[agency] = min(since, earliest.get(agency, since))
        async with acquired(self._pool) as connection:
            counts = {agency: await self._counted(connection, agency, since) for agency, since in earliest.items()}
        return [counts[question.agency] for question in batch]

    async def _counted(self, connection: asyncpg.Connection, agency: str, since: datetime) -> tuple[int, int]:
        row = await _TURNED.row(connection, agency=agency, since=since)
        assert row is not None
        turned: int = row["turned"]
        counted_at, spoken_of = self._kept.get(agency, (0.0, 0))
        now = self._monotonic()
        if spoken_of < MANY or now - counted_at >= KEPT_FOR:
            row = await _SPOKEN_OF.row(connection, agency=agency, since=since)
            assert row is not None
            spoken_of = row["spoken_of"]
            self._kept[agency] = now, spoken_of
        return max(spoken_of, turned), turned
