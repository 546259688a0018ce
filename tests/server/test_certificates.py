"""CertificateService over real sockets and mutual TLS."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, timedelta
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


def a_check(*day: int) -> pb.CheckEligibilityRequest:
    """A check of the enterprise on a legal date, if one is given."""
    on = Date(year=day[0], month=day[1], day=day[2]) if day else None
    declared = [number("head_count", "7")]
    return pb.CheckEligibilityRequest(enterprise=an_enterprise(), declared_facts=declared, legal_date=on)


@pytest.mark.parametrize(("role", "scope"), [("programme", "programme/x"), ("operator", None), ("auditor", None)])
async def test_a_check_asks_in_the_callers_scope(running: Running, role: str, scope: str | None) -> None:
    stub = await running.certificates(role, "x")
    await stub.CheckEligibility(a_check(1999, 12, 31), timeout=30)
    ((question, within),) = running.fakes.seen
    assert (question.scope, question.on) == (scope, date(1999, 12, 31))
    assert [(f.name, f.value) for f in question.declared] == [("head_count", 7)]
    assert question.enterprise.identifier == fakes.IDENTIFIER
    assert 0 < within < 10


async def test_a_check_says_whether_the_answer_is_from_stored_evidence_and_how_new_that_is(running: Running) -> None:
    stub = await running.certificates()
    today = await stub.CheckEligibility(a_check(), timeout=30)
    assert not today.stored_evidence
    assert not today.HasField("evidence_time")
    past = await stub.CheckEligibility(a_check(2026, 1, 1), timeout=30)
    assert past.stored_evidence
    assert past.evidence_time.ToDatetime(UTC) == fakes.NOW
    running.fakes.newest = None
    missing = await stub.CheckEligibility(a_check(2026, 1, 1), timeout=30)
    assert missing.stored_evidence
    assert not missing.HasField("evidence_time")


async def test_a_day_that_is_none_is_refused_before_anything_is_begun(running: Running) -> None:
    stub = await running.certificates()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.CheckEligibility(a_check(2026, 2, 30), timeout=30)
    bad = told(failed.value).bad
    assert bad is not None
    assert [v.field for v in bad.field_violations] == ["legal_date"]
    assert running.fakes.seen == []


async def test_an_explanation_has_every_step_with_its_rule_and_its_evidence(start: Start) -> None:
    running = await start(fakes.Fakes(state=ApplicationState.REFUSED))
    stub = await running.certificates()
    made = (await stub.IssueCertificate(an_application(), timeout=30)).application
    request = pb.ExplainApplicationRequest(name=made.name, language_code="en")
    answer = await stub.ExplainApplication(request, timeout=30)
    assert answer.reproduced
    assert answer.explanation.decision.result == enterprise_pb.Decision.RESULT_REFUSED
    assert answer.explanation.decision.reasons[0].text == "It has overdue debts."
    assert answer.explanation.headline
    assert "DIGEPYME" in answer.explanation.appeal_where
    (office,) = answer.explanation.offices
    assert (office.scheme, office.where) == ("social_security", "any branch of the CCSS or its online office")
    first, second = answer.explanation.steps
    assert (first.rule, first.state, first.code) == ("schemes.social_security.evidence", pb.Step.STATE_PASSED, "CLEAR")
    assert (first.scheme, first.agency, first.confirmed) == ("social_security", "ccss", False)
    assert first.citation == "Ley Constitutiva de la CCSS, art. 74"
    assert (first.data_as_of, first.age_days) == (Date(year=2026, month=3, day=2), 0)
    assert first.check_time.ToDatetime(UTC) == fakes.NOW
    assert first.text
    assert (second.state, second.confirmed) == (pb.Step.STATE_FAILED, True)
    assert not any(second.HasField(field) for field in ("data_as_of", "check_time", "age_days"))
    spanish = await stub.ExplainApplication(pb.ExplainApplicationRequest(name=made.name), timeout=30)
    assert spanish.explanation.headline != answer.explanation.headline
    assert spanish.explanation.steps[0].text != first.text


async def test_nothing_is_said_of_an_appeal_where_there_is_nothing_to_appeal(running: Running) -> None:
    stub = await running.certificates()
    made = (await stub.IssueCertificate(an_application(), timeout=30)).application
    answer = await stub.ExplainApplication(pb.ExplainApplicationRequest(name=made.name), timeout=30)
    assert answer.explanation.appeal_where == ""
    assert not answer.explanation.offices


async def test_a_decision_that_is_not_reproduced_is_said_to_be_so(start: Start) -> None:
    running = await start(fakes.Fakes(reproduced=False))
    stub = await running.certificates()
    made = (await stub.IssueCertificate(an_application(), timeout=30)).application
    assert not (await stub.ExplainApplication(pb.ExplainApplicationRequest(name=made.name), timeout=30)).reproduced


async def test_a_programme_gets_its_own_applications_explained_alone(running: Running) -> None:
    mine = await running.certificates("programme", "siec")
    made = (await mine.IssueCertificate(an_application(), timeout=30)).application
    request = pb.ExplainApplicationRequest(name=made.name)
    for role in ("operator", "auditor"):
        assert (await (await running.certificates(role, "x")).ExplainApplication(request, timeout=30)).reproduced
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await (await running.certificates("programme", "other")).ExplainApplication(request, timeout=30)
    assert told(failed.value).code is grpc.StatusCode.NOT_FOUND


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
