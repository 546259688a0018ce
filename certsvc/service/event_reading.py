"""The strict reading of what agencies report without being asked.

Invariants
- Whatever was told, reading gives an event or raises InvalidRequest with every fault of it; nothing told is repeated.
- An agency reports on its own schemes alone, and on a number whose kind it states.
- An event that is read twice, at two times, differs in `received_at` alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from certsvc.core.errors import InvalidRequest
from certsvc.core.events import AgencyEvent
from certsvc.core.model import Identifier
from certsvc.core.rules.model import Event
from certsvc.service.identifiers import normalise

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD_AT_MOST = timedelta(days=1)
"""How far the clock of an agency may be ahead of ours."""

KINDS: Mapping[int, Event] = MappingProxyType({1: Event.PAYMENT, 2: Event.ARREARS, 3: Event.ARRANGEMENT_BROKEN})
"""AgencyEvent.Kind in the contract, whose numbers never change."""

_ID = re.compile(r"[ -~]{1,128}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Number(Protocol):
    """Identifier in the contract."""

    @property
    def kind(self) -> str: ...
    @property
    def value(self) -> str: ...


class _Instant(Protocol):
    """google.protobuf.Timestamp."""

    @property
    def seconds(self) -> int: ...
    @property
    def nanos(self) -> int: ...


class ToldEvent(Protocol):
    """AgencyEvent in the contract: an event as it was told, in which nothing is checked. What is absent is empty."""

    @property
    def event_id(self) -> str: ...
    @property
    def kind(self) -> int: ...
    @property
    def scheme(self) -> str: ...
    @property
    def identifier(self) -> _Number: ...
    @property
    def occur_time(self) -> _Instant: ...


def read_event(told: ToldEvent, agency: str, schemes: Collection[str], now: datetime, field: str) -> AgencyEvent:
    """The event, received now. Raises InvalidRequest that names every fault at its place below `field`."""
    faults: list[tuple[str, str]] = []
    if not _ID.fullmatch(told.event_id):
        faults.append((f"{field}.event_id", "write 1 to 128 printable ASCII characters"))
    kind = KINDS.get(told.kind)
    if kind is None:
        faults.append((f"{field}.kind", "use a value of the enumeration"))
    if told.scheme not in schemes:
        faults.append((f"{field}.scheme", "report on your own schemes alone"))
    identifier = _identifier(told.identifier, f"{field}.identifier", faults)
    occurred_at = _instant(told.occur_time, now)
    if occurred_at is None:
        faults.append((f"{field}.occur_time", "write when it happened, since 2000 and at most a day ahead"))
    if kind is None or identifier is None or occurred_at is None or faults:
        (first, why), *others = faults
        raise InvalidRequest(first, why, *others)
    return AgencyEvent(agency, told.event_id, kind, told.scheme, identifier, occurred_at, now)


def _identifier(told: _Number, field: str, faults: list[tuple[str, str]]) -> Identifier | None:
    try:
        return normalise(told.kind, told.value, field=field)
    except InvalidRequest as error:
        faults += error.violations
        return None


def _instant(told: _Instant, now: datetime) -> datetime | None:
    """The instant to the microsecond; None if nothing can have happened then."""
    latest = now + AHEAD_AT_MOST
    if not EARLIEST.timestamp() <= told.seconds <= latest.timestamp() or not 0 <= told.nanos < 1_000_000_000:
        return None
    instant = _EPOCH + timedelta(seconds=told.seconds, microseconds=told.nanos // 1000)
    return instant if instant <= latest else None
