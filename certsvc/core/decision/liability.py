"""Whether a scheme concerns the enterprise at all: one ground of liability is enough (step 4a).

Three-valued: a ground fails if one of its conditions does, and is open if a fact is missing for the others. Who is not
known to be free of a duty has it, so an open ground counts; its missing facts are said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from certsvc.core.decision.facts_used import Known
from certsvc.core.decision.journal import StepState
from certsvc.core.model import FactName
from certsvc.core.rules.model import LiabilityRule


class Ground(NamedTuple):
    """One ground: APPLIED, NOT_APPLICABLE, NOT_IN_FORCE before its first day, or OPEN for want of facts."""

    state: StepState
    missing: tuple[FactName, ...] = ()


class Liability(NamedTuple):
    """Whether the enterprise is liable, and the facts that could show that it is not; empty if it surely is."""

    liable: bool
    missing: tuple[FactName, ...] = ()


LIABLE = Liability(True)
_APPLIED, _NOT_APPLICABLE = Ground(StepState.APPLIED), Ground(StepState.NOT_APPLICABLE)
_NOT_IN_FORCE = Ground(StepState.NOT_IN_FORCE)


def liability(rules: tuple[LiabilityRule, ...], known: Known, on: date) -> Liability:
    """The liability under these grounds; without any, everybody is liable."""
    if not rules:
        return LIABLE
    grounds = [ground(rule, known, on) for rule in rules]
    if any(each.state is StepState.APPLIED for each in grounds):
        return LIABLE
    missing = tuple(dict.fromkeys(name for each in grounds for name in each.missing))
    return Liability(bool(missing), missing)


def ground(rule: LiabilityRule, known: Known, on: date) -> Ground:
    """What one ground comes to on that day."""
    if on < rule.since:
        return _NOT_IN_FORCE
    conditions = dict(_conditions(rule, known))
    if False in conditions.values():
        return _NOT_APPLICABLE
    missing = tuple(ask for name, holds in conditions.items() if holds is None for ask in known.to_ask(name))
    return Ground(StepState.OPEN, missing) if missing else _APPLIED


def _conditions(rule: LiabilityRule, known: Known) -> Iterator[tuple[FactName, bool | None]]:
    """Each condition with whether it holds, None if its fact is missing."""
    if rule.zones:
        zone = known.text(FactName.ZONE)
        yield FactName.ZONE, zone in rule.zones if zone is not None else None
    if rule.sectors:
        sector = known.text(FactName.SECTOR)
        yield FactName.SECTOR, sector in rule.sectors if sector is not None else None
    if rule.workers_from:
        workers = known.number(FactName.HEAD_COUNT)
        yield FactName.HEAD_COUNT, workers >= rule.workers_from if workers is not None else None
