"""How the size of an enterprise is told: by a weighted score, or by limits of each class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from types import MappingProxyType

from certsvc.core.model import WORKERS, FactName, SizeClass
from certsvc.core.rules.enterprise import ClassLimits, HeadCountRule, LimitsRule, Needs, SizeRule
from certsvc.core.rules.reading.bases import Bases, refuse_twins
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.reading.groups import NUMBERS
from certsvc.core.rules.reading.scheme import read_set
from certsvc.core.rules.size import ScoreRule, SectorRule, Weights
from certsvc.core.rules.terms import Basis, Range

MOST_SECTORS = 256
MOST_CLASSES = 256
_SIZES = tuple(SizeClass)


class Method(Enum):
    """How the size is told."""

    WEIGHTED_SCORE = "weighted_score"
    LIMITS = "limits"


def read_size(table: Table, bases: Bases, head_count: HeadCountRule | None) -> tuple[SizeRule, Basis]:
    """The size rule and what it rests on."""
    method = table.choice("method", *Method)
    basis = bases.read(table)
    if method is Method.LIMITS or (not table.sound("method") and table.has("classes")):
        return _read_limits_rule(table, _counted(head_count)), basis
    cut_offs = _read_cut_offs(table.table("cut_offs"), bases)
    weights = _read_weights(table.table("weights"), bases)
    sectors = table.tables("sectors", MOST_SECTORS)
    rules = tuple(_read_sector(sector, bases) for sector in sectors)
    refuse_twins(sectors, [rule.name for rule in rules])
    return ScoreRule(weights, cut_offs, _read_certifiable(table, _SIZES), rules), basis


def _read_certifiable(table: Table, used: Sequence[SizeClass]) -> tuple[SizeClass, ...]:
    """From the smallest up: a refusal can then only mean "too large" or "too small", which is what its text says."""
    named = table.choices("certifiable", *SizeClass)
    if table.sound("certifiable") and named != tuple(used[: len(named)]):
        names = ", ".join(used)
        table.fault("certifiable", f"write the first of the classes that the rules know: {names}; at least one")
    return named if table.sound("certifiable") else tuple(used)


# --- The weighted score ---


def _read_weights(table: Table, bases: Bases) -> Weights:
    weights = Weights(table.amount("staff"), table.amount("net_sales"), table.amount("assets"))
    bases.read(table)
    total = weights.staff + weights.net_sales + weights.assets
    if table.sound("staff", "net_sales", "assets") and total != 1:
        table.fault("", f"the weights add up to {total}; write three that add up to 1")
    return weights


def _read_cut_offs(table: Table, bases: Bases) -> tuple[tuple[SizeClass, Decimal], ...]:
    cut_offs = tuple((size, table.amount(size.value)) for size in SizeClass)
    bases.read(table)
    limits = [limit for _, limit in cut_offs]
    sound = table.sound(*(size.value for size in SizeClass))
    if sound and not all(low < high for low, high in pairwise(limits)):
        table.fault("", "the cut-offs do not rise; write MICRO < SMALL < MEDIUM")
    for size, limit in cut_offs:
        # The printed score has two decimals and must lie on the same side of every cut-off.
        if sound and limit != round(limit, 2):
            table.fault(size.value, f"{limit} has too many decimals; write at most two")
    return cut_offs


def _read_sector(table: Table, bases: Bases) -> SectorRule:
    sector = SectorRule(
        name=table.word("name"),
        staff=table.amount("staff"),
        net_sales=table.amount("net_sales"),
        assets=table.amount("assets"),
        assets_fact=table.choice("assets_fact", FactName.FIXED_ASSETS, FactName.TOTAL_ASSETS),
    )
    bases.read(table)
    return sector


# --- Limits of each class ---


def _counted(head_count: HeadCountRule | None) -> frozenset[FactName]:
    """The facts that are whole numbers: persons, and the head count unless a part of a person counts in it."""
    weighted = head_count is not None and any(weight % 1 for weight in head_count.weights.values())
    return frozenset(WORKERS if weighted else (*WORKERS, FactName.HEAD_COUNT))


def _read_limits_rule(table: Table, counted: frozenset[FactName]) -> LimitsRule:
    needs = table.choice("needs", *Needs)
    tables = table.tables("classes", MOST_CLASSES)
    classes = tuple(_read_class(row, needs) for row in tables)
    for number, row in enumerate(tables):
        _check_order(row, classes[number], classes[:number], counted)
    used = tuple(size for size in SizeClass if any(size is row.size for row in classes))
    return LimitsRule(classes, needs, _read_certifiable(table, used))


def _read_class(table: Table, needs: Needs) -> ClassLimits:
    row = ClassLimits(table.choice("class", *SizeClass), read_set(table, "sectors"), read_ranges(table))
    if needs is Needs.HEAD_COUNT_AND_ANY and FactName.HEAD_COUNT not in row.limits:
        table.fault("head_count", f'is missing; write it, because needs = "{needs}"')
    return row


def read_ranges(table: Table) -> Mapping[FactName, Range]:
    """The limits in this table by fact, at least one."""
    found = {fact: _read_range(table.table(fact.value)) for fact in NUMBERS if table.has(fact.value)}
    if not found:
        table.fault("", f"has no limit; write one or more of: {', '.join(NUMBERS)}")
    return MappingProxyType(found)


def _read_range(table: Table) -> Range:
    limits = Range(table.maybe("from", table.number), table.maybe("to", table.number))
    if limits.low is None and limits.high is None:
        table.fault("", "has no limit; write from, to, or both")
    elif limits.low is not None and limits.high is not None and limits.high < limits.low:
        table.fault("to", f"{limits.high} is below from; write {limits.low} or more")
    return limits if table.sound("", "from", "to") else Range()


def _check_order(table: Table, row: ClassLimits, earlier: Sequence[ClassLimits], counted: frozenset[FactName]) -> None:
    """Classes stand from the smallest up, a sector has one row in each, and the limits rise from class to class."""
    if not table.sound("class"):
        return
    if earlier and _SIZES.index(row.size) < _SIZES.index(earlier[-1].size):
        table.fault("class", f"{row.size} stands after {earlier[-1].size}; write the classes from the smallest up")
        return
    rivals = [other for other in earlier if not row.sectors or not other.sectors or row.sectors & other.sectors]
    if any(other.size is row.size for other in rivals):
        table.fault("sectors", f"another row of {row.size} is for the same sectors; give each sector one row")
        return
    for fact, limits in row.limits.items():
        for below in _of_each_sector(row, rivals):
            known = [other.limits[fact] for other in below if other.limits.get(fact, Range()) != Range()]
            if known and limits != Range():
                _check_rise(table, fact, limits, known, counted)


def _of_each_sector(row: ClassLimits, rivals: Sequence[ClassLimits]) -> Iterable[list[ClassLimits]]:
    """For every sector that a row tells apart, and for all those that none names, the rows of the classes below."""
    sectors = row.sectors or {"", *(sector for other in rivals for sector in other.sectors)}
    for sector in sorted(sectors):
        yield [other for other in rivals if not other.sectors or sector in other.sectors]


def _check_rise(
    table: Table, fact: FactName, limits: Range, below: Sequence[Range], counted: frozenset[FactName]
) -> None:
    if not table.sound(f"{fact}.to", f"{fact}.from"):
        return  # told already, for another sector
    reached = max(_high(other) for other in below)
    follows = reached // 1 + 1 if fact in counted else reached
    lowest = max(other.low or Decimal(0) for other in below)
    if _high(limits) <= reached:
        table.fault(f"{fact}.to", "does not rise; write more than in the class below, or give that class an end")
    elif limits.low is not None and limits.low > follows:
        table.fault(f"{fact}.from", f"leaves a gap; write at most {follows}: the class below ends at {reached}")
    elif limits.low is not None and limits.low < lowest:
        table.fault(f"{fact}.from", f"does not rise; write {lowest} or more, as in the class below")


def _high(limits: Range) -> Decimal:
    return Decimal("Infinity") if limits.high is None else limits.high
