"""Rules: what was typed is what is sent; the exit status tells the outcome; a lost answer can be asked for again."""

from __future__ import annotations

import uuid
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.type.date_pb2 import Date

from certsvc.cli import render
from certsvc.v1 import certificate_service_pb2 as pb
from tests.cli.conftest import Certsvc
from tests.cli.messages import APPLICATION, SERIAL, application
from tests.cli.standin import Failure, StandIn

FIRM = ("--kind", "cr.cedula_juridica", "--id", "3-101-999901")


def answer(state: pb.Application.State) -> pb.IssueCertificateResponse:
    return pb.IssueCertificateResponse(application=application(state))


def test_what_is_typed_is_what_is_sent_under_the_chosen_identity(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_GRANTED)
    request_id = str(uuid.uuid4())
    facts = ("--fact", "head_count=5", "--fact", "sector=C10")
    more = ("--name", "Panadería Sol", "--also", "cr.nite:3120999901", "--request-id", request_id)
    assert certsvc("apply", *FIRM, *facts, *more).status == 0
    asked = service.asked("IssueCertificate")
    assert [(i.kind, i.value) for i in asked.enterprise.identifiers] == [
        ("cr.cedula_juridica", "3-101-999901"),
        ("cr.nite", "3120999901"),
    ]
    assert asked.enterprise.name == "Panadería Sol"
    assert [(f.name, f.number.value, f.text) for f in asked.declared_facts] == [
        ("head_count", "5", ""),
        ("sector", "", "C10"),
    ]
    assert (asked.request_id, asked.language_code) == (request_id, "en")
    assert service.callers == ["spiffe://certsvc.localhost/programme/demo"]


def test_a_day_is_sent_as_a_day(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_GRANTED)
    facts = ("--fact", "registered_on=1987-05-04", "--fact", "former_size=MICRO", "--fact", "workers_home=2")
    assert certsvc("apply", *FIRM, *facts).status == 0
    day, size, workers = service.asked("IssueCertificate").declared_facts
    assert (day.name, day.WhichOneof("value")) == ("registered_on", "day")
    assert (day.day.year, day.day.month, day.day.day) == (1987, 5, 4)
    assert (size.text, workers.number.value) == ("MICRO", "2")


def granted_with_more() -> pb.IssueCertificateResponse:
    answered = answer(pb.Application.STATE_GRANTED)
    decision = answered.application.decision
    decision.effects.add(name="legal_persons_tax_exemption", date={"year": 2027, "month": 1, "day": 1})
    decision.unchecked.add(scheme="family_allowances", agency="fodesaf")
    decision.facts.add(name="registered_on", day={"year": 1987, "month": 5, "day": 4}, source="registry")
    decision.facts.add(name="head_count", number={"value": "6"}, source="declared")
    decision.facts.add(name="regime", text="simplified", source="hacienda")
    return answered


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "Facts: registered_on 1987-05-04 (registry), head_count 6 (declared), regime simplified (hacienda)\n",
                "  + Opens: legal_persons_tax_exemption, as of 2027-01-01\n",
                "  ? Not checked: family_allowances (fodesaf)\n",
            ),
        ),
        (
            "es",
            (
                "Datos: registered_on 1987-05-04 (registry)",
                "  + Abre: legal_persons_tax_exemption, al 2027-01-01\n",
                "  ? Sin comprobar: family_allowances (fodesaf)\n",
            ),
        ),
    ],
)
def test_a_grant_shows_what_it_opens_what_it_rests_on_and_what_was_not_checked(
    certsvc: Certsvc, service: StandIn, language: str, said: tuple[str, ...]
) -> None:
    service.answers["IssueCertificate"] = granted_with_more()
    ran = certsvc("apply", *FIRM, "--lang", language)
    assert ran.status == 0
    for text in said:
        assert text in ran.out


def test_a_reason_shows_since_when_it_counts(certsvc: Certsvc, service: StandIn) -> None:
    refused = answer(pb.Application.STATE_REFUSED)
    refused.application.decision.reasons[0].since.CopyFrom(Date(year=2026, month=2, day=3))
    service.answers["IssueCertificate"] = refused
    assert "    Since: 2026-02-03\n" in certsvc("apply", *FIRM).out


def test_a_grant_prints_the_token_and_ends_in_0(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_GRANTED)
    ran = certsvc("apply", *FIRM)
    assert ran.status == 0
    assert ran.out.splitlines()[-1] == "aaa.bbb.ccc"
    assert SERIAL in ran.out


def test_the_token_goes_to_a_file_as_it_is(certsvc: Certsvc, service: StandIn, tmp_path: Path) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_GRANTED)
    ran = certsvc("apply", *FIRM, "--out", str(tmp_path / "c.jwt"))
    assert (tmp_path / "c.jwt").read_bytes() == b"aaa.bbb.ccc"
    assert "aaa.bbb.ccc" not in ran.out


def test_the_token_is_kept_before_anything_is_printed(
    certsvc: Certsvc, service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the reader has left")

    service.answers["IssueCertificate"] = answer(pb.Application.STATE_GRANTED)
    monkeypatch.setattr(render, "show_application", fail)
    with pytest.raises(RuntimeError):
        certsvc("apply", *FIRM, "--out", str(tmp_path / "c.jwt"))
    assert (tmp_path / "c.jwt").read_bytes() == b"aaa.bbb.ccc"


def test_a_refusal_shows_reason_remedy_and_law_and_ends_in_1(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_REFUSED)
    ran = certsvc("apply", *FIRM)
    assert ran.status == 1
    for text in ("BARRED_ARREARS", "overdue taxes", "Pay at the tax office", "Ley 8262 art. 3", "2026-11-02"):
        assert text in ran.out


def test_labels_come_in_spanish_as_well(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_REFUSED)
    assert "Qué hacer" in certsvc("apply", *FIRM, "--lang", "es").out
    assert service.asked("IssueCertificate").language_code == "es"


def test_pending_ends_in_3_and_says_how_to_ask_again(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_PENDING)
    ran = certsvc("apply", *FIRM)
    assert ran.status == 3
    assert f"certsvc get {APPLICATION}" in ran.out


def test_waiting_ends_with_the_outcome(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_PENDING)
    states = (pb.Application.STATE_PENDING, pb.Application.STATE_GRANTED)
    service.answers["WatchApplication"] = tuple(pb.WatchApplicationResponse(application=application(s)) for s in states)
    assert certsvc("apply", *FIRM, "--wait", "30").status == 0
    assert service.asked("WatchApplication").name == f"applications/{APPLICATION}"


def test_the_request_id_is_said_before_the_answer_so_that_a_lost_one_can_be_repeated(
    certsvc: Certsvc, service: StandIn
) -> None:
    service.answers["IssueCertificate"] = Failure(grpc.StatusCode.UNAVAILABLE, "not now")
    ran = certsvc("apply", *FIRM)
    assert ran.status == 3
    assert service.asked("IssueCertificate").request_id in ran.err


def test_json_is_the_application_and_nothing_else(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = answer(pb.Application.STATE_GRANTED)
    ran = certsvc("apply", *FIRM, "--json")
    assert ran.data["certificate"]["token"] == "aaa.bbb.ccc"
    assert ran.data["state"] == "STATE_GRANTED"


@pytest.mark.parametrize("fact", ["head_count", "heads=5", "=5", "head_count=", "outgrew_on=5"])
def test_a_malformed_fact_is_wrong_usage_and_nothing_is_sent(certsvc: Certsvc, service: StandIn, fact: str) -> None:
    ran = certsvc("apply", *FIRM, "--fact", fact)
    assert ran.status == 2
    assert "--fact" in ran.err
    assert not service.calls


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (
            Failure(
                grpc.StatusCode.INVALID_ARGUMENT,
                "The request is not valid.",
                (
                    ErrorInfo(reason="INVALID_REQUEST", domain="certsvc"),
                    BadRequest(
                        field_violations=[BadRequest.FieldViolation(field="enterprise.x", description="too long")]
                    ),
                ),
            ),
            4,
            ("The request is not valid.", "Reason: INVALID_REQUEST", "enterprise.x: too long"),
        ),
        (
            Failure(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "Too many calls.",
                (ErrorInfo(reason="OVERLOADED"), RetryInfo(retry_delay=Duration(seconds=2))),
            ),
            3,
            ("Too many calls.", "Try again in 2 s."),
        ),
        (Failure(grpc.StatusCode.PERMISSION_DENIED, "Not yours."), 1, ("Not yours.",)),
        (Failure(grpc.StatusCode.ALREADY_EXISTS, "Used.", (ErrorInfo(reason="REQUEST_ID_REUSED"),)), 1, ("Used.",)),
        (Failure(grpc.StatusCode.INTERNAL, "Fault."), 3, ("Fault.",)),
    ],
    ids=["invalid", "overloaded", "denied", "reused", "internal"],
)
def test_an_error_says_its_reason_and_what_to_do(
    certsvc: Certsvc, service: StandIn, failure: Failure, status: int, said: tuple[str, ...]
) -> None:
    service.answers["IssueCertificate"] = failure
    ran = certsvc("apply", *FIRM)
    assert ran.status == status
    assert "Traceback" not in ran.err
    for text in said:
        assert text in ran.err


def test_an_error_is_data_where_json_is_wanted(certsvc: Certsvc, service: StandIn) -> None:
    import json

    retry = RetryInfo(retry_delay=Duration(seconds=2))
    service.answers["IssueCertificate"] = Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many calls.", (retry,))
    ran = certsvc("apply", *FIRM, "--json")
    assert ran.out == ""
    error = json.loads(ran.err.splitlines()[-1])["error"]
    assert error == {"code": "RESOURCE_EXHAUSTED", "message": "Too many calls.", "retry_after_seconds": 2.0}
