"""What agencies say of made-up enterprises, and books on the test's database."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from certsvc.core.model import Enterprise, Finding, Identifier, Source
from certsvc.core.outcome import Outcome
from certsvc.core.rules.scheme import Degraded
from certsvc.service.agency_records import Dispute, ModeSwitch
from tests.store import samples

NOW = samples.NOW
HOUR = timedelta(hours=1)
LATE = NOW + 1000 * HOUR
"""When all that tests let agencies say has been said."""


def enterprise(number: int = 1) -> Enterprise:
    """One with a single number."""
    return Enterprise((Identifier("cr.cedula_juridica", f"{3101000000 + number}"),))


def said(
    outcome: Outcome = Outcome.CLEAR,
    at: datetime = NOW,
    *,
    agency: str = "hacienda",
    scheme: str = "tax",
    source: Source = Source.ASKED,
) -> Finding:
    """One answer."""
    return Finding(scheme, agency, outcome, at, at.date(), source=source)


def switched(
    mode: Degraded | None = Degraded.PROVISIONAL,
    *,
    agency: str = "ccss",
    at: datetime = NOW,
    lasting: timedelta = 48 * HOUR,
) -> ModeSwitch:
    """An operator's word."""
    return ModeSwitch(agency, mode, "ticket 7", "operator/ana", at, at if mode is None else at + lasting)


def disputed(
    of: Enterprise | None = None, *, agency: str = "hacienda", at: datetime = NOW, lasting: timedelta = 48 * HOUR
) -> Dispute:
    """One that ana has opened."""
    number = (of or enterprise()).identifier
    return Dispute(str(uuid4()), agency, "tax", number, "receipt 12", "operator/ana", at, at + lasting)
