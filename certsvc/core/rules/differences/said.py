"""Values of rules as words in Spanish and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum

from certsvc.core.model import Text
from certsvc.core.rules.differences.outline import Leaf, Value
from certsvc.core.rules.differences.words import DAYS, SHARE, WORDS, YEARS
from certsvc.core.rules.terms import DayOfYear, Range

_NONE = Text("ninguno", "none")
_EVERY = Text("todos", "all")
_ALL_IF_EMPTY = frozenset({"zones", "sectors", "sizes", "kinds"})
_COUNTED = {DAYS: (Text("día", "day"), Text("días", "days")), YEARS: (Text("año", "year"), Text("años", "years"))}


class Sayer:
    """Says values with what one rule set calls its facts and its money."""

    def __init__(self, facts: Mapping[str, Text], currency: str) -> None:
        self._facts = facts
        self._currency = currency

    def key(self, key: str) -> Text:
        """What the entry of a table is called: a fact, or a choice of the vocabulary."""
        return self._facts.get(key) or WORDS.get(key) or Text(key, key)

    def value(self, leaf: Leaf | None, unit: str) -> Text:
        """The value with its unit; a value that is not there is none."""
        told = self.bare(leaf, unit)
        if leaf is None or not unit or unit == SHARE:
            return told
        one, more = _COUNTED.get(unit, (_same(self._currency), _same(self._currency)))
        counted = one if leaf.value == 1 else more
        return Text(f"{told.es} {counted.es}", f"{told.en} {counted.en}")

    def bare(self, leaf: Leaf | None, unit: str) -> Text:
        """The value without its unit."""
        if leaf is None:
            return _NONE
        if leaf.value == frozenset():
            return _EVERY if leaf.field in _ALL_IF_EMPTY else _NONE
        return self._said(leaf.value, unit)

    def _said(self, value: Value, unit: str) -> Text:
        match value:
            case Text():
                return value
            case bool():
                return Text("sí", "yes") if value else Text("no", "no")
            case Range():
                return _range(value)
            case int() | Decimal():
                return _same(_number(value * 100) + " %" if unit == SHARE else _number(value))
            case frozenset() | tuple():
                words = [self._said(each, unit) for each in (sorted(value) if isinstance(value, frozenset) else value)]
                return Text(", ".join(word.es for word in words), ", ".join(word.en for word in words))
            case Enum():
                return self.key(str(value))
            case DayOfYear():
                return _same(f"{value.month:02}-{value.day:02}")
            case date() | str():
                return _same(str(value))


def _same(text: str) -> Text:
    return Text(text, text)


def _range(limits: Range) -> Text:
    low = "" if limits.low is None else _number(limits.low)
    high = "" if limits.high is None else _number(limits.high)
    if low and high:
        return Text(f"entre {low} y {high}", f"between {low} and {high}")
    return Text(f"al menos {low}", f"at least {low}") if low else Text(f"hasta {high}", f"up to {high}")


def _number(number: int | Decimal) -> str:
    """With blanks between thousands, which both languages read alike, and no idle zeros."""
    whole, _, decimals = f"{Decimal(number):f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", " ")
    return f"{grouped}.{decimals.rstrip('0')}" if decimals.rstrip("0") else grouped
