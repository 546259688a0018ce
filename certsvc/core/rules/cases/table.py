"""Cases: situations on a day and what the rules must say of them. How they are written is in `read_cases`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from certsvc.core.account import Account
from certsvc.core.model import CertificateKind, Fact, Identifier, Result, SizeClass
from certsvc.core.outcome import Outcome
from certsvc.core.rules.scheme import Degraded


@dataclass(frozen=True, slots=True)
class Answer:
    """What one agency answers on one scheme; `days_old` counts from the day of the case back to its data's."""

    agency: str
    outcome: Outcome
    further: tuple[Outcome, ...] = ()
    days_old: int = 0
    undated: bool = False
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A decision in the words of a case table. None is not written, and then anything is right."""

    result: Result
    reasons: tuple[str, ...] | None = None
    kind: CertificateKind | None = None
    size: SizeClass | None = None
    score: str | None = None
    days: int | None = None
    effects: tuple[str, ...] | None = None
    unchecked: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One situation. `answers` holds what it says of a scheme, () that nobody answered.

    `agencies` names who answers for the schemes that it does not name; `switched` the degraded modes to which operators
    have switched agencies; `where` is the file and line of the case.
    """

    situation: str
    on: date
    identifier: Identifier
    declared_name: str
    facts: tuple[Fact, ...]
    answers: Mapping[str, tuple[Answer, ...]]
    agencies: Mapping[str, str]
    switched: Mapping[str, Degraded]
    expect: Expected
    where: str

    def agency(self, scheme: str) -> str:
        """Who answers for this scheme; it is called like the scheme unless the table says otherwise."""
        return self.agencies.get(scheme, scheme)


@dataclass(frozen=True, slots=True)
class CaseTable:
    """The cases of one jurisdiction, "" if the file does not say which, and who answers for its schemes."""

    jurisdiction: str
    agencies: Mapping[str, str]
    cases: tuple[Case, ...]
