"""Of several answers on one enterprise the worst counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.agencies.adapter import (
    GRAVITY,
    UNKNOWN,
    Answer,
    by_gravity,
    is_event_date,
    may_list,
    to_evidence,
    worst_of,
)
from certsvc.core.account import Account, Debt
from certsvc.core.outcome import Outcome, Standing
from tests.agencies.kit import NOW, TODAY

ORDER = [Standing.BARRED, Standing.UNKNOWN, Standing.CLEAR]

outcomes = st.sampled_from(list(Outcome))


def test_every_outcome_has_its_place_bars_before_unknowns_before_clear() -> None:
    assert sorted(GRAVITY) == sorted(Outcome)
    ranks = [ORDER.index(outcome.standing) for outcome in GRAVITY]
    assert all(first <= second for first, second in pairwise(ranks))
    assert GRAVITY[-1] is Outcome.CLEAR


@given(st.lists(outcomes, min_size=1))
def test_the_worst_standing_counts_and_no_bar_is_lost(given_outcomes: list[Outcome]) -> None:
    first, further = by_gravity(given_outcomes)
    assert ORDER.index(first.standing) == min(ORDER.index(outcome.standing) for outcome in given_outcomes)
    bars = {outcome for outcome in given_outcomes if outcome.standing is Standing.BARRED}
    assert {outcome for outcome in (first, *further) if outcome.standing is Standing.BARRED} == bars
    assert len(set(further)) == len(further)
    assert Standing.CLEAR not in {outcome.standing for outcome in further}


@given(st.lists(outcomes, min_size=1))
def test_a_bar_does_not_hide_that_something_is_not_known(given_outcomes: list[Outcome]) -> None:
    first, further = by_gravity(given_outcomes)
    unknowns = [outcome for outcome in GRAVITY if outcome in given_outcomes and outcome.standing is Standing.UNKNOWN]
    shown = [outcome for outcome in (first, *further) if outcome.standing is Standing.UNKNOWN]
    assert shown == unknowns[:1]
    assert first.standing is Standing.BARRED or further == ()


kept = st.lists(outcomes, min_size=1, max_size=3).map(lambda several: Answer(*by_gravity(several)))


@given(st.lists(kept, min_size=1, max_size=5), st.integers(1, 4))
def test_it_is_the_same_whether_numbers_are_taken_together_at_once_or_by_and_by(answers: list[Answer], by: int) -> None:
    whole = worst_of(answers)
    parts = [worst_of(answers[at : at + by]) for at in range(0, len(answers), by)]
    assert worst_of(parts) == worst_of(answers[::-1]) == whole


@given(st.lists(kept, min_size=1, max_size=5))
def test_no_number_that_is_not_known_is_lost_beside_the_others(answers: list[Answer]) -> None:
    whole = worst_of(answers)
    said = {outcome.standing for answer in answers for outcome in (answer.outcome, *answer.further)}
    shown = {outcome.standing for outcome in (whole.outcome, *whole.further)}
    assert shown == (said if said == {Standing.CLEAR} else said - {Standing.CLEAR})


def test_the_oldest_date_holds_and_every_name_is_kept_once() -> None:
    older, newer = date(2026, 8, 1), date(2026, 9, 1)
    whole = worst_of(
        [
            Answer(Outcome.CLEAR, data_as_of=newer, name="UNO"),
            Answer(Outcome.NO_INFORMATION),
            Answer(Outcome.BARRED_ARREARS, (Outcome.BARRED_MISSING_RETURN,), older, "DOS"),
            Answer(Outcome.CLEAR, data_as_of=newer, name="UNO"),
        ]
    )
    further = (Outcome.BARRED_MISSING_RETURN, Outcome.NO_INFORMATION)
    assert whole == Answer(Outcome.BARRED_ARREARS, further, older, "UNO", ("DOS",))
    facts = to_evidence("fund", ("duty",), whole, NOW).facts
    assert [(fact.value, fact.source, fact.as_of) for fact in facts] == [("UNO", "fund", older), ("DOS", "fund", older)]


def test_answers_without_date_or_name_stay_without() -> None:
    assert worst_of([Answer(Outcome.CLEAR), Answer(Outcome.CLEAR)]) == Answer(Outcome.CLEAR)


OWED = (Debt(date(2014, 11, 30), Decimal(120), Decimal(30)),)
MORE = (Debt(date(2015, 1, 31), Decimal(7)),)


def test_debts_become_the_account_of_every_finding() -> None:
    found = to_evidence("fund", ("a", "b"), Answer(Outcome.BARRED_ARREARS, debts=OWED), NOW).findings
    assert [finding.account for finding in found] == [Account(debts=OWED)] * 2
    assert [f.account for f in to_evidence("fund", ("a",), Answer(Outcome.BARRED_ARREARS), NOW).findings] == [None]


@pytest.mark.parametrize(
    ("other", "debts"),
    [
        (Answer(Outcome.CLEAR), OWED),
        (Answer(Outcome.CLEAR_NOT_LIABLE), OWED),
        (Answer(Outcome.BARRED_ARREARS, debts=MORE), OWED + MORE),
        (Answer(Outcome.CLEAR_BELOW_THRESHOLD, debts=MORE), OWED + MORE),
        (Answer(Outcome.CLEAR_BELOW_THRESHOLD), ()),
        (Answer(Outcome.CLEAR_UNDER_ARRANGEMENT), ()),
        (Answer(Outcome.BARRED_ARREARS), ()),
        (Answer(Outcome.BARRED_NOT_REGISTERED), ()),
        (Answer(Outcome.BARRED_ARREARS, debts=MORE * 64), ()),
        *((answer, ()) for answer in UNKNOWN.values()),
    ],
)
def test_debts_are_listed_only_if_they_are_all_and_hide_nothing(other: Answer, debts: tuple[Debt, ...]) -> None:
    owing = Answer(Outcome.BARRED_ARREARS, debts=OWED)
    assert worst_of([owing, other]).debts == debts
    assert set(worst_of([other, owing]).debts) == set(debts)


@pytest.mark.parametrize("outcome", Outcome)
def test_beside_arrears_only_a_bar_or_plain_clear_lets_debts_be_listed(outcome: Outcome) -> None:
    plain = outcome in (Outcome.CLEAR, Outcome.CLEAR_NOT_LIABLE)
    assert may_list({Outcome.BARRED_ARREARS, outcome}) == (plain or outcome.standing is Standing.BARRED)


def test_an_event_may_be_older_than_any_data_and_is_never_ahead() -> None:
    days = (date(1899, 12, 31), date(1900, 1, 1), TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    assert [is_event_date(day, NOW) for day in days] == [False, True, True, False]
