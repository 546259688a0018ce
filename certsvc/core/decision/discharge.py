"""How an enterprise is rid of a bar by putting the breach right and being trained (step 4c).

Invariants
- Every condition holds on the legal date: the size is one of those covered, the request came in time and not too soon
  after another one on the same bar, all acts that the rule needs are done, and the last of them still carries.
- A request counts from the day on which the bar was imposed; one made before it, or after the legal date, does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from certsvc.core.account import Account, Discharge
from certsvc.core.decision.days import age, days_left
from certsvc.core.decision.journal import Because, Note, RuleKind, StepState
from certsvc.core.decision.situation import Situation
from certsvc.core.outcome import Outcome
from certsvc.core.rules.scheme import Act, DischargeRule


class Discharged(NamedTuple):
    """For how many days the bar is lifted, 0 if it is not; and what became of the rules."""

    days: int
    notes: tuple[Note, ...]


def discharged(bar: Outcome, rules: tuple[DischargeRule, ...], account: Account, situation: Situation) -> Discharged:
    """What the rules make of the discharges that the account tells for this bar."""
    told = [each for each in account.discharges if each.bar is bar]
    tried = [_try(rule, told, situation) for rule in rules if bar in rule.bars and told]
    return Discharged(max((days for days, _ in tried), default=0), tuple(note for _, note in tried))


def _try(rule: DischargeRule, told: list[Discharge], situation: Situation) -> tuple[int, Note]:
    """The days that the best of the discharges carries under this rule, and what to say of it."""
    flaws = [(_flaw(rule, each, told, situation), each) for each in told]
    days = [_days(rule, each, situation.on) for flaw, each in flaws if flaw is None]
    if not days:
        because = next(flaw for flaw, _ in flaws if flaw is not None)
        return 0, Note(RuleKind.DISCHARGE, rule.name, StepState.FAILED, because.details())
    return max(days), Note(RuleKind.DISCHARGE, rule.name, StepState.APPLIED, (("days", str(max(days))),))


def _flaw(rule: DischargeRule, discharge: Discharge, told: list[Discharge], situation: Situation) -> Because | None:
    """Why the rule does not lift the bar by this discharge, None if it does."""
    if rule.sizes and situation.size not in rule.sizes:
        return Because.OTHER_SIZE
    waited = age(discharge.imposed_on, discharge.requested_on)
    if not 0 <= waited <= rule.request_within_days or situation.on < discharge.requested_on:
        return Because.REQUESTED_LATE
    if any(age(day, discharge.requested_on) < rule.once_in_days for day in _asked_before(discharge, told)):
        return Because.REQUESTED_AGAIN
    if not all(_is_done(act, discharge, situation.on) for act in rule.needs):
        return Because.ACTS_MISSING
    return None if _days(rule, discharge, situation.on) else Because.EXPIRED


def _asked_before(discharge: Discharge, told: list[Discharge]) -> Iterator[date]:
    """The days of earlier requests on the same bar, as the agency says or as its own list shows."""
    if discharge.previous_on is not None:
        yield discharge.previous_on
    yield from (each.requested_on for each in told if each.requested_on < discharge.requested_on)


def _is_done(act: Act, discharge: Discharge, on: date) -> bool:
    """True if the act was done by that day, and in answer to the bar: not before it was imposed."""
    day = _done_on(act, discharge)
    return day is not None and discharge.imposed_on <= day <= on


def _done_on(act: Act, discharge: Discharge) -> date | None:
    return discharge.regularised_on if act is Act.REGULARISED else discharge.trained_on


def _days(rule: DischargeRule, discharge: Discharge, on: date) -> int:
    done = [day for act in rule.needs if (day := _done_on(act, discharge)) is not None]
    return days_left(max(done), on, rule.holds_days)
