"""A rule set: the law as data, parsed and checked (`ruleset.parse_rule_set`), with every text made ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from certsvc.core.model import CertificateKind, Outcome, Reason, Standing
from certsvc.core.rules.size import SizeRule


class RuleCode(StrEnum):
    """The reasons that are not an agency's outcome. The first three concern one scheme."""

    EVIDENCE_STALE = "EVIDENCE_STALE"
    EVIDENCE_UNDATED = "EVIDENCE_UNDATED"
    NO_FINDING = "NO_FINDING"
    NAME_MISMATCH = "NAME_MISMATCH"
    AGENCIES_DISAGREE_ON_NAME = "AGENCIES_DISAGREE_ON_NAME"
    FACTS_MISSING = "FACTS_MISSING"
    SECTOR_UNKNOWN = "SECTOR_UNKNOWN"
    SIZE_ABOVE_LIMIT = "SIZE_ABOVE_LIMIT"


SCHEME_CODES: tuple[str, ...] = (
    *(o.value for o in Outcome if o.standing is not Standing.CLEAR),
    RuleCode.EVIDENCE_STALE.value,
    RuleCode.EVIDENCE_UNDATED.value,
    RuleCode.NO_FINDING.value,
)
"""Every reason that can concern a scheme, in the order in which one scheme's reasons are listed."""

ENTERPRISE_CODES: tuple[str, ...] = (
    RuleCode.NAME_MISMATCH.value,
    RuleCode.AGENCIES_DISAGREE_ON_NAME.value,
    RuleCode.FACTS_MISSING.value,
    RuleCode.SECTOR_UNKNOWN.value,
    RuleCode.SIZE_ABOVE_LIMIT.value,
)
"""Every reason that concerns the enterprise as a whole."""


class Requirement(StrEnum):
    """What a scheme means for the decision."""

    HARD_BAR = "hard_bar"
    """A bar refuses; without a clear finding nothing is granted."""


class Undated(StrEnum):
    """What a finding counts for if the agency states no date for its data."""

    REJECT = "reject"
    """Unknown."""
    USE_CHECK_DATE = "use_check_date"
    """Its data is taken as of the day on which we asked, in the authority's zone."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a rule rests on. `note` says what is not confirmed; empty if all is."""

    citation: str
    confirmed: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """How old an agency's data may be, in days before the legal date, and how long it carries a certificate.

    `standing_days` is the farther limit: no certificate outlives the oldest clear day by more.
    """

    max_age_days: int
    standing_days: int
    undated: Undated
    basis: Basis


@dataclass(frozen=True, slots=True)
class SchemeRule:
    """One duty. `arrangement_gives` is the kind of certificate that a payment arrangement in good order leads to."""

    name: str
    requirement: Requirement
    arrangement_gives: CertificateKind
    evidence: EvidenceRule
    basis: Basis
    reasons: Mapping[str, Reason]


@dataclass(frozen=True, slots=True)
class NameRule:
    """The company suffixes that do not count when names are compared (`names.fold_suffixes`)."""

    suffixes: frozenset[str]
    basis: Basis


@dataclass(frozen=True, slots=True)
class DaysRule:
    """A period in days and what it rests on."""

    days: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one jurisdiction on the days `first <= day < until`; without `until`, until replaced.

    `text` is the exact file, `digest` its SHA-256, and `ref` names it in decisions and certificates.
    `reasons` holds what concerns the enterprise as a whole, by code, and FACTS_MISSING by fact.
    """

    jurisdiction: str
    first: date
    until: date | None
    time_zone: ZoneInfo
    currency: str
    schemes: tuple[SchemeRule, ...]
    names: NameRule
    size: SizeRule
    validity: Mapping[CertificateKind, int]
    appeal: DaysRule
    recheck: DaysRule
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
