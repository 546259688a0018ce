"""Invariant tested: what passes is bounded and normalised, and a refused request names all its faults at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from google.type.date_pb2 import Date

from certsvc.core.errors import InvalidRequest
from certsvc.core.model import (
    DECLARED,
    WORKERS,
    CertificateStatus,
    FactKind,
    FactName,
    Identifier,
    RevocationReason,
)
from certsvc.server import requests
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2 as enterprise_pb
from certsvc.v1 import operations_service_pb2 as operations_pb
from tests.server.calls import an_application, an_enterprise, number

ID = "8c1f5a3e-6f0b-4f6e-9a57-0d5a1a0c2b11"


def faults_of(message: pb.IssueCertificateRequest) -> list[str]:
    with pytest.raises(InvalidRequest) as refused:
        requests.read_issue(message, "programme/siec")
    return [field for field, _ in refused.value.violations]


def test_a_good_application_is_read_and_normalised() -> None:
    message = an_application(ID.upper())
    message.declared_facts[0].as_of.CopyFrom(Date(year=2026, month=2, day=28))
    message.declared_facts[0].source = "ccss"
    request, language = requests.read_issue(message, "programme/siec")
    assert (request.caller, request.request_id, language) == ("programme/siec", ID, "en")
    assert request.enterprise.identifier == Identifier("cr.cedula_juridica", "3101123456")
    (fact,) = request.declared
    assert (fact.name, fact.value, fact.as_of) == (FactName.HEAD_COUNT, Decimal(7), date(2026, 2, 28))
    assert fact.source == DECLARED, "a caller cannot speak for an agency"


def test_language_is_spanish_unless_asked_for() -> None:
    message = an_application()
    message.language_code = ""
    assert requests.read_issue(message, "c")[1] == "es"


def test_all_faults_of_a_request_are_named_at_once() -> None:
    message = pb.IssueCertificateRequest(
        enterprise=enterprise_pb.Enterprise(
            identifiers=[enterprise_pb.Identifier(kind="xx.unknown", value="1")], name="a\x00b"
        ),
        declared_facts=[number("head_count", "1e3"), enterprise_pb.Fact(name="colour", text="red")],
        request_id="one",
        language_code="fr",
    )
    assert faults_of(message) == [
        "enterprise.name",
        "enterprise.identifiers[0].kind",
        "declared_facts[0].number",
        "declared_facts[1].name",
        "request_id",
        "language_code",
    ]


def test_errors_never_repeat_what_the_caller_sent() -> None:
    message = an_application("secret-id")
    message.enterprise.identifiers[0].value = "987654321"
    message.enterprise.name = "Maria\x07Mora"
    with pytest.raises(InvalidRequest) as refused:
        requests.read_issue(message, "c")
    told = str(refused.value.violations)
    assert not any(secret in told for secret in ("secret-id", "987654321", "Maria"))


@pytest.mark.parametrize(
    "written",
    ["", "-1", "+1", "1e3", "1E3", "NaN", "Infinity", " 1", "1 ", "1.", ".5", "1,5", "1_0", "٣", "1" * 19, "1.1234567"],
)
def test_a_number_has_one_plain_form(written: str) -> None:
    message = an_application()
    message.declared_facts[0].CopyFrom(number("net_sales", written))
    assert faults_of(message) == ["declared_facts[0].number"]


@pytest.mark.parametrize("written", ["0", "007", "1.50", "9" * 18 + ".999999"])
def test_a_number_within_bounds_is_exact(written: str) -> None:
    message = an_application()
    message.declared_facts[0].CopyFrom(number("net_sales", written))
    assert requests.read_issue(message, "c")[0].declared[0].value == Decimal(written)


@pytest.mark.parametrize("name", ["head_count", *WORKERS])
def test_a_number_of_persons_is_whole(name: str) -> None:
    message = an_application()
    message.declared_facts[0].CopyFrom(number(name, "7.5"))
    assert faults_of(message) == ["declared_facts[0].number"]
    message.declared_facts[0].number.value = "7.000"
    assert requests.read_issue(message, "c")[0].declared[0].value == 7


def test_every_fact_can_be_declared_at_once() -> None:
    values: dict[FactKind, dict[str, Any]] = {
        FactKind.NUMBER: {"number": {"value": "3"}},
        FactKind.TEXT: {"text": "MICRO"},
        FactKind.DAY: {"day": {"year": 2001, "month": 2, "day": 3}},
    }
    message = an_application()
    del message.declared_facts[:]
    message.declared_facts.extend(enterprise_pb.Fact(name=name, **values[name.kind]) for name in FactName)
    declared = requests.read_issue(message, "c")[0].declared
    assert [fact.name for fact in declared] == list(FactName)
    assert {fact.value for fact in declared} == {Decimal(3), "MICRO", date(2001, 2, 3)}


@pytest.mark.parametrize("name", [name for name in FactName if name.kind is FactKind.DAY])
def test_a_day_is_not_given_as_text_and_lies_within_two_centuries(name: str) -> None:
    message = an_application()
    for wrong in (
        enterprise_pb.Fact(name=name, text="2026-01-01"),
        number(name, "2026"),
        enterprise_pb.Fact(name=name),
        enterprise_pb.Fact(name=name, day=Date()),
        enterprise_pb.Fact(name=name, day=Date(year=2026, month=2, day=29)),
        enterprise_pb.Fact(name=name, day=Date(year=1899, month=12, day=31)),
        enterprise_pb.Fact(name=name, day=Date(year=2101, month=1, day=1)),
    ):
        message.declared_facts[0].CopyFrom(wrong)
        assert faults_of(message) == ["declared_facts[0].day"]
    for right in (Date(year=1900, month=1, day=1), Date(year=2100, month=12, day=31)):
        message.declared_facts[0].CopyFrom(enterprise_pb.Fact(name=name, day=right))
        assert requests.read_issue(message, "c")[0].declared[0].value == date(right.year, right.month, right.day)


@pytest.mark.parametrize("written", ["micro", "LARGE", "Micro ", "MICRO,SMALL"])
def test_a_former_size_is_a_size_class(written: str) -> None:
    message = an_application()
    message.declared_facts[0].CopyFrom(enterprise_pb.Fact(name="former_size", text=written))
    assert faults_of(message) == ["declared_facts[0].text"]


@pytest.mark.parametrize("name", [name for name in FactName if name.is_number])
def test_a_number_is_not_given_as_text(name: str) -> None:
    message = an_application()
    message.declared_facts[0].CopyFrom(enterprise_pb.Fact(name=name, text="7"))
    assert faults_of(message) == ["declared_facts[0].number"]


@pytest.mark.parametrize("name", ["name", "sector", "zone", "regime", "former_size"])
def test_a_text_is_not_given_as_number_nor_empty(name: str) -> None:
    message = an_application()
    for wrong in (number(name, "7"), enterprise_pb.Fact(name=name), enterprise_pb.Fact(name=name, text="  ")):
        message.declared_facts[0].CopyFrom(wrong)
        assert faults_of(message) == ["declared_facts[0].text"]


def test_a_fact_is_given_once() -> None:
    message = an_application()
    message.declared_facts.append(number("head_count", "8"))
    assert faults_of(message) == ["declared_facts[1].name"]


def test_counts_are_bounded() -> None:
    message = an_application()
    del message.enterprise.identifiers[:]
    assert faults_of(message) == ["enterprise.identifiers"]
    message.enterprise.identifiers.extend(an_enterprise().identifiers[0] for _ in range(9))
    message.declared_facts.extend(number("head_count", "1") for _ in range(24))
    assert faults_of(message) == ["enterprise.identifiers", "declared_facts"]


def test_kinds_of_identifiers_are_distinct() -> None:
    message = an_application()
    message.enterprise.identifiers.append(an_enterprise().identifiers[0])
    assert faults_of(message) == ["enterprise.identifiers[1].kind"]


def test_an_absent_enterprise_is_a_fault() -> None:
    assert faults_of(pb.IssueCertificateRequest(request_id=ID)) == ["enterprise.identifiers"]


@pytest.mark.parametrize(
    "name", ["x" * 201, "a\nb", "a\x7fb", "a\u202eb", "a\u200bb", "a\u2028b", "a\ue000b", "\u0378"]
)
def test_names_hold_no_invisible_characters_and_are_bounded(name: str) -> None:
    message = an_application()
    message.enterprise.name = name
    assert faults_of(message) == ["enterprise.name"]


def test_names_are_composed_and_trimmed() -> None:
    message = an_application()
    message.enterprise.name = "  Panaderi\u0301a N\u0303andu\u0301  "
    assert requests.read_issue(message, "c")[0].enterprise.name == "Panadería Ñandú"


@pytest.mark.parametrize("day", [(2026, 2, 29), (2026, 0, 1), (2026, 1, 0), (0, 1, 1), (10000, 1, 1), (-1, 1, 1)])
def test_a_day_is_real_and_whole(day: tuple[int, int, int]) -> None:
    message = an_application()
    message.declared_facts[0].as_of.CopyFrom(Date(year=day[0], month=day[1], day=day[2]))
    assert faults_of(message) == ["declared_facts[0].as_of"]


@pytest.mark.parametrize(
    "written",
    ["", ID.replace("-", ""), "{" + ID + "}", "urn:uuid:" + ID, ID + " ", "0" * 8 + ID[8:] + "0", ID[:-1] + "g"],
)
def test_a_request_id_is_a_uuid_in_its_usual_form(written: str) -> None:
    message = an_application()
    message.request_id = written
    assert faults_of(message) == ["request_id"]


def test_the_nil_uuid_is_no_request_id() -> None:
    message = an_application("00000000-0000-0000-0000-000000000000")
    assert faults_of(message) == ["request_id"]


def digest_of(change: Callable[[pb.IssueCertificateRequest], object]) -> bytes:
    message = an_application(ID)
    message.declared_facts.append(enterprise_pb.Fact(name="sector", text="food"))
    message.enterprise.identifiers.append(enterprise_pb.Identifier(kind="cr.dimex", value="155812345678"))
    message.enterprise.identifiers.append(enterprise_pb.Identifier(kind="cr.cedula_fisica", value="1-0234-0567"))
    change(message)
    return requests.read_issue(message, "c")[0].digest


def _swap_facts(message: pb.IssueCertificateRequest) -> None:
    facts = list(message.declared_facts)
    del message.declared_facts[:]
    message.declared_facts.extend(reversed(facts))


def _swap_identifiers(message: pb.IssueCertificateRequest, first: int, second: int) -> None:
    numbers = list(message.enterprise.identifiers)
    numbers[first], numbers[second] = numbers[second], numbers[first]
    del message.enterprise.identifiers[:]
    message.enterprise.identifiers.extend(numbers)


SAME: list[Callable[[pb.IssueCertificateRequest], object]] = [
    lambda m: setattr(m, "language_code", "es"),
    lambda m: setattr(m, "request_id", ID.replace("8", "9")),
    lambda m: setattr(m.declared_facts[0].number, "value", "07.00"),
    lambda m: setattr(m.declared_facts[0], "source", "ccss"),
    lambda m: setattr(m.enterprise.identifiers[0], "value", "3101123456"),
    _swap_facts,
    lambda m: _swap_identifiers(m, 1, 2),
]
OTHER: list[Callable[[pb.IssueCertificateRequest], object]] = [
    lambda m: setattr(m.declared_facts[0].number, "value", "70"),
    lambda m: setattr(m.enterprise, "name", "Panadería"),
    lambda m: m.declared_facts.pop(),
    lambda m: m.declared_facts[0].as_of.CopyFrom(Date(year=2026, month=1, day=1)),
    lambda m: _swap_identifiers(m, 0, 1),
]


@pytest.mark.parametrize("change", SAME)
def test_equal_payloads_have_one_digest(change: Callable[[pb.IssueCertificateRequest], object]) -> None:
    assert digest_of(change) == digest_of(lambda m: None)


@pytest.mark.parametrize("change", OTHER)
def test_other_payloads_have_other_digests(change: Callable[[pb.IssueCertificateRequest], object]) -> None:
    assert digest_of(change) != digest_of(lambda m: None)


def test_a_declared_day_has_its_place_in_the_digest() -> None:
    def on(day: int) -> bytes:
        fact = enterprise_pb.Fact(name="registered_on", day=Date(year=2026, month=1, day=day))
        return digest_of(lambda m: m.declared_facts.append(fact))

    assert on(1) == on(1) != on(2)


def test_the_digest_of_a_payload_never_changes_between_versions() -> None:
    # Stored with applications: if this fails, a caller's retry would be refused as another payload.
    assert digest_of(lambda m: None).hex() == "26a165095da17f86e1354987ea9b34321c7b728777e36f07bd1ad9fce54ca0d3"


@pytest.mark.parametrize(
    "name", ["", "applications/", ID, f"applications/{ID}/x", f"applications/{ID.upper()}", f"x/{ID}"]
)
def test_an_application_name_has_one_form(name: str) -> None:
    with pytest.raises(InvalidRequest):
        requests.read_application_name(name, "es")


@pytest.mark.parametrize(
    "name", ["", "certificates/", "certificates/-A", "certificates/A/B", "certificates/" + "A" * 65]
)
def test_a_certificate_name_has_one_form(name: str) -> None:
    with pytest.raises(InvalidRequest):
        requests.read_certificate_name(name)


@pytest.mark.parametrize(
    "name", ["", "statusLists/", "statusLists/07", "statusLists/-1", "statusLists/../keys.jwt", "7"]
)
def test_a_status_list_name_cannot_leave_its_folder(name: str) -> None:
    with pytest.raises(InvalidRequest):
        requests.read_status_list_name(name)


def test_a_filter_is_checked_too() -> None:
    bad = pb.ListCertificatesRequest(identifier=enterprise_pb.Identifier(kind="cr.nite", value="x"))
    bad.status = 9  # type: ignore[assignment]  # proto3 enumerations are open
    with pytest.raises(InvalidRequest) as refused:
        requests.read_filter(bad)
    assert [field for field, _ in refused.value.violations] == ["identifier.value", "status"]
    good = pb.ListCertificatesRequest(status=pb.Certificate.STATUS_SUSPENDED)
    assert requests.read_filter(good) == (None, CertificateStatus.SUSPENDED)


def test_a_revocation_states_its_reason() -> None:
    message = operations_pb.RevokeCertificateRequest(name="x", comment="a\nb", request_id="no")
    with pytest.raises(InvalidRequest) as refused:
        requests.read_revocation(message)
    assert [field for field, _ in refused.value.violations] == ["name", "reason", "comment", "request_id"]
    good = operations_pb.RevokeCertificateRequest(
        name="certificates/MSE-2", reason=operations_pb.REVOCATION_REASON_COURT_ORDER, comment=" file 7 "
    )
    assert requests.read_revocation(good) == ("MSE-2", RevocationReason.COURT_ORDER, "file 7", "")
