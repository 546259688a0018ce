"""What a certificate opens, and from which day (step 10).

Invariants
- Every condition of an effect holds, or the effect is not opened; a fact that is missing meets no limit.
- A scheme is clear for an effect by what an agency found or by the payment of a regime, never because no duty is owed.
- A PROVISIONAL certificate opens only what names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from certsvc.core.decision.days import age
from certsvc.core.decision.scheme import Status, Weighed
from certsvc.core.decision.situation import Situation
from certsvc.core.model import CertificateKind, FactName
from certsvc.core.rules.enterprise import EffectRule
from certsvc.core.rules.terms import DayOfYear


class Granted(NamedTuple):
    """What is known of a grant: for whom and when, what every scheme came to, the kind, and for how many days."""

    situation: Situation
    weighed: Mapping[str, Weighed]
    kind: CertificateKind
    days: int


class Opened(NamedTuple):
    """The day from which an effect is open, None if it is not; and then the first condition that failed."""

    name: str
    day: date | None
    failed: str = ""


def opened(rule: EffectRule, granted: Granted) -> Opened:
    """What the grant means for this effect."""
    situation, kind = granted.situation, granted.kind
    day = _day(rule.on_day, situation.on, granted.days)
    if day is None:
        return Opened(rule.name, None, "on_day")
    identifier = situation.enterprise.identifier
    conditions = {
        "kinds": kind in rule.kinds if rule.kinds else kind is not CertificateKind.PROVISIONAL,
        "sizes": not rule.sizes or situation.size in rule.sizes,
        "clear": all(granted.weighed[name].status is Status.CLEAR for name in rule.clear),
        "limits": all(situation.known.is_inside(name, limit) for name, limit in rule.limits.items()),
        "identifier_kinds": not rule.identifier_kinds or identifier.kind in rule.identifier_kinds,
        "registered_within_days": _is_new(rule.registered_within_days, situation, day),
    }
    failed = next((name for name, holds in conditions.items() if not holds), "")
    return Opened(rule.name, None if failed else day, failed)


def _day(on_day: DayOfYear | None, on: date, days: int) -> date | None:
    """The first such day of that many from `on`, or `on` itself if the effect is not bound to a day of the year."""
    if on_day is None:
        return on
    this_year = date(on.year, on_day.month, on_day.day)
    day = this_year if on <= this_year else date(on.year + 1, on_day.month, on_day.day)
    return day if age(on, day) < days else None


def _is_new(within_days: int | None, situation: Situation, day: date) -> bool:
    """True if the enterprise is registered by the legal date, and on the day of the effect not longer than allowed."""
    if within_days is None:
        return True
    registered_on = situation.known.day(FactName.REGISTERED_ON)
    return registered_on is not None and registered_on <= situation.on and age(registered_on, day) < within_days
