"""Rules: a check says what would be decided and on which day; its exit status is that of the outcome."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.type.date_pb2 import Date

from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2
from certsvc.v1.enterprise_pb2 import Decision
from tests.cli.conftest import Certsvc
from tests.cli.standin import Failure, StandIn

FIRM = "cr.cedula_juridica:3-101-999901"
ASKED = Timestamp(seconds=1_800_000_000)


def answer(
    result: Decision.Result, *, stored: bool = False, time: Timestamp | None = None
) -> pb.CheckEligibilityResponse:
    """The decision of 1 January 2026 with this result."""
    decision = Decision(result=result, legal_date=Date(year=2026, month=1, day=1), rule_set="costa_rica/2026-01-01#x")
    if result == Decision.RESULT_GRANTED:
        decision.kind = enterprise_pb2.CERTIFICATE_KIND_PROVISIONAL
        decision.size = enterprise_pb2.SIZE_CLASS_MICRO
        decision.effects.add(name="legal_persons_tax_exemption", date=Date(year=2026, month=1, day=1))
        decision.unchecked.add(scheme="social_security", agency="ccss")
    else:
        decision.reasons.add(code="BARRED_ARREARS", scheme="tax", text="It owes.", remedy="Pay.", citation="Ley 8262")
    if result == Decision.RESULT_REFUSED:
        decision.appeal_until.CopyFrom(Date(year=2026, month=1, day=31))
    return pb.CheckEligibilityResponse(decision=decision, stored_evidence=stored, evidence_time=time)


GRANTED = answer(Decision.RESULT_GRANTED)
REFUSED = answer(Decision.RESULT_REFUSED)
UNDECIDED = answer(Decision.RESULT_UNDECIDED, stored=True)


@pytest.mark.parametrize("typed", [(FIRM,), ("3-101-999901", "--kind", "cr.cedula_juridica")])
def test_what_is_typed_is_what_is_asked(certsvc: Certsvc, service: StandIn, typed: tuple[str, ...]) -> None:
    service.answers["CheckEligibility"] = GRANTED
    facts = ("--fact", "head_count=5", "--fact", "sector=commerce", "--fact", "registered_on=2025-02-03")
    more = ("--also", "cr.nite:3120999901", "--name", "Sol", "--on", "2026-01-01")
    assert certsvc("check", *typed, *facts, *more).status == 0
    asked = service.asked("CheckEligibility")
    assert [(i.kind, i.value) for i in asked.enterprise.identifiers] == [
        ("cr.cedula_juridica", "3-101-999901"),
        ("cr.nite", "3120999901"),
    ]
    assert (asked.enterprise.name, asked.language_code) == ("Sol", "en")
    assert asked.legal_date == Date(year=2026, month=1, day=1)
    assert [(f.name, f.number.value, f.text, f.day.year) for f in asked.declared_facts] == [
        ("head_count", "5", "", 0),
        ("sector", "", "commerce", 0),
        ("registered_on", "", "", 2025),
    ]


def test_without_a_date_today_is_asked(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["CheckEligibility"] = GRANTED
    certsvc("check", FIRM)
    assert not service.asked("CheckEligibility").HasField("legal_date")


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (GRANTED, 0, "It would be granted."),
        (REFUSED, 1, "It would be refused."),
        (UNDECIDED, 3, "It cannot be decided."),
        (answer(Decision.RESULT_UNSPECIFIED), 3, "It cannot be decided."),
    ],
)
def test_the_exit_status_is_that_of_the_outcome(
    certsvc: Certsvc, service: StandIn, given: pb.CheckEligibilityResponse, status: int, said: str
) -> None:
    service.answers["CheckEligibility"] = given
    ran = certsvc("check", FIRM)
    assert ran.status == status
    assert ran.out.startswith(said)
    assert "Legal date: 2026-01-01" in ran.out


def test_a_grant_shows_its_kind_what_it_opens_and_what_is_unchecked(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["CheckEligibility"] = GRANTED
    out = certsvc("check", FIRM).out
    for text in ("PROVISIONAL", "MICRO", "legal_persons_tax_exemption, as of 2026-01-01", "social_security (ccss)"):
        assert text in out


def test_a_refusal_shows_reason_remedy_law_and_appeal(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["CheckEligibility"] = REFUSED
    out = certsvc("check", FIRM).out
    reason = ("BARRED_ARREARS tax: It owes.", "What to do: Pay.", "Legal basis: Ley 8262")
    for text in (*reason, "Appeal until: 2026-01-31"):
        assert text in out


def test_it_says_where_the_answer_comes_from(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["CheckEligibility"] = [
        GRANTED,
        answer(Decision.RESULT_GRANTED, stored=True, time=ASKED),
        UNDECIDED,
    ]
    assert "stored" not in certsvc("check", FIRM).out
    assert "the newest of it is of 2027-01-15 08:00:00Z" in certsvc("check", FIRM).out
    assert "Nothing is stored" in certsvc("check", FIRM).out


def test_labels_come_in_spanish_as_well(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["CheckEligibility"] = REFUSED
    assert "Se rechazaría." in certsvc("check", FIRM, "--lang", "es").out
    assert service.asked("CheckEligibility").language_code == "es"


def test_json_is_the_answer_and_nothing_else(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["CheckEligibility"] = UNDECIDED
    ran = certsvc("check", FIRM, "--json")
    assert ran.data["stored_evidence"] is True
    assert ran.data["decision"]["result"] == "RESULT_UNDECIDED"
    assert ran.status == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("3101999901",),
        ("3101999901", "--kind", "cr.nite", "--on", "2026-02-30"),
        (FIRM, "--fact", "heads=5"),
        (FIRM, "--fact", "registered_on=yesterday"),
        (FIRM, "--also", "3101"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage_and_nothing_is_asked(
    certsvc: Certsvc, service: StandIn, arguments: tuple[str, ...]
) -> None:
    assert certsvc("check", *arguments).status == 2
    assert not service.calls


def test_a_date_that_the_service_does_not_take_is_invalid_input(certsvc: Certsvc, service: StandIn) -> None:
    bad = BadRequest(field_violations=[BadRequest.FieldViolation(field="legal_date", description="from 2025-01-01 on")])
    service.answers["CheckEligibility"] = Failure(
        grpc.StatusCode.INVALID_ARGUMENT, "Not valid.", (ErrorInfo(reason="INVALID_REQUEST"), bad)
    )
    ran = certsvc("check", FIRM, "--on", "1999-01-01")
    assert ran.status == 4
    assert "legal_date: from 2025-01-01 on" in ran.err
