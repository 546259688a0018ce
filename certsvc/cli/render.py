"""Certificates and applications as people read them, and messages as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from certsvc.cli.output import Output
from certsvc.cli.progress import show_progress

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp
    from google.type.date_pb2 import Date

    from certsvc.v1.certificate_service_pb2 import Application, Certificate
    from certsvc.v1.enterprise_pb2 import Decision, Fact, Reason

CERTIFICATE_COLUMNS = ("serial", "status", "kind", "identifier", "enterprise", "issued", "expires")


def as_data(message: Message) -> dict[str, Any]:
    """The message as JSON data with the names of the proto files."""
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(message, preserving_proto_field_name=True)


def last_part(name: str) -> str:
    """The id of a resource name: `certificates/X` -> `X`."""
    return name.rpartition("/")[2]


def word(enum: Any, value: int, prefix: str) -> str:
    """An enum's value without its prefix; a number if a newer service sends one that we do not know."""
    try:
        return str(enum.Name(value)).removeprefix(prefix)
    except ValueError:
        return str(value)


def instant(timestamp: Timestamp) -> str:
    """UTC to the second; empty if not set."""
    return timestamp.ToDatetime().strftime("%Y-%m-%d %H:%M:%SZ") if timestamp.seconds else ""


def minute(timestamp: Timestamp) -> str:
    """UTC to the minute; empty if not set."""
    return timestamp.ToDatetime().strftime("%Y-%m-%d %H:%MZ") if timestamp.seconds else ""


def day(date: Date) -> str:
    """ISO 8601; empty if not set."""
    return f"{date.year:04}-{date.month:02}-{date.day:02}" if date.year else ""


def certificate_row(certificate: Certificate) -> list[str]:
    """The cells under CERTIFICATE_COLUMNS."""
    from certsvc.v1 import certificate_service_pb2 as pb
    from certsvc.v1 import enterprise_pb2

    return [
        last_part(certificate.name),
        word(pb.Certificate.Status, certificate.status, "STATUS_"),
        word(enterprise_pb2.CertificateKind, certificate.kind, "CERTIFICATE_KIND_"),
        f"{certificate.identifier.kind} {certificate.identifier.value}",
        certificate.enterprise_name,
        instant(certificate.issue_time),
        instant(certificate.expire_time),
    ]


def show_certificate(output: Output, certificate: Certificate) -> None:
    """Prints one certificate, a line for each label."""
    for label, value in zip(CERTIFICATE_COLUMNS, certificate_row(certificate), strict=True):
        output.line(f"{output.text(label)}: {value}")
    output.line(f"{output.text('list')}: {certificate.status_list_uri}#{certificate.status_index}")


def show_application(output: Output, application: Application) -> None:
    """Prints one application with its reasons, remedies and certificate."""
    from certsvc.v1 import certificate_service_pb2 as pb

    decision = application.decision
    lines = {
        "application": last_part(application.name),
        "request_id": application.request_id,
        "state": word(pb.Application.State, application.state, "STATE_"),
        "legal_date": day(decision.legal_date),
        "rule_set": decision.rule_set,
        "next_attempt": instant(application.next_attempt_time),
        "expires": instant(application.expire_time),
    }
    for label, value in lines.items():
        if value:
            output.line(f"{output.text(label)}: {value}")
    show_facts(output, decision.facts)
    show_grant(output, decision)
    show_reasons(output, decision.reasons)
    show_progress(output, application)
    if application.HasField("certificate"):
        show_certificate(output, application.certificate)


def show_facts(output: Output, facts: Iterable[Fact]) -> None:
    """Prints what is known of the enterprise and who says so, in one line."""
    known = ", ".join(f"{fact.name} {_value(fact)} ({fact.source})" for fact in facts)
    if known:
        output.line(f"{output.text('facts')}: {known}")


def _value(fact: Fact) -> str:
    match fact.WhichOneof("value"):
        case "number":
            return fact.number.value
        case "day":
            return day(fact.day)
    return fact.text


def show_grant(output: Output, decision: Decision) -> None:
    """Prints what a grant opens, and what it could not check."""
    for effect in decision.effects:
        output.say("effect", name=effect.name, date=day(effect.date))
    for left in decision.unchecked:
        output.say("unchecked", scheme=left.scheme, agency=left.agency)


def show_reasons(output: Output, reasons: Iterable[Reason]) -> None:
    """Prints each reason with what to do about it and what it rests on."""
    for reason in reasons:
        parts = (reason.code, reason.scheme, reason.agency and f"({reason.agency})")
        output.line(f"  - {' '.join(part for part in parts if part)}: {reason.text}")
        if reason.HasField("since"):
            output.say("since", date=day(reason.since))
        if reason.remedy:
            output.say("remedy", remedy=reason.remedy)
        if reason.citation:
            output.say("citation", citation=reason.citation)
