"""The data of a weighted score: the parameter P of Decreto 39295-MEIC, article 17. `decision.size` reckons with it.

    P = (w1 * staff / STAFF + w2 * net sales / SALES + w3 * assets / ASSETS) * 100

Weights, denominators (by sector), the kind of assets and the cut-offs are data of the rule set. Everything that can be
multiplied out beforehand is, once, when the rule is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from types import MappingProxyType

from certsvc.core.model import FactName, SizeClass

EXACT = Context(prec=200, traps=[])
"""A context of our own, because the thread's may have been set to anything.

Inputs have at most 28 digits and weights 10, so no product of a score needs rounding.
"""
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
class Scale:
    """One sector with everything multiplied out: score = (a*staff + b*sales + c*assets) / whole."""

    inputs: tuple[FactName, FactName, FactName]
    factors: tuple[Decimal, Decimal, Decimal]
    whole: Decimal
    limits: tuple[tuple[SizeClass, Decimal], ...]


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """The score's weights, sectors and inclusive cut-offs (rising), and the classes that may be certified."""

    weights: Weights
    cut_offs: tuple[tuple[SizeClass, Decimal], ...]
    certifiable: tuple[SizeClass, ...]
    sectors: tuple[SectorRule, ...]
    _scales: Mapping[str, Scale] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        scales = {sector.name: _scale(sector, self) for sector in self.sectors}
        object.__setattr__(self, "_scales", MappingProxyType(scales))

    def scale(self, sector: str) -> Scale | None:
        """The multiplied-out rule of a sector; None if the sector has none."""
        return self._scales.get(sector)

    @property
    def facts_used(self) -> tuple[FactName, ...]:
        """Every fact that some sector needs, each once."""
        assets = dict.fromkeys(sector.assets_fact for sector in self.sectors)
        return (FactName.SECTOR, FactName.HEAD_COUNT, FactName.NET_SALES, *assets)


def _scale(sector: SectorRule, rule: ScoreRule) -> Scale:
    def product(*factors: Decimal) -> Decimal:
        result = Decimal(1)
        for factor in factors:
            result = EXACT.multiply(result, factor)
        return result

    whole = product(sector.staff, sector.net_sales, sector.assets)
    return Scale(
        inputs=(FactName.HEAD_COUNT, FactName.NET_SALES, sector.assets_fact),
        factors=(
            product(rule.weights.staff, _HUNDRED, sector.net_sales, sector.assets),
            product(rule.weights.net_sales, _HUNDRED, sector.staff, sector.assets),
            product(rule.weights.assets, _HUNDRED, sector.staff, sector.net_sales),
        ),
        whole=whole,
        limits=tuple((size, product(cut_off, whole)) for size, cut_off in rule.cut_offs),
    )
