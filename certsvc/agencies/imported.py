"""An agency whose debtor file an operator brings (`certsvc agency import`), looked up in the database.

Invariants
- The current version answers, whole: the next question after an import sees the new one, whichever process asks.
- It answers by the rules of DebtorList: the same numbers, the same meaning of absence, the same threshold.
- Without a current version the agency is UNAVAILABLE; a version that the configuration would refuse by now is
  MALFORMED, so that a firm is never clear by its absence from a file that was taken for another purpose.
- `checked_at` is when the file was imported: the last time that the agency told us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import structlog

from certsvc.agencies.adapter import UNKNOWN, Answer, to_evidence
from certsvc.agencies.debtor_list import Absent
from certsvc.agencies.filed import Filed
from certsvc.agencies.layouts import LAYOUTS
from certsvc.agencies.snapshot import snapshot_of
from certsvc.core.errors import CertsvcError
from certsvc.core.model import Enterprise, Evidence, Source
from certsvc.core.outcome import Outcome
from certsvc.service.debtor_files import FiledRows
from certsvc.service.ports import Clock

_log = structlog.get_logger(__name__)

_TOGETHER = 256


class ImportedList:
    """Adapter of an imported debtor file. The parameters are those of DebtorList; `filed` is where versions are.

    Raises ValueError if absence means clear and `least_firms` is not given.
    """

    def __init__(
        self,
        name: str,
        filed: Filed,
        *,
        layout: str,
        schemes: tuple[str, ...],
        kinds: tuple[str, ...],
        clock: Clock,
        absent: Absent = "no_information",
        least_firms: int = 0,
        threshold: Decimal = Decimal(0),
    ) -> None:
        if absent == "clear" and least_firms < 1:
            raise ValueError("absence is clear only in a file that holds at least so many firms: give least_firms")
        self.name = name
        self.schemes = schemes
        self._filed = filed
        self._layout = LAYOUTS[layout]
        self._kinds = frozenset(kinds).intersection(self._layout.kinds)
        self._clock = clock
        self._absent = Outcome.CLEAR if absent == "clear" else Outcome.NO_INFORMATION
        self._least_firms = least_firms
        self._threshold = threshold

    @property
    def questions_per_call(self) -> int:
        """How many questions share a round trip to the database."""
        return _TOGETHER

    def knows(self, enterprise: Enterprise) -> bool:
        """True if a file may hold one of the numbers."""
        return any(identifier.kind in self._kinds for identifier in enterprise.identifiers)

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        """One finding for each scheme."""
        values = [identifier.value for identifier in enterprise.identifiers if identifier.kind in self._kinds]
        if not values:
            return self._evidence(UNKNOWN[Outcome.NO_INFORMATION], self._clock.now())
        try:
            async with asyncio.timeout(within):
                filed = await self._filed.rows_of(self.name, values)
        except (CertsvcError, TimeoutError) as fault:
            _log.warning("debtor_file_not_read", agency=self.name, fault=type(fault).__name__)
            filed = None
        if filed is None:
            return self._evidence(UNKNOWN[Outcome.UNAVAILABLE], self._clock.now())
        return self._evidence(self._answer(filed, values), filed.imported_at)

    async def close(self) -> None:
        """Holds nothing of its own."""

    def _answer(self, filed: FiledRows, values: Sequence[str]) -> Answer:
        if filed.layout != self._layout.name or filed.extent.firms < self._least_firms:
            _log.error("debtor_file_not_as_configured", agency=self.name, alert=True)
            return UNKNOWN[Outcome.MALFORMED]
        return snapshot_of(filed.rows, filed.extent, self._threshold).answer_for(values, self._absent)

    def _evidence(self, answer: Answer, at: datetime) -> Evidence:
        return to_evidence(self.name, self.schemes, answer, at, Source.FILE)
