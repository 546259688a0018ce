"""The scenario file: a cast of invented enterprises, how each stands at each agency, and what must be decided.

Dates are relative ("days_ago"), so that a scenario never goes stale. Every enterprise in it is invented.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from types import MappingProxyType

from certsvc.agencies.sandbox.account import AccountStory, read_account
from certsvc.core.errors import ConfigError
from certsvc.core.model import DECLARED, CertificateKind, Fact, FactName, Identifier, Result, SizeClass
from certsvc.core.outcome import Outcome

AGENCIES: Mapping[str, str] = MappingProxyType(
    {"hacienda": "tax", "ccss": "social_security", "fodesaf": "family_allowances", "ins": "work_injury"}
)
"""Agency of the sandbox -> the scheme it answers for."""


class Behaviour(StrEnum):
    """How an agency answers, good and bad."""

    NORMAL = "normal"
    HANG = "hang"
    NOT_FOUND = "404"
    BAD_REQUEST_HTML = "400_html"
    RATE_LIMITED = "429"
    UNAVAILABLE = "503"
    EMBEDDED_ERROR = "embedded_error"
    RESET = "reset"
    MALFORMED_WORD = "malformed_word"
    FLAPPING = "flapping"


_IN_A_FILE = frozenset({Behaviour.NORMAL, Behaviour.NOT_FOUND})
"""What the fund's file can do to one enterprise: have it, or not."""

_SAYABLE: Mapping[str, frozenset[Outcome]] = MappingProxyType(
    {
        "hacienda": frozenset(
            {
                Outcome.CLEAR,
                Outcome.BARRED_ARREARS,
                Outcome.BARRED_MISSING_RETURN,
                Outcome.BARRED_NOT_REGISTERED,
                Outcome.BARRED_DEREGISTERED,
            }
        ),
        "ccss": frozenset(Outcome),
        "ins": frozenset(Outcome),
        "fodesaf": frozenset(
            {
                Outcome.CLEAR,
                Outcome.CLEAR_UNDER_ARRANGEMENT,
                Outcome.BARRED_ARREARS,
                Outcome.BARRED_ARRANGEMENT_BROKEN,
            }
        ),
    }
)
"""What each agency's own form can say; no information is the behaviour 404."""

_TELL_ACCOUNTS = frozenset({"ccss", "ins"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How one enterprise stands at one agency. `other_sites` are further sites of it, where the agency keeps sites."""

    outcome: Outcome = Outcome.CLEAR
    further: tuple[Outcome, ...] = ()
    other_sites: tuple[Outcome, ...] = ()
    word: str = ""
    days_ago: int = 5
    behaviour: Behaviour = Behaviour.NORMAL
    account: AccountStory | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be decided."""

    result: Result
    kind: CertificateKind | None = None
    size: SizeClass | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CastMember:
    """One invented enterprise."""

    key: str
    story: str
    identifier: Identifier
    name: str
    declared: tuple[Fact, ...]
    standings: Mapping[str, Standing]
    expected: Expectation

    def standing_at(self, agency: str) -> Standing:
        """How it stands at `agency`; clear if the scenario says nothing."""
        return self.standings.get(agency, _CLEAR)


_CLEAR = Standing()


@dataclass(frozen=True, slots=True)
class Scenario:
    """The cast, and how many days ago the fund's file was written."""

    cast: tuple[CastMember, ...]
    file_days_ago: int = 5

    def by_value(self, value: str) -> CastMember | None:
        """The member with this identifier value."""
        return next((m for m in self.cast if m.identifier.value == value), None)

    def member(self, key: str) -> CastMember:
        """The member of this key. Raises KeyError."""
        for one in self.cast:
            if one.key == key:
                return one
        raise KeyError(key)


def shipped_text() -> str:
    """The text of the scenario that comes with the package."""
    return resources.files(__package__).joinpath("scenario.toml").read_text("utf-8")


def load_scenario(text: str) -> Scenario:
    """The scenario in TOML `text`. Raises ConfigError that names every faulty entry."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"scenario: {error}"]) from None
    cast: list[CastMember] = []
    faults: list[str] = []
    for number, table in enumerate(document.get("enterprise", []), start=1):
        try:
            cast.append(_member(table))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            faults.append(f"scenario: enterprise {number}: {type(error).__name__}: {error}")
    for what, values in (("key", [m.key for m in cast]), ("value", [m.identifier.value for m in cast])):
        if len(set(values)) != len(values):
            faults.append(f"scenario: two enterprises have the same {what}")
    if faults:
        raise ConfigError(faults)
    return Scenario(tuple(cast), int(document.get("file_days_ago", 5)))


def _member(table: Mapping[str, object]) -> CastMember:
    standings = {agency: _standing(agency, _table(table, agency)) for agency in AGENCIES if agency in table}
    return CastMember(
        key=_text(table, "key"),
        story=_text(table, "story"),
        identifier=Identifier(_text(table, "kind"), _text(table, "value")),
        name=_text(table, "name"),
        declared=tuple(_fact(name, value) for name, value in _table(table, "declared").items()),
        standings=MappingProxyType(standings),
        expected=_expectation(_table(table, "expected")),
    )


def _standing(agency: str, table: Mapping[str, object]) -> Standing:
    known = {"outcome", "further", "other_sites", "word", "days_ago", "behaviour", "account"}
    if table.keys() - known:
        raise ValueError(f"{agency}: write only {', '.join(sorted(known))}")
    behaviour = Behaviour(str(table.get("behaviour", "normal")))
    if agency == "fodesaf" and behaviour not in _IN_A_FILE:
        raise ValueError("fodesaf: a file treats one enterprise only as normal or 404")
    days_ago = table.get("days_ago", 5)
    if not isinstance(days_ago, int):
        raise ValueError(f"{agency}: days_ago is a whole number")
    outcome = Outcome(str(table.get("outcome", "CLEAR")))
    other_sites = _outcomes(table.get("other_sites", []))
    if not _SAYABLE[agency].issuperset({outcome, *other_sites}):
        raise ValueError(f"{agency}: its answers can say only {', '.join(sorted(_SAYABLE[agency]))}")
    if "account" in table and agency not in _TELL_ACCOUNTS:
        raise ValueError(f"{agency}: its answers hold no account")
    return Standing(
        outcome=outcome,
        further=_outcomes(table.get("further", [])),
        other_sites=other_sites,
        word=str(table.get("word", "")),
        days_ago=days_ago,
        behaviour=behaviour,
        account=read_account(_table(table, "account")) if "account" in table else None,
    )


def _expectation(table: Mapping[str, object]) -> Expectation:
    reasons = table.get("reasons", [])
    if not isinstance(reasons, list):
        raise ValueError("expected.reasons is a list")
    return Expectation(
        result=Result(_text(table, "result")),
        kind=CertificateKind(_text(table, "kind")) if "kind" in table else None,
        size=SizeClass(_text(table, "size")) if "size" in table else None,
        reasons=tuple(str(reason) for reason in reasons),
    )


def _fact(name: str, value: object) -> Fact:
    fact = FactName(name)
    if isinstance(value, float):
        raise ValueError(f"declared.{name}: write decimals in quotes")
    return Fact(fact, Decimal(str(value)) if fact.is_number else str(value), DECLARED)


def _outcomes(values: object) -> tuple[Outcome, ...]:
    if not isinstance(values, list):
        raise ValueError("outcomes are a list")
    return tuple(Outcome(value) for value in values)


def _text(table: Mapping[str, object], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is a text")
    return value


def _table(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ValueError(f"{key} is a table")
    return value
