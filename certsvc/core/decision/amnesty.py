"""What amnesties waive of one debt (step 4c).

Invariants
- A waiver is earned on the day of the condition, if that lies in the window and not after the legal date; what was
  earned stays earned after the window, unless it rests on an arrangement that is lost from the start.
- Of several amnesties the best for the enterprise counts, component by component. The principal is never waived.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from certsvc.core.account import Account, Debt
from certsvc.core.decision.arrangement import earns
from certsvc.core.decision.days import age, has_come, is_in
from certsvc.core.rules.scheme import AmnestyRule, Component, Condition, SchemeRule


class Claim(NamedTuple):
    """What the enterprise may claim of a scheme: by its account, its registration, and the legal date."""

    rule: SchemeRule
    account: Account
    registered_on: date | None
    on: date


def waived(claim: Claim, debt: Debt, component: Component) -> Decimal:
    """The greatest share of this component that a waiver was earned for."""
    earned = (
        amnesty.waives[component]
        for amnesty in claim.rule.amnesties
        if component in amnesty.waives and is_earned(amnesty, claim, debt)
    )
    return max(earned, default=Decimal(0))


def is_earned(amnesty: AmnestyRule, claim: Claim, debt: Debt) -> bool:
    """True if a condition of the amnesty was met for this debt."""
    if not covers(amnesty, debt) or not is_requested(amnesty, claim):
        return False
    return any(_is_met(amnesty, _day_of(c, claim, debt), claim.on, debt) for c in amnesty.conditions)


def covers(amnesty: AmnestyRule, debt: Debt) -> bool:
    """True if the amnesty is for the period of this debt."""
    begun = amnesty.debts_from is None or amnesty.debts_from <= debt.period_end
    return begun and (amnesty.debts_before is None or debt.period_end < amnesty.debts_before)


def is_requested(amnesty: AmnestyRule, claim: Claim) -> bool:
    """True if relief was asked for as the amnesty demands."""
    day = claim.account.relief_requested_on
    return not amnesty.requested or (has_come(day, claim.on) and is_in(day, amnesty.first, amnesty.until))


def _is_met(amnesty: AmnestyRule, day: date | None, on: date, debt: Debt) -> bool:
    if day is None or on < day or not is_in(day, amnesty.first, amnesty.until):
        return False
    return amnesty.older_than_days is None or age(debt.period_end, day) >= amnesty.older_than_days


def _day_of(condition: Condition, claim: Claim, debt: Debt) -> date | None:
    """The day on which the enterprise did what the condition asks, None if it has not or it no longer counts."""
    if condition is Condition.PRINCIPAL_PAID:
        return debt.principal_paid_on
    if condition is Condition.REGISTERED:
        return claim.registered_on
    arrangement = claim.account.arrangement
    return arrangement.signed_on if arrangement and earns(claim.rule.arrangement, arrangement, claim.on) else None
