"""What happens at the sandbox's agencies while it runs: a payment, new arrears, a broken arrangement.

An agency that speaks gRPC tells of it through StreamChanges, and answers accordingly from then on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from certsvc.agencies.sandbox.scenario import AGENCIES, Scenario, Standing
from certsvc.core.outcome import Outcome
from certsvc.core.rules.model import Event
from certsvc.v1 import agency_event_service_pb2 as event_pb
from certsvc.v1 import agency_service_pb2 as pb

REPORTING = ("ccss", "ins")
"""The agencies that tell of their own accord."""

_IN_A_MESSAGE = 500

_LEAVES: Mapping[Event, Standing] = MappingProxyType(
    {
        Event.PAYMENT: Standing(days_ago=0),
        Event.ARREARS: Standing(Outcome.BARRED_ARREARS, days_ago=0),
        Event.ARRANGEMENT_BROKEN: Standing(Outcome.BARRED_ARRANGEMENT_BROKEN, days_ago=0),
    }
)
"""How an enterprise stands after it: a payment clears whatever was owed, and is posted at once."""


class ChangeLog:
    """The events of one agency, oldest first. A cursor is good for this log alone: another one begins anew."""

    def __init__(self) -> None:
        self._name = secrets.token_hex(4)
        self._events: list[event_pb.AgencyEvent] = []
        self._grown = asyncio.Event()

    def append(self, event: event_pb.AgencyEvent) -> None:
        """Tells everybody who follows."""
        self._events.append(event)
        self._grown.set()
        self._grown = asyncio.Event()

    def next_id(self) -> str:
        """A name for the next event that no other log gives."""
        return f"{self._name}-{len(self._events) + 1}"

    async def after(self, cursor: str) -> AsyncGenerator[pb.StreamChangesResponse, None]:
        """Every message behind the cursor, without end; from the start for one that is not ours."""
        sent = self._place(cursor)
        while True:
            grown = self._grown
            if events := self._events[sent : sent + _IN_A_MESSAGE]:
                sent += len(events)
                yield pb.StreamChangesResponse(events=events, cursor=f"{self._name}:{sent}")
            else:
                await grown.wait()

    def _place(self, cursor: str) -> int:
        name, _, place = cursor.partition(":")
        known = name == self._name and place.isascii() and place.isdigit() and len(place) < 10
        return min(int(place), len(self._events)) if known else 0


def happened(
    scenario: Scenario, agency: str, kind: Event, number: str, event_id: str, at: datetime
) -> tuple[Scenario, event_pb.AgencyEvent]:
    """The scenario after it happened, and the event. Raises KeyError for a number that is not in it."""
    member = scenario.by_value(number)
    if member is None:
        raise KeyError(number)
    after = replace(member, standings=MappingProxyType({**member.standings, agency: _LEAVES[kind]}))
    event = event_pb.AgencyEvent(
        event_id=event_id,
        kind=f"KIND_{kind.name}",
        scheme=AGENCIES[agency],
        identifier={"kind": member.identifier.kind, "value": member.identifier.value},
        occur_time=at,
    )
    return replace(scenario, cast=tuple(after if one is member else one for one in scenario.cast)), event
