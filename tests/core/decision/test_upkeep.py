"""How long a size stays good: tolerance after outgrowing, the yearly update, and what cuts a validity short."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from certsvc.core.decision.upkeep import good_until
from certsvc.core.model import DECLARED, Fact, FactName, SizeClass
from certsvc.core.rules import RuleSet
from certsvc.core.rules.enterprise import UpdateRule
from certsvc.core.rules.terms import Basis, DayOfYear
from tests.core.decision.kit import ARRANGED, BY_HEAD_COUNT, DAY, briefly, decided, ends, facts, rules, scheme, told

CLEAR = told()
TOO_LARGE = "REFUSED SIZE_ABOVE_LIMIT"


def tolerance(counted: str, years: int = 3) -> RuleSet:
    return rules(scheme(), more=f"[tolerance]\nyears = {years}\ncounted = '{counted}'\n")


CALENDAR, ANNIVERSARIES = tolerance("calendar_years"), tolerance("anniversaries")


def grown(outgrew_on: date, former: str = "SMALL", head_count: int = 50) -> tuple[Fact, ...]:
    return facts(head_count=head_count, former_size=former, outgrew_on=outgrew_on)


def on(day: date, rule_set: RuleSet, known: tuple[Fact, ...]) -> str:
    return ends(rule_set, told(on=day), known=known, on=day)


@pytest.mark.parametrize(
    ("rule_set", "outgrew_on", "until"),
    [
        (CALENDAR, date(2022, 1, 1), date(2026, 1, 1)),
        (CALENDAR, date(2022, 12, 31), date(2026, 1, 1)),
        (ANNIVERSARIES, date(2022, 5, 7), date(2025, 5, 7)),
        (ANNIVERSARIES, date(2020, 2, 29), date(2023, 3, 1)),
        (tolerance("anniversaries", 4), date(2020, 2, 29), date(2024, 2, 29)),
        (ANNIVERSARIES, date(2021, 2, 28), date(2024, 2, 28)),
    ],
)
def test_a_tolerance_ends_with_the_calendar_year_or_on_the_anniversary(
    rule_set: RuleSet, outgrew_on: date, until: date
) -> None:
    last = until - timedelta(days=1)
    assert on(last, rule_set, grown(outgrew_on)) == "FULL 1", "and no certificate outlives it"
    assert on(until, rule_set, grown(outgrew_on)) == TOO_LARGE
    kept = briefly(rule_set, "tolerance", told(on=last), known=grown(outgrew_on), on=last)
    assert kept == [f"APPLIED size=SMALL until={until}"]
    over = briefly(rule_set, "tolerance", told(on=until), known=grown(outgrew_on), on=until)
    assert over == [f"FAILED because=expired until={until}"]


def test_a_tolerance_begins_on_the_day_of_outgrowing() -> None:
    assert on(DAY, ANNIVERSARIES, grown(DAY)) == "FULL 365"
    assert on(DAY - timedelta(days=1), ANNIVERSARIES, grown(DAY)) == TOO_LARGE


def test_the_callers_word_alone_tolerates_nothing() -> None:
    declared = (*facts(head_count=50), *facts("declared", former_size="SMALL", outgrew_on=DAY))
    assert ends(ANNIVERSARIES, CLEAR, known=declared) == TOO_LARGE


def test_the_former_class_is_the_one_that_counts() -> None:
    assert decided(ANNIVERSARIES, CLEAR, known=grown(DAY)).size is SizeClass.SMALL
    assert decided(ANNIVERSARIES, CLEAR, known=grown(DAY, "MICRO", 300)).size is SizeClass.MICRO
    score = decided(ANNIVERSARIES, CLEAR, known=grown(DAY)).score
    assert score is None


@pytest.mark.parametrize(
    ("known", "step"),
    [
        (facts(head_count=50), "FAILED because=condition_not_met"),
        (facts(head_count=50, former_size="SMALL"), "FAILED because=condition_not_met"),
        (facts(head_count=50, outgrew_on=DAY), "FAILED because=condition_not_met"),
        (grown(DAY, "HUGE"), "FAILED because=condition_not_met"),
        (grown(DAY + timedelta(days=1)), "FAILED because=condition_not_met"),
        (grown(DAY, "MEDIUM"), "FAILED because=expired until=2029-06-01"),
    ],
)
def test_without_a_certifiable_former_class_and_its_day_nothing_is_tolerated(
    known: tuple[Fact, ...], step: str
) -> None:
    assert ends(ANNIVERSARIES, CLEAR, known=known) == TOO_LARGE
    assert briefly(ANNIVERSARIES, "tolerance", CLEAR, known=known) == [step]


def test_a_tolerance_is_for_who_is_too_large_only() -> None:
    assert ends(rules(), CLEAR, known=grown(DAY)) == TOO_LARGE, "without the rule"
    small = decided(ANNIVERSARIES, CLEAR, known=grown(DAY, "SMALL", 5))
    assert (small.size, small.valid_for) == (SizeClass.MICRO, timedelta(days=365))
    assert briefly(ANNIVERSARIES, "tolerance", CLEAR) == ["NOT_APPLICABLE"]
    no_size = facts(former_size="SMALL", outgrew_on=DAY)
    assert ends(ANNIVERSARIES, CLEAR, known=no_size) == "REFUSED FACTS_MISSING.head_count"
    from_two = rules(
        scheme(),
        more="[tolerance]\nyears = 3\ncounted = 'anniversaries'\n",
        size=BY_HEAD_COUNT.replace("{ to = 9 }", "{ from = 2, to = 9 }")
        .replace("{ to = 49 }", "{ from = 10, to = 49 }")
        .replace("{ to = 249 }", "{ from = 50, to = 249 }"),
    )
    assert ends(from_two, CLEAR, known=grown(DAY, "SMALL", 1)) == "REFUSED SIZE_BELOW_LIMIT"


# --- Update ---

UPDATE = rules(scheme(), more="[update]\nby = '03-31'\n")


def of(as_of: date | None) -> tuple[Fact, ...]:
    return facts("fund", as_of, head_count=5)


@pytest.mark.parametrize(
    ("day", "as_of", "ending", "step"),
    [
        (date(2026, 3, 31), date(2025, 1, 1), "FULL 1", "PASSED until=2026-04-01"),
        (date(2026, 4, 1), date(2025, 12, 31), "REFUSED DATA_UPDATE_MISSED", "FAILED DATA_UPDATE_MISSED"),
        (date(2026, 4, 1), date(2026, 1, 1), "FULL 365", "PASSED until=2027-04-01"),
        (date(2026, 3, 31), date(2024, 12, 31), "REFUSED DATA_UPDATE_MISSED", "FAILED DATA_UPDATE_MISSED"),
        (date(2026, 6, 1), date(2026, 1, 1), "FULL 304", "PASSED until=2027-04-01"),
        (date(2026, 6, 1), date(2026, 6, 2), "FULL 304", "PASSED until=2027-04-01"),
        (date(2026, 6, 1), date(2026, 6, 3), "REFUSED FACTS_MISSING.head_count", "NOT_APPLICABLE"),
        (date(2026, 6, 1), None, "FULL 304", "PASSED until=2027-04-01"),
    ],
)
def test_facts_of_last_year_are_good_until_the_day_of_the_update_and_cut_the_validity(
    day: date, as_of: date | None, ending: str, step: str
) -> None:
    assert on(day, UPDATE, of(as_of)) == ending
    assert briefly(UPDATE, "update", told(on=day), known=of(as_of), on=day) == [step]
    if step != "NOT_APPLICABLE":
        assert on(day, rules(), of(as_of)) == "FULL 365", "without the rule"


def test_only_the_facts_that_the_size_is_told_by_need_the_update() -> None:
    old = facts("fund", date(2020, 1, 1), net_sales=5, sector="trade")
    assert on(DAY, UPDATE, (*of(DAY), *old)) == "FULL 304"
    assert briefly(UPDATE, "update", CLEAR, known=()) == ["NOT_APPLICABLE"]
    assert ends(UPDATE, CLEAR, known=()) == "REFUSED FACTS_MISSING.head_count"


def test_the_oldest_of_several_facts_decides() -> None:
    rule = UpdateRule(DayOfYear(3, 31), Basis("c", True))

    def fact(as_of: date | None) -> Fact:
        return Fact(FactName.HEAD_COUNT, Decimal(1), DECLARED, as_of)

    day = date(2026, 2, 1)
    assert good_until(rule, [fact(date(2025, 5, 1)), fact(day)], day) == date(2026, 4, 1)
    assert good_until(rule, [fact(day), fact(None)], day) == date(2027, 4, 1)
    assert good_until(rule, [fact(day), fact(date(2024, 5, 1))], day) is None
    assert good_until(rule, [], day) == date.max
    assert good_until(rule, [fact(date(2025, 5, 1))], date(2026, 3, 31)) == date(2026, 4, 1)
    assert good_until(rule, [fact(date(2025, 5, 1))], date(2026, 4, 1)) is None


def test_an_update_by_the_last_day_of_the_year_leaves_a_year() -> None:
    rule_set = rules(scheme(), more="[update]\nby = '12-31'\n")
    assert on(date(2026, 12, 31), rule_set, of(date(2025, 1, 1))) == "FULL 1"
    assert on(date(2027, 1, 1), rule_set, of(date(2025, 1, 1))) == "REFUSED DATA_UPDATE_MISSED"


# --- Everything that carries a certificate ---


def test_a_certificate_lasts_as_long_as_the_least_of_all_that_carries_it() -> None:
    """The kind, the oldest clear day, the update, the tolerance: each is the least once."""
    more = "[tolerance]\nyears = 1\ncounted = 'anniversaries'\n[update]\nby = '03-31'\n"
    rule_set = rules(scheme(), scheme("levy"), more=more)

    def days(known: tuple[Fact, ...], days_old: int = 0, arranged: bool = False) -> str:
        tax = told(ARRANGED if arranged else CLEAR.outcome, days_old=days_old)
        return ends(rule_set, tax, told(scheme="levy", days_old=3), known=known)

    assert days(of(DAY)) == "FULL 304"
    assert days(of(DAY), arranged=True) == "UNDER_ARRANGEMENT 90"
    assert days(grown(DAY - timedelta(days=300))) == "FULL 65"
    short = rules(scheme(), scheme("levy"))
    assert ends(short, told(days_old=30), told(scheme="levy", days_old=3)) == "FULL 335"
    assert ends(short, told(days_old=2), told(scheme="levy", days_old=3)) == "FULL 362"
    assert ends(short, told(days_old=-1), told(scheme="levy")) == "FULL 365"
    assert briefly(short, "validity", told(days_old=30), told(scheme="levy")) == [
        "APPLIED kind=FULL days=335 limit=365"
    ]
