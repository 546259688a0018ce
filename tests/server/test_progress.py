"""Who waits sees how far each agency is; which process is at it, operators and auditors alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.model import ApplicationState, Decision, Enterprise, Evidence, Finding, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.server.progress import ANSWERED, ASKING, DISPUTED, PAUSED, WAITING, Progress, progress
from certsvc.service.records import Application, Request
from certsvc.v1 import certificate_service_pb2 as pb
from tests.server import fakes
from tests.server.conftest import Running

CLEAR = Finding("tax", "hacienda", Outcome.CLEAR, fakes.NOW, fakes.TODAY)
LEASE_END = fakes.NOW + timedelta(seconds=15)


def the_fund(outcome: Outcome) -> Finding:
    return Finding("social_security", "ccss", outcome, fakes.NOW + timedelta(seconds=2))


def waiting(*findings: Finding, owner: str | None = None, decision: Decision = fakes.UNDECIDED) -> Application:
    """An application that waits for the fund."""
    request = Request("programme/siec", str(uuid4()), b"d" * 32, Enterprise((fakes.IDENTIFIER,)))
    application = fakes.application(request, ApplicationState.PENDING)
    leased_until = LEASE_END if owner else None
    return replace(application, evidence=Evidence(findings), decision=decision, owner=owner, leased_until=leased_until)


def states(application: Application) -> dict[str, object]:
    return {each.agency: each.state for each in progress(application)}


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.UNAVAILABLE, WAITING),
        (Outcome.NO_INFORMATION, WAITING),
        (Outcome.MALFORMED, WAITING),
        (Outcome.RATE_LIMITED, PAUSED),
        (Outcome.DISPUTED, DISPUTED),
    ],
)
def test_each_agency_is_told_by_what_it_said(outcome: Outcome, state: object) -> None:
    application = waiting(CLEAR, the_fund(outcome))
    assert list(progress(application)) == [
        Progress("hacienda", ("tax",), ANSWERED, fakes.NOW),
        Progress("ccss", ("social_security",), state, fakes.NOW + timedelta(seconds=2)),
    ]
    assert states(replace(application, owner="host-1", leased_until=LEASE_END)) == {
        "hacienda": ANSWERED,
        "ccss": ASKING,
    }


def test_an_agency_that_was_never_asked_is_waited_for() -> None:
    assert list(progress(waiting())) == [Progress("ccss", (), WAITING, None)]


def test_a_definite_answer_that_leaves_doubt_is_still_waited_for() -> None:
    assert states(waiting(CLEAR, the_fund(Outcome.BARRED_ARREARS))) == {"hacienda": ANSWERED, "ccss": WAITING}


def test_what_stood_in_for_an_agency_is_no_answer_of_it() -> None:
    assert states(waiting(the_fund(Outcome.CLEAR), the_fund(Outcome.UNAVAILABLE))) == {"ccss": WAITING}


def test_a_report_does_not_count_as_asked() -> None:
    reported = replace(the_fund(Outcome.BARRED_ARREARS), source=Source.EVENT)
    assert [each.asked_at for each in progress(waiting(reported))] == [None]


def test_the_expired_show_who_never_answered() -> None:
    expired = replace(
        waiting(CLEAR, the_fund(Outcome.UNAVAILABLE)),
        state=ApplicationState.EXPIRED,
        next_attempt_at=None,
        expires_at=None,
    )
    assert states(expired) == {"hacienda": ANSWERED, "ccss": WAITING}


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=4), st.booleans())
def test_an_agency_has_answered_only_if_all_its_answers_are_definite_and_leave_nothing_open(
    outcomes: list[Outcome], leased: bool
) -> None:
    findings = tuple(replace(the_fund(o), agency="fodesaf", scheme=f"scheme-{n}") for n, o in enumerate(outcomes))
    application = waiting(*findings, owner="host-1" if leased else None)
    definite = all(o.standing is not Standing.UNKNOWN for o in outcomes)
    assert (states(application)["fodesaf"] == ANSWERED) == definite
    assert states(application)["ccss"] == (ASKING if leased else WAITING)


@pytest.mark.parametrize(("role", "sees"), [("programme", False), ("operator", True), ("auditor", True)])
async def test_only_who_sees_everything_sees_which_process_is_at_it(running: Running, role: str, sees: bool) -> None:
    application = waiting(CLEAR, the_fund(Outcome.UNAVAILABLE), owner="host-1-abc")
    running.fakes.applications[application.id] = application
    stub = await running.certificates(role)
    shown = await stub.GetApplication(pb.GetApplicationRequest(name=f"applications/{application.id}"), timeout=30)
    assert (shown.worker, shown.HasField("lease_expire_time")) == (("host-1-abc", True) if sees else ("", False))
    assert [(each.agency, each.state) for each in shown.progress] == [("hacienda", ANSWERED), ("ccss", ASKING)]
    assert shown.attempts == application.attempts


async def test_who_watches_sees_the_agencies_being_asked_and_the_end(running: Running) -> None:
    application = waiting(CLEAR, the_fund(Outcome.UNAVAILABLE))
    running.fakes.applications[application.id] = application
    stub = await running.certificates("operator")
    watching = stub.WatchApplication(pb.WatchApplicationRequest(name=f"applications/{application.id}"), timeout=30)
    seen: list[tuple[object, str]] = []
    async with asyncio.timeout(30):
        seen.append(_fund(await watching.read()))
        running.fakes.changes.put_nowait(replace(application, owner="host-1", leased_until=LEASE_END))
        seen.append(_fund(await watching.read()))
        running.fakes.changes.put_nowait(replace(application, state=ApplicationState.EXPIRED))
        seen.append(_fund(await watching.read()))
    assert seen == [(WAITING, ""), (ASKING, "host-1"), (WAITING, "")]


def _fund(answer: pb.WatchApplicationResponse) -> tuple[object, str]:
    return answer.application.progress[1].state, answer.application.worker
