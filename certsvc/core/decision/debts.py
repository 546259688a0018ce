"""What the debts that an agency lists come to (step 4c): secured debts, amnesties, thresholds, presumed debts.

Invariants
- A list explains arrears only if it says of some debt that there is one, and every amount can be reckoned with.
  Otherwise the agency's word stands: nothing is waived, too small or presumed.
- A principal is owed until the day on which it was paid in full.
- Exact: no sum is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from certsvc.core.account import Debt, DebtState
from certsvc.core.decision.amnesty import Claim, covers, is_earned, is_requested, waived
from certsvc.core.decision.days import has_come
from certsvc.core.decision.journal import Because, Note, RuleKind, StepState
from certsvc.core.facts import is_amount
from certsvc.core.outcome import Outcome
from certsvc.core.rules.codes import RuleCode
from certsvc.core.rules.scheme import (
    AmnestyRule,
    Component,
    DeMinimisRule,
    PresumedDebt,
    SchemeRule,
    SecuredDebt,
    SecuredRule,
)
from certsvc.core.rules.size import EXACT

_ONE, _NOTHING = Decimal(1), Decimal(0)


class Settled(NamedTuple):
    """What the debts come to, a clear outcome, BARRED_ARREARS or PRESUMED_DEBT; and what became of the rules.

    `arranged` if a debt is secured.
    """

    code: str
    arranged: bool
    notes: tuple[Note, ...]


class _Left(NamedTuple):
    """What is left of one debt after all waivers."""

    parts: Mapping[Component, Decimal]
    presumed: bool


def is_owed(debt: Debt, rule: SchemeRule, on: date) -> bool:
    """True if something of the debt is owed on that day, and it is not secured, or the rules say what that does."""
    secured = debt.state in (DebtState.SUSPENDED, DebtState.GUARANTEED)
    return not (secured and rule.secured is None) and any(_parts(debt, on).values())


def settle(claim: Claim) -> Settled | None:
    """What the listed debts come to; None if the list explains nothing."""
    debts, rule = claim.account.debts, claim.rule
    amounts = [amount for debt in debts for amount in _parts(debt, claim.on).values()]
    if not any(amounts) or not all(is_amount(amount) for amount in amounts):
        return None
    secured = [debt for debt in debts if _is_taken_out(debt, rule.secured)]
    due = [debt for debt in debts if debt not in secured]
    left = [_after_waivers(debt, claim) for debt in due]
    owed = [each for each in left if any(each.parts.values())]
    arranged = bool(secured)
    notes = [*_secured_notes(rule.secured, debts, secured), *_amnesty_notes(claim, due)]
    code = _code(claim, owed, arranged, notes)
    return Settled(code, arranged, tuple(notes))


def _code(claim: Claim, owed: list[_Left], arranged: bool, notes: list[Note]) -> str:
    """What the debts come to after secured ones and waivers. Adds to the notes."""
    de_minimis, presumed = claim.rule.de_minimis, claim.rule.presumed
    if not owed:
        return Outcome.CLEAR_UNDER_ARRANGEMENT.value if arranged else Outcome.CLEAR.value
    if de_minimis is not None:
        small = _total(owed, de_minimis) <= de_minimis.amount
        state = StepState.APPLIED if small else StepState.FAILED
        notes.append(Note(RuleKind.DE_MINIMIS, "", state, (("limit", str(de_minimis.amount)),)))
        if small:
            return Outcome.CLEAR_BELOW_THRESHOLD.value
    if presumed is None or not all(each.presumed for each in owed):
        return Outcome.BARRED_ARREARS.value
    state = StepState.FAILED if presumed.presumed is PresumedDebt.BARS else StepState.OPEN
    notes.append(Note(RuleKind.PRESUMED, "", state, (("debts", str(len(owed))),)))
    return RuleCode.PRESUMED_DEBT.value


def _parts(debt: Debt, on: date) -> Mapping[Component, Decimal]:
    """What is owed of the debt on that day, before any waiver."""
    principal = _NOTHING if has_come(debt.principal_paid_on, on) else debt.principal
    return {Component.PRINCIPAL: principal, Component.PENALTY: debt.penalty, Component.INTEREST: debt.interest}


def _is_taken_out(debt: Debt, rule: SecuredRule | None) -> bool:
    if rule is None:
        return False
    does = {DebtState.SUSPENDED: rule.suspended, DebtState.GUARANTEED: rule.guaranteed}
    return does.get(debt.state) is SecuredDebt.CLEAR_UNDER_ARRANGEMENT


def _after_waivers(debt: Debt, claim: Claim) -> _Left:
    parts = {component: part for component, part in _parts(debt, claim.on).items() if part}
    left = {c: EXACT.multiply(part, EXACT.subtract(_ONE, waived(claim, debt, c))) for c, part in parts.items()}
    return _Left(left, debt.state is DebtState.PRESUMED)


def _total(owed: Iterable[_Left], rule: DeMinimisRule) -> Decimal:
    total = _NOTHING
    for each in owed:
        for component, part in each.parts.items():
            if component in rule.counts:
                total = EXACT.add(total, part)
    return total


def _secured_notes(rule: SecuredRule | None, debts: Iterable[Debt], taken_out: list[Debt]) -> Iterator[Note]:
    secured = sum(debt.state in (DebtState.SUSPENDED, DebtState.GUARANTEED) for debt in debts)
    if rule is not None and secured:
        state = StepState.APPLIED if taken_out else StepState.FAILED
        yield Note(RuleKind.SECURED, "", state, (("debts", str(len(taken_out) or secured)),))


def _amnesty_notes(claim: Claim, due: list[Debt]) -> Iterator[Note]:
    for amnesty in claim.rule.amnesties:
        if claim.on >= amnesty.first:
            yield _amnesty_note(amnesty, claim, due)


def _amnesty_note(amnesty: AmnestyRule, claim: Claim, due: list[Debt]) -> Note:
    covered = [debt for debt in due if covers(amnesty, debt)]
    relieved = [debt for debt in covered if is_earned(amnesty, claim, debt)]
    if not covered:
        return Note(RuleKind.AMNESTY, amnesty.name, StepState.NOT_APPLICABLE, Because.NO_DEBT_COVERED.details())
    if not relieved:
        because = Because.CONDITION_NOT_MET if is_requested(amnesty, claim) else Because.NOT_REQUESTED
        return Note(RuleKind.AMNESTY, amnesty.name, StepState.FAILED, because.details())
    return Note(RuleKind.AMNESTY, amnesty.name, StepState.APPLIED, (("debts", str(len(relieved))),))
