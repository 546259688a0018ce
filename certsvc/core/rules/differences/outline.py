"""A rule set as a flat outline: every rule under its place in the file, with every value that it holds.

Invariants
- Complete by construction: it walks the types, so a field added to the vocabulary is in the outline.
- A rule is matched by its name, not by its position.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from certsvc.core.model import Text
from certsvc.core.rules.enterprise import ClassLimits, LimitsRule
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.size import ScoreRule
from certsvc.core.rules.terms import Basis, DayOfYear, Range

Value = str | int | Decimal | date | Enum | Text | Range | DayOfYear | frozenset[Any] | tuple[Any, ...]

_LEFT_OUT = frozenset({"name", "reasons", "basis", "size_basis", "bases", "text", "digest", "ref", "jurisdiction"})
_KINDS = {ScoreRule: "score", LimitsRule: "limits"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of a rule. `key` tells the entries of a table apart (the component that an amnesty waives)."""

    field: str
    key: str
    value: Value


@dataclass(frozen=True, slots=True)
class Node:
    """One rule: its kind, its own name where it has one, the scheme it belongs to ("" if none), and its values."""

    path: str
    kind: str
    name: str
    scheme: str
    leaves: tuple[Leaf, ...]


def outline(rule_set: RuleSet) -> tuple[Node, ...]:
    """Every rule of the rule set, each before the rules inside it. What is not there has no node and no leaf."""
    return tuple(_walk(rule_set, Node("", "rules", "", "", ())))


def _walk(rule: Any, place: Node) -> Iterator[Node]:
    leaves: list[Leaf] = []
    inner: list[tuple[Any, Node]] = []
    for field in fields(rule):
        if field.name in _LEFT_OUT or field.name.startswith("_"):
            continue
        value = getattr(rule, field.name)
        rules = list(_rules(value))
        if rules:
            inner += [(each, _place(place, field.name, name, each)) for name, each in rules]
        else:
            leaves += _leaves(field.name, value)
    yield Node(place.path, place.kind, place.name, place.scheme, tuple(leaves))
    for each, where in inner:
        yield from _walk(each, where)


def _rules(value: Any) -> Iterator[tuple[str, Any]]:
    """The rules that a field holds, each with its name, "" for the only one."""
    if isinstance(value, Mapping):
        yield from ((str(key), each) for key, each in value.items() if _is_rule(each))
    elif isinstance(value, tuple):
        yield from ((_name(each), each) for each in value if _is_rule(each))
    elif _is_rule(value):
        yield "", value


def _is_rule(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, Text | Range | DayOfYear | Basis)


def _name(rule: Any) -> str:
    if isinstance(rule, ClassLimits):
        return "_".join([rule.size.value, *sorted(rule.sectors)])
    return str(rule.name)


def _place(around: Node, field: str, name: str, rule: Any) -> Node:
    path = ".".join(filter(None, (around.path, field, name)))
    scheme = name if field == "schemes" else around.scheme
    return Node(path, _KINDS.get(type(rule), field if around.kind != "score" else f"score_{field}"), name, scheme, ())


def _leaves(field: str, value: Any) -> Iterator[Leaf]:
    if isinstance(value, Mapping):
        yield from (Leaf(field, str(key), each) for key, each in value.items())
    elif isinstance(value, tuple) and value and all(isinstance(item, tuple) for item in value):
        yield from (Leaf(field, str(key), each) for key, each in value)
    elif isinstance(value, ZoneInfo):
        yield Leaf(field, "", value.key)
    elif value is not None and value != ():  # an empty tuple is a list of rules that the file leaves out
        yield Leaf(field, "", value)
