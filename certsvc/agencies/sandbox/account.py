"""What an agency of the scenario tells beyond the outcome: debts, an arrangement, the newest payment.

Every day is written as so many days ago, so that a scenario never goes stale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")
_COMPONENTS = ("principal", "penalty", "interest")


@dataclass(frozen=True, slots=True)
class DebtStory:
    """One debt that is due."""

    period_end: int
    principal: str
    penalty: str
    interest: str


@dataclass(frozen=True, slots=True)
class ArrangementStory:
    """One payment arrangement."""

    signed: int
    first_paid: int | None
    late_instalments: int


@dataclass(frozen=True, slots=True)
class AccountStory:
    """All that is told; None and empty where nothing is."""

    debts: tuple[DebtStory, ...]
    arrangement: ArrangementStory | None
    last_payment: int | None


def read_account(table: Mapping[str, object]) -> AccountStory:
    """The account in a table of the scenario. Raises ValueError."""
    _refuse_others(table, "debts", "arrangement", "last_payment")
    debts, arrangement = table.get("debts", []), table.get("arrangement")
    if not isinstance(debts, list):
        raise ValueError("account.debts is a list")
    return AccountStory(
        debts=tuple(_read_debt(_as_table(debt)) for debt in debts),
        arrangement=None if arrangement is None else _read_arrangement(_as_table(arrangement)),
        last_payment=_days(table, "last_payment") if "last_payment" in table else None,
    )


def _read_debt(table: Mapping[str, object]) -> DebtStory:
    _refuse_others(table, "period_end", *_COMPONENTS)
    amounts = {key: str(table.get(key, "0")) for key in _COMPONENTS}
    if not all(_AMOUNT.fullmatch(amount) for amount in amounts.values()):
        raise ValueError("account.debts: write amounts in quotes")
    return DebtStory(_days(table, "period_end"), **amounts)


def _read_arrangement(table: Mapping[str, object]) -> ArrangementStory:
    _refuse_others(table, "signed", "first_paid", "late_instalments")
    return ArrangementStory(
        signed=_days(table, "signed"),
        first_paid=_days(table, "first_paid") if "first_paid" in table else None,
        late_instalments=_days(table, "late_instalments") if "late_instalments" in table else 0,
    )


def _days(table: Mapping[str, object], key: str) -> int:
    value = table[key]
    if type(value) is not int or value < 0:
        raise ValueError(f"account: {key} is a whole number, not below zero")
    return value


def _as_table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("account: debts and arrangement are tables")
    return value


def _refuse_others(table: Mapping[str, object], *known: str) -> None:
    if table.keys() - set(known):
        raise ValueError(f"account: write only {', '.join(known)}")
