"""What the duties are weighed by, besides the findings themselves."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from certsvc.core.account import Account
from certsvc.core.decision.facts_used import Known
from certsvc.core.model import DECLARED, Enterprise, FactName, SizeClass
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.scheme import RegimeRule


class Situation(NamedTuple):
    """The enterprise and what is known of it, the rules, the legal date; `size` is None where none could be told.

    `switched` pairs agencies that are out with the degraded mode to which an operator has switched them.
    """

    enterprise: Enterprise
    rule_set: RuleSet
    on: date
    known: Known
    size: SizeClass | None
    regime: RegimeRule | None
    switched: tuple[tuple[str, str], ...] = ()

    def switched_to(self, agency: str) -> str | None:
        """The degraded mode to which an operator has switched this agency, None if none was."""
        return next((mode for name, mode in self.switched if name == agency), None)


def registered_on(account: Account | None, known: Known) -> date | None:
    """The day of the newest registration that the agency tells, or another one does.

    The caller's word counts only where the agency tells none: it must not make an old duty new.
    """
    fact, told = known.facts.get(FactName.REGISTERED_ON), account.registered_on if account is not None else None
    heard = known.day(FactName.REGISTERED_ON)
    if told is None or heard is None:
        return told or heard
    return told if fact is not None and fact.source == DECLARED else max(told, heard)
