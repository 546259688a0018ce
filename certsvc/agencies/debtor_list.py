"""An agency that hands over a file of its debtors, or of all its employers, now and then.

Invariants
- A file counts as a whole or not at all. After a bad one the last good one stays, with its own date, so
  that the age limits of the rules make it stale by themselves.
- A firm that is not in the file is NO_INFORMATION, unless the configuration says that the file lists every
  debtor and nobody else. Then it also says how many firms the file holds at least: an empty or cut-off
  file would clear everybody.
- An enterprise is looked up by all its numbers of the layout's kinds, and the worst row counts. Without any
  it is NO_INFORMATION, whatever absence means.
- One refresh runs at a time, however many ask; who has a snapshot never waits for it.
- Amounts leave only as the debts of a finding, where a layout can list them; they reach neither the log nor a text.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

import structlog

from certsvc.agencies.adapter import UNKNOWN, Answer, to_evidence
from certsvc.agencies.file_source import Fetched, FetchFailed, Version, open_source
from certsvc.agencies.layouts import LAYOUTS
from certsvc.agencies.skew import SkewWatch
from certsvc.agencies.snapshot import Snapshot, read_snapshot
from certsvc.core.model import Enterprise, Evidence, Source
from certsvc.core.outcome import Outcome
from certsvc.service.debtor_files import BadFile, check_extent
from certsvc.service.ports import Clock

_log = structlog.get_logger(__name__)

Absent = Literal["no_information", "clear"]
"""What it means that a firm is not in the file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and sizes. `refresh` is how long a good file is used unasked, `retry` the wait after a failure."""

    refresh: float = 900.0
    retry: float = 15.0
    fetch: float = 120.0
    max_bytes: int = 64 * 1024 * 1024
    max_rows: int = 1_000_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Held:
    """The snapshot in use, its version at the source, and when the source last confirmed it."""

    snapshot: Snapshot
    version: Version
    confirmed_at: datetime


class DebtorList:
    """Adapter of a debtor file. `place` is an HTTP address or a path, `layout` a name in `LAYOUTS`.

    `threshold` is the statutory minimum: smaller arrears are CLEAR_BELOW_THRESHOLD. `least_firms` is how many firms
    a whole file holds at least. Raises ValueError if absence means clear and it is not given.
    """

    def __init__(
        self,
        name: str,
        place: str,
        *,
        layout: str,
        schemes: tuple[str, ...],
        kinds: tuple[str, ...],
        clock: Clock,
        absent: Absent = "no_information",
        least_firms: int = 0,
        threshold: Decimal = Decimal(0),
        limits: Limits = DEFAULT_LIMITS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if absent == "clear" and least_firms < 1:
            raise ValueError("absence is clear only in a file that holds at least so many firms: give least_firms")
        self.name = name
        self.schemes = schemes
        self._layout = LAYOUTS[layout]
        self._kinds = frozenset(kinds).intersection(self._layout.kinds)
        self._least_firms = least_firms
        self._clock = clock
        self._absent = Outcome.CLEAR if absent == "clear" else Outcome.NO_INFORMATION
        self._threshold = threshold
        self._limits = limits
        self._monotonic = monotonic
        skew = SkewWatch(name, clock, monotonic)
        self._source = open_source(place, max_bytes=limits.max_bytes, now=clock.now, skew=skew)
        self._held: _Held | None = None
        self._failure = UNKNOWN[Outcome.UNAVAILABLE]
        self._next_refresh = float("-inf")
        self._succeeded: float | None = None
        self._refreshing: asyncio.Task[None] | None = None

    @property
    def success_age(self) -> float | None:
        """Seconds since the source last gave or confirmed a good file; None if it never did."""
        return None if self._succeeded is None else self._monotonic() - self._succeeded

    def knows(self, enterprise: Enterprise) -> bool:
        """True if the file may hold one of the numbers."""
        return any(identifier.kind in self._kinds for identifier in enterprise.identifiers)

    def find_now(self, enterprise: Enterprise) -> Evidence | None:
        """The evidence from the snapshot in hand; None if the first one has to be waited for."""
        due = self._monotonic() >= self._next_refresh
        if due:
            self._refresh_in_background()
        if self._held is not None:
            answer = self._look_up(self._held.snapshot, enterprise)
            return self._evidence(answer, self._held.confirmed_at)
        if due or self._refreshing is not None:
            return None
        return self._failed()

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        """One finding for each scheme; waits only for the very first file."""
        evidence = self.find_now(enterprise)
        if evidence is not None:
            return evidence
        try:
            async with asyncio.timeout(within):
                # Shielded: who leaves early must not end the fetch that others wait for.
                await asyncio.shield(self._refresh_in_background())
        except TimeoutError:
            return self._evidence(UNKNOWN[Outcome.UNAVAILABLE], self._clock.now())
        return self.find_now(enterprise) or self._failed()

    async def close(self) -> None:
        """Ends a running refresh and the connection."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        await self._source.close()

    def _failed(self) -> Evidence:
        return self._evidence(self._failure, self._clock.now())

    def _evidence(self, answer: Answer, at: datetime) -> Evidence:
        return to_evidence(self.name, self.schemes, answer, at, Source.FILE)

    def _look_up(self, snapshot: Snapshot, enterprise: Enterprise) -> Answer:
        values = [identifier.value for identifier in enterprise.identifiers if identifier.kind in self._kinds]
        return snapshot.answer_for(values, self._absent) if values else UNKNOWN[Outcome.NO_INFORMATION]

    def _refresh_in_background(self) -> asyncio.Task[None]:
        if self._refreshing is None:
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh())
        return self._refreshing

    async def _refresh(self) -> None:
        """Fetches and reads the file if it changed; leaves the held snapshot in place if anything is wrong."""
        pause = self._limits.retry
        try:
            async with asyncio.timeout(self._limits.fetch):
                fetched = await self._source.fetch(self._held.version if self._held else None)
                await self._take(fetched)
            pause = self._limits.refresh
            self._succeeded = self._monotonic()
        except FetchFailed as fault:
            pause = max(pause, fault.pause)
            self._refuse(fault.outcome, str(fault))
        except BadFile as fault:
            self._refuse(Outcome.MALFORMED, str(fault))
        except TimeoutError:
            self._refuse(Outcome.UNAVAILABLE, "no complete answer in time")
        except Exception as fault:
            # A bug of ours: refuse the file and try again later; whoever waits gets an unknown outcome.
            self._refuse(Outcome.UNAVAILABLE, f"bug: {type(fault).__name__}")
        finally:
            self._next_refresh = self._monotonic() + pause
            self._refreshing = None

    async def _take(self, fetched: Fetched | None) -> None:
        """Puts what was fetched in use. Raises BadFile."""
        now = self._clock.now()
        if fetched is None:
            if self._held is not None:
                self._held = _Held(self._held.snapshot, self._held.version, now)
            return
        # In a thread: a hundred thousand rows take about a second, and the loop serves others meanwhile.
        snapshot = await asyncio.to_thread(
            read_snapshot,
            fetched.body,
            self._layout,
            file_day=fetched.day,
            at=now,
            max_rows=self._limits.max_rows,
            threshold=self._threshold,
        )
        check_extent(
            snapshot.extent,
            self._held.snapshot.extent if self._held else None,
            least_firms=self._least_firms,
            absence_clears=self._absent is Outcome.CLEAR,
        )
        self._held = _Held(snapshot, fetched.version, now)
        _log.info("debtor_file_taken", agency=self.name, firms=len(snapshot.answers), as_of=str(snapshot.extent.as_of))

    def _refuse(self, outcome: Outcome, why: str) -> None:
        self._failure = UNKNOWN[outcome]
        _log.error("debtor_file_refused", agency=self.name, outcome=outcome.value, why=why, alert=True)
