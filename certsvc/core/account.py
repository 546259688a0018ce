"""What an agency may tell of an enterprise beyond the outcome: debts, an arrangement, discharges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from certsvc.core.outcome import Outcome


class DebtState(StrEnum):
    """What becomes of a debt."""

    DUE = "DUE"
    PRESUMED = "PRESUMED"
    """Computed by the agency because nothing was declared; nobody has confirmed it."""
    SUSPENDED = "SUSPENDED"
    """Not enforceable for now: under appeal, or stayed by a court."""
    GUARANTEED = "GUARANTEED"
    """Covered by a guarantee that the agency has accepted."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed for one period, by component, in the currency of the rules.

    `period_end` is the last day of the period; `principal_paid_on` the day on which the principal was paid in full.
    """

    period_end: date
    principal: Decimal
    penalty: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    state: DebtState = DebtState.DUE
    principal_paid_on: date | None = None

    def __post_init__(self) -> None:
        if any(not part.is_finite() or part < 0 for part in (self.principal, self.penalty, self.interest)):
            raise ValueError("a component of a debt is a finite number, not below zero")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A payment arrangement, by convenio or arreglo: what was signed and how it is kept."""

    signed_on: date
    first_paid_on: date | None = None
    late_instalments: int = 0
    broken_on: date | None = None
    completed_on: date | None = None

    def __post_init__(self) -> None:
        if self.late_instalments < 0:
            raise ValueError("no fewer than zero instalments are late")


@dataclass(frozen=True, slots=True)
class Discharge:
    """How the enterprise answers for one bar: it puts the breach right and is trained.

    `previous_on` is the day on which it last asked for a discharge of the same breach.
    """

    bar: Outcome
    imposed_on: date
    requested_on: date
    regularised_on: date | None = None
    trained_on: date | None = None
    previous_on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What an agency tells beyond the outcome. Every part may be absent; `debts`, if there are any, are all of them.

    `relief_requested_on` is the day on which an amnesty was asked for, `last_payment_on` that of the newest payment
    seen anywhere, posted or not.
    """

    registered_on: date | None = None
    debts: tuple[Debt, ...] = ()
    arrangement: Arrangement | None = None
    relief_requested_on: date | None = None
    last_payment_on: date | None = None
    discharges: tuple[Discharge, ...] = ()
