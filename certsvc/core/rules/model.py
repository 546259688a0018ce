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

from certsvc.core.model import CertificateKind, FactName, Outcome, Reason, SizeClass, Standing, Text
from certsvc.core.rules.size import ScoreRule


class RuleCode(StrEnum):
    """Reasons that are no outcome of an agency."""

    EVIDENCE_STALE = "EVIDENCE_STALE"
    EVIDENCE_UNDATED = "EVIDENCE_UNDATED"
    NO_FINDING = "NO_FINDING"
    PRESUMED_DEBT = "PRESUMED_DEBT"
    PAYMENT_NOT_POSTED = "PAYMENT_NOT_POSTED"
    NAME_MISMATCH = "NAME_MISMATCH"
    AGENCIES_DISAGREE_ON_NAME = "AGENCIES_DISAGREE_ON_NAME"
    FACTS_MISSING = "FACTS_MISSING"
    SECTOR_UNKNOWN = "SECTOR_UNKNOWN"
    SECTOR_EXCLUDED = "SECTOR_EXCLUDED"
    SIZE_ABOVE_LIMIT = "SIZE_ABOVE_LIMIT"
    SIZE_BELOW_LIMIT = "SIZE_BELOW_LIMIT"
    REGIME_CEILING_EXCEEDED = "REGIME_CEILING_EXCEEDED"
    REGIME_SECTOR_EXCLUDED = "REGIME_SECTOR_EXCLUDED"
    DATA_UPDATE_MISSED = "DATA_UPDATE_MISSED"
    PROOFS_NOT_MET = "PROOFS_NOT_MET"


SCHEME_CODES: tuple[str, ...] = (
    *(o.value for o in Outcome if o.standing is not Standing.CLEAR),
    RuleCode.EVIDENCE_STALE.value,
    RuleCode.EVIDENCE_UNDATED.value,
    RuleCode.NO_FINDING.value,
    RuleCode.PRESUMED_DEBT.value,
    RuleCode.PAYMENT_NOT_POSTED.value,
)
"""Every reason that can concern a scheme, in the order in which one scheme's reasons are listed."""

ENTERPRISE_CODES: tuple[str, ...] = (
    RuleCode.NAME_MISMATCH.value,
    RuleCode.AGENCIES_DISAGREE_ON_NAME.value,
    RuleCode.FACTS_MISSING.value,
    RuleCode.SECTOR_UNKNOWN.value,
    RuleCode.SECTOR_EXCLUDED.value,
    RuleCode.SIZE_ABOVE_LIMIT.value,
    RuleCode.SIZE_BELOW_LIMIT.value,
    RuleCode.REGIME_CEILING_EXCEEDED.value,
    RuleCode.REGIME_SECTOR_EXCLUDED.value,
    RuleCode.DATA_UPDATE_MISSED.value,
    RuleCode.PROOFS_NOT_MET.value,
)
"""Every reason that concerns the enterprise as a whole, in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a rule rests on. `note` says what is not confirmed; empty if all is."""

    citation: str
    confirmed: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; None is no limit."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, order=True)
class DayOfYear:
    """A day that comes back each year. 29 February is not allowed, so that it always does."""

    month: int
    day: int


# --- One duty ---


class Requirement(StrEnum):
    """What a scheme means for the decision."""

    HARD_BAR = "hard_bar"
    """A bar refuses; without a clear finding nothing is granted."""
    PROOF = "proof"
    """Counts in the proof groups that name it. Only the outcomes in `bars` refuse by themselves."""
    OPTIONAL = "optional"
    """Never refuses and never leaves open; shown only in the explanation."""
    REGIME = "regime"
    """The flat payment of a simplified regime: a hard bar for who has joined it, not applicable to others."""


class Undated(StrEnum):
    """What a finding counts for if the agency states no date for its data."""

    REJECT = "reject"
    """Unknown."""
    USE_CHECK_DATE = "use_check_date"
    """Its data is taken as of the day on which we asked, in the authority's zone."""


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
class LiabilityRule:
    """One ground of liability: since a day, in these zones and sectors, from this head count on."""

    name: str
    since: date
    zones: frozenset[str]
    sectors: frozenset[str]
    workers_from: Decimal
    basis: Basis


class Broken(StrEnum):
    """From when a broken arrangement is lost."""

    FROM_THE_BREAK = "from_the_break"
    FROM_THE_START = "from_the_start"
    """As if it had never been signed: what was waived under it is owed again."""


@dataclass(frozen=True, slots=True)
class ArrangementRule:
    """When a payment arrangement is in good order, and what kind of certificate it then leads to."""

    gives: CertificateKind
    first_instalment: bool
    late_instalments: int
    broken: Broken
    basis: Basis


class Component(StrEnum):
    """The parts of a debt."""

    PRINCIPAL = "principal"
    PENALTY = "penalty"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True)
class DeMinimisRule:
    """The greatest total of these components, over all debts due, that is too small to bar."""

    amount: Decimal
    counts: frozenset[Component]
    basis: Basis


class SecuredDebt(StrEnum):
    """What suspended or guaranteed debts do."""

    BARS = "bars"
    CLEAR_UNDER_ARRANGEMENT = "clear_under_arrangement"
    """Positive with the effect of negative, as Brazil calls it."""


@dataclass(frozen=True, slots=True)
class SecuredRule:
    """What becomes of debts that are suspended or guaranteed."""

    suspended: SecuredDebt
    guaranteed: SecuredDebt
    basis: Basis


class Condition(StrEnum):
    """What earns the waiver of an amnesty, if done in its window."""

    PRINCIPAL_PAID = "principal_paid"
    ARRANGEMENT = "arrangement"
    """An arrangement signed, and kept as the scheme's arrangement rule asks."""
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class AmnestyRule:
    """Penalties and interest waived for who meets a condition on a day in `first <= day < until`.

    `debts_from` (included), `debts_before` (not) and `older_than_days` (before the day that met the condition) limit
    the periods covered, by their last day; `requested` demands that relief was asked for in the window. `waives`
    holds the share of each component, up to 1. What was earned stays earned after the window.
    """

    name: str
    first: date
    until: date
    conditions: frozenset[Condition]
    waives: Mapping[Component, Decimal]
    requested: bool
    debts_from: date | None
    debts_before: date | None
    older_than_days: int | None
    basis: Basis


class PresumedDebt(StrEnum):
    """What debts that the agency only presumes do."""

    BARS = "bars"
    LEAVES_OPEN = "leaves_open"


@dataclass(frozen=True, slots=True)
class PresumedRule:
    """What becomes of arrears of which every debt is presumed."""

    presumed: PresumedDebt
    basis: Basis


@dataclass(frozen=True, slots=True)
class PostingRule:
    """For how many days after a payment was seen arrears leave the decision open, because posting takes so long."""

    lag_days: int
    basis: Basis


class Act(StrEnum):
    """What discharges a bar."""

    REGULARISED = "regularised"
    TRAINED = "trained"


@dataclass(frozen=True, slots=True)
class DischargeRule:
    """Enterprises of these sizes are rid of these bars once the acts are done, for `holds_days` from the last of them.

    Asked for within `request_within_days` of the bar, and not again within `once_in_days` of asking.
    """

    name: str
    bars: frozenset[Outcome]
    sizes: frozenset[SizeClass]
    needs: frozenset[Act]
    request_within_days: int
    once_in_days: int
    holds_days: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class NewlyRegisteredRule:
    """For how many days after registration a missing return does not count, because none is due yet."""

    within_days: int
    basis: Basis


class Degraded(StrEnum):
    """What is done while the agency does not answer (UNAVAILABLE, RATE_LIMITED)."""

    PENDING = "pending"
    REFUSE = "refuse"
    PROVISIONAL = "provisional"
    """A PROVISIONAL certificate that names the unchecked agency."""
    REUSE = "reuse"
    """Earlier evidence counts up to `reuse_max_age_days`."""


@dataclass(frozen=True, slots=True)
class DegradedRule:
    """The policy for an agency that is out. `reuse_max_age_days` is 0 unless the mode is REUSE."""

    mode: Degraded
    reuse_max_age_days: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class SchemeRule:
    """One duty. Rules that the file leaves out are None or empty.

    `where` tells people at which office or site to put things right; empty if the file does not say.
    `bars` holds the outcomes that refuse by themselves: every barred one unless the requirement is PROOF.
    Without liability rules everybody is liable.
    """

    name: str
    title: Text
    agency: Text
    where: Text
    requirement: Requirement
    bars: frozenset[Outcome]
    evidence: EvidenceRule
    arrangement: ArrangementRule
    liability: tuple[LiabilityRule, ...]
    de_minimis: DeMinimisRule | None
    secured: SecuredRule | None
    amnesties: tuple[AmnestyRule, ...]
    presumed: PresumedRule | None
    posting: PostingRule | None
    discharges: tuple[DischargeRule, ...]
    newly_registered: NewlyRegisteredRule | None
    degraded: DegradedRule | None
    basis: Basis
    reasons: Mapping[str, Reason]


class NotApplicable(StrEnum):
    """What a proof that does not apply counts for."""

    MET = "met"
    LEFT_OUT = "left_out"
    """The rest must give the number asked for, or all of it if it is fewer."""


@dataclass(frozen=True, slots=True)
class ProofRule:
    """At least so many of these schemes must be clear."""

    name: str
    title: Text
    at_least: int
    of: tuple[str, ...]
    not_applicable: NotApplicable
    basis: Basis


@dataclass(frozen=True, slots=True)
class RegimeRule:
    """A simplified regime: for who has joined it, the scheme `paid_by` satisfies the others.

    Old arrears at a satisfied scheme still bar; not being registered there, no return and no answer do not.
    """

    name: str
    title: Text
    paid_by: str
    satisfies: tuple[str, ...]
    ceilings: Mapping[FactName, Decimal]
    excluded_sectors: frozenset[str]
    basis: Basis


# --- The enterprise as a whole ---


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


# --- Periods and upkeep ---


@dataclass(frozen=True, slots=True)
class DaysRule:
    """A period in days and what it rests on."""

    days: int
    basis: Basis


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


def reason_key(code: RuleCode, *parts: str) -> str:
    """Under which key a reason is kept that is worded for one fact, regime or proof group."""
    return ".".join((code.value, *parts))
