"""Receive: what agencies report without being asked is recorded, and whoever waits for it is attempted at once.

Invariants
- Only a configured agency reports, and on its own schemes alone.
- What an agency sends us is recorded whole or not at all. Of a stream that we follow, an event that cannot be read is
  left out, and told to the operator: thousands must not wait for the one.
- Events sent twice, late or out of order leave what they would have left once and in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from certsvc.core.errors import AgencyUnknown, InvalidRequest
from certsvc.core.events import AgencyEvent
from certsvc.service.agency_ports import EventBook
from certsvc.service.event_reading import ToldEvent, read_event
from certsvc.service.ports import Clock

log = structlog.get_logger()

MAX_EVENTS = 500
"""Events in one report."""

_FAULTS_SHOWN = 5
_SLICE = 100
"""Events read before others have their turn."""


class ReceiveEvents:
    """Reads, checks, stamps and records."""

    def __init__(self, *, book: EventBook, schemes: Mapping[str, Sequence[str]], clock: Clock) -> None:
        """`schemes` are those that each configured agency answers for."""
        self._book = book
        self._schemes = schemes
        self._clock = clock

    async def __call__(self, agency: str, told: Sequence[ToldEvent]) -> int:
        """How many of the events were new; all are durable.

        Raises AgencyUnknown, InvalidRequest with every fault of every event, and StoreUnavailable.
        """
        if agency not in self._schemes:
            raise AgencyUnknown("the caller's certificate names an agency that is not configured")
        if not 1 <= len(told) <= MAX_EVENTS:
            raise InvalidRequest("events", f"give at least one and at most {MAX_EVENTS}")
        now = self._clock.now()
        events, faults = self._read(agency, told, now, 0)
        if faults:
            (field, why), *others = (violation for fault in faults for violation in fault.violations)
            raise InvalidRequest(field, why, *others)
        return await self._book.receive(events)

    async def followed(self, agency: str, told: Sequence[ToldEvent], cursor: str) -> int:
        """Records what can be read of one message of the agency's stream, and the cursor with it unless it is empty.

        Returns how many events were left out. Raises StreamTaken if another process follows it now, StoreUnavailable.
        """
        now = self._clock.now()
        events: list[AgencyEvent] = []
        shown: list[InvalidRequest] = []
        for begin in range(0, len(told), _SLICE):
            good, faults = self._read(agency, told[begin : begin + _SLICE], now, begin)
            events += good
            shown += faults[: _FAULTS_SHOWN - len(shown)]
            await asyncio.sleep(0)
        left_out = len(told) - len(events)
        if left_out:
            places = [field for fault in shown for field, _ in fault.violations]
            log.error("agency_events_unreadable", agency=agency, count=left_out, fields=places, alert=True)
        await self._book.receive(events, (agency, cursor) if cursor else None)
        return left_out

    def _read(
        self, agency: str, told: Sequence[ToldEvent], now: datetime, begin: int
    ) -> tuple[list[AgencyEvent], list[InvalidRequest]]:
        """The events and the faults of these, of which the first is at the place `begin`."""
        schemes = self._schemes[agency]
        events: list[AgencyEvent] = []
        faults: list[InvalidRequest] = []
        for place, one in enumerate(told, begin):
            try:
                events.append(read_event(one, agency, schemes, now, f"events[{place}]"))
            except InvalidRequest as fault:
                faults.append(fault)
        return events, faults
