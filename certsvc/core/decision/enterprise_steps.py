"""What became of the rules on the enterprise as a whole, for the steps of an explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Context, Decimal
from typing import NamedTuple

from certsvc.core.decision.decide import Assessed
from certsvc.core.decision.identity import two_names
from certsvc.core.decision.journal import Because, Details, RuleKind, StepState
from certsvc.core.decision.profile import is_too_large, of_regime, updated_until
from certsvc.core.decision.size import Measured, Unmeasured, classes_of, fits
from certsvc.core.decision.upkeep import tolerated
from certsvc.core.model import FactName
from certsvc.core.rules.codes import RuleCode
from certsvc.core.rules.enterprise import LimitsRule
from certsvc.core.rules.size import ScoreRule

_TERMS = Context(prec=40)
_CENT = Decimal("0.01")


class Found(NamedTuple):
    """What became of a rule; `rule` is the path of a part that has no basis of its own, empty for the rule itself."""

    state: StepState
    details: Details = ()
    code: str = ""
    agency: str = ""
    data_as_of: date | None = None
    rule: str = ""


Finder = Callable[[Assessed, str], Iterator[Found]]

_NOT_APPLICABLE = Found(StepState.NOT_APPLICABLE)


def find(kind: RuleKind, assessed: Assessed, name: str) -> Iterator[Found]:
    """What became of the rule of this kind and name, in one step or more."""
    return _FINDERS[kind](assessed, name)


def _names(assessed: Assessed, _name: str) -> Iterator[Found]:
    situation = assessed.situation
    differing = two_names(situation.enterprise, assessed.evidence, situation.rule_set)
    for reason in differing:
        yield Found(StepState.FAILED, code=reason.code, agency=reason.agency)
    if not differing:
        yield Found(StepState.PASSED)


def _head_count(assessed: Assessed, _name: str) -> Iterator[Found]:
    known = assessed.situation.known
    fact = known.facts.get(FactName.HEAD_COUNT)
    if fact is not None:
        yield Found(StepState.APPLIED, (("head_count", str(fact.value)),), data_as_of=fact.as_of)
    else:
        missing = tuple(("fact", name.value) for name in known.uncounted)
        yield Found(StepState.FAILED, missing, RuleCode.FACTS_MISSING.value)


def _source(assessed: Assessed, name: str) -> Iterator[Found]:
    used = assessed.situation.known.facts.get(FactName(name))
    told = [fact for fact in assessed.evidence.facts if fact.name == name]
    if used is not None:
        yield Found(StepState.APPLIED, agency=used.source, data_as_of=used.as_of)
    elif told:
        yield Found(StepState.FAILED, (("fact", name),), agency=told[0].source, data_as_of=told[0].as_of)
    else:
        yield Found(StepState.NOT_APPLICABLE, (("fact", name),))


def _excluded(assessed: Assessed, _name: str) -> Iterator[Found]:
    sector, rule = assessed.situation.known.text(FactName.SECTOR), assessed.situation.rule_set.excluded
    assert rule is not None
    if sector is None:
        yield Found(StepState.FAILED, (("fact", FactName.SECTOR.value),), RuleCode.FACTS_MISSING.value)
    elif sector in rule.sectors:
        yield Found(StepState.FAILED, (("sector", sector),), RuleCode.SECTOR_EXCLUDED.value)
    else:
        yield Found(StepState.PASSED, (("sector", sector),))


def _regime(assessed: Assessed, name: str) -> Iterator[Found]:
    regime = assessed.situation.regime
    if regime is None or regime.name != name:
        yield _NOT_APPLICABLE
        return
    keys = of_regime(regime, assessed.situation.known)
    if not keys:
        yield Found(StepState.APPLIED)
    for key in dict.fromkeys(keys):
        code, *parts = key.split(".")
        details: Details = (("fact", parts[-1]),) if parts and parts[-1] != regime.name else ()
        yield Found(StepState.FAILED, details, code)


def _size(assessed: Assessed, _name: str) -> Iterator[Found]:
    rule, found = assessed.situation.rule_set.size, assessed.profile.found
    yield _of_size(assessed)
    if isinstance(rule, LimitsRule):
        known = assessed.situation.known
        of_sector = classes_of(known, rule)
        counts = isinstance(found, Measured)
        first = next((row for row in of_sector if fits(row, known, rule.needs)), None) if counts else None
        for row in rule.classes:
            state = StepState.APPLIED if row is first else StepState.NOT_APPLICABLE
            yield Found(state, (("size", row.size.value),), rule=RuleKind.CLASS.path(row.size.value))


def _of_size(assessed: Assessed) -> Found:
    found, rule_set = assessed.profile.found, assessed.situation.rule_set
    if found is None:
        return Found(StepState.NOT_APPLICABLE, Because.TWO_NAMES.details())
    if isinstance(found, Unmeasured):
        if not found.missing:
            return Found(StepState.FAILED, (("sector", found.sector),), RuleCode.SECTOR_UNKNOWN.value)
        asked = (ask for name in found.missing for ask in assessed.situation.known.to_ask(name))
        return Found(StepState.FAILED, tuple(("fact", ask.value) for ask in asked), RuleCode.FACTS_MISSING.value)
    details: Details = (("score", str(found.score)),) if found.score is not None else ()
    if found.too_small:
        return Found(StepState.FAILED, details, RuleCode.SIZE_BELOW_LIMIT.value)
    if found.size is None or found.size not in rule_set.size.certifiable:
        return Found(StepState.FAILED, details, RuleCode.SIZE_ABOVE_LIMIT.value)
    return Found(StepState.PASSED, (("size", found.size.value), *details))


def _weights(assessed: Assessed, _name: str) -> Iterator[Found]:
    """The three terms of the score, each rounded to two decimals for reading; the score itself is exact."""
    rule, known, found = assessed.situation.rule_set.size, assessed.situation.known, assessed.profile.found
    sector = known.text(FactName.SECTOR)
    if not isinstance(rule, ScoreRule) or not isinstance(found, Measured) or sector is None:
        yield _NOT_APPLICABLE
        return
    row, weights = next(each for each in rule.sectors if each.name == sector), rule.weights
    terms = {
        FactName.HEAD_COUNT: (weights.staff, row.staff),
        FactName.NET_SALES: (weights.net_sales, row.net_sales),
        row.assets_fact: (weights.assets, row.assets),
    }
    values = {name: known.number(name) or Decimal(0) for name in terms}
    details = [(name.value, _term(values[name], *term)) for name, term in terms.items()]
    yield Found(StepState.APPLIED, (*details, ("score", str(found.score))))


def _term(value: Decimal, weight: Decimal, whole: Decimal) -> str:
    product = _TERMS.multiply(_TERMS.multiply(value, weight), Decimal(100))
    return str(_TERMS.divide(product, whole).quantize(_CENT, context=_TERMS))


def _cut_offs(assessed: Assessed, _name: str) -> Iterator[Found]:
    found = assessed.profile.found
    if not isinstance(found, Measured):
        yield _NOT_APPLICABLE
        return
    size: Details = (("size", found.size.value),) if found.size is not None else ()
    yield Found(StepState.APPLIED, (("score", str(found.score)), *size))


def _sector(assessed: Assessed, name: str) -> Iterator[Found]:
    applies = isinstance(assessed.profile.found, Measured) and assessed.situation.known.text(FactName.SECTOR) == name
    yield Found(StepState.APPLIED if applies else StepState.NOT_APPLICABLE, (("sector", name),))


def _tolerance(assessed: Assessed, _name: str) -> Iterator[Found]:
    rule_set, on = assessed.situation.rule_set, assessed.situation.on
    assert rule_set.tolerance is not None
    if not is_too_large(assessed.profile.found, rule_set):
        yield _NOT_APPLICABLE
        return
    kept = tolerated(rule_set.tolerance, assessed.situation.known, on)
    if kept is None:
        yield Found(StepState.FAILED, Because.CONDITION_NOT_MET.details())
    elif on < kept.until and kept.size in rule_set.size.certifiable:
        yield Found(StepState.APPLIED, (("size", kept.size.value), ("until", kept.until.isoformat())))
    else:
        yield Found(StepState.FAILED, (("because", Because.EXPIRED.value), ("until", kept.until.isoformat())))


def _update(assessed: Assessed, _name: str) -> Iterator[Found]:
    rule_set = assessed.situation.rule_set
    assert rule_set.update is not None
    if assessed.profile.measured is None:
        yield _NOT_APPLICABLE
        return
    end = updated_until(rule_set.update, assessed.situation.known, rule_set, assessed.situation.on)
    if end is None:
        yield Found(StepState.FAILED, code=RuleCode.DATA_UPDATE_MISSED.value)
    else:
        yield Found(StepState.PASSED, (("until", end.isoformat()),))


_FINDERS: Mapping[RuleKind, Finder] = {
    RuleKind.NAMES: _names,
    RuleKind.HEAD_COUNT: _head_count,
    RuleKind.SOURCE: _source,
    RuleKind.EXCLUDED: _excluded,
    RuleKind.REGIME: _regime,
    RuleKind.SIZE: _size,
    RuleKind.WEIGHTS: _weights,
    RuleKind.CUT_OFFS: _cut_offs,
    RuleKind.SECTOR: _sector,
    RuleKind.TOLERANCE: _tolerance,
    RuleKind.UPDATE: _update,
}
KINDS = tuple(_FINDERS)
"""The kinds of rules that this module tells of."""
