"""CertificateService over real sockets and mutual TLS."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest
from google.type.date_pb2 import Date

from certsvc.core.model import ApplicationState, Identifier
from certsvc.service.records import Request
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2 as enterprise_pb
from tests.server import fakes
from tests.server.calls import an_application, an_enterprise, number, send, told
from tests.server.conftest import Running, Start


async def test_an_application_is_translated_both_ways(running: Running) -> None:
    stub = await running.certificates()
    answer = await stub.IssueCertificate(an_application(), timeout=30)
    assert answer.application.state == pb.Application.STATE_GRANTED
    assert answer.application.enterprise.identifiers[0].value == "3101123456"
    ((request, within),) = running.fakes.seen
    assert isinstance(request, Request)
    assert request.caller == "programme/siec"
    assert 0 < within < 10, "the use case gets less than the method's budget, so that the answer arrives"


async def test_the_callers_deadline_shortens_the_budget(running: Running) -> None:
    stub = await running.certificates()
    await stub.IssueCertificate(an_application(), timeout=3)
    ((_, within),) = running.fakes.seen
    assert 0 < within < 3


async def test_a_missing_deadline_is_replaced_by_the_methods_budget(running: Running) -> None:
    stub = await running.certificates()
    await stub.IssueCertificate(an_application())
    ((_, within),) = running.fakes.seen
    assert within == pytest.approx(9.9)


async def test_the_same_request_id_gives_the_same_application_to_parallel_callers(running: Running) -> None:
    stub = await running.certificates()
    message = an_application()
    answers = await asyncio.gather(*(stub.IssueCertificate(message, timeout=30) for _ in range(100)))
    assert len({answer.application.name for answer in answers}) == 1


async def test_another_payload_under_the_same_id_is_an_error(running: Running) -> None:
    stub = await running.certificates()
    message = an_application()
    await stub.IssueCertificate(message, timeout=30)
    message.declared_facts[0].CopyFrom(number("head_count", "8"))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.IssueCertificate(message, timeout=30)
    assert (told(failed.value).code, told(failed.value).info.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "REQUEST_ID_REUSED",
    )


async def test_a_bad_request_names_each_field(running: Running) -> None:
    stub = await running.certificates()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.IssueCertificate(pb.IssueCertificateRequest(language_code="fr"), timeout=30)
    bad = told(failed.value).bad
    assert bad is not None
    assert [v.field for v in bad.field_violations] == ["enterprise.identifiers", "request_id", "language_code"]
    assert running.fakes.seen == [], "nothing was begun"


async def test_a_refusal_is_an_answer_in_the_language_asked_for(start: Start) -> None:
    running = await start(fakes.Fakes(decision=fakes.REFUSED))
    stub = await running.certificates()
    request = pb.CheckEligibilityRequest(enterprise=an_enterprise(), language_code="en")
    answer = await stub.CheckEligibility(request, timeout=30)
    assert answer.decision.result == enterprise_pb.Decision.RESULT_REFUSED
    assert answer.decision.reasons[0].remedy == "Pay or sign an arrangement."


async def test_only_today_can_be_checked(running: Running) -> None:
    stub = await running.certificates()
    request = pb.CheckEligibilityRequest(enterprise=an_enterprise(), legal_date=Date(year=2026, month=3, day=2))
    await stub.CheckEligibility(request, timeout=30)
    request.legal_date.day = 3
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.CheckEligibility(request, timeout=30)
    assert told(failed.value).info.reason == "INVALID_REQUEST"


async def test_a_programme_sees_its_own_applications_alone(running: Running) -> None:
    mine = await running.certificates("programme", "siec")
    made = (await mine.IssueCertificate(an_application(), timeout=30)).application
    request = pb.GetApplicationRequest(name=made.name)
    assert (await mine.GetApplication(request, timeout=30)).name == made.name
    auditor = await running.certificates("auditor", "contraloria")
    assert (await auditor.GetApplication(request, timeout=30)).name == made.name
    other = await running.certificates("programme", "other")
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await other.GetApplication(request, timeout=30)
    assert told(failed.value).code is grpc.StatusCode.NOT_FOUND


async def test_a_watch_sends_each_change_and_ends_at_the_end(start: Start) -> None:
    running = await start(fakes.Fakes(state=ApplicationState.PENDING))
    stub = await running.certificates()
    made = (await stub.IssueCertificate(an_application(), timeout=30)).application
    (kept,) = running.fakes.applications.values()
    states = []
    async for change in stub.WatchApplication(pb.WatchApplicationRequest(name=made.name), timeout=30):
        states.append(change.application.state)
        if len(states) == 1:
            running.fakes.changes.put_nowait(fakes.application(kept.request, ApplicationState.GRANTED))
    assert states == [pb.Application.STATE_PENDING, pb.Application.STATE_GRANTED]
    assert running.fakes.watching == 0


async def test_a_watch_of_an_unknown_application_is_not_found(running: Running) -> None:
    stub = await running.certificates()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.WatchApplication(pb.WatchApplicationRequest(name=f"applications/{uuid4()}"), timeout=30).read()
    assert told(failed.value).code is grpc.StatusCode.NOT_FOUND


async def test_pages_cover_every_certificate_once(start: Start) -> None:
    certificates = [fakes.certificate(f"MSE-{n:03}", fakes.NOW - timedelta(seconds=n // 3)) for n in range(25)]
    running = await start(fakes.Fakes(certificates=certificates))
    stub = await running.certificates("auditor", "contraloria")
    names: list[str] = []
    request = pb.ListCertificatesRequest(page_size=10)
    for expected in (10, 10, 5):
        page = await stub.ListCertificates(request, timeout=30)
        assert len(page.certificates) == expected
        names += [certificate.name for certificate in page.certificates]
        request.page_token = page.next_page_token
    assert request.page_token == ""
    assert sorted(names) == sorted(f"certificates/{c.serial}" for c in certificates)


async def test_a_list_is_filtered_by_identifier_and_caller(running: Running) -> None:
    stub = await running.certificates()
    number_ = enterprise_pb.Identifier(kind="cr.cedula_juridica", value="3-101-123456")
    await stub.ListCertificates(pb.ListCertificatesRequest(identifier=number_), timeout=30)
    assert running.fakes.seen == [(51, None, Identifier("cr.cedula_juridica", "3101123456"), None, "programme/siec")]


async def test_a_certificate_is_asked_for_in_the_callers_scope(running: Running) -> None:
    request = pb.GetCertificateRequest(name=f"certificates/{fakes.SERIAL}")
    for role, scope in (("programme", "programme/x"), ("operator", None)):
        stub = await running.certificates(role, "x")
        assert (await stub.GetCertificate(request, timeout=30)).token == "header.payload.signature"
        assert running.fakes.seen.pop() == (scope, fakes.SERIAL)


async def test_unknown_fields_are_ignored(running: Running) -> None:
    channel = await running.channel()
    newer = an_application().SerializeToString() + b"\xfa\x3e\x03new"  # field 1007, a text
    method = "/certsvc.v1.CertificateService/IssueCertificate"
    answer = await send(channel, method, newer)
    assert pb.IssueCertificateResponse.FromString(answer).application.state == pb.Application.STATE_GRANTED
