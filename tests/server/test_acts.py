"""What operators do about agencies, over real sockets and mutual TLS: read strictly, done under their own names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from certsvc.core.rules.scheme import Degraded
from certsvc.v1 import enterprise_pb2
from certsvc.v1 import operations_service_pb2 as pb
from certsvc.v1.operations_service_pb2_grpc import OperationsServiceStub
from tests.server import fakes
from tests.server.calls import told
from tests.server.conftest import Running

UNTIL = datetime(2026, 3, 9, 12, 30, 0, 5, tzinfo=UTC)
ID = fakes.DISPUTED.id


def stamp(at: datetime = UNTIL) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(at)
    return made


def number() -> enterprise_pb2.Identifier:
    return enterprise_pb2.Identifier(kind="cr.cedula_juridica", value="3-101-123456")


def a_claim(**changes: Any) -> pb.OpenDisputeRequest:
    return pb.OpenDisputeRequest(
        **{
            "agency": "ccss",
            "scheme": "social_security",
            "identifier": number(),
            "statement": "receipt 12",
            "expire_time": stamp(),
            **changes,
        }
    )


@pytest.fixture
async def ana(running: Running) -> Any:
    """OperationsService as operator/ana; the stubs know no asynchronous ones."""
    return OperationsServiceStub(await running.channel("operator", "ana"))


async def faults(call: Any) -> dict[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    answer = told(failed.value)
    assert answer.code is grpc.StatusCode.INVALID_ARGUMENT
    assert answer.bad is not None
    return {violation.field: violation.description for violation in answer.bad.field_violations}


async def test_a_switch_is_made_under_the_operators_own_name(running: Running, ana: Any) -> None:
    request = pb.SwitchAgencyModeRequest(
        agency="ccss", mode=pb.DEGRADED_MODE_PROVISIONAL, reason="  ticket 7 ", expire_time=stamp()
    )
    answer = (await ana.SwitchAgencyMode(request, timeout=30)).mode
    assert running.fakes.seen == [("ccss", Degraded.PROVISIONAL, "ticket 7", "operator/ana", UNTIL)]
    assert (answer.agency, answer.mode, answer.reason) == ("ccss", pb.DEGRADED_MODE_PROVISIONAL, "ticket 7")
    assert (answer.actor, answer.expire_time) == ("operator/ana", stamp())


async def test_no_mode_goes_back_to_the_rules(running: Running, ana: Any) -> None:
    answer = await ana.SwitchAgencyMode(pb.SwitchAgencyModeRequest(agency="ccss", reason="it is back"), timeout=30)
    assert running.fakes.seen == [("ccss", None, "it is back", "operator/ana", None)]
    assert answer.mode.mode == pb.DEGRADED_MODE_UNSPECIFIED


async def test_a_release_tells_who_proposed_it_and_who_carried_it_out(running: Running, ana: Any) -> None:
    request = pb.ReleaseAgencyHoldRequest(agency="ccss", reason="confirmed by phone")
    hold = (await ana.ReleaseAgencyHold(request, timeout=30)).hold
    assert running.fakes.seen == [("ccss", "operator/ana", "confirmed by phone")]
    assert (hold.asked, hold.turned, hold.proposed_by, hold.released_by) == (412, 398, "operator/ana", "operator/ana")
    assert hold.hold_time.ToDatetime(UTC) - hold.suspect_time.ToDatetime(UTC) == timedelta(hours=6)
    assert hold.HasField("propose_time")
    assert hold.HasField("release_time")


async def test_a_dispute_is_opened_approved_and_closed_under_ones_own_name(running: Running, ana: Any) -> None:
    opened = (await ana.OpenDispute(a_claim(), timeout=30)).dispute
    assert (opened.name, opened.state) == (f"disputes/{ID}", pb.Dispute.STATE_OPEN)
    assert (opened.agency, opened.scheme, opened.statement) == ("ccss", "social_security", "receipt 12")
    assert (opened.identifier.value, opened.opened_by, opened.expire_time) == ("3101123456", "operator/ana", stamp())
    approved = (await ana.ApproveDispute(pb.ApproveDisputeRequest(name=opened.name), timeout=30)).dispute
    assert (approved.state, approved.approved_by) == (pb.Dispute.STATE_APPROVED, "operator/ana")
    assert approved.HasField("approve_time")
    closed = (await ana.CloseDispute(pb.CloseDisputeRequest(name=opened.name), timeout=30)).dispute
    assert (closed.state, closed.closed_by) == (pb.Dispute.STATE_CLOSED, "operator/ana")
    assert closed.HasField("close_time")
    claim = ("ccss", "social_security", fakes.IDENTIFIER, "receipt 12", "operator/ana", UNTIL)
    assert running.fakes.seen == [claim, (ID, "operator/ana"), (ID, "operator/ana")]


async def test_disputes_are_listed_with_how_they_stand_now(running: Running, ana: Any) -> None:
    answer = await ana.ListDisputes(pb.ListDisputesRequest(), timeout=30)
    assert [d.state for d in answer.disputes] == [pb.Dispute.STATE_OPEN, pb.Dispute.STATE_EXPIRED]
    await ana.ListDisputes(pb.ListDisputesRequest(show_closed=True, page_size=7, identifier=number()), timeout=30)
    assert running.fakes.seen == [(False, 100, None), (True, 7, fakes.IDENTIFIER)]


@pytest.mark.parametrize(
    ("method", "request_", "wrong"),
    [
        ("SwitchAgencyMode", pb.SwitchAgencyModeRequest(), {"agency", "reason"}),
        ("SwitchAgencyMode", pb.SwitchAgencyModeRequest(agency="ccss", mode=99, reason="x"), {"mode"}),  # type: ignore[arg-type]
        ("SwitchAgencyMode", pb.SwitchAgencyModeRequest(agency="a" * 64, reason=" "), {"agency", "reason"}),
        ("SwitchAgencyMode", pb.SwitchAgencyModeRequest(agency="ccss", reason="two\nlines"), {"reason"}),
        ("SwitchAgencyMode", pb.SwitchAgencyModeRequest(agency="ccss", reason="x" * 501), {"reason"}),
        (
            "SwitchAgencyMode",
            pb.SwitchAgencyModeRequest(agency="ccss", reason="x", expire_time=Timestamp(seconds=1 << 60)),
            {"expire_time"},
        ),
        ("ReleaseAgencyHold", pb.ReleaseAgencyHoldRequest(agency="ccss", reason="\u202e"), {"reason"}),
        ("ReleaseAgencyHold", pb.ReleaseAgencyHoldRequest(), {"agency", "reason"}),
        (
            "OpenDispute",
            pb.OpenDisputeRequest(),
            {"agency", "scheme", "identifier.kind", "statement", "expire_time"},
        ),
        ("OpenDispute", a_claim(statement="x" * 2001), {"statement"}),
        ("OpenDispute", a_claim(identifier=enterprise_pb2.Identifier(kind="cr.nite", value="1")), {"identifier.value"}),
        ("ApproveDispute", pb.ApproveDisputeRequest(name=ID), {"name"}),
        ("ApproveDispute", pb.ApproveDisputeRequest(name="disputes/7"), {"name"}),
        ("CloseDispute", pb.CloseDisputeRequest(), {"name"}),
        ("ListDisputes", pb.ListDisputesRequest(page_size=1001), {"page_size"}),
        ("ListDisputes", pb.ListDisputesRequest(page_size=-1), {"page_size"}),
    ],
)
async def test_every_fault_of_a_request_is_named_and_nothing_is_done(
    running: Running, ana: Any, method: str, request_: Any, wrong: set[str]
) -> None:
    assert set(await faults(getattr(ana, method)(request_, timeout=30))) == wrong
    assert running.fakes.seen == []


async def test_the_status_says_of_each_agency_all_that_is_known(running: Running) -> None:
    stub: Any = OperationsServiceStub(await running.channel("auditor", "contraloria"))
    ccss, gone = (await stub.GetServiceStatus(pb.GetServiceStatusRequest(), timeout=30)).agencies
    assert (ccss.breaker, ccss.concurrency_limit, ccss.in_flight, ccss.waiting) == (
        pb.AgencyStatus.BREAKER_OPEN,
        4,
        1,
        2,
    )
    assert (ccss.quota_left, ccss.pause_expire_time) == (17, stamp(fakes.NOW + timedelta(minutes=10)))
    assert (ccss.pending_applications, ccss.oldest_pending_age.ToMilliseconds()) == (3, 61_500)
    assert (ccss.answer_time, ccss.data_as_of.day) == (stamp(fakes.NOW), fakes.TODAY.day)
    assert (ccss.mode.mode, ccss.mode.reason) == (pb.DEGRADED_MODE_PROVISIONAL, "ticket 7")
    assert (ccss.hold.turned, ccss.hold.HasField("release_time")) == (398, False)
    assert (gone.agency, gone.breaker, gone.pending_applications) == ("gone", pb.AgencyStatus.BREAKER_UNSPECIFIED, 1)
    for field in ("quota_left", "pause_expire_time", "answer_time", "data_as_of", "mode", "hold"):
        assert not gone.HasField(field), field
