"""A book has one rule set for each day, and says which day an instant falls on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.errors import ConfigError, NoRuleSet
from certsvc.core.rules import RuleBook, RuleSet
from tests.core.rules.kit import period

BOOK = RuleBook([period("2025-01-01", "2026-01-01"), period("2026-01-01", None)])
near = st.dates(date(2024, 12, 1), date(2026, 2, 1))


@st.composite
def periods(draw: st.DrawFn) -> list[RuleSet]:
    """Rule sets that follow each other, in any order; the last one may be open."""
    bounds = sorted(draw(st.sets(near, min_size=2, max_size=6)))
    ends = [*bounds[1:-1], draw(st.sampled_from([None, bounds[-1]]))]
    sets = [period(str(first), str(until) if until else None) for first, until in zip(bounds, ends, strict=False)]
    return draw(st.permutations(sets))


@given(periods(), near)
def test_every_date_has_exactly_one_rule_set_or_a_clear_error(sets: list[RuleSet], on: date) -> None:
    book = RuleBook(sets)
    covering = [rule_set for rule_set in sets if rule_set.first <= on and (not rule_set.until or on < rule_set.until)]
    if covering:
        assert covering == [book.in_force(on)]
    else:
        with pytest.raises(NoRuleSet, match=f"no rules for {on}: they reach from {book.sets[0].first} "):
            book.in_force(on)


@given(periods())
def test_every_interval_holds_its_first_day_and_not_its_last(sets: list[RuleSet]) -> None:
    book = RuleBook(sets)
    for rule_set in book.sets:
        assert book.in_force(rule_set.first) is rule_set
        if rule_set.until is None:
            assert book.in_force(date.max) is rule_set
        else:
            assert book.in_force(rule_set.until - timedelta(days=1)) is rule_set
            assert not rule_set.covers(rule_set.until)
    with pytest.raises(NoRuleSet):
        book.in_force(book.sets[0].first - timedelta(days=1))


@given(st.lists(st.tuples(near, st.none() | near), min_size=2, max_size=4))
def test_a_book_is_taken_exactly_if_its_periods_join(bounds: list[tuple[date, date | None]]) -> None:
    bounds = [(first, until) for first, until in bounds if until is None or first < until]
    ordered = sorted(bounds, key=lambda pair: pair[0])
    joined = bool(bounds) and all(one[1] == two[0] for one, two in pairwise(ordered))
    sets = [period(str(first), str(until) if until else None) for first, until in bounds]
    if joined:
        assert len(RuleBook(sets).sets) == len(sets)
    else:
        with pytest.raises(ConfigError):
            RuleBook(sets)


@pytest.mark.parametrize(
    ("bounds", "fault"),
    [
        ([("2025-01-01", "2026-01-02"), ("2026-01-01", None)], "overlap; write until = 2026-01-01"),
        ([("2025-01-01", None), ("2026-01-01", None)], "has no end"),
        ([("2025-01-01", "2025-12-31"), ("2026-01-01", None)], "no rules from 2025-12-31 to 2026-01-01"),
        ([("2026-01-01", None), ("2026-01-01", None)], "has no end"),
    ],
)
def test_a_book_says_its_overlaps_and_gaps(bounds: list[tuple[str, str | None]], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        RuleBook([period(first, until) for first, until in bounds])


def test_a_book_reports_every_fault_and_refuses_mixtures() -> None:
    odd = period("2026-02-01", None, zone="America/Lima", jurisdiction="peru")
    with pytest.raises(ConfigError) as caught:
        RuleBook([period("2025-01-01", "2026-01-01"), odd])
    gap, jurisdictions, zones = caught.value.faults
    assert "no rules from 2026-01-01 to 2026-02-01" in gap
    assert "two jurisdictions" in jurisdictions
    assert "two time zones" in zones


def test_a_book_has_at_least_one_rule_set() -> None:
    with pytest.raises(ConfigError, match="no rule set"):
        RuleBook([])


@pytest.mark.parametrize(
    ("instant", "on"),
    [
        (datetime(2026, 1, 1, 5, 59, 59, 999999, tzinfo=UTC), date(2025, 12, 31)),
        (datetime(2026, 1, 1, 6, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 1, 2, 5, 59, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 7, 1, 6, tzinfo=UTC), date(2026, 7, 1)),  # no daylight saving
        (datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=2))), date(2026, 1, 1)),
    ],
)
def test_the_year_begins_at_midnight_of_the_authority_and_not_in_utc(instant: datetime, on: date) -> None:
    assert BOOK.legal_date(instant) == on
    assert BOOK.in_force(BOOK.legal_date(instant)).first.year == on.year


def test_an_instant_without_zone_has_no_legal_date() -> None:
    with pytest.raises(ValueError, match="without zone"):
        BOOK.legal_date(datetime(2026, 1, 1))  # noqa: DTZ001  the very fault


def test_a_rule_set_is_found_by_the_name_that_decisions_carry() -> None:
    assert [BOOK.by_ref(rule_set.ref) for rule_set in BOOK.sets] == list(BOOK.sets)
    with pytest.raises(NoRuleSet, match="no rule set nowhere"):
        BOOK.by_ref("nowhere/2026-01-01#sha256-x")
