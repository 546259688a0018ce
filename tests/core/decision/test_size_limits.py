"""The size by limits: every one, any one, or the head count and one other; by sector; above and below."""

from __future__ import annotations

import pytest

from certsvc.core.decision.facts_used import Known
from certsvc.core.decision.size import Measured, Unmeasured, facts_of_size, measure
from certsvc.core.facts import best_facts
from certsvc.core.model import FactName, SizeClass
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import briefly, decided, ends, facts, rules, scheme, told

CLEAR = told()
MICRO, SMALL = SizeClass.MICRO, SizeClass.SMALL
HEAD_COUNT, SALES = FactName.HEAD_COUNT, FactName.NET_SALES


def row(size: str, limits: str, sectors: str = "") -> str:
    named = f"sectors = [{sectors}]\n" if sectors else ""
    return f"[[size.classes]]\nclass = '{size}'\n{named}{limits}\n"


def ruled(needs: str, *rows: str, certifiable: str = "'MICRO', 'SMALL'") -> RuleSet:
    size = f"[size]\nmethod = 'limits'\nneeds = '{needs}'\ncertifiable = [{certifiable}]\n"
    return rules(scheme(), size=size + "".join(rows))


TWO_FACTS = (
    row("MICRO", "head_count = { to = 9 }\nnet_sales = { to = 100 }"),
    row("SMALL", "head_count = { to = 49 }\nnet_sales = { to = 1000 }"),
)


def known_as(**values: int | str) -> Known:
    return Known(best_facts(facts(**values)))


def size_of(rule_set: RuleSet, **values: int | str) -> Measured | Unmeasured:
    return measure(known_as(**values), rule_set.size)


@pytest.mark.parametrize(
    ("head_count", "sales", "by_all", "by_any"),
    [
        (9, 100, MICRO, MICRO),
        (10, 100, SMALL, MICRO),
        (9, 101, SMALL, MICRO),
        (10, 101, SMALL, SMALL),
        (49, 1000, SMALL, SMALL),
        (50, 1000, None, SMALL),
        (49, 1001, None, SMALL),
        (50, 1001, None, None),
        (9, 1001, None, MICRO),
    ],
)
def test_all_or_any_limits_of_a_class_must_hold_both_ends_included(
    head_count: int, sales: int, by_all: SizeClass | None, by_any: SizeClass | None
) -> None:
    values = {"head_count": head_count, "net_sales": sales}
    assert size_of(ruled("all", *TWO_FACTS), **values) == Measured(None, by_all)
    assert size_of(ruled("any", *TWO_FACTS), **values) == Measured(None, by_any)
    assert size_of(ruled("head_count_and_any", *TWO_FACTS), **values) == Measured(None, by_all), "there is one other"


@pytest.mark.parametrize(
    ("head_count", "sales", "assets", "size"),
    [
        (9, 100, 999, MICRO),
        (9, 999, 50, MICRO),
        (9, 101, 51, None),
        (10, 100, 50, None),
    ],
)
def test_the_head_count_and_one_of_the_others(head_count: int, sales: int, assets: int, size: SizeClass | None) -> None:
    limits = "head_count = { to = 9 }\nnet_sales = { to = 100 }\nfixed_assets = { to = 50 }"
    rule_set = ruled("head_count_and_any", row("MICRO", limits), certifiable="'MICRO'")
    found = size_of(rule_set, head_count=head_count, net_sales=sales, fixed_assets=assets)
    assert found == Measured(None, size)


def test_the_head_count_alone_is_enough_where_the_class_has_no_other_limit() -> None:
    rule_set = ruled("head_count_and_any", row("MICRO", "head_count = { to = 9 }"), certifiable="'MICRO'")
    assert size_of(rule_set, head_count=9) == Measured(None, MICRO)
    assert size_of(rule_set, head_count=10) == Measured(None, None)


FROM_TWO = ruled(
    "all", row("MICRO", "head_count = { from = 2, to = 9 }"), row("SMALL", "head_count = { from = 10, to = 49 }")
)


@pytest.mark.parametrize(
    ("head_count", "ending", "step"),
    [
        (1, "REFUSED SIZE_BELOW_LIMIT", "FAILED SIZE_BELOW_LIMIT"),
        (2, "FULL 365", "PASSED size=MICRO"),
        (9, "FULL 365", "PASSED size=MICRO"),
        (10, "FULL 365", "PASSED size=SMALL"),
        (49, "FULL 365", "PASSED size=SMALL"),
        (50, "REFUSED SIZE_ABOVE_LIMIT", "FAILED SIZE_ABOVE_LIMIT"),
    ],
)
def test_too_small_and_too_large_are_told_apart(head_count: int, ending: str, step: str) -> None:
    known = facts(head_count=head_count)
    assert ends(FROM_TWO, CLEAR, known=known) == ending
    assert briefly(FROM_TWO, "size", CLEAR, known=known) == [step]


def test_who_lies_between_two_classes_is_too_small_for_the_greater() -> None:
    rule_set = ruled(
        "all",
        row("MICRO", "head_count = { from = 2, to = 9 }\nnet_sales = { to = 100 }"),
        row("SMALL", "head_count = { from = 10, to = 49 }\nnet_sales = { to = 1000 }"),
    )
    assert size_of(rule_set, head_count=5, net_sales=500) == Measured(None, None, too_small=True)
    assert size_of(rule_set, head_count=5, net_sales=1001) == Measured(None, None)


def test_a_class_that_is_known_but_not_certified_is_too_large() -> None:
    rule_set = ruled("all", *TWO_FACTS, certifiable="'MICRO'")
    decision = decided(rule_set, CLEAR, known=facts(head_count=10, net_sales=0))
    assert ([r.code for r in decision.reasons], decision.size) == (["SIZE_ABOVE_LIMIT"], SMALL)


# --- Sectors ---

BY_SECTOR = ruled(
    "all",
    row("MICRO", "head_count = { to = 9 }", "'trade'"),
    row("MICRO", "net_sales = { to = 100 }", "'crafts', 'arts'"),
    row("SMALL", "head_count = { to = 49 }", "'trade'"),
)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"sector": "trade", "head_count": 9}, Measured(None, MICRO)),
        ({"sector": "trade", "head_count": 10}, Measured(None, SMALL)),
        ({"sector": "crafts", "net_sales": 100}, Measured(None, MICRO)),
        ({"sector": "arts", "net_sales": 101}, Measured(None, None)),
        ({"sector": "trade", "net_sales": 100}, Unmeasured(missing=(HEAD_COUNT,))),
        ({"sector": "crafts", "head_count": 1}, Unmeasured(missing=(SALES,))),
        ({"sector": "mining", "head_count": 1}, Unmeasured(sector="mining")),
        ({"head_count": 1, "net_sales": 1}, Unmeasured(missing=(FactName.SECTOR,))),
        ({"sector": "", "head_count": 1}, Unmeasured(missing=(FactName.SECTOR,))),
    ],
)
def test_a_row_for_some_sectors_is_for_those_alone(values: dict[str, int | str], found: Measured | Unmeasured) -> None:
    assert size_of(BY_SECTOR, **values) == found


def test_a_sector_without_a_class_and_a_missing_sector_are_different_reasons() -> None:
    unknown, none = facts(head_count=1, sector="mining"), facts(head_count=1)
    assert ends(BY_SECTOR, CLEAR, known=unknown) == "REFUSED SECTOR_UNKNOWN"
    assert briefly(BY_SECTOR, "size", CLEAR, known=unknown) == ["FAILED SECTOR_UNKNOWN sector=mining"]
    assert ends(BY_SECTOR, CLEAR, known=none) == "REFUSED FACTS_MISSING.sector"
    assert briefly(BY_SECTOR, "size", CLEAR, known=none) == ["FAILED FACTS_MISSING fact=sector"]


def test_every_missing_fact_is_named_though_the_other_limits_would_do() -> None:
    rule_set = ruled("any", *TWO_FACTS)
    assert size_of(rule_set, head_count=1) == Unmeasured(missing=(SALES,))
    assert size_of(rule_set) == Unmeasured(missing=(HEAD_COUNT, SALES))
    assert ends(rule_set, CLEAR, known=()) == "REFUSED FACTS_MISSING.head_count FACTS_MISSING.net_sales"


def test_a_number_that_cannot_be_reckoned_with_is_missing() -> None:
    rule_set = ruled("any", *TWO_FACTS)
    assert size_of(rule_set, net_sales=1, head_count=-1) == Unmeasured(missing=(HEAD_COUNT,))


def test_the_facts_of_the_size_are_those_of_the_enterprises_sector() -> None:
    assert facts_of_size(known_as(sector="trade"), BY_SECTOR.size) == (FactName.SECTOR, HEAD_COUNT)
    assert facts_of_size(known_as(sector="crafts"), BY_SECTOR.size) == (FactName.SECTOR, SALES)
    assert facts_of_size(known_as(), ruled("all", *TWO_FACTS).size) == (HEAD_COUNT, SALES)


def test_the_first_class_that_holds_is_the_one_applied() -> None:
    rule_set, known = ruled("all", *TWO_FACTS), facts(head_count=10, net_sales=1)
    assert briefly(rule_set, "size.classes.MICRO", CLEAR, known=known) == ["NOT_APPLICABLE size=MICRO"]
    assert briefly(rule_set, "size.classes.SMALL", CLEAR, known=known) == ["APPLIED size=SMALL"]
    small = facts(head_count=1, net_sales=1)
    assert briefly(rule_set, "size.classes.MICRO", CLEAR, known=small) == ["APPLIED size=MICRO"]
    assert briefly(rule_set, "size.classes.SMALL", CLEAR, known=small) == ["NOT_APPLICABLE size=SMALL"]
    unknown = facts(head_count=1)
    assert briefly(rule_set, "size.classes.MICRO", CLEAR, known=unknown) == ["NOT_APPLICABLE size=MICRO"]
    crafts = facts(sector="crafts", net_sales=1)
    assert briefly(BY_SECTOR, "size.classes.MICRO", CLEAR, known=crafts) == [
        "NOT_APPLICABLE size=MICRO",
        "APPLIED size=MICRO",
    ]
