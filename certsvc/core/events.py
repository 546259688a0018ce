"""What an agency reports without being asked: a payment seen, new arrears, an arrangement broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from certsvc.core.model import Identifier
from certsvc.core.rules.model import Event


@dataclass(frozen=True, slots=True)
class AgencyEvent:
    """One report of one agency on one number of an enterprise.

    `id` is the agency's own and names the event for ever. `occurred_at` is when it happened by the agency's account,
    `received_at` when it first came to us; both aware UTC.
    """

    agency: str
    id: str
    kind: Event
    scheme: str
    identifier: Identifier
    occurred_at: datetime
    received_at: datetime

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None or self.received_at.tzinfo is None:
            raise ValueError("an instant has a zone")
