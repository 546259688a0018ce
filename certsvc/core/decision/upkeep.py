"""How long a size stays good: the tolerance after outgrowing a class, and the yearly update of what it was told by.

Half-open: on the day that ends a tolerance the former class no longer counts, and on the day after `by` facts of the
year before no longer do. A tolerance of whole years that began on 29 February ends with February.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from certsvc.core.decision.days import AHEAD_AT_MOST, age
from certsvc.core.decision.facts_used import Known
from certsvc.core.model import Fact, FactName, SizeClass
from certsvc.core.rules.enterprise import Counted, ToleranceRule, UpdateRule


class Tolerated(NamedTuple):
    """The class that an enterprise keeps, and the first day on which it does no longer."""

    size: SizeClass
    until: date


def tolerated(rule: ToleranceRule, known: Known, on: date) -> Tolerated | None:
    """The former class if one is known and the day of outgrowing has come, whether the tolerance lasts or is over."""
    former, outgrew_on = known.text(FactName.FORMER_SIZE), known.day(FactName.OUTGREW_ON)
    size = next((each for each in SizeClass if each.value == former), None)
    if size is None or outgrew_on is None or on < outgrew_on:
        return None
    return Tolerated(size, _end(rule, outgrew_on))


def _end(rule: ToleranceRule, outgrew_on: date) -> date:
    if rule.counted is Counted.CALENDAR_YEARS:
        return date(outgrew_on.year + rule.years + 1, 1, 1)
    year = outgrew_on.year + rule.years
    if (outgrew_on.month, outgrew_on.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return outgrew_on.replace(year=year)


def good_until(rule: UpdateRule, facts: Iterable[Fact], on: date) -> date | None:
    """The first day on which some of these facts will be too old; None if one is so already, or lies ahead.

    A fact without a date is of the day on which it is told.
    """
    ends = [_outdated_on(rule, fact, on) for fact in facts]
    known = [end for end in ends if end is not None and on < end]
    return min(known, default=date.max) if len(known) == len(ends) else None


def _outdated_on(rule: UpdateRule, fact: Fact, on: date) -> date | None:
    day = fact.as_of or on
    if age(day, on) < -AHEAD_AT_MOST:
        return None
    return date(day.year + 1, rule.by.month, rule.by.day) + timedelta(days=1)
