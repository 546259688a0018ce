"""When a waiting application is tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.model import ApplicationState, Decision, Evidence, Reason, Result, Text
from certsvc.core.outcome import Outcome
from certsvc.service.pending import PACED_LAST, RetryPlan, is_paced
from certsvc.service.records import Application, Request
from tests.situations import AGENCY_OF, DAY, RULES, a_finding, an_enterprise
from tests.strategies import noon

PLAN = RetryPlan(timedelta(seconds=30), timedelta(hours=1), timedelta(days=30))
AT = datetime(2026, 6, 1, 15, tzinfo=UTC)

ids = st.uuids(version=4).map(str)


def waiting(application_id: str = "one", attempts: int = 1, **missing: Outcome) -> Application:
    """An application that waits for the agencies of these schemes."""
    text = Text("x", "x")
    reasons = tuple(Reason(o.value, text, text, "", s, AGENCY_OF[s]) for s, o in missing.items())
    decision = Decision(Result.UNDECIDED, DAY, RULES.ref, reasons=reasons or (Reason("X", text, text, ""),))
    findings = tuple(a_finding(s, missing.get(s, Outcome.CLEAR)) for s in AGENCY_OF)
    return Application(
        id=application_id,
        request=Request("programme/test", "r", b"d" * 32, an_enterprise()),
        state=ApplicationState.PENDING,
        decision=decision,
        evidence=Evidence(findings),
        created_at=noon(DAY),
        updated_at=noon(DAY),
        attempts=attempts,
    )


@given(ids)
def test_attempts_come_at_doubling_distances_up_to_the_last(application_id: str) -> None:
    longest = [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    for attempts, seconds in enumerate(longest, start=1):
        wait = PLAN.wait(waiting(application_id, attempts)).total_seconds()
        assert seconds * 0.75 <= wait <= seconds
    assert PLAN.wait(waiting(application_id, 10_000)) <= PLAN.last


def test_those_that_one_outage_left_waiting_are_spread_over_a_quarter_of_the_wait() -> None:
    waits = sorted(PLAN.wait(waiting(f"application-{n}", 8)).total_seconds() for n in range(1000))
    assert waits[0] < 0.77 * 3600
    assert waits[-1] > 0.98 * 3600
    in_one_second = max(sum(1 for other in waits if wait <= other < wait + 1) for wait in waits)
    assert in_one_second < 20


@given(ids, st.integers(1, 100), st.timedeltas(timedelta(0), PLAN.give_up_after - timedelta(seconds=1)))
def test_no_attempt_is_planned_for_later_than_the_deadline(application_id: str, attempts: int, age: timedelta) -> None:
    first = PLAN.planned(waiting(application_id))
    assert first.expires_at == first.created_at + PLAN.give_up_after
    later = PLAN.planned(replace(first, attempts=attempts, updated_at=first.created_at + age))
    assert later.expires_at == first.expires_at
    assert later.next_attempt_at is not None
    assert first.expires_at is not None
    assert later.updated_at < later.next_attempt_at <= first.expires_at


def test_the_last_attempt_comes_at_the_deadline_itself() -> None:
    first = PLAN.planned(waiting())
    assert first.expires_at is not None
    late = replace(first, attempts=30, updated_at=first.expires_at - timedelta(seconds=1))
    assert PLAN.planned(late).next_attempt_at == first.expires_at


@given(ids, st.integers(1, 100))
def test_a_pause_is_not_waited_out_for_ever_longer(application_id: str, attempts: int) -> None:
    paused = waiting(application_id, attempts, tax=Outcome.RATE_LIMITED)
    assert PLAN.wait(paused) <= PACED_LAST
    assert PLAN.wait(paused) <= PLAN.wait(replace(paused, evidence=Evidence(())))


def test_only_a_pause_and_nothing_else_is_paced() -> None:
    assert is_paced(waiting(tax=Outcome.RATE_LIMITED))
    assert not is_paced(waiting(tax=Outcome.RATE_LIMITED, social_security=Outcome.UNAVAILABLE))
    assert not is_paced(waiting(tax=Outcome.UNAVAILABLE))
    assert not is_paced(waiting())
