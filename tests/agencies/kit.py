"""What the adapter tests share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from certsvc.core.model import Enterprise, Evidence, Finding, Identifier
from certsvc.core.outcome import Outcome

NOW = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
TODAY = NOW.date()
FILE_DAY = date(2026, 9, 30)
DATA = Path(__file__).parent / "data"

SOON = 0.25
"""Seconds that an adapter gets where the agency hangs."""

PLENTY = 20.0
"""Seconds that an adapter gets where the agency answers; never used up."""


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW


class Monotonic:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def sample(path: str) -> bytes:
    """One of the synthetic answers."""
    return (DATA / path).read_bytes()


def company(value: str) -> Enterprise:
    """An enterprise with a legal number."""
    return Enterprise((Identifier("cr.cedula_juridica", value),))


def person(value: str) -> Enterprise:
    """An enterprise with a personal number."""
    return Enterprise((Identifier("cr.cedula_fisica", value),))


def only(evidence: Evidence) -> Finding:
    """The only finding."""
    (finding,) = evidence.findings
    return finding


def outcome(evidence: Evidence) -> Outcome:
    """The outcome of the only finding."""
    return only(evidence).outcome
