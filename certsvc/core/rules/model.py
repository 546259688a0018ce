"""A rule set: the law as data, parsed and checked (`rules.parse_rule_set`), with every text made ready to use.

Each class is one word of the vocabulary that rule files are written in; certsvc/rulesets/README.md says how each is
spelled. There is no other way to say a rule: no expressions, no code. Days count calendar days; every period is
half-open; a limit of size or money is inclusive; an empty set of zones, sectors, sizes or kinds means all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from certsvc.core.model import CertificateKind, FactName, Reason, SizeClass, Text
from certsvc.core.rules.enterprise import (
    EffectRule,
    ExclusionRule,
    HeadCountRule,
    NameRule,
    SizeRule,
    SourceRule,
    ToleranceRule,
    UpdateRule,
)
from certsvc.core.rules.scheme import ProofRule, RegimeRule, SchemeRule
from certsvc.core.rules.terms import Basis


@dataclass(frozen=True, slots=True)
class AppealRule:
    """How many days there are to appeal, and where; empty if the file does not say."""

    days: int
    where: Text
    basis: Basis


class Event(StrEnum):
    """What an agency may report between two checks."""

    PAYMENT = "payment"
    ARREARS = "arrears"
    ARRANGEMENT_BROKEN = "arrangement_broken"


@dataclass(frozen=True, slots=True)
class RecheckRule:
    """How often the standing of a holder is asked for again, and which events make it due at once."""

    days: int
    on: frozenset[Event]
    basis: Basis


@dataclass(frozen=True, slots=True)
class SampleRule:
    """The share of registered enterprises of these sizes that is inspected each calendar year, drawn by lot."""

    share: Decimal
    sizes: frozenset[SizeClass]
    basis: Basis


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one jurisdiction on the days `first <= day < until`; without `until`, until replaced.

    `text` is the exact file, `digest` its SHA-256, and `ref` names it in decisions and certificates.
    `reasons` holds what concerns the enterprise as a whole, by code; FACTS_MISSING, REGIME_CEILING_EXCEEDED,
    REGIME_SECTOR_EXCLUDED and PROOFS_NOT_MET by `reason_key`. `fact_titles` holds what each fact is called.
    """

    jurisdiction: str
    title: Text
    first: date
    until: date | None
    time_zone: ZoneInfo
    currency: str
    schemes: tuple[SchemeRule, ...]
    proofs: tuple[ProofRule, ...]
    regimes: tuple[RegimeRule, ...]
    names: NameRule
    head_count: HeadCountRule | None
    sources: Mapping[FactName, SourceRule]
    excluded: ExclusionRule | None
    size: SizeRule
    size_basis: Basis
    tolerance: ToleranceRule | None
    update: UpdateRule | None
    validity: Mapping[CertificateKind, int]
    effects: tuple[EffectRule, ...]
    appeal: AppealRule
    recheck: RecheckRule
    sample: SampleRule | None
    fact_titles: Mapping[FactName, Text]
    reasons: Mapping[str, Reason]
    text: str
    digest: bytes
    ref: str
    bases: tuple[tuple[str, Basis], ...]

    def covers(self, on: date) -> bool:
        """True if these rules are in force on that legal date."""
        return self.first <= on and (self.until is None or on < self.until)

    @property
    def unconfirmed(self) -> tuple[tuple[str, str], ...]:
        """Where the file holds what no source confirms, and its note on it."""
        return tuple((where, basis.note) for where, basis in self.bases if not basis.confirmed)
