"""P of Decreto 39295-MEIC, article 17: exact at the cut-offs, monotone, and silent about nothing that is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.decision.facts_used import Known
from certsvc.core.decision.size import Measured, Unmeasured, measure
from certsvc.core.facts import best_fact, best_facts, is_amount
from certsvc.core.model import DECLARED, Fact, FactName, SizeClass
from certsvc.core.rules.size import ScoreRule, SectorRule
from tests.core.decision.three_duties import RULES
from tests.situations import facts
from tests.strategies import SECTORS, amounts

assert isinstance(RULES.size, ScoreRule)
RULE = RULES.size


def known_of(known: Iterable[Fact]) -> Known:
    return Known(best_facts(known))


def score(sector: str, staff: Decimal | int, sales: Decimal | int = 0, assets: Decimal | int = 0) -> Measured:
    values = {"sector": sector, "head_count": staff, "net_sales": sales, "fixed_assets": assets, "total_assets": assets}
    found = measure(known_of(facts(values)), RULE)
    assert isinstance(found, Measured)
    return found


@pytest.mark.parametrize(
    ("sector", "staff", "printed", "size"),
    [
        ("services", 5, "10.00", SizeClass.MICRO),
        ("services", 6, "12.00", SizeClass.SMALL),
        ("commerce", 5, "10.00", SizeClass.MICRO),
        ("industry", 16, "9.60", SizeClass.MICRO),
        ("industry", 17, "10.20", SizeClass.SMALL),
        ("information_technology", 8, "9.60", SizeClass.MICRO),
        ("services", Decimal("17.5"), "35.00", SizeClass.SMALL),
        ("services", 50, "100.00", SizeClass.MEDIUM),
        ("services", 51, "102.00", None),
    ],
)
def test_staff_alone_gives_the_known_score(sector: str, staff: Decimal | int, printed: str, size: SizeClass) -> None:
    assert score(sector, staff) == Measured(Decimal(printed), size)


@pytest.mark.parametrize("sector", RULE.sectors, ids=lambda sector: sector.name)
def test_staff_alone_at_its_denominator_gives_exactly_60(sector: SectorRule) -> None:
    assert score(sector.name, sector.staff) == Measured(Decimal(60), SizeClass.MEDIUM)


@pytest.mark.parametrize("sector", RULE.sectors, ids=lambda sector: sector.name)
@pytest.mark.parametrize(
    ("limit", "size", "shares"),  # shares of the denominators of staff, sales and assets
    [
        (10, SizeClass.MICRO, ("0", "0", "1")),
        (35, SizeClass.SMALL, ("0", "1", "0.5")),
        (100, SizeClass.MEDIUM, ("1", "1", "1")),
    ],
)
def test_a_cut_off_is_inclusive_and_the_least_more_is_the_next_class(
    sector: SectorRule, limit: int, size: SizeClass, shares: tuple[str, str, str]
) -> None:
    staff, sales, assets = map(Decimal, shares)
    at_limit = staff * sector.staff, sales * sector.net_sales, assets * sector.assets
    assert score(sector.name, *at_limit) == Measured(Decimal(limit), size)
    above = score(sector.name, at_limit[0] + Decimal("0.000000001"), *at_limit[1:])
    assert above.size is not size
    assert above.score == limit + Decimal("0.01"), "rounded up, so the printed score shows the class"


@given(st.sampled_from(SECTORS), amounts, amounts, amounts, amounts, st.integers(0, 2))
def test_p_never_falls_when_one_input_rises(
    sector: str, staff: Decimal, sales: Decimal, assets: Decimal, more: Decimal, which: int
) -> None:
    before = [staff, sales, assets]
    after = [v + more if i == which else v for i, v in enumerate(before)]
    low, high = score(sector, *before), score(sector, *after)
    assert low.score is not None
    assert high.score is not None
    assert low.score <= high.score
    order = [*SizeClass, None]
    assert order.index(low.size) <= order.index(high.size)


@given(st.sampled_from(SECTORS), amounts, amounts, amounts)
def test_the_printed_score_lies_in_the_class_that_was_told(
    sector: str, staff: Decimal, sales: Decimal, assets: Decimal
) -> None:
    found = score(sector, staff, sales, assets)
    printed = found.score
    assert printed is not None
    told = next((size for size, limit in RULE.cut_offs if printed <= limit), None)
    assert found.size is told


def test_the_precision_of_the_thread_does_not_matter() -> None:
    wanted = score("services", Decimal("5.000000001"), 123_456_789, 987_654_321)
    with localcontext() as context:
        context.prec = 2
        assert score("services", Decimal("5.000000001"), 123_456_789, 987_654_321) == wanted


@pytest.mark.parametrize("missing", [FactName.HEAD_COUNT, FactName.NET_SALES, FactName.TOTAL_ASSETS])
def test_a_missing_fact_is_named_and_never_counts_as_nothing(missing: FactName) -> None:
    known = facts({"sector": "services", "head_count": 1, "net_sales": 1, "total_assets": 1})
    found = measure(known_of(f for f in known if f.name is not missing), RULE)
    assert found == Unmeasured(missing=(missing,))


def test_industry_reckons_with_fixed_assets_and_services_with_total_assets() -> None:
    only_fixed = {"head_count": 1, "net_sales": 1, "fixed_assets": 1}
    assert isinstance(measure(known_of(facts({"sector": "industry", **only_fixed})), RULE), Measured)
    assert measure(known_of(facts({"sector": "services", **only_fixed})), RULE) == Unmeasured(
        missing=(FactName.TOTAL_ASSETS,)
    )


def test_without_a_sector_the_sector_is_missing() -> None:
    assert measure(Known({}), RULE) == Unmeasured(missing=(FactName.SECTOR,))
    assert measure(known_of(facts({"sector": ""})), RULE) == Unmeasured(missing=(FactName.SECTOR,))


def test_a_sector_without_rule_is_said() -> None:
    assert measure(known_of(facts({"sector": "fishing"})), RULE) == Unmeasured(sector="fishing")


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity", "1E+999999", "1E-999999", "1E+19", "0.0000000001"])
def test_a_number_that_cannot_be_reckoned_with_counts_as_missing(value: str) -> None:
    odd = facts({"sector": "services", "head_count": Decimal(value), "net_sales": 1, "total_assets": 1})
    assert measure(known_of(odd), RULE) == Unmeasured(missing=(FactName.HEAD_COUNT,))


def test_numbers_below_ten_to_the_nineteenth_can_be_reckoned_with() -> None:
    assert is_amount(Decimal("9999999999999999999.999999999"))
    assert is_amount(Decimal("-0"))
    assert not is_amount(Decimal(10) ** 19)


def test_between_two_odd_numbers_the_choice_is_made_without_comparing_them() -> None:
    odd = tuple(Fact(FactName.HEAD_COUNT, Decimal(v), "ccss") for v in ("sNaN", "NaN", "-1"))
    assert best_facts(odd) == best_facts(odd[::-1])


def test_an_agencys_odd_number_is_not_passed_over_for_the_callers_word() -> None:
    said = (Fact(FactName.HEAD_COUNT, Decimal("NaN"), "ccss"), Fact(FactName.HEAD_COUNT, Decimal(3), DECLARED))
    best = best_fact(said, FactName.HEAD_COUNT)
    assert best is not None
    assert best.source == "ccss"


def test_an_agencys_fact_comes_first_then_the_newest_then_the_greatest() -> None:
    def of(value: int, source: str, year: int | None = None) -> Fact:
        return Fact(FactName.HEAD_COUNT, Decimal(value), source, date(year, 1, 1) if year else None)

    declared, undated = of(99, DECLARED, 2026), of(7, "ccss")
    old, new, greater = of(8, "ccss", 2025), of(4, "ccss", 2026), of(5, "ins", 2026)
    everything = (new, declared, greater, undated, old)
    assert best_fact(everything, FactName.HEAD_COUNT) is greater
    assert best_facts(reversed(everything))[FactName.HEAD_COUNT] is greater
    assert best_fact((declared, undated), FactName.HEAD_COUNT) is undated
    assert best_fact((), FactName.HEAD_COUNT) is None
