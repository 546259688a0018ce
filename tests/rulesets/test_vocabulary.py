"""No word of the vocabulary is without a shipped file that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from certsvc.core.model import CertificateKind
from certsvc.core.rules import RuleSet
from certsvc.core.rules.enterprise import Counted, LimitsRule, Needs, Uncounted
from certsvc.core.rules.model import Event
from certsvc.core.rules.scheme import (
    Broken,
    Component,
    Condition,
    Degraded,
    NotApplicable,
    Requirement,
    SchemeRule,
    Undated,
)
from certsvc.core.rules.size import ScoreRule
from certsvc.rulesets import load, shipped


@cache
def rule_sets() -> tuple[RuleSet, ...]:
    return tuple(rule_set for country in shipped() for rule_set in load(country).sets)


@cache
def schemes() -> tuple[SchemeRule, ...]:
    return tuple(scheme for rule_set in rule_sets() for scheme in rule_set.schemes)


def limits() -> Iterable[LimitsRule]:
    return (rule_set.size for rule_set in rule_sets() if isinstance(rule_set.size, LimitsRule))


def test_every_requirement_is_shown() -> None:
    assert {scheme.requirement for scheme in schemes()} == set(Requirement)


def test_both_ways_to_treat_an_undated_answer_are_shown() -> None:
    assert {scheme.evidence.undated for scheme in schemes()} == set(Undated)


def test_every_degraded_mode_is_shown() -> None:
    written = {scheme.degraded.mode for scheme in schemes() if scheme.degraded}
    assert written | {Degraded.PENDING} == set(Degraded)  # pending is what no rule means too


def test_every_condition_and_every_waivable_component_of_an_amnesty_is_shown() -> None:
    amnesties = [amnesty for scheme in schemes() for amnesty in scheme.amnesties]
    assert {condition for amnesty in amnesties for condition in amnesty.conditions} == set(Condition)
    assert {part for amnesty in amnesties for part in amnesty.waives} == {Component.PENALTY, Component.INTEREST}


def test_both_losses_of_an_arrangement_are_shown() -> None:
    assert {scheme.arrangement.broken for scheme in schemes()} == set(Broken)
    assert {scheme.arrangement.gives for scheme in schemes()} == {
        CertificateKind.FULL,
        CertificateKind.UNDER_ARRANGEMENT,
    }


@pytest.mark.parametrize(
    "rule", ["de_minimis", "secured", "amnesties", "presumed", "posting", "discharges", "newly_registered", "liability"]
)
def test_every_rule_on_a_duty_is_shown(rule: str) -> None:
    assert any(getattr(scheme, rule) for scheme in schemes())


@pytest.mark.parametrize(
    "rule",
    ["proofs", "regimes", "head_count", "sources", "excluded", "tolerance", "update", "effects", "sample", "until"],
)
def test_every_rule_on_the_enterprise_is_shown(rule: str) -> None:
    assert any(getattr(rule_set, rule) for rule_set in rule_sets())


def test_liability_is_shown_by_each_of_its_conditions() -> None:
    rules = [rule for scheme in schemes() for rule in scheme.liability]
    assert any(rule.zones for rule in rules)
    assert any(rule.workers_from for rule in rules)


def test_a_proof_that_does_not_apply_is_left_out_somewhere() -> None:
    groups = [group for rule_set in rule_sets() for group in rule_set.proofs]
    assert NotApplicable.LEFT_OUT in {group.not_applicable for group in groups}


def test_every_way_to_tell_the_size_is_shown() -> None:
    assert any(isinstance(rule_set.size, ScoreRule) for rule_set in rule_sets())
    assert {size.needs for size in limits()} == set(Needs)
    assert any(row.sectors for size in limits() for row in size.classes)


def test_both_meanings_of_an_unknown_worker_category_are_shown() -> None:
    assert {rule_set.head_count.unknown for rule_set in rule_sets() if rule_set.head_count} == set(Uncounted)


def test_a_tolerance_is_counted_in_calendar_years_somewhere() -> None:
    assert Counted.CALENDAR_YEARS in {rule_set.tolerance.counted for rule_set in rule_sets() if rule_set.tolerance}


def test_every_event_makes_a_check_due_somewhere() -> None:
    assert {event for rule_set in rule_sets() for event in rule_set.recheck.on} == set(Event)


def test_what_illustrates_is_nowhere_marked_as_confirmed() -> None:
    claimed = [
        f"{rule_set.ref}: {where}"
        for rule_set in rule_sets()
        for where, basis in rule_set.bases
        if basis.confirmed and "llustrat" in basis.note
    ]
    assert claimed == []
