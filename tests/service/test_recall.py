"""Rule: what holds for a date is the latest that speaks of no later day, whole answers, and never an outage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.account import Account
from certsvc.core.evidence import in_order
from certsvc.core.model import DECLARED, Enterprise, Evidence, Fact, FactName, Finding, Identifier
from certsvc.core.outcome import Outcome
from certsvc.core.reported import speaks_of
from certsvc.service.recall import OUTAGES, as_of
from certsvc.service.records import StoredCase
from tests import strategies
from tests.service.cases import a_case
from tests.situations import a_finding

COSTA_RICA = ZoneInfo("America/Costa_Rica")
DAY = date(2026, 6, 1)
ONE_DAY = timedelta(days=1)


def recalled(*cases: StoredCase, on: date = DAY) -> Evidence:
    return as_of(cases, on, COSTA_RICA)


def heads(number: int, source: str = "ccss", as_of: date | None = None) -> Fact:
    return Fact(FactName.HEAD_COUNT, Decimal(number), source, as_of)


def test_the_answer_that_speaks_of_the_latest_day_counts_though_another_was_asked_for_later() -> None:
    newer = a_finding("tax", Outcome.BARRED_ARREARS, on=DAY - 5 * ONE_DAY)
    older_data = a_finding("tax", on=DAY, days_old=20)
    assert recalled(a_case(DAY - 5 * ONE_DAY, newer), a_case(DAY, older_data)).findings == (newer,)


LATER_BAR = a_finding("tax", Outcome.BARRED_ARREARS, on=DAY, days_old=20)


@pytest.mark.parametrize(
    "later",
    [
        LATER_BAR,
        replace(LATER_BAR, outcome=Outcome.CLEAR, further=(Outcome.BARRED_MISSING_RETURN,)),
        replace(LATER_BAR, outcome=Outcome.CLEAR, account=Account()),
        replace(LATER_BAR, outcome=Outcome.DISPUTED),
    ],
)
def test_a_bar_or_doubt_learned_later_counts_beside_a_clear_answer_whose_data_are_newer(later: Finding) -> None:
    clear, since = a_finding("tax", on=DAY - 5 * ONE_DAY), a_case(DAY, later)
    assert set(recalled(a_case(DAY - 5 * ONE_DAY, clear), since).findings) == {clear, later}
    settled = a_finding("tax", on=DAY + ONE_DAY, days_old=9)
    assert later not in recalled(since, a_case(DAY + ONE_DAY, settled)).findings


FIRM, OTHER = Identifier("cr.cedula_juridica", "3101123456"), Identifier("cr.cedula_juridica", "3101654321")


def of(*numbers: Identifier, found: Finding | Fact, on: date = DAY) -> StoredCase:
    return a_case(on, found, enterprise=Enterprise(numbers))


def test_a_newer_clear_answer_for_other_numbers_does_not_hide_a_bar() -> None:
    bar, clear = a_finding("tax", Outcome.BARRED_ARREARS, on=DAY - 9 * ONE_DAY), a_finding("tax", on=DAY)
    assert set(recalled(of(FIRM, found=bar), of(OTHER, found=clear)).findings) == {bar, clear}
    assert set(recalled(of(FIRM, OTHER, found=bar), of(OTHER, found=clear)).findings) == {bar, clear}


def test_a_newer_answer_for_the_same_numbers_and_others_takes_the_place_of_an_older_one() -> None:
    bar, clear = a_finding("tax", Outcome.BARRED_ARREARS, on=DAY - 9 * ONE_DAY), a_finding("tax", on=DAY)
    assert recalled(of(FIRM, found=bar), of(OTHER, FIRM, found=clear)).findings == (clear,)
    assert recalled(of(FIRM, OTHER, found=bar), of(OTHER, FIRM, found=clear)).findings == (clear,)


def test_facts_of_other_numbers_do_not_hide_each_other() -> None:
    few, many = heads(3, as_of=DAY), heads(90, as_of=DAY - ONE_DAY)
    assert set(recalled(of(FIRM, found=few), of(OTHER, found=many)).facts) == {few, many}
    assert recalled(of(FIRM, OTHER, found=few), of(OTHER, found=many)).facts == (few,)


def test_one_answer_that_several_applications_hold_is_recalled_once() -> None:
    bar = a_finding("tax", Outcome.BARRED_ARREARS, on=DAY)
    assert recalled(a_case(DAY, bar), a_case(DAY, bar)).findings == (bar,)


def test_of_two_answers_on_one_day_the_later_check_counts() -> None:
    first = a_finding("tax", on=DAY)
    second = replace(a_finding("tax", Outcome.BARRED_ARREARS, on=DAY), checked_at=first.checked_at + timedelta(hours=1))
    assert recalled(a_case(DAY, second), a_case(DAY, first)).findings == (second,)


def test_nothing_that_speaks_of_a_later_day_is_used() -> None:
    before, after = a_finding("tax", on=DAY), a_finding("tax", Outcome.BARRED_ARREARS, on=DAY + ONE_DAY)
    assert recalled(a_case(DAY, before), a_case(DAY + ONE_DAY, after)).findings == (before,)
    assert recalled(a_case(DAY + ONE_DAY, after)).findings == ()


def test_an_answer_is_used_whole_or_not_at_all() -> None:
    clear, bar = a_finding("tax", on=DAY), a_finding("tax", Outcome.BARRED_ARREARS, on=DAY, days_old=9)
    assert set(recalled(a_case(DAY, clear, bar)).findings) == {clear, bar}
    ahead = replace(bar, data_as_of=DAY + ONE_DAY, checked_at=bar.checked_at + ONE_DAY)
    assert recalled(a_case(DAY, clear, ahead)).findings == ()


@pytest.mark.parametrize("outage", sorted(OUTAGES))
def test_an_outage_hides_nothing_and_leaves_evidence_missing_where_there_is_no_other(outage: Outcome) -> None:
    earlier, out = a_finding("tax", on=DAY - 3 * ONE_DAY), replace(a_finding("tax", outage, on=DAY), data_as_of=None)
    assert recalled(a_case(DAY, out)).findings == ()
    assert recalled(a_case(DAY - 3 * ONE_DAY, earlier), a_case(DAY, out)).findings == (earlier,)


def test_an_answer_that_is_an_outage_in_part_is_not_used() -> None:
    part, out = a_finding("tax", on=DAY), a_finding("tax", Outcome.UNAVAILABLE, on=DAY)
    assert recalled(a_case(DAY, part, out)).findings == ()


@pytest.mark.parametrize("outage", sorted(OUTAGES))
def test_an_answer_that_lists_an_outage_further_is_not_used(outage: Outcome) -> None:
    earlier = a_finding("tax", on=DAY - ONE_DAY)
    partly = replace(a_finding("tax", on=DAY), further=(outage,))
    assert recalled(a_case(DAY - ONE_DAY, earlier), a_case(DAY, partly)).findings == (earlier,)
    assert recalled(a_case(DAY, partly)).findings == ()


def test_a_bar_in_an_answer_that_is_an_outage_in_part_still_takes_the_place_of_an_earlier_clear_one() -> None:
    earlier, out = a_finding("tax", on=DAY - ONE_DAY), a_finding("tax", Outcome.UNAVAILABLE, on=DAY)
    bar = a_finding("tax", Outcome.BARRED_ARREARS, on=DAY)
    for answer in ((bar, out), (replace(bar, further=(Outcome.RATE_LIMITED,)),)):
        assert recalled(a_case(DAY - ONE_DAY, earlier), a_case(DAY, *answer)).findings == answer[:1]


def test_an_outage_that_lists_a_bar_further_is_an_outage() -> None:
    odd = replace(a_finding("tax", Outcome.UNAVAILABLE, on=DAY), further=(Outcome.BARRED_ARREARS,))
    assert recalled(a_case(DAY, odd)).findings == ()


@pytest.mark.parametrize("unclear", [Outcome.DISPUTED, Outcome.NO_INFORMATION, Outcome.MALFORMED])
def test_an_answer_that_is_unclear_takes_the_place_of_an_earlier_clear_one(unclear: Outcome) -> None:
    earlier, later = a_finding("tax", on=DAY - ONE_DAY), a_finding("tax", unclear, on=DAY)
    assert recalled(a_case(DAY - ONE_DAY, earlier), a_case(DAY, later)).findings == (later,)


def test_each_scheme_and_agency_is_recalled_by_itself() -> None:
    tax, contributions = a_finding("tax", on=DAY - 9 * ONE_DAY), a_finding("social_security", on=DAY)
    other = replace(tax, agency="municipality", outcome=Outcome.BARRED_ARREARS)
    found = recalled(a_case(DAY, contributions, other), a_case(DAY - 9 * ONE_DAY, tax)).findings
    assert set(found) == {tax, contributions, other}


@pytest.mark.parametrize(
    ("checked_at", "day"),
    [
        (datetime(2026, 1, 1, 5, 59, 59, 999999, UTC), date(2025, 12, 31)),
        (datetime(2026, 1, 1, 6, tzinfo=UTC), date(2026, 1, 1)),
    ],
)
def test_an_undated_answer_speaks_of_the_day_in_the_authoritys_zone(checked_at: datetime, day: date) -> None:
    finding = replace(a_finding("tax"), data_as_of=None, checked_at=checked_at)
    assert speaks_of(finding, COSTA_RICA) == day
    assert recalled(a_case(day, finding), on=date(2025, 12, 31)).findings == ((finding,) if day.year == 2025 else ())


def test_a_future_date_gets_the_newest() -> None:
    old, new = a_finding("tax", on=DAY - 40 * ONE_DAY), a_finding("tax", on=DAY)
    assert recalled(a_case(DAY, new), a_case(DAY - 40 * ONE_DAY, old), on=date(2100, 12, 31)).findings == (new,)


def test_facts_are_the_latest_of_each_source() -> None:
    cases = (
        a_case(DAY - 9 * ONE_DAY, heads(3, as_of=DAY - 9 * ONE_DAY), heads(5, DECLARED, DAY - 9 * ONE_DAY)),
        a_case(DAY, heads(4, as_of=DAY), heads(7, as_of=DAY + ONE_DAY)),
    )
    assert set(recalled(*cases).facts) == {heads(4, as_of=DAY), heads(5, DECLARED, DAY - 9 * ONE_DAY)}


def test_a_fact_without_a_date_holds_for_the_legal_day_of_its_application_and_says_so() -> None:
    case = a_case(DAY, heads(4))
    assert recalled(case, on=DAY - ONE_DAY).facts == ()
    assert recalled(case, on=DAY + 90 * ONE_DAY).facts == (heads(4, as_of=DAY),)


def test_facts_of_one_source_that_contradict_each_other_in_one_application_are_all_kept() -> None:
    assert set(recalled(a_case(DAY, heads(4), heads(9))).facts) == {heads(4, as_of=DAY), heads(9, as_of=DAY)}


def test_nothing_stored_is_no_evidence() -> None:
    assert recalled() == Evidence(())


CASES = st.lists(
    st.builds(
        lambda on, found: a_case(on, *found),
        st.dates(DAY - 30 * ONE_DAY, DAY + 30 * ONE_DAY),
        st.lists(strategies.findings | strategies.facts(), max_size=4),
    ),
    max_size=4,
)


@given(CASES, st.data())
def test_the_order_of_the_cases_makes_no_difference(cases: list[StoredCase], data: st.DataObject) -> None:
    assert recalled(*data.draw(st.permutations(cases))) == recalled(*cases)


@given(CASES)
def test_everything_recalled_was_stored_and_speaks_of_no_later_day(cases: list[StoredCase]) -> None:
    evidence = recalled(*cases)
    stored = {finding for case in cases for finding in in_order(case.evidence).findings}
    assert stored.issuperset(evidence.findings)
    assert all(speaks_of(finding, COSTA_RICA) <= DAY for finding in evidence.findings)
    assert all(fact.as_of is not None and fact.as_of <= DAY for fact in evidence.facts)
