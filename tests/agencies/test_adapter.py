"""Of several answers on one enterprise the worst counts."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from certsvc.agencies.adapter import GRAVITY, Answer, by_gravity, to_evidence, worst_of
from certsvc.core.model import Outcome, Standing
from tests.agencies.kit import NOW

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
    assert len(further) == max(len(bars) - 1, 0)


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
    assert whole == Answer(Outcome.BARRED_ARREARS, (Outcome.BARRED_MISSING_RETURN,), older, "UNO", ("DOS",))
    facts = to_evidence("fund", ("duty",), whole, NOW).facts
    assert [(fact.value, fact.source, fact.as_of) for fact in facts] == [("UNO", "fund", older), ("DOS", "fund", older)]


def test_answers_without_date_or_name_stay_without() -> None:
    assert worst_of([Answer(Outcome.CLEAR), Answer(Outcome.CLEAR)]) == Answer(Outcome.CLEAR)
