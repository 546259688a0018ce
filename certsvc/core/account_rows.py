"""Accounts as rows of a record: equal accounts have one spelling, whatever the order of their debts.

    account      [registered_on,[debt,...],arrangement,relief_requested_on,last_payment_on,[discharge,...]]
    debt         [period_end,principal,penalty,interest,state,principal_paid_on]
    arrangement  [signed_on,first_paid_on,late_instalments,broken_on,completed_on], or [] for none
    discharge    [bar,imposed_on,requested_on,regularised_on,trained_on,previous_on]

Debts and discharges are sorted. Days are ISO 8601, empty where there is none; amounts are decimal texts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from certsvc.core import canonical
from certsvc.core.account import Account, Arrangement, Debt, DebtState, Discharge
from certsvc.core.canonical import read_day, write_day, write_decimal
from certsvc.core.outcome import Outcome

MAX_DEBTS = 64
MAX_DISCHARGES = 16
"""No account lists more: what an agency cannot itemise within them, it states by the outcome alone."""

Row = tuple[object, ...]


def write_account(account: Account) -> Row:
    """The row. Raises ValueError for more debts or discharges than a record holds, or a number that is not finite."""
    if len(account.debts) > MAX_DEBTS or len(account.discharges) > MAX_DISCHARGES:
        raise ValueError(f"an account lists at most {MAX_DEBTS} debts and {MAX_DISCHARGES} discharges")
    return (
        write_day(account.registered_on),
        tuple(sorted(map(_write_debt, account.debts))),
        _write_arrangement(account.arrangement),
        write_day(account.relief_requested_on),
        write_day(account.last_payment_on),
        tuple(sorted(map(_write_discharge, account.discharges))),
    )


def account_in_order(account: Account) -> Account:
    """The same account as it reads after being stored: sorted, each amount in its one spelling."""
    return replace(
        account,
        debts=tuple(sorted(map(_respelled, account.debts), key=_write_debt)),
        discharges=tuple(sorted(account.discharges, key=_write_discharge)),
    )


def read_account(value: object) -> Account:
    """The account of a row. Raises MalformedRecord, ValueError or InvalidOperation."""
    registered_on, debts, arrangement, relief_requested_on, last_payment_on, discharges = canonical.row(value, 6)
    return Account(
        registered_on=_day(registered_on),
        debts=tuple(_debt(row) for row in canonical.of_type(debts, list)),
        arrangement=_arrangement(arrangement) if arrangement else None,
        relief_requested_on=_day(relief_requested_on),
        last_payment_on=_day(last_payment_on),
        discharges=tuple(_discharge(row) for row in canonical.of_type(discharges, list)),
    )


def _write_debt(debt: Debt) -> tuple[str, ...]:
    return (
        write_day(debt.period_end),
        write_decimal(debt.principal),
        write_decimal(debt.penalty),
        write_decimal(debt.interest),
        debt.state.value,
        write_day(debt.principal_paid_on),
    )


def _write_arrangement(arrangement: Arrangement | None) -> Row:
    if arrangement is None:
        return ()
    return (
        write_day(arrangement.signed_on),
        write_day(arrangement.first_paid_on),
        arrangement.late_instalments,
        write_day(arrangement.broken_on),
        write_day(arrangement.completed_on),
    )


def _write_discharge(discharge: Discharge) -> tuple[str, ...]:
    return (
        discharge.bar.value,
        write_day(discharge.imposed_on),
        write_day(discharge.requested_on),
        write_day(discharge.regularised_on),
        write_day(discharge.trained_on),
        write_day(discharge.previous_on),
    )


def _respelled(debt: Debt) -> Debt:
    principal, penalty, interest = (Decimal(write_decimal(n)) for n in (debt.principal, debt.penalty, debt.interest))
    return replace(debt, principal=principal, penalty=penalty, interest=interest)


def _debt(value: object) -> Debt:
    period_end, principal, penalty, interest, state, principal_paid_on = _texts(value, 6)
    return Debt(
        period_end=date.fromisoformat(period_end),
        principal=Decimal(principal),
        penalty=Decimal(penalty),
        interest=Decimal(interest),
        state=DebtState(state),
        principal_paid_on=read_day(principal_paid_on),
    )


def _arrangement(value: object) -> Arrangement:
    signed_on, first_paid_on, late_instalments, broken_on, completed_on = canonical.row(value, 5)
    return Arrangement(
        signed_on=date.fromisoformat(canonical.of_type(signed_on, str)),
        first_paid_on=_day(first_paid_on),
        late_instalments=canonical.of_type(late_instalments, int),
        broken_on=_day(broken_on),
        completed_on=_day(completed_on),
    )


def _discharge(value: object) -> Discharge:
    bar, imposed_on, requested_on, regularised_on, trained_on, previous_on = _texts(value, 6)
    return Discharge(
        bar=Outcome(bar),
        imposed_on=date.fromisoformat(imposed_on),
        requested_on=date.fromisoformat(requested_on),
        regularised_on=read_day(regularised_on),
        trained_on=read_day(trained_on),
        previous_on=read_day(previous_on),
    )


def _day(value: object) -> date | None:
    return read_day(canonical.of_type(value, str))


def _texts(value: object, length: int) -> list[str]:
    return [canonical.of_type(cell, str) for cell in canonical.row(value, length)]
