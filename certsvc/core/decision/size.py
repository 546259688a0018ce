"""The size of an enterprise, by a weighted score or by limits (`rules.size`, `rules.model.LimitsRule`).

Invariants
- Exact: every comparison is made on whole products, so a score exactly at a cut-off is inside it.
- P never falls when an input rises. No term is capped at its denominator; no source says that it is.
- A missing fact is said by name; it never counts as nothing, even where the other limits would do.
- The score is rounded up to two decimals, so that what is printed lies on the same side of every cut-off.
- The class is the first one, from the smallest, whose limits hold. Whom none holds is too small if the lower limits
  alone keep it out of a class of its sector; otherwise it is too large.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from certsvc.core.decision.facts_used import Known
from certsvc.core.model import FactName, SizeClass
from certsvc.core.rules.enterprise import ClassLimits, LimitsRule, Needs, SizeRule
from certsvc.core.rules.size import EXACT, Scale, ScoreRule
from certsvc.core.rules.terms import Range

_ONE, _HUNDRED = Decimal(1), Decimal(100)


@dataclass(frozen=True, slots=True)
class Measured:
    """The class, None if it lies above every class, or below if `too_small`; and the score where one is reckoned."""

    score: Decimal | None
    size: SizeClass | None
    too_small: bool = False


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Why there is no size: the facts that are missing or unusable, or a sector without rule."""

    missing: tuple[FactName, ...] = ()
    sector: str = ""


def measure(known: Known, rule: SizeRule) -> Measured | Unmeasured:
    """The size by the facts that count, or what is missing for it."""
    return _by_score(known, rule) if isinstance(rule, ScoreRule) else _by_limits(known, rule)


def facts_of_size(known: Known, rule: SizeRule) -> tuple[FactName, ...]:
    """The facts by which the size is told in the sector of the enterprise; empty if its sector has no rule."""
    if isinstance(rule, ScoreRule):
        scale = rule.scale(known.text(FactName.SECTOR) or "")
        return (FactName.SECTOR, *scale.inputs) if scale is not None else ()
    limited = dict.fromkeys(name for row in classes_of(known, rule) for name in row.limits)
    return (*((FactName.SECTOR,) if by_sector(rule) else ()), *limited)


def by_sector(rule: LimitsRule) -> bool:
    """True if some class is for some sectors only."""
    return any(row.sectors for row in rule.classes)


def classes_of(known: Known, rule: LimitsRule) -> tuple[ClassLimits, ...]:
    """The classes of the enterprise's sector, from the smallest."""
    sector = known.text(FactName.SECTOR)
    return tuple(row for row in rule.classes if not row.sectors or sector in row.sectors)


def fits(row: ClassLimits, known: Known, needs: Needs, *, lower_limits: bool = True) -> bool:
    """True if as many limits of the class hold as the rule needs, the lower ones included unless said otherwise."""
    limits = row.limits if lower_limits else {name: Range(None, limit.high) for name, limit in row.limits.items()}
    inside = {name: known.is_inside(name, limit) for name, limit in limits.items()}
    if needs is Needs.ALL:
        return all(inside.values())
    if needs is Needs.ANY:
        return any(inside.values())
    others = [holds for name, holds in inside.items() if name is not FactName.HEAD_COUNT]
    return inside.get(FactName.HEAD_COUNT, True) and (any(others) or not others)


def _by_limits(known: Known, rule: LimitsRule) -> Measured | Unmeasured:
    if by_sector(rule) and known.text(FactName.SECTOR) is None:
        return Unmeasured(missing=(FactName.SECTOR,))
    rows = classes_of(known, rule)
    if not rows:
        return Unmeasured(sector=known.text(FactName.SECTOR) or "")
    needed = dict.fromkeys(name for row in rows for name in row.limits)
    missing = tuple(name for name in needed if known.number(name) is None)
    if missing:
        return Unmeasured(missing=missing)
    found = next((row.size for row in rows if fits(row, known, rule.needs)), None)
    too_small = found is None and any(fits(row, known, rule.needs, lower_limits=False) for row in rows)
    return Measured(None, found, too_small)


def _by_score(known: Known, rule: ScoreRule) -> Measured | Unmeasured:
    sector = known.text(FactName.SECTOR)
    if sector is None:
        return Unmeasured(missing=(FactName.SECTOR,))
    scale = rule.scale(sector)
    if scale is None:
        return Unmeasured(sector=sector)
    of_staff, of_sales, of_assets = scale.inputs
    staff, sales, assets = known.number(of_staff), known.number(of_sales), known.number(of_assets)
    if staff is None or sales is None or assets is None:
        return Unmeasured(missing=tuple(name for name in scale.inputs if known.number(name) is None))
    return _score(scale, staff, sales, assets)


def _score(scale: Scale, staff: Decimal, sales: Decimal, assets: Decimal) -> Measured:
    a, b, c = scale.factors
    total = EXACT.fma(a, staff, EXACT.fma(b, sales, EXACT.multiply(c, assets)))
    size: SizeClass | None = None
    for size_class, limit in scale.limits:
        if total <= limit:
            size = size_class
            break
    hundredths, rest = EXACT.divmod(EXACT.multiply(total, _HUNDRED), scale.whole)
    if rest:
        hundredths = EXACT.add(hundredths, _ONE)
    return Measured(EXACT.scaleb(hundredths, -2), size)
