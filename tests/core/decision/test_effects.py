"""What a certificate opens: each condition of an effect, and the day from which it is open."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certsvc.core.model import Fact, Finding
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    BY_HEAD_COUNT,
    CLEAR,
    DAY,
    FIVE,
    OUT,
    briefly,
    decided,
    facts,
    rules,
    scheme,
    told,
)

PATH = "effects.fair"
LEVY = told(scheme="levy")


def ruled(*effects: str, tax: str = "") -> RuleSet:
    tables = (
        f"[[effects]]\nname = '{name}'\ntitle = {{ es = 't', en = 't' }}\n{keys}\n"
        for name, keys in zip(("fair", "loan"), effects, strict=False)
    )
    provisional = "[schemes.degraded]\nmode = 'provisional'"
    return rules(scheme(more=tax or provisional), scheme("levy"), more="".join(tables))


def opens(rule_set: RuleSet, *findings: Finding, known: tuple[Fact, ...] = FIVE, kind: str = "fr.company") -> str:
    """`open`, or the condition that failed."""
    findings = findings or (told(), LEVY)
    decision = decided(rule_set, *findings, known=known, kind=kind)
    (step,) = briefly(rule_set, PATH, *findings, known=known) if kind == "fr.company" else [""]
    if decision.effects:
        assert decision.effects == (("fair", DAY),)
        assert step == f"APPLIED day={DAY}"
        return "open"
    return step.removeprefix("NOT_APPLICABLE because=")


def test_without_conditions_a_grant_opens_the_effect_on_the_day() -> None:
    assert opens(ruled("")) == "open"
    assert decided(ruled("", "kinds = ['UNDER_ARRANGEMENT']"), told(), LEVY).effects == (("fair", DAY),)
    assert decided(ruled("", ""), told(), LEVY).effects == (("fair", DAY), ("loan", DAY))


def test_only_a_grant_opens_anything() -> None:
    assert decided(ruled(""), told(ARREARS), LEVY).effects == ()
    assert opens(ruled(""), told(ARREARS), LEVY) == "not_granted"
    assert opens(ruled(""), LEVY) == "not_granted"


@pytest.mark.parametrize(
    ("kinds", "outcome", "found"),
    [
        ("", CLEAR, "open"),
        ("", ARRANGED, "open"),
        ("", OUT, "kinds"),
        ("kinds = ['FULL']", CLEAR, "open"),
        ("kinds = ['FULL']", ARRANGED, "kinds"),
        ("kinds = ['FULL']", OUT, "kinds"),
        ("kinds = ['UNDER_ARRANGEMENT']", ARRANGED, "open"),
        ("kinds = ['UNDER_ARRANGEMENT']", CLEAR, "kinds"),
        ("kinds = ['PROVISIONAL']", OUT, "open"),
        ("kinds = ['PROVISIONAL']", CLEAR, "kinds"),
    ],
)
def test_a_provisional_certificate_opens_only_what_names_it(kinds: str, outcome: Outcome, found: str) -> None:
    assert opens(ruled(kinds), told(outcome), LEVY) == found


@pytest.mark.parametrize(("head_count", "found"), [(9, "open"), (10, "sizes")])
def test_some_effects_are_for_some_sizes(head_count: int, found: str) -> None:
    assert opens(ruled("sizes = ['MICRO']"), known=facts(head_count=head_count)) == found


@pytest.mark.parametrize(
    ("outcome", "found"),
    [(CLEAR, "open"), (ARRANGED, "open"), (Outcome.CLEAR_NOT_LIABLE, "clear"), (OUT, "clear")],
)
def test_a_scheme_must_be_clear_by_an_answer_and_not_for_want_of_a_duty(outcome: Outcome, found: str) -> None:
    every_kind = "kinds = ['FULL', 'UNDER_ARRANGEMENT', 'PROVISIONAL']\n"
    assert opens(ruled(every_kind + "clear = ['tax']"), told(outcome), LEVY) == found
    assert opens(ruled(every_kind + "clear = ['levy']"), told(outcome), LEVY) == "open"
    assert opens(ruled(every_kind + "clear = ['levy', 'tax']"), told(outcome), LEVY) == found


def test_a_scheme_that_asks_for_nothing_is_not_clear() -> None:
    liability = "[[schemes.liability]]\nname = 'north'\nsince = 2000-01-01\nzones = ['north']\n"
    rule_set = ruled("clear = ['tax']", tax=liability)
    assert opens(rule_set, known=facts(head_count=5, zone="south")) == "clear"
    assert opens(rule_set, known=facts(head_count=5, zone="north")) == "open"


def test_an_optional_scheme_may_be_a_condition() -> None:
    effect = "[[effects]]\nname = 'fair'\ntitle = { es = 't', en = 't' }\nclear = ['tax']\n"
    rule_set = rules(scheme(requirement="optional"), scheme("levy"), more=effect)
    assert opens(rule_set) == "open"
    assert opens(rule_set, told(ARREARS), LEVY) == "clear"
    assert opens(rule_set, LEVY) == "clear"


@pytest.mark.parametrize(
    ("limit", "sales", "found"),
    [
        ("to = 100", 100, "open"),
        ("to = 100", 101, "limits"),
        ("from = 100", 100, "open"),
        ("from = 100", 99, "limits"),
        ("from = 5, to = 100", 4, "limits"),
        ("from = 5, to = 100", 5, "open"),
        ("to = 100", None, "limits"),
        ("from = 0", None, "limits"),
    ],
)
def test_a_limit_is_inclusive_and_an_unknown_fact_meets_none(limit: str, sales: int | None, found: str) -> None:
    rule_set = ruled(f"limits = {{ net_sales = {{ {limit} }}, head_count = {{ to = 5 }} }}")
    known = FIVE if sales is None else facts(head_count=5, net_sales=sales)
    assert opens(rule_set, known=known) == found
    assert opens(rule_set, known=facts(head_count=6, net_sales=50)) == "limits"


def test_some_effects_are_for_some_identifiers() -> None:
    rule_set = ruled("identifier_kinds = ['fr.company', 'fr.guild']")
    assert opens(rule_set) == "open"
    assert decided(rule_set, told(), LEVY, kind="fr.guild").effects == (("fair", DAY),)
    assert decided(rule_set, told(), LEVY, kind="fr.person").effects == ()
    assert opens(ruled("identifier_kinds = ['fr.guild']")) == "identifier_kinds"


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (0, "open"),
        (364, "open"),
        (365, "registered_within_days"),
        (-1, "registered_within_days"),
        (None, "registered_within_days"),
    ],
)
def test_some_effects_are_for_new_enterprises(days: int | None, found: str) -> None:
    rule_set = ruled("registered_within_days = 365")
    known = FIVE if days is None else (*FIVE, *facts(registered_on=DAY - timedelta(days=days)))
    assert opens(rule_set, known=known) == found


@pytest.mark.parametrize(
    ("on_day", "day"),
    [
        ("06-01", date(2026, 6, 1)),
        ("06-02", date(2026, 6, 2)),
        ("01-01", date(2027, 1, 1)),
        ("05-31", date(2027, 5, 31)),
    ],
)
def test_an_effect_bound_to_a_day_of_the_year_opens_on_the_first_one_in_the_validity(on_day: str, day: date) -> None:
    rule_set = ruled(f"on_day = '{on_day}'")
    assert decided(rule_set, told(), LEVY).effects == (("fair", day),)
    assert briefly(rule_set, PATH, told(), LEVY) == [f"APPLIED day={day}"]


@pytest.mark.parametrize(("on_day", "is_open"), [("08-29", True), ("08-30", False), ("05-31", False)])
def test_outside_the_validity_the_day_does_not_count(on_day: str, is_open: bool) -> None:
    """Under an arrangement the certificate is valid for 90 days, the last of them 29 August."""
    rule_set = ruled(f"on_day = '{on_day}'")
    decision = decided(rule_set, told(ARRANGED), LEVY)
    assert bool(decision.effects) is is_open
    assert briefly(rule_set, PATH, told(ARRANGED), LEVY) == [
        "APPLIED day=2026-08-29" if is_open else "NOT_APPLICABLE because=on_day"
    ]


def test_on_its_day_the_enterprise_must_still_be_new() -> None:
    rule_set = ruled("on_day = '01-01'\nregistered_within_days = 365")
    for registered_on, is_open in ((date(2026, 1, 2), True), (date(2026, 1, 1), False), (date(2026, 12, 1), False)):
        decision = decided(rule_set, told(), LEVY, known=(*FIVE, *facts(registered_on=registered_on)))
        assert bool(decision.effects) is is_open


def test_the_class_kept_by_a_tolerance_counts_for_the_effect() -> None:
    effect = "[[effects]]\nname = 'fair'\ntitle = { es = 't', en = 't' }\nsizes = ['SMALL']\n"
    tolerance = "[tolerance]\nyears = 3\ncounted = 'anniversaries'\n"
    rule_set = rules(scheme(), scheme("levy"), more=effect + tolerance, size=BY_HEAD_COUNT)
    assert opens(rule_set, known=facts(head_count=50, former_size="SMALL", outgrew_on=DAY)) == "open"
    assert opens(rule_set, known=facts(head_count=50, former_size="MICRO", outgrew_on=DAY)) == "sizes"
