"""The vocabulary of duties: one scheme with all that may be ruled on it, proof groups, and regimes.

Every period is half-open; an empty set of zones, sectors, sizes or kinds means all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from certsvc.core.model import CertificateKind, FactName, Reason, SizeClass, Text
from certsvc.core.outcome import Outcome
from certsvc.core.rules.terms import Basis


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
    """What is done while the agency does not answer (UNAVAILABLE); one that is RATE_LIMITED is waited for."""

    PENDING = "pending"
    REFUSE = "refuse"
    PROVISIONAL = "provisional"
    """A PROVISIONAL certificate that names the unchecked agency."""
    REUSE = "reuse"
    """Earlier evidence counts up to `reuse_max_age_days`."""


@dataclass(frozen=True, slots=True)
class DegradedRule:
    """The policy for an agency that is out, and the other modes to which an operator may switch it (`also`).

    PENDING is always allowed and never stands in `also`. `reuse_max_age_days` is 0 unless REUSE is possible.
    """

    mode: Degraded
    also: frozenset[Degraded]
    reuse_max_age_days: int
    basis: Basis

    def allows(self, mode: str) -> bool:
        """True if an operator may switch to this mode."""
        return mode in (self.mode, Degraded.PENDING) or mode in self.also

    def under(self, switched: str | None) -> Degraded:
        """The mode in force for an agency that is switched so: that one if the rules allow it, else their own."""
        return Degraded(switched) if switched is not None and self.allows(switched) else self.mode

    @property
    def possible(self) -> frozenset[Degraded]:
        """Every mode that can come to be in force."""
        return self.also | {self.mode, Degraded.PENDING}


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
