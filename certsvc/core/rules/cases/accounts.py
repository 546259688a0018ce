"""The particulars of an answer, as a case table spells them: debts, arrangement, discharges and days."""

from __future__ import annotations

from decimal import Decimal

from certsvc.core.account import Account, Arrangement, Debt, DebtState, Discharge
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.reading.fields import Table

ACCOUNT_KEYS = ("debts", "arrangement", "discharges", "registered_on", "relief_requested_on", "last_payment_on")
"""Where one of these stands, the answer has an account."""

_MOST = 200
_BARS = tuple(outcome for outcome in Outcome if outcome.standing is Standing.BARRED)


def read_account(table: Table) -> Account:
    """The account of the answer in this table."""
    return Account(
        registered_on=table.maybe("registered_on", table.day),
        debts=tuple(_debt(each) for each in table.rows("debts", _MOST)),
        arrangement=_arrangement(table.table("arrangement")) if table.has("arrangement") else None,
        relief_requested_on=table.maybe("relief_requested_on", table.day),
        last_payment_on=table.maybe("last_payment_on", table.day),
        discharges=tuple(_discharge(each) for each in table.rows("discharges", _MOST)),
    )


def _debt(table: Table) -> Debt:
    return Debt(
        period_end=table.day("period_end"),
        principal=table.number("principal"),
        penalty=table.maybe("penalty", table.number) or Decimal(0),
        interest=table.maybe("interest", table.number) or Decimal(0),
        state=table.maybe("state", lambda key: table.choice(key, *DebtState)) or DebtState.DUE,
        principal_paid_on=table.maybe("principal_paid_on", table.day),
    )


def _arrangement(table: Table) -> Arrangement:
    return Arrangement(
        signed_on=table.day("signed_on"),
        first_paid_on=table.maybe("first_paid_on", table.day),
        late_instalments=table.maybe("late_instalments", lambda key: table.whole(key, 0, 1000)) or 0,
        broken_on=table.maybe("broken_on", table.day),
        completed_on=table.maybe("completed_on", table.day),
    )


def _discharge(table: Table) -> Discharge:
    return Discharge(
        bar=table.choice("bar", *_BARS),
        imposed_on=table.day("imposed_on"),
        requested_on=table.day("requested_on"),
        regularised_on=table.maybe("regularised_on", table.day),
        trained_on=table.maybe("trained_on", table.day),
        previous_on=table.maybe("previous_on", table.day),
    )
