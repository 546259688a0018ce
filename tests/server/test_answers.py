"""Answers say what the records say, with nothing lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from certsvc.core.account import Account, Debt
from certsvc.core.evidence import digest, encode_evidence
from certsvc.core.model import ApplicationState, CertificateKind, Enterprise, Evidence, Fact, FactName, Source
from certsvc.server import answers
from certsvc.service.records import Request
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2 as enterprise_pb
from tests.server import fakes


def list_uri(number: int) -> str:
    return f"https://certsvc.example/status/{number}"


def an_application(state: ApplicationState) -> pb.Application:
    request = Request("programme/siec", str(uuid4()), b"d" * 32, Enterprise((fakes.IDENTIFIER,), "Panadería"))
    return pb.Application(**answers.application(fakes.application(request, state), "es", list_uri))


def test_a_granted_application_carries_its_certificate() -> None:
    message = an_application(ApplicationState.GRANTED)
    assert message.state == pb.Application.STATE_GRANTED
    assert message.decision.result == enterprise_pb.Decision.RESULT_GRANTED
    certificate = message.certificate
    assert (certificate.name, certificate.token) == (f"certificates/{fakes.SERIAL}", "header.payload.signature")
    assert certificate.status == pb.Certificate.STATUS_VALID
    assert (certificate.status_list_uri, certificate.status_index) == (list_uri(7), 11)
    assert certificate.size == enterprise_pb.SIZE_CLASS_MICRO
    assert not message.HasField("next_attempt_time")


def test_a_pending_application_says_when_it_goes_on_and_ends() -> None:
    message = an_application(ApplicationState.PENDING)
    assert message.HasField("next_attempt_time")
    assert message.HasField("expire_time")
    assert not message.HasField("certificate")
    assert message.decision.reasons[0].agency == "ccss"


def test_reasons_speak_the_language_asked_for() -> None:
    for language, text in (("es", "Tiene deudas pendientes."), ("en", "It has overdue debts.")):
        message = enterprise_pb.Decision(**answers.decision(fakes.REFUSED, fakes.EVIDENCE, language))
        assert message.reasons[0].text == text
    assert (message.appeal_until.month, message.appeal_until.day) == (3, 16)


@pytest.mark.parametrize("source", Source)
def test_a_finding_says_how_it_came_to_us(source: Source) -> None:
    message = enterprise_pb.Finding(**answers.finding(replace(fakes.EVIDENCE.findings[0], source=source)))
    assert enterprise_pb.Finding.Source.Name(message.source) == f"SOURCE_{source.name}"


def test_a_decision_carries_the_digest_of_its_stored_evidence() -> None:
    message = enterprise_pb.Decision(**answers.decision(fakes.GRANTED, fakes.EVIDENCE, "es"))
    assert message.evidence_digest == digest(encode_evidence(fakes.EVIDENCE))


def test_the_account_of_a_finding_is_never_sent() -> None:
    (finding,) = fakes.EVIDENCE.findings
    debts = (Debt(date(2025, 12, 31), Decimal("987654.32")),)
    evidence = Evidence((replace(finding, account=Account(date(1987, 5, 4), debts)),), fakes.EVIDENCE.facts)
    message = enterprise_pb.Decision(**answers.decision(fakes.REFUSED, evidence, "es"))
    assert not message.findings[0].HasField("account")
    assert b"987654" not in message.SerializeToString()
    assert message.evidence_digest == digest(encode_evidence(evidence)), "what is kept back is proved all the same"


def test_a_provisional_grant_names_what_is_unchecked_and_what_it_opens() -> None:
    unchecked = (("family_allowances", "fodesaf"),)
    effects = (("legal_persons_tax_exemption", date(2027, 1, 1)),)
    made = replace(fakes.GRANTED, kind=CertificateKind.PROVISIONAL, unchecked=unchecked, effects=effects)
    message = enterprise_pb.Decision(**answers.decision(made, fakes.EVIDENCE, "es"))
    assert [(u.scheme, u.agency) for u in message.unchecked] == [("family_allowances", "fodesaf")]
    (effect,) = message.effects
    assert (effect.name, effect.date.year, effect.date.month, effect.date.day) == (*effects[0][:1], 2027, 1, 1)


def test_a_reason_says_since_when_only_if_that_is_known() -> None:
    known = replace(fakes.REASON, since=date(2026, 2, 3))
    made = replace(fakes.REFUSED, reasons=(known, fakes.REASON))
    first, second = enterprise_pb.Decision(**answers.decision(made, fakes.EVIDENCE, "es")).reasons
    assert (first.since.year, first.since.month, first.since.day) == (2026, 2, 3)
    assert not second.HasField("since")


def test_a_day_is_sent_as_a_day() -> None:
    known = enterprise_pb.Fact(**answers.fact(Fact(FactName.REGISTERED_ON, date(1987, 5, 4), "registry")))
    assert known.WhichOneof("value") == "day"
    assert (known.day.year, known.day.month, known.day.day) == (1987, 5, 4)


def test_numbers_stay_exact_and_plain() -> None:
    for value, written in ((Decimal("1E+3"), "1000"), (Decimal("0.10"), "0.1"), (Decimal(0), "0")):
        assert answers.fact(Fact(FactName.NET_SALES, value, "hacienda"))["number"] == {"value": written}


def test_instants_keep_their_microseconds() -> None:
    instant = datetime(2026, 3, 2, 15, 0, 0, 999_999, tzinfo=UTC)
    assert Timestamp(**answers.timestamp(instant)).ToDatetime(UTC) == instant
    assert answers.timestamp(datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC))["seconds"] == -1


def test_half_a_surrogate_from_an_agency_does_not_fail_the_answer() -> None:
    evidence = Evidence((), (Fact(FactName.NAME, "Pan\ud800", "registry"),))
    decision = enterprise_pb.Decision(**answers.decision(fakes.GRANTED, evidence, "es"))
    assert decision.facts[0].text == "Pan?"
    record = replace(fakes.certificate(), name="Pan\udfff")
    assert answers.certificate(record, list_uri)["enterprise_name"] == "Pan?"
