"""An outage must not multiply the load."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.agencies.resilience.retries import RetryBudget, backoff


@given(
    share=st.sampled_from([0.05, 0.1, 0.5]),
    burst=st.integers(1, 20),
    weather=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40),
)
def test_retries_never_exceed_their_share_and_the_burst(
    share: float, burst: int, weather: list[tuple[int, int]]
) -> None:
    budget = RetryBudget(share, burst)
    questions = retries = 0
    for asked, wanted in weather:
        for _ in range(asked):
            budget.earn()
        questions += asked
        retries += sum(budget.spend() for _ in range(wanted))
        assert retries <= questions * share + burst + 1e-6


def test_the_budget_comes_back_with_questions() -> None:
    budget = RetryBudget(0.5, 1)
    assert budget.spend()
    assert not budget.spend()
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()


@pytest.mark.parametrize(("retry", "least", "most"), [(1, 0.05, 0.1), (2, 0.1, 0.2), (3, 0.2, 0.4)])
def test_the_pause_doubles_and_at_least_half_of_it_is_waited(retry: int, least: float, most: float) -> None:
    assert backoff(0.1, retry, 0.0) == pytest.approx(least)
    assert backoff(0.1, retry, 0.999999) == pytest.approx(most, rel=1e-3)
