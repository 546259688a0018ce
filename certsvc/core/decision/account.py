"""What one outcome comes to, once the particulars of the account are weighed (step 4c).

Invariants
- Without particulars an outcome is what the agency says it is.
- The worse counts: debts that are owed make arrears, whatever clear outcome stands beside them, unless that outcome
  itself speaks of debts (an arrangement; an amount below the agency's threshold, if the file has none of its own). An
  arrangement that runs or was broken counts though the agency says plainly that all is clear.
- A bar is lifted by a rule of the file or not at all, and what lifts it for a time carries no longer.
- A payment that may not be posted yet never clears: it turns arrears into a doubt. A discharge comes before it, so that
  paying never makes matters worse.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from certsvc.core.account import Account
from certsvc.core.decision.amnesty import Claim
from certsvc.core.decision.arrangement import Keeping, keeping, lost_since
from certsvc.core.decision.days import FOREVER, days_left
from certsvc.core.decision.debts import is_owed, settle
from certsvc.core.decision.discharge import discharged
from certsvc.core.decision.journal import Note, RuleKind, StepState
from certsvc.core.decision.situation import Situation, registered_on
from certsvc.core.model import Finding
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.codes import RuleCode
from certsvc.core.rules.scheme import PresumedDebt, SchemeRule

STANDING = {outcome: outcome.standing for outcome in Outcome}
_NO_ACCOUNT = Account()
_SPEAK_OF_DEBTS = frozenset(
    {
        Outcome.BARRED_ARREARS,
        Outcome.BARRED_ARRANGEMENT_BROKEN,
        Outcome.CLEAR_UNDER_ARRANGEMENT,
        Outcome.CLEAR_BELOW_THRESHOLD,
    }
)
"""Outcomes beside which debts in the account are nothing new; a broken arrangement, unless it is discharged."""

_SPEAK_OF_ARRANGEMENTS = frozenset({Outcome.BARRED_ARRANGEMENT_BROKEN, Outcome.CLEAR_UNDER_ARRANGEMENT})
"""Outcomes beside which an arrangement in the account is nothing new."""


class Reading(NamedTuple):
    """What an outcome comes to: another outcome or a reason, its class, and the rules that had a say.

    `since` is the day from which a bar counts. `arranged` if it rests on a payment arrangement; `applies` is False if
    there is no duty yet, or none at all; `carries` is for how many days it is known to be clear.
    """

    standing: Standing
    code: str
    since: date | None = None
    arranged: bool = False
    applies: bool = True
    carries: int = FOREVER
    notes: tuple[Note, ...] = ()


def readings(finding: Finding, rule: SchemeRule, situation: Situation) -> Iterator[tuple[Outcome, Reading]]:
    """Each outcome of the finding with what it comes to."""
    account = finding.account or _NO_ACCOUNT
    outcomes = (finding.outcome, *finding.further)
    untold = _SPEAK_OF_DEBTS.isdisjoint(outcomes) or _has_own_limit(outcomes, rule)
    if _SPEAK_OF_ARRANGEMENTS.isdisjoint(outcomes) and _is_arranged(account, rule, situation.on):
        outcomes += (Outcome.CLEAR_UNDER_ARRANGEMENT,)
    for outcome in outcomes:
        reading = _read(outcome, rule, account, situation)
        yield outcome, reading
        untold |= outcome is Outcome.BARRED_ARRANGEMENT_BROKEN and reading.standing is Standing.CLEAR
    if untold and Outcome.BARRED_ARREARS not in outcomes and _owes(account, rule, situation.on):
        yield Outcome.BARRED_ARREARS, _read(Outcome.BARRED_ARREARS, rule, account, situation)


def _read(outcome: Outcome, rule: SchemeRule, account: Account, situation: Situation) -> Reading:
    if outcome is Outcome.CLEAR_UNDER_ARRANGEMENT:
        return _arrangement(rule, account, situation)
    if outcome is Outcome.CLEAR_NOT_LIABLE:
        return Reading(Standing.CLEAR, outcome.value, applies=False)
    if outcome is Outcome.BARRED_ARREARS:
        return _arrears(rule, account, situation)
    if outcome is Outcome.BARRED_ARRANGEMENT_BROKEN:
        return _broken(rule, account, situation)
    if outcome is Outcome.BARRED_MISSING_RETURN:
        return _missing_return(rule, account, situation)
    if STANDING[outcome] is Standing.BARRED:
        return _bar(outcome, rule, account, situation)
    return Reading(STANDING[outcome], outcome.value)


def _has_own_limit(outcomes: tuple[Outcome, ...], rule: SchemeRule) -> bool:
    """True if the agency calls the debts small, and the file says itself which are."""
    return rule.de_minimis is not None and Outcome.CLEAR_BELOW_THRESHOLD in outcomes


def _is_arranged(account: Account, rule: SchemeRule, on: date) -> bool:
    """True if an arrangement runs or was broken."""
    arrangement = account.arrangement
    return arrangement is not None and keeping(rule.arrangement, arrangement, on) in (Keeping.KEPT, Keeping.BROKEN)


def _owes(account: Account, rule: SchemeRule, on: date) -> bool:
    return any(is_owed(debt, rule, on) for debt in account.debts)


def _bar(
    bar: Outcome,
    rule: SchemeRule,
    account: Account,
    situation: Situation,
    *,
    since: date | None = None,
    notes: tuple[Note, ...] = (),
) -> Reading:
    """The bar, or clear where a discharge lifts it."""
    if account.discharges:
        lifted = discharged(bar, rule.discharges, account, situation)
        notes += lifted.notes
        if lifted.days:
            return Reading(Standing.CLEAR, Outcome.CLEAR.value, carries=lifted.days, notes=notes)
    return Reading(Standing.BARRED, bar.value, since, notes=notes)


def _arrangement(rule: SchemeRule, account: Account, situation: Situation) -> Reading:
    under = Reading(Standing.CLEAR, Outcome.CLEAR_UNDER_ARRANGEMENT.value, arranged=True)
    if account.arrangement is None:
        return under._replace(notes=(Note(RuleKind.ARRANGEMENT, "", StepState.APPLIED),))
    stands = keeping(rule.arrangement, account.arrangement, situation.on)
    if stands is Keeping.BROKEN:
        return _broken(rule, account, situation)
    in_order = stands is not Keeping.NOT_BEGUN
    state = StepState.APPLIED if in_order else StepState.FAILED
    note = Note(RuleKind.ARRANGEMENT, "", state, (("because", stands.value),))
    if not in_order or (stands is Keeping.COMPLETED and _owes(account, rule, situation.on)):
        return _arrears(rule, account, situation, notes=(note,))
    if stands is Keeping.COMPLETED:
        return Reading(Standing.CLEAR, Outcome.CLEAR.value, notes=(note,))
    return under._replace(notes=(note,))


def _broken(rule: SchemeRule, account: Account, situation: Situation) -> Reading:
    since = lost_since(rule.arrangement, account.arrangement, situation.on)
    note = Note(RuleKind.ARRANGEMENT, "", StepState.FAILED, (("because", Keeping.BROKEN.value),))
    return _bar(Outcome.BARRED_ARRANGEMENT_BROKEN, rule, account, situation, since=since, notes=(note,))


def _arrears(rule: SchemeRule, account: Account, situation: Situation, *, notes: tuple[Note, ...] = ()) -> Reading:
    settled = settle(_claim(rule, account, situation)) if account.debts else None
    if settled is not None:
        notes += settled.notes
        if settled.code == RuleCode.PRESUMED_DEBT:
            bars = rule.presumed is not None and rule.presumed.presumed is PresumedDebt.BARS
            return Reading(Standing.BARRED if bars else Standing.UNKNOWN, settled.code, notes=notes)
        if settled.code != Outcome.BARRED_ARREARS:
            return Reading(Standing.CLEAR, settled.code, arranged=settled.arranged, notes=notes)
    bar = _bar(Outcome.BARRED_ARREARS, rule, account, situation, notes=notes)
    days = days_left(account.last_payment_on, situation.on, rule.posting.lag_days) if rule.posting else 0
    if bar.standing is Standing.CLEAR or not days:
        return bar
    note = Note(RuleKind.POSTING, "", StepState.OPEN, (("days", str(days)),))
    return Reading(Standing.UNKNOWN, RuleCode.PAYMENT_NOT_POSTED.value, notes=(*bar.notes, note))


def _claim(rule: SchemeRule, account: Account, situation: Situation) -> Claim:
    return Claim(rule, account, registered_on(account, situation.known), situation.on)


def _missing_return(rule: SchemeRule, account: Account, situation: Situation) -> Reading:
    newly = rule.newly_registered
    if newly is None:
        return _bar(Outcome.BARRED_MISSING_RETURN, rule, account, situation)
    days = days_left(registered_on(account, situation.known), situation.on, newly.within_days)
    if not days:
        note = Note(RuleKind.NEWLY_REGISTERED, "", StepState.FAILED, (("limit", str(newly.within_days)),))
        return _bar(Outcome.BARRED_MISSING_RETURN, rule, account, situation, notes=(note,))
    note = Note(RuleKind.NEWLY_REGISTERED, "", StepState.APPLIED, (("days", str(days)),))
    return Reading(Standing.CLEAR, Outcome.CLEAR.value, applies=False, carries=days, notes=(note,))
