"""The size of an enterprise as a weighted score: the parameter P of Decreto 39295-MEIC, article 17.

    P = (w1 * staff / STAFF + w2 * net sales / SALES + w3 * assets / ASSETS) * 100

Weights, denominators (by sector), the kind of assets and the cut-offs are data of the rule set.

Invariants
- Exact: every comparison is made on whole products, so a score exactly at a cut-off is inside it.
- P never falls when an input rises. No term is capped at its denominator; no source says that it is.
- A missing fact is said by name; it never counts as nothing.
- The score is rounded up to two decimals, so that what is printed lies on the same side of every cut-off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from types import MappingProxyType

from certsvc.core.facts import is_amount
from certsvc.core.model import Fact, FactName, SizeClass

# Inputs have at most 28 digits and weights 10, so no product here needs rounding. A context of our own,
# because the thread's may have been set to anything.
_EXACT = Context(prec=200, traps=[])
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class SectorRule:
    """The denominators of one sector, and which of the two asset facts it reckons with."""

    name: str
    staff: Decimal
    net_sales: Decimal
    assets: Decimal
    assets_fact: FactName


@dataclass(frozen=True, slots=True)
class Weights:
    """What each input counts; together 1."""

    staff: Decimal
    net_sales: Decimal
    assets: Decimal


@dataclass(frozen=True, slots=True)
class Measured:
    """The score, and its class: None if it lies above every class."""

    score: Decimal
    size: SizeClass | None


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Why there is no score: the facts that are missing or unusable, or a sector without rule."""

    missing: tuple[FactName, ...] = ()
    sector: str = ""


@dataclass(frozen=True, slots=True)
class _Scale:
    """One sector with everything multiplied out: score = (a*staff + b*sales + c*assets) / whole."""

    inputs: tuple[FactName, FactName, FactName]
    factors: tuple[Decimal, Decimal, Decimal]
    whole: Decimal
    limits: tuple[tuple[SizeClass, Decimal], ...]


@dataclass(frozen=True, slots=True)
class SizeRule:
    """The score's weights, sectors and inclusive cut-offs (rising), and the classes that may be certified."""

    weights: Weights
    cut_offs: tuple[tuple[SizeClass, Decimal], ...]
    certifiable: tuple[SizeClass, ...]
    sectors: tuple[SectorRule, ...]
    _scales: Mapping[str, _Scale] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        scales = {sector.name: _scale(sector, self) for sector in self.sectors}
        object.__setattr__(self, "_scales", MappingProxyType(scales))

    def scale(self, sector: str) -> _Scale | None:
        """The multiplied-out rule of a sector; None if the sector has none."""
        return self._scales.get(sector)

    @property
    def facts_used(self) -> tuple[FactName, ...]:
        """Every fact that some sector needs, each once."""
        assets = dict.fromkeys(sector.assets_fact for sector in self.sectors)
        return (FactName.SECTOR, FactName.HEAD_COUNT, FactName.NET_SALES, *assets)


def measure(facts: Mapping[FactName, Fact], rule: SizeRule) -> Measured | Unmeasured:
    """The score and class by the facts that count (`best_facts`), or what is missing for it."""
    sector = facts.get(FactName.SECTOR)
    if sector is None or not isinstance(sector.value, str) or not sector.value:
        return Unmeasured(missing=(FactName.SECTOR,))
    scale = rule.scale(sector.value)
    if scale is None:
        return Unmeasured(sector=sector.value)
    amounts: list[Decimal] = []
    for name in scale.inputs:
        fact = facts.get(name)
        if fact is not None and isinstance(fact.value, Decimal) and is_amount(fact.value):
            amounts.append(fact.value)
    if len(amounts) < len(scale.inputs):
        return Unmeasured(missing=tuple(n for n in scale.inputs if not _usable(facts.get(n))))
    return _score(scale, amounts)


def _usable(fact: Fact | None) -> bool:
    return fact is not None and isinstance(fact.value, Decimal) and is_amount(fact.value)


def _score(scale: _Scale, amounts: list[Decimal]) -> Measured:
    a, b, c = scale.factors
    staff, sales, assets = amounts
    total = _EXACT.fma(a, staff, _EXACT.fma(b, sales, _EXACT.multiply(c, assets)))
    size = next((size for size, limit in scale.limits if total <= limit), None)
    hundredths, rest = _EXACT.divmod(_EXACT.multiply(total, _HUNDRED), scale.whole)
    if rest:
        hundredths = _EXACT.add(hundredths, Decimal(1))
    return Measured(_EXACT.scaleb(hundredths, -2), size)


def _scale(sector: SectorRule, rule: SizeRule) -> _Scale:
    def product(*factors: Decimal) -> Decimal:
        result = Decimal(1)
        for factor in factors:
            result = _EXACT.multiply(result, factor)
        return result

    whole = product(sector.staff, sector.net_sales, sector.assets)
    return _Scale(
        inputs=(FactName.HEAD_COUNT, FactName.NET_SALES, sector.assets_fact),
        factors=(
            product(rule.weights.staff, _HUNDRED, sector.net_sales, sector.assets),
            product(rule.weights.net_sales, _HUNDRED, sector.staff, sector.assets),
            product(rule.weights.assets, _HUNDRED, sector.staff, sector.net_sales),
        ),
        whole=whole,
        limits=tuple((size, product(cut_off, whole)) for size, cut_off in rule.cut_offs),
    )
