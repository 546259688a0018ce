"""What every adapter is, and how an agency's answer becomes evidence.

Invariants
- An adapter gives exactly one finding for each of its schemes, whatever the agency does.
- An adapter raises nothing but CancelledError: what goes wrong is an unknown outcome.
- Neither identifiers nor names nor amounts reach the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from certsvc.core.model import Enterprise, Evidence, Fact, FactName, Finding, Outcome, Standing

MAX_NAME = 200
"""Characters of an enterprise's name; longer ones are no names."""

EARLIEST = date(2000, 1, 1)
"""No agency's data is older; an earlier day is a fault in the answer."""


class Adapter(Protocol):
    """One agency, asked on one enterprise at a time."""

    @property
    def name(self) -> str:
        """The agency's name in findings, facts and configuration."""
        ...

    @property
    def schemes(self) -> tuple[str, ...]:
        """The duties it answers for, in the order of its findings."""
        ...

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        """One finding for each scheme, after at most `within` seconds. Never raises but CancelledError."""
        ...

    async def close(self) -> None:
        """Ends connections and background work; the adapter is not used afterwards."""
        ...


@runtime_checkable
class InMemory(Protocol):
    """An adapter that can often answer without waiting."""

    def find_now(self, enterprise: Enterprise) -> Evidence | None:
        """The same as `find`, or None if that has to wait."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What one agency says of one enterprise, the same for all its schemes. `name` is empty if it gives none."""

    outcome: Outcome
    further: tuple[Outcome, ...] = ()
    data_as_of: date | None = None
    name: str = ""


UNKNOWN: Mapping[Outcome, Answer] = MappingProxyType(
    {outcome: Answer(outcome) for outcome in Outcome if outcome.standing is Standing.UNKNOWN}
)
"""The bare answer of each unknown outcome."""


def to_evidence(agency: str, schemes: tuple[str, ...], answer: Answer, at: datetime) -> Evidence:
    """The answer as evidence: one finding for each scheme, and the name if the agency gave one."""
    findings = tuple(
        Finding(scheme, agency, answer.outcome, at, answer.data_as_of, answer.further) for scheme in schemes
    )
    if not answer.name:
        return Evidence(findings)
    return Evidence(findings, (Fact(FactName.NAME, answer.name, agency, answer.data_as_of),))


def is_data_date(day: date, at: datetime) -> bool:
    """True if an agency's data can be of `day` when read at `at`.

    A day ahead of ours is allowed, since the agency's zone may be ahead of UTC.
    """
    return EARLIEST <= day <= at.date() + timedelta(days=1)


def is_text(value: object) -> bool:
    """True for printable text of a bearable length, such as a name."""
    return isinstance(value, str) and len(value) <= MAX_NAME and value.isprintable()
