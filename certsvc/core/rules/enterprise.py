"""The vocabulary of what concerns the enterprise as a whole: names, facts, size, upkeep, effects.

A limit of size or money is inclusive; an empty set of sectors, sizes or kinds means all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from certsvc.core.model import CertificateKind, FactName, SizeClass, Text
from certsvc.core.rules.size import ScoreRule
from certsvc.core.rules.terms import Basis, DayOfYear, Range


@dataclass(frozen=True, slots=True)
class NameRule:
    """The company suffixes that do not count when names are compared (`names.fold_suffixes`)."""

    suffixes: frozenset[str]
    basis: Basis


class Uncounted(StrEnum):
    """What a worker category counts for of which nothing is known."""

    NONE = "none"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class HeadCountRule:
    """The head count as a sum over all worker categories, each with its weight; 0 leaves it out."""

    weights: Mapping[FactName, Decimal]
    unknown: Uncounted
    basis: Basis


@dataclass(frozen=True, slots=True)
class SourceRule:
    """Only these agencies' word counts for a fact, and only up to an age, None for any. `declared` may be one."""

    sources: frozenset[str]
    max_age_days: int | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class ExclusionRule:
    """Sectors whose enterprises get no certificate."""

    sectors: frozenset[str]
    basis: Basis


class Needs(StrEnum):
    """How many of the limits of a class must hold."""

    ALL = "all"
    ANY = "any"
    HEAD_COUNT_AND_ANY = "head_count_and_any"
    """The head count, and one of the others if there are any."""


@dataclass(frozen=True, slots=True)
class ClassLimits:
    """The limits of one size class, in some sectors or all."""

    size: SizeClass
    sectors: frozenset[str]
    limits: Mapping[FactName, Range]


@dataclass(frozen=True, slots=True)
class LimitsRule:
    """Size classes by limits: the first class, from the smallest, whose limits hold."""

    classes: tuple[ClassLimits, ...]
    needs: Needs
    certifiable: tuple[SizeClass, ...]

    @property
    def facts_used(self) -> tuple[FactName, ...]:
        """Every fact that some class needs, each once."""
        limited = dict.fromkeys(fact for row in self.classes for fact in row.limits)
        by_sector = any(row.sectors for row in self.classes)
        return (*((FactName.SECTOR,) if by_sector else ()), *limited)


SizeRule = ScoreRule | LimitsRule


class Counted(StrEnum):
    """How the years of a tolerance run."""

    CALENDAR_YEARS = "calendar_years"
    """To the end of that many calendar years after the one in which the limit was exceeded."""
    ANNIVERSARIES = "anniversaries"
    """To that many years after the day."""


@dataclass(frozen=True, slots=True)
class ToleranceRule:
    """For how long an enterprise that has outgrown the limits keeps its former class."""

    years: int
    counted: Counted
    basis: Basis


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """Facts must be of this calendar year, or up to `by` inclusive of the year before; so ends a certificate."""

    by: DayOfYear
    basis: Basis


@dataclass(frozen=True, slots=True)
class EffectRule:
    """What a certificate opens, under conditions of its own that must all hold.

    `on_day` means the status counts on that day of the year: the first one that falls in the certificate's validity.
    `clear` names schemes that must be clear; `registered_within_days` limits the age of the enterprise.
    """

    name: str
    title: Text
    sizes: frozenset[SizeClass]
    kinds: frozenset[CertificateKind]
    on_day: DayOfYear | None
    clear: frozenset[str]
    limits: Mapping[FactName, Range]
    identifier_kinds: frozenset[str]
    registered_within_days: int | None
    basis: Basis
