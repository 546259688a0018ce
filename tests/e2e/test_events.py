"""Agencies report payments and arrears, by calling us and by being followed, and applications are decided on it.

The ordinary next attempt is an hour away in every test here: what is decided within seconds, an event has brought.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest

from certsvc.agencies.sandbox.scenario import CastMember, load_scenario, shipped_text
from certsvc.core.rules.model import Event
from certsvc.v1 import agency_event_service_pb2 as event_pb
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2
from certsvc.v1.agency_event_service_pb2_grpc import AgencyEventServiceStub
from tests.e2e.stack import Running, Stage, stage
from tests.pki import issue_agency
from tests.server.calls import told
from tests.wire import request_for

README = Path(__file__).resolve().parents[2] / "certsvc" / "agencies" / "README.md"

NOT_POSTED = """
[[enterprise]]
key = "not-posted"
story = "Has paid what it owed to social security; the payment is not posted yet."
kind = "cr.cedula_juridica"
value = "3101999950"
name = "EDITORIAL TINTA DE AYER SOCIEDAD ANONIMA"
declared = { head_count = 4, net_sales = "40000000.00", total_assets = "9000000.00", sector = "services" }
ccss = { outcome = "BARRED_ARREARS", days_ago = 2, account = { last_payment = 1 } }
expected = { result = "UNDECIDED", reasons = ["PAYMENT_NOT_POSTED"] }
"""
SCENARIO = shipped_text() + NOT_POSTED
CAST = {member.key: member for member in load_scenario(SCENARIO).cast}
CLEAR, WAITS = CAST["clear"], CAST["not-posted"]
NOT_SOON = {"pending__first_retry_seconds": "3600", "pending__last_retry_seconds": "3600"}
SECONDS = 10.0
State = pb.Application.State
Kind = event_pb.AgencyEvent.Kind


@pytest.fixture
async def on_stage(tmp_path: Path, database: str) -> AsyncIterator[Stage]:
    async with stage(tmp_path, database, SCENARIO) as made:
        yield made


def do_not_follow(on: Stage) -> None:
    """From the next start on, nothing is known of the agencies but what they are asked or what they call for."""
    path = on.data / "certsvc.toml"
    text = path.read_text("utf-8")
    assert "follow = true" in text
    path.write_text(text.replace("follow = true", "follow = false"), "utf-8")


@asynccontextmanager
async def agency(service: Running, name: str = "ccss") -> AsyncIterator[AgencyEventServiceStub]:
    """AgencyEventService as this agency."""
    async with service.channel(issue_agency(service.data, name)) as channel:
        yield AgencyEventServiceStub(channel)


def an_event(member: CastMember, kind: Any, event_id: str = "", ago: timedelta = timedelta(0)) -> event_pb.AgencyEvent:
    return event_pb.AgencyEvent(
        event_id=event_id or str(uuid.uuid4()),
        kind=kind,
        scheme="social_security",
        identifier={"kind": member.identifier.kind, "value": member.identifier.value},
        occur_time=datetime.now(UTC) - ago,
    )


async def report(service: Running, *events: event_pb.AgencyEvent, name: str = "ccss") -> int:
    """How many were new."""
    async with agency(service, name) as stub:
        answer = await stub.ReportEvents(event_pb.ReportEventsRequest(events=events), timeout=30)
    return int(answer.new_events)


async def apply(service: Running, member: CastMember) -> pb.Application:
    async with service.certificates() as stub:
        answer = await stub.IssueCertificate(request_for(member, str(uuid.uuid4())), timeout=30)
        application: pb.Application = answer.application
        return application


async def waiting(service: Running) -> pb.Application:
    """The application of the firm whose payment is not posted."""
    application = await apply(service, WAITS)
    assert application.state == State.STATE_PENDING
    assert [(r.code, r.agency) for r in application.decision.reasons] == [("PAYMENT_NOT_POSTED", "ccss")]
    return application


async def decided(service: Running, application: pb.Application) -> pb.Application:
    """The application once it is decided, within seconds."""
    async with service.certificates() as stub, asyncio.timeout(SECONDS):
        watch = stub.WatchApplication(pb.WatchApplicationRequest(name=application.name), timeout=60)
        *_, last = [answer async for answer in watch]
    after: pb.Application = last.application
    return after


async def test_a_payment_that_an_agency_reports_decides_a_waiting_application_within_seconds(on_stage: Stage) -> None:
    do_not_follow(on_stage)
    async with on_stage.serve(**NOT_SOON) as service:
        application = await waiting(service)
        on_stage.sandbox.happen("ccss", Event.PAYMENT, WAITS.identifier.value)  # told to nobody
        assert await report(service, an_event(WAITS, Kind.KIND_PAYMENT)) == 1
        after = await decided(service, application)
    assert after.state == State.STATE_GRANTED
    assert after.certificate.token


async def test_a_payment_on_a_followed_stream_decides_a_waiting_application_within_seconds(on_stage: Stage) -> None:
    async with on_stage.serve(**NOT_SOON) as service:
        application = await waiting(service)
        on_stage.sandbox.happen("ccss", Event.PAYMENT, WAITS.identifier.value)
        after = await decided(service, application)
    assert after.state == State.STATE_GRANTED


async def test_a_payment_while_no_service_runs_decides_the_application_after_the_restart(on_stage: Stage) -> None:
    async with on_stage.serve(**NOT_SOON) as service:
        application = await waiting(service)
    on_stage.sandbox.happen("ccss", Event.PAYMENT, WAITS.identifier.value)
    async with on_stage.serve(**NOT_SOON) as service:
        after = await decided(service, application)
    assert after.state == State.STATE_GRANTED


async def test_two_services_on_one_database_decide_once(on_stage: Stage) -> None:
    async with on_stage.serve(**NOT_SOON) as one, on_stage.serve(**NOT_SOON) as other:
        application = await waiting(one)
        on_stage.sandbox.happen("ccss", Event.PAYMENT, WAITS.identifier.value)
        both = await asyncio.gather(decided(one, application), decided(other, application))
        async with one.certificates() as stub:
            listed = await stub.ListCertificates(pb.ListCertificatesRequest())
    assert {application.state for application in both} == {State.STATE_GRANTED}
    assert [c.token for c in listed.certificates] == [both[0].certificate.token]


async def test_the_same_event_again_and_an_older_one_change_nothing(on_stage: Stage) -> None:
    do_not_follow(on_stage)
    paid = an_event(WAITS, Kind.KIND_PAYMENT, "receipt-1")
    async with on_stage.serve(**NOT_SOON) as service:
        application = await waiting(service)
        on_stage.sandbox.happen("ccss", Event.PAYMENT, WAITS.identifier.value)
        assert await report(service, paid, paid) == 1
        first = await decided(service, application)
        assert await report(service, paid) == 0
        # Of before the payment and of before the agency's clear answer, told late.
        late = an_event(WAITS, Kind.KIND_ARREARS, "notice-1", ago=timedelta(days=4))
        assert await report(service, late) == 1
        assert await report(service, late, paid) == 0
        async with service.certificates() as stub:
            again = await stub.GetApplication(pb.GetApplicationRequest(name=application.name))
        assert again.certificate.token == first.certificate.token
        assert again.certificate.status == pb.Certificate.STATUS_VALID
        assert (await apply(service, WAITS)).state == State.STATE_GRANTED


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(Kind.KIND_ARREARS, "BARRED_ARREARS"), (Kind.KIND_ARRANGEMENT_BROKEN, "BARRED_ARRANGEMENT_BROKEN")],
)
async def test_a_bar_that_is_reported_wins_over_an_older_clear_answer(on_stage: Stage, kind: Any, reason: str) -> None:
    do_not_follow(on_stage)
    async with on_stage.serve(**NOT_SOON) as service:
        assert (await apply(service, CLEAR)).state == State.STATE_GRANTED
        await report(service, an_event(CLEAR, kind))
        refused = await apply(service, CLEAR)
        assert refused.state == State.STATE_REFUSED
        assert [(r.code, r.agency) for r in refused.decision.reasons] == [(reason, "ccss")]
        (found,) = (f for f in refused.decision.findings if f.source == enterprise_pb2.Finding.SOURCE_EVENT)
        assert (found.agency, found.scheme) == ("ccss", "social_security")
        # It is paid, and the agency says so of today.
        on_stage.sandbox.happen("ccss", Event.PAYMENT, CLEAR.identifier.value)
        await report(service, an_event(CLEAR, Kind.KIND_PAYMENT))
        assert (await apply(service, CLEAR)).state == State.STATE_GRANTED


async def refusal(service: Running, event: event_pb.AgencyEvent, name: str) -> tuple[str, str, list[str]]:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await report(service, event, name=name)
    answer = told(failed.value)
    return answer.code.name, answer.info.reason, [v.field for v in answer.bad.field_violations] if answer.bad else []


async def test_a_stranger_and_who_speaks_for_another_are_refused_and_nothing_is_recorded(on_stage: Stage) -> None:
    do_not_follow(on_stage)
    event = an_event(CLEAR, Kind.KIND_ARREARS)
    async with on_stage.serve(**NOT_SOON) as service:
        assert await refusal(service, event, "stranger") == ("PERMISSION_DENIED", "AGENCY_UNKNOWN", [])
        assert await refusal(service, event, "ins") == ("INVALID_ARGUMENT", "INVALID_REQUEST", ["events[0].scheme"])
        async with service.channel("operator") as channel:
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await AgencyEventServiceStub(channel).ReportEvents(event_pb.ReportEventsRequest(events=[event]))
        assert told(failed.value).info.reason == "ROLE_NOT_ALLOWED"
        assert await report(service, event) == 1, "none of them had recorded it"


async def test_what_the_readme_lets_happen_in_the_sandbox_completes_the_application_of_its_example(
    on_stage: Stage,
) -> None:
    member = CAST["agency-hangs"]
    address = on_stage.sandbox.addresses.hacienda.partition("/fe/")[0]
    line = next(line for line in README.read_text("utf-8").splitlines() if line.startswith("curl -X POST"))
    path = line.partition("7090")[2].removesuffix("'")
    assert member.identifier.value in path
    async with on_stage.serve(**NOT_SOON) as service, aiohttp.ClientSession() as session:
        application = await apply(service, member)
        assert application.state == State.STATE_PENDING
        async with session.post(address + path) as response:
            assert response.status == 200
        after = await decided(service, application)
    assert after.state == State.STATE_GRANTED
