"""What the use cases need to keep about agencies, each call with its guarantee. `certsvc.store` fits it by shape.

Every call is one transaction, and raises StoreUnavailable where the database did not confirm it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from certsvc.core.events import AgencyEvent
from certsvc.core.model import Enterprise, Finding, Identifier
from certsvc.service.agency_records import Dispute, Hold, Known, ModeSwitch


class AgencyBook(Protocol):
    """What agencies said and what holds it back: read and written with every question."""

    async def known(self, enterprise: Enterprise, now: datetime) -> Known:
        """All that is known of this enterprise and of the agencies. Many callers share a round trip under load.

        Priors are of exactly its numbers, and the bars of those that were said of some of them; none from a time ahead.
        """
        ...

    async def note(self, enterprise: Enterprise, findings: Sequence[Finding], now: datetime) -> None:
        """Keeps each definite finding as the last that its agency said, unless a newer one is kept that is not of a
        time ahead. What stands in a file or was reported is heard now, whenever it came.

        May be lost if the database dies within a moment of it: the application's own evidence is the record.
        """
        ...

    async def turned(self, agency: str, since: datetime) -> tuple[int, int]:
        """Of how many enterprises the agency said something definite since then, and of how many of them it said the
        opposite (clear, barred) of what it had said before. Changes up to its last released hold do not count."""
        ...

    async def hold(self, agency: str, since: datetime, suspect_from: datetime, counts: tuple[int, int]) -> Hold:
        """The agency's open hold: the one that there is, or this one, recorded with its audit leaf.
        `counts` are those of `turned`."""
        ...

    async def unanswered(self, enterprise: Enterprise) -> Collection[str]:
        """The agencies that a provisional certificate left unchecked, issued to anybody for any of these numbers, that
        nothing has taken the place of, and that have said nothing definite of the enterprise since then."""
        ...


class AgencyActs(Protocol):
    """What operators do about agencies. Each act is recorded with its audit leaf in one transaction."""

    async def switch(self, switch: ModeSwitch) -> ModeSwitch:
        """Records the switch, which takes the place of any earlier one of that agency."""
        ...

    async def release(self, agency: str, actor: str, reason: str, at: datetime) -> Hold | None:
        """Proposes the release of the agency's open hold; carries it out if another person has proposed it.
        None if nothing is held."""
        ...

    async def open_dispute(self, dispute: Dispute) -> Dispute:
        """Records the dispute as opened; one that is open for this agency, scheme and number is returned instead."""
        ...

    async def approve_dispute(self, dispute_id: str, actor: str, at: datetime) -> Dispute | None:
        """The dispute, approved unless it was already. None if there is none.
        Raises InvalidRequest if `actor` opened it, or it is closed or over."""
        ...

    async def close_dispute(self, dispute_id: str, actor: str, at: datetime) -> Dispute | None:
        """The dispute, closed unless it was already. None if there is none."""
        ...

    async def disputes(
        self, *, open_at: datetime | None, limit: int, identifier: Identifier | None = None
    ) -> Sequence[Dispute]:
        """The newest disputes, newest first; only those neither closed nor over at a time, if it is given."""
        ...

    async def holds(self) -> Sequence[Hold]:
        """Those not released."""
        ...

    async def switches(self, now: datetime) -> Sequence[ModeSwitch]:
        """Those that count now."""
        ...

    async def waiting(self, now: datetime) -> Mapping[str, tuple[int, float]]:
        """Agency -> how many applications wait for it, and for how many seconds the oldest has."""
        ...

    async def heard(self, agencies: Sequence[str]) -> Mapping[str, tuple[datetime, date | None]]:
        """Agency -> when it last said something definite to any process, and the newest day that its last answers
        spoke of; without those that never have."""
        ...


class EventBook(Protocol):
    """What agencies report without being asked, and where we are in their streams."""

    async def receive(self, events: Sequence[AgencyEvent], cursor: tuple[str, str] | None = None) -> int:
        """Records the events that are new, and the cursor (agency, text) with them; how many were new.

        In the same transaction the next attempt of every pending application that names one of their numbers
        becomes due at once and urgent. An event whose id is known with other content changes nothing and is logged as
        an alert. Raises StreamTaken, and records nothing, if a cursor is given and its stream is not leased to us.
        """
        ...

    async def lease(self, agency: str, seconds: float) -> str | None:
        """Up to where the agency's stream was recorded, empty before the first time; for so long it is ours alone.

        None while it is another's. What is ours already is renewed.
        """
        ...

    async def release(self, agency: str) -> None:
        """Lets others lease the stream at once, if it is ours."""
        ...
