"""Whether a scheme concerns the enterprise at all: one ground of liability is enough (step 4a).

Three-valued: a ground fails if one of its conditions does, and is open if a fact is missing for the others. Who is not
known to be free of a duty has it, so an open ground counts; its missing facts are said. Who is free of it by the word
of the caller alone still needs the agency's answer: `vouched` tells whether somebody else's word, or the day, is
enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from certsvc.core.decision.facts_used import Known
from certsvc.core.decision.journal import StepState
from certsvc.core.model import FactName
from certsvc.core.rules.scheme import LiabilityRule


class Ground(NamedTuple):
    """One ground: APPLIED, NOT_APPLICABLE, NOT_IN_FORCE before its first day, or OPEN for want of facts."""

    state: StepState
    missing: tuple[FactName, ...] = ()
    vouched: bool = True


class Liability(NamedTuple):
    """Whether the enterprise is liable, and the facts that could show that it is not; empty if it surely is.

    `vouched` is False if it is not liable by what the caller alone declares.
    """

    liable: bool
    missing: tuple[FactName, ...] = ()
    vouched: bool = True


LIABLE = Liability(True)
_APPLIED, _NOT_IN_FORCE = Ground(StepState.APPLIED), Ground(StepState.NOT_IN_FORCE)


def liability(rules: tuple[LiabilityRule, ...], known: Known, on: date) -> Liability:
    """The liability under these grounds; without any, everybody is liable."""
    if not rules:
        return LIABLE
    zones = zones_of(rules)
    grounds = [ground(rule, zones, known, on) for rule in rules]
    if any(each.state is StepState.APPLIED for each in grounds):
        return LIABLE
    missing = tuple(dict.fromkeys(name for each in grounds for name in each.missing))
    return Liability(bool(missing), missing, all(each.vouched for each in grounds))


def zones_of(rules: tuple[LiabilityRule, ...]) -> frozenset[str]:
    """Every zone that some ground names: what a caller may declare. An agency may know others."""
    return frozenset(zone for rule in rules for zone in rule.zones)


def ground(rule: LiabilityRule, zones: frozenset[str], known: Known, on: date) -> Ground:
    """What one ground comes to on that day, of grounds that name these zones."""
    if on < rule.since:
        return _NOT_IN_FORCE
    conditions = dict(_conditions(rule, zones, known))
    failing = [name for name, holds in conditions.items() if holds is False]
    if failing:
        return Ground(StepState.NOT_APPLICABLE, vouched=any(not known.is_declared(name) for name in failing))
    missing = tuple(ask for name, holds in conditions.items() if holds is None for ask in known.to_ask(name))
    return Ground(StepState.OPEN, missing) if missing else _APPLIED


def _conditions(rule: LiabilityRule, zones: frozenset[str], known: Known) -> Iterator[tuple[FactName, bool | None]]:
    """Each condition with whether it holds, None if its fact is missing."""
    if rule.zones:
        zone = known.text(FactName.ZONE)
        told = zone is not None and (zone in zones or not known.is_declared(FactName.ZONE))
        yield FactName.ZONE, zone in rule.zones if told else None
    if rule.sectors:
        sector = known.text(FactName.SECTOR)
        yield FactName.SECTOR, sector in rule.sectors if sector is not None else None
    if rule.workers_from:
        workers = known.number(FactName.HEAD_COUNT)
        yield FactName.HEAD_COUNT, workers >= rule.workers_from if workers is not None else None
