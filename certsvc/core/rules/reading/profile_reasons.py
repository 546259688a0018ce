"""The reasons that concern the enterprise as a whole, and the facts for want of which nothing can be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from certsvc.core.model import FactName, Reason, Text
from certsvc.core.rules.codes import RuleCode, reason_key
from certsvc.core.rules.enterprise import (
    ExclusionRule,
    HeadCountRule,
    LimitsRule,
    NameRule,
    SizeRule,
    Uncounted,
    UpdateRule,
)
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.reading.reasons import Templates, plain
from certsvc.core.rules.scheme import LiabilityRule, ProofRule, RegimeRule, SchemeRule
from certsvc.core.rules.terms import Basis


@dataclass(frozen=True, slots=True)
class Profile:
    """Every rule on the enterprise as a whole that can give a reason."""

    schemes: tuple[SchemeRule, ...]
    proofs: tuple[ProofRule, ...]
    regimes: tuple[RegimeRule, ...]
    names: NameRule
    head_count: HeadCountRule | None
    excluded: ExclusionRule | None
    size: SizeRule
    size_basis: Basis
    update: UpdateRule | None


def read_fact_titles(table: Table, profile: Profile) -> Mapping[FactName, Text]:
    """What people call each fact that can be missing or exceed a ceiling."""
    ceilings = (fact for regime in profile.regimes for fact in regime.ceilings)
    facts = dict.fromkeys([*_facts_needed(profile), *ceilings])
    return MappingProxyType({fact: plain(table, fact.value) for fact in facts})


def read_profile_reasons(
    templates: Templates, titles: Mapping[FactName, Text], profile: Profile
) -> Mapping[str, Reason]:
    """The reasons by code, or by `reason_key` where they are worded for one fact, regime or group of proofs."""
    reasons = {code.value: templates.reason(code, basis.citation, {}) for code, basis in _general(profile)}
    for fact, basis in _facts_needed(profile).items():
        put_in = {"{fact}": titles[fact]}
        key = reason_key(RuleCode.FACTS_MISSING, fact)
        reasons[key] = templates.reason(RuleCode.FACTS_MISSING, basis.citation, put_in)
    for regime in profile.regimes:
        reasons |= _of_regime(regime, templates, titles)
    for group in profile.proofs:
        put_in = {"{proofs}": group.title}
        key = reason_key(RuleCode.PROOFS_NOT_MET, group.name)
        reasons[key] = templates.reason(RuleCode.PROOFS_NOT_MET, group.basis.citation, put_in)
    return MappingProxyType(reasons)


def _general(profile: Profile) -> Iterable[tuple[RuleCode, Basis]]:
    yield RuleCode.NAME_MISMATCH, profile.names.basis
    yield RuleCode.AGENCIES_DISAGREE_ON_NAME, profile.names.basis
    yield RuleCode.SIZE_ABOVE_LIMIT, profile.size_basis
    if FactName.SECTOR in profile.size.facts_used:
        yield RuleCode.SECTOR_UNKNOWN, profile.size_basis
    if isinstance(profile.size, LimitsRule) and any(
        limits.low is not None for row in profile.size.classes for limits in row.limits.values()
    ):
        yield RuleCode.SIZE_BELOW_LIMIT, profile.size_basis
    if profile.excluded is not None:
        yield RuleCode.SECTOR_EXCLUDED, profile.excluded.basis
    if profile.update is not None:
        yield RuleCode.DATA_UPDATE_MISSED, profile.update.basis


def _of_regime(regime: RegimeRule, templates: Templates, titles: Mapping[FactName, Text]) -> dict[str, Reason]:
    citation = regime.basis.citation
    reasons = {}
    for fact in regime.ceilings:
        put_in = {"{regime}": regime.title, "{fact}": titles[fact]}
        key = reason_key(RuleCode.REGIME_CEILING_EXCEEDED, regime.name, fact)
        reasons[key] = templates.reason(RuleCode.REGIME_CEILING_EXCEEDED, citation, put_in)
    if regime.excluded_sectors:
        key = reason_key(RuleCode.REGIME_SECTOR_EXCLUDED, regime.name)
        put_in = {"{regime}": regime.title}
        reasons[key] = templates.reason(RuleCode.REGIME_SECTOR_EXCLUDED, citation, put_in)
    return reasons


def _facts_needed(profile: Profile) -> dict[FactName, Basis]:
    """Every fact that can be missing, with the first rule that needs it."""
    needed: dict[FactName, Basis] = {}
    for facts, basis in _needs(profile):
        for fact in facts:
            for part, own in _counted(fact, basis, profile.head_count):
                needed.setdefault(part, own)
    return needed


def _needs(profile: Profile) -> Iterable[tuple[Iterable[FactName], Basis]]:
    yield profile.size.facts_used, profile.size_basis
    if profile.excluded is not None:
        yield [FactName.SECTOR], profile.excluded.basis
    for regime in profile.regimes:
        yield [*regime.ceilings, *([FactName.SECTOR] if regime.excluded_sectors else [])], regime.basis
    for scheme in profile.schemes:
        for ground in scheme.liability:
            yield _facts_of(ground), ground.basis


def _facts_of(ground: LiabilityRule) -> list[FactName]:
    asked = (FactName.ZONE, ground.zones), (FactName.SECTOR, ground.sectors), (FactName.HEAD_COUNT, ground.workers_from)
    return [fact for fact, limit in asked if limit]


def _counted(fact: FactName, basis: Basis, rule: HeadCountRule | None) -> Iterable[tuple[FactName, Basis]]:
    """The fact itself, or the worker categories of which the head count is the sum."""
    if fact is not FactName.HEAD_COUNT or rule is None or rule.unknown is Uncounted.NONE:
        return [(fact, basis)]
    return [(category, rule.basis) for category, weight in rule.weights.items() if weight]
