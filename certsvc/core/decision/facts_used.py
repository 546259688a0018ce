"""Which facts count on a day: by whose word, how old, and the head count as the rules count it (step 2).

Invariants
- A fact from a source that the rules do not admit, older than they allow, or of a day that lies ahead, is as if it were
  not there.
- A rule on age is not met by a fact without date.
- With a rule on the head count nobody's own total counts; a category whose number cannot be reckoned with is missing,
  and so is the head count of which no category at all is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from certsvc.core.decision.days import AHEAD_AT_MOST, age, is_fresh
from certsvc.core.facts import VOUCHED_FOR, best_facts, fold_term, is_amount
from certsvc.core.model import DECLARED, WORKERS, Fact, FactName
from certsvc.core.rules.enterprise import HeadCountRule, SourceRule, Uncounted
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.size import EXACT
from certsvc.core.rules.terms import Range

_TERMS = frozenset({FactName.SECTOR, FactName.ZONE, FactName.REGIME})
"""Facts whose values are words of the rule set."""


class Known(NamedTuple):
    """The facts that count. `uncounted` holds the worker categories without which there is no head count."""

    facts: Mapping[FactName, Fact]
    uncounted: tuple[FactName, ...] = ()

    def number(self, name: FactName) -> Decimal | None:
        """The number that can be reckoned with, None if there is none."""
        fact = self.facts.get(name)
        return fact.value if fact is not None and isinstance(fact.value, Decimal) and is_amount(fact.value) else None

    def text(self, name: FactName) -> str | None:
        """The text, None if there is none or it is empty; a term of the rules without case and surplus blanks."""
        fact = self.facts.get(name)
        if fact is None or not isinstance(fact.value, str) or not fact.value:
            return None
        return fold_term(fact.value) if name in _TERMS else fact.value

    def day(self, name: FactName) -> date | None:
        """The day, None if there is none."""
        fact = self.facts.get(name)
        return fact.value if fact is not None and isinstance(fact.value, date) else None

    def is_declared(self, name: FactName) -> bool:
        """True if the fact is the caller's word, or a head count that the caller's word is part of."""
        fact = self.facts.get(name)
        return fact is not None and fact.source == DECLARED

    def is_inside(self, name: FactName, limit: Range) -> bool:
        """True if the number is known and lies within the limit, both ends included."""
        value = self.number(name)
        if value is None or (limit.low is not None and value < limit.low):
            return False
        return limit.high is None or value <= limit.high

    def to_ask(self, name: FactName) -> tuple[FactName, ...]:
        """What to ask for where this fact is missing: the worker categories in place of a head count made of them."""
        return self.uncounted if name is FactName.HEAD_COUNT and self.uncounted else (name,)


def known_facts(facts: Iterable[Fact], rule_set: RuleSet, on: date) -> Known:
    """The facts that count on that day under these rules."""
    best = best_facts([fact for fact in facts if is_admitted(fact, rule_set.sources.get(fact.name), on)])
    return Known(best) if rule_set.head_count is None else _with_head_count(best, rule_set.head_count)


def is_admitted(fact: Fact, rule: SourceRule | None, on: date) -> bool:
    """True if the rules let this fact count on that day."""
    if fact.as_of is not None and age(fact.as_of, on) < -AHEAD_AT_MOST:
        return False
    if rule is None:
        return fact.source != DECLARED or fact.name not in VOUCHED_FOR
    if fact.source not in rule.sources:
        return False
    if rule.max_age_days is None:
        return True
    return fact.as_of is not None and is_fresh(fact.as_of, on, rule.max_age_days)


def _with_head_count(best: Mapping[FactName, Fact], rule: HeadCountRule) -> Known:
    """The facts with the head count replaced by the weighted sum; it is as old as its oldest part."""
    must_be_known = rule.unknown is Uncounted.MISSING
    counted = tuple(name for name in WORKERS if rule.weights[name])
    known = Known({name: fact for name, fact in best.items() if name is not FactName.HEAD_COUNT})
    numbers = {name: number for name in counted if (number := known.number(name)) is not None}
    missing = tuple(name for name in counted if name not in numbers)
    if missing and must_be_known:
        return known._replace(uncounted=missing)
    if not numbers or any(name in known.facts for name in missing):
        return known
    total = sum_of((rule.weights[name], number) for name, number in numbers.items())
    if not is_amount(total):
        return known._replace(uncounted=counted) if must_be_known else known
    parts = [known.facts[name] for name in numbers]
    oldest = min(parts, key=lambda fact: fact.as_of or date.min)
    source = DECLARED if any(part.source == DECLARED for part in parts) else oldest.source
    head_count = Fact(FactName.HEAD_COUNT, total, source, oldest.as_of)
    return Known({**known.facts, FactName.HEAD_COUNT: head_count})


def sum_of(terms: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """The exact sum of the products."""
    total = Decimal(0)
    for weight, value in terms:
        total = EXACT.fma(weight, value, total)
    return total
