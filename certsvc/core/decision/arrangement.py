"""How a payment arrangement is kept (step 4c).

Invariants
- What the agency tells of it counts; where it tells nothing, its outcome does.
- The worse counts: an arrangement that is both broken and completed is broken, and so is one with too many late
  instalments. One signed after the legal date, or lacking the first instalment that the rule asks for, has not begun.
- Lost from the start, it never was: nothing that rested on it holds. Lost from the break, what it had earned stays.
"""

from __future__ import annotations

from datetime import date
from enum import Enum

from certsvc.core.account import Arrangement
from certsvc.core.decision.days import has_come
from certsvc.core.rules.scheme import ArrangementRule, Broken


class Keeping(Enum):
    """How an arrangement stands on a day; the value is the word for it in explanations."""

    NOT_BEGUN = "not_begun"
    KEPT = "kept"
    COMPLETED = "completed"
    BROKEN = "broken"


def keeping(rule: ArrangementRule, arrangement: Arrangement, on: date) -> Keeping:
    """How the arrangement stands on that day."""
    if has_come(arrangement.broken_on, on) or arrangement.late_instalments > rule.late_instalments:
        return Keeping.BROKEN
    if not _begun(rule, arrangement, on):
        return Keeping.NOT_BEGUN
    return Keeping.COMPLETED if has_come(arrangement.completed_on, on) else Keeping.KEPT


def lost_since(rule: ArrangementRule, arrangement: Arrangement | None, on: date) -> date | None:
    """The day from which a broken arrangement is lost, where it is known."""
    if arrangement is None:
        return None
    day = arrangement.signed_on if rule.broken is Broken.FROM_THE_START else arrangement.broken_on
    return day if has_come(day, on) else None


def earns(rule: ArrangementRule, arrangement: Arrangement, on: date) -> bool:
    """True if what rests on the arrangement holds on that day."""
    lost = rule.broken is Broken.FROM_THE_START and keeping(rule, arrangement, on) is Keeping.BROKEN
    return _begun(rule, arrangement, on) and not lost


def _begun(rule: ArrangementRule, arrangement: Arrangement, on: date) -> bool:
    first_paid = not rule.first_instalment or has_come(arrangement.first_paid_on, on)
    return has_come(arrangement.signed_on, on) and first_paid
