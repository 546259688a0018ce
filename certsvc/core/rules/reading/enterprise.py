"""What concerns the enterprise as a whole, besides its size: names, head count, sources, excluded sectors, upkeep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from certsvc.core.facts import fold_term
from certsvc.core.model import WORKERS, FactName
from certsvc.core.names import fold_suffixes
from certsvc.core.rules.enterprise import (
    Counted,
    ExclusionRule,
    HeadCountRule,
    NameRule,
    SourceRule,
    ToleranceRule,
    Uncounted,
    UpdateRule,
)
from certsvc.core.rules.reading.bases import Bases
from certsvc.core.rules.reading.debts import LONGEST_DAYS
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.terms import DayOfYear

_LONGEST_TOLERANCE_YEARS = 20
_DAY_OF_YEAR = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_SHORT_YEAR = 2001
"""Any year without 29 February."""


def read_names(table: Table, bases: Bases) -> NameRule:
    """How names are compared."""
    return NameRule(fold_suffixes(table.texts("suffixes")), bases.read(table))


def read_head_count(table: Table, bases: Bases) -> HeadCountRule:
    """What each worker counts for, by category."""
    weights = {fact: table.weight(fact.value.removeprefix("workers_")) for fact in WORKERS}
    if not any(weights.values()):
        table.fault("", "counts nobody; write at least one weight above 0")
    return HeadCountRule(MappingProxyType(weights), table.choice("unknown", *Uncounted), bases.read(table))


def read_sources(root: Table, bases: Bases) -> Mapping[FactName, SourceRule]:
    """Whose word counts, by fact."""
    if not root.has("sources"):
        return MappingProxyType({})
    table = root.table("sources")
    rules = {fact: _read_source(table.table(fact.value), bases) for fact in FactName if table.has(fact.value)}
    return MappingProxyType(rules)


def _read_source(table: Table, bases: Bases) -> SourceRule:
    return SourceRule(
        sources=frozenset(table.texts("from", empty=False)),
        max_age_days=table.maybe("max_age_days", lambda key: table.whole(key, 0, LONGEST_DAYS)),
        basis=bases.read(table),
    )


def read_excluded(table: Table, bases: Bases) -> ExclusionRule:
    """The sectors that get no certificate."""
    return ExclusionRule(frozenset(fold_term(text) for text in table.texts("sectors", empty=False)), bases.read(table))


def read_tolerance(table: Table, bases: Bases) -> ToleranceRule:
    """How long an outgrown class is kept."""
    return ToleranceRule(
        years=table.whole("years", 1, _LONGEST_TOLERANCE_YEARS),
        counted=table.choice("counted", *Counted),
        basis=bases.read(table),
    )


def read_update(table: Table, bases: Bases) -> UpdateRule:
    """By when the facts must be renewed each year."""
    return UpdateRule(read_day_of_year(table, "by"), bases.read(table))


def read_day_of_year(table: Table, key: str) -> DayOfYear:
    """A day that comes back each year, written MM-DD."""
    text = table.text(key)
    match = _DAY_OF_YEAR.fullmatch(text)
    try:
        found = date(_SHORT_YEAR, int(match[1]), int(match[2])) if match else None
    except ValueError:  # no such day, or 29 February
        found = None
    if found is None and table.sound(key):
        table.fault(key, f'{text!r} is no day of every year; write month and day, such as "03-31" (not "02-29")')
    return DayOfYear(found.month, found.day) if found else DayOfYear(1, 1)
