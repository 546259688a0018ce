"""Records to column values and back. `evidence` and `decision` are the bytes of their codecs in core."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from certsvc.core import canonical
from certsvc.core.decision.codec import decode_decision, encode_decision
from certsvc.core.errors import MalformedRecord
from certsvc.core.evidence import decode_evidence, digest, encode_evidence, read_value
from certsvc.core.model import (
    ApplicationState,
    CertificateKind,
    CertificateStatus,
    Enterprise,
    Fact,
    FactName,
    Identifier,
    SizeClass,
)
from certsvc.service.records import Application, CertificateRecord, Request, StatusChange, StatusIndex

if TYPE_CHECKING:
    from asyncpg import Record as Row  # its names and types are those of `queries/`

_SEPARATOR = "\x1f"  # ASCII unit separator: no agency has it in its name


class ApplicationColumns(NamedTuple):
    """One application in the order that `record_batch` takes, each field one array there."""

    id: str
    caller: str
    request_id: str
    payload_digest: bytes
    payload: bytes
    state: str
    decision: bytes
    evidence: bytes
    evidence_digest: bytes
    waits_for: str
    created_at: datetime
    updated_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    expires_at: datetime | None
    serial: str | None
    leaf: bytes


class CertificateColumns(NamedTuple):
    """One certificate in the order that `record_batch` takes."""

    c_application_id: str
    c_serial: str
    c_token: str
    c_kid: str
    c_kind: str
    c_identifier_kind: str
    c_identifier_value: str
    c_name: str
    c_size: str | None
    c_issued_at: datetime
    c_expires_at: datetime
    c_list_number: int
    c_list_index: int


def application_columns(application: Application) -> ApplicationColumns:
    """The columns of `application` and its audit leaf. Raises ValueError for what cannot be recorded."""
    request, certificate = application.request, application.certificate
    decision, evidence = encode_decision(application.decision), encode_evidence(application.evidence)
    evidence_digest = digest(evidence)
    pending = application.state is ApplicationState.PENDING
    waits_for = application.decision.waits_for if pending else ()
    return ApplicationColumns(
        id=application.id,
        caller=request.caller,
        request_id=request.request_id,
        payload_digest=request.digest,
        payload=encode_payload(request.enterprise, request.declared),
        state=application.state.value,
        decision=decision,
        evidence=evidence,
        evidence_digest=evidence_digest,
        waits_for=_SEPARATOR.join(waits_for),
        created_at=application.created_at,
        updated_at=application.updated_at,
        attempts=application.attempts,
        next_attempt_at=application.next_attempt_at,
        expires_at=application.expires_at,
        serial=certificate.serial if certificate is not None else None,
        leaf=_application_leaf(application, digest(decision), evidence_digest),
    )


def certificate_columns(application_id: str, certificate: CertificateRecord) -> CertificateColumns:
    """The columns of `certificate` but its status, which events set."""
    return CertificateColumns(
        c_application_id=application_id,
        c_serial=certificate.serial,
        c_token=certificate.token,
        c_kid=certificate.kid,
        c_kind=certificate.kind.value,
        c_identifier_kind=certificate.identifier.kind,
        c_identifier_value=certificate.identifier.value,
        c_name=certificate.name,
        c_size=certificate.size.value if certificate.size is not None else None,
        c_issued_at=certificate.issued_at,
        c_expires_at=certificate.expires_at,
        c_list_number=certificate.place.list_number,
        c_list_index=certificate.place.index,
    )


def read_application(row: Row) -> Application:
    """The application of a row with its certificate, if any. Raises MalformedRecord."""
    enterprise, declared = decode_payload(row["payload"])
    return Application(
        id=str(row["id"]),
        request=Request(row["caller"], row["request_id"], row["payload_digest"], enterprise, declared),
        state=ApplicationState(row["state"]),
        decision=decode_decision(row["decision"]),
        evidence=decode_evidence(row["evidence"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        expires_at=row["expires_at"],
        owner=row["owner"],
        leased_until=row["leased_until"],
        certificate=read_certificate(row) if row["serial"] is not None else None,
    )


def read_certificate(row: Row) -> CertificateRecord:
    """The certificate of a row; what replaced it is told where the statement asks for it."""
    return CertificateRecord(
        serial=row["serial"],
        token=row["token"],
        kid=row["kid"],
        kind=CertificateKind(row["kind"]),
        identifier=Identifier(row["identifier_kind"], row["identifier_value"]),
        name=row["name"],
        size=SizeClass(row["size"]) if row["size"] is not None else None,
        issued_at=row["issued_at"],
        expires_at=row["certificate_expires_at"],
        place=StatusIndex(row["list_number"], row["list_index"]),
        status=CertificateStatus(row["status"]),
        replaced_by=row.get("replaced_by") or "",
    )


def encode_payload(enterprise: Enterprise, declared: tuple[Fact, ...]) -> bytes:
    """What the caller sent, in its order."""
    return canonical.write(
        {
            "v": 1,
            "identifiers": [(i.kind, i.value) for i in enterprise.identifiers],
            "name": enterprise.name,
            "declared": [_fact_row(f) for f in declared],
        }
    )


def decode_payload(data: bytes) -> tuple[Enterprise, tuple[Fact, ...]]:
    """What `encode_payload` wrote. Raises MalformedRecord."""
    record: dict[str, object] = canonical.of_type(canonical.read(data), dict)
    try:
        identifiers = tuple(Identifier(*_texts(r, 2)) for r in canonical.of_type(record["identifiers"], list))
        enterprise = Enterprise(identifiers, canonical.of_type(record["name"], str))
        return enterprise, tuple(_fact(r) for r in canonical.of_type(record["declared"], list))
    except (KeyError, ValueError, ArithmeticError) as error:
        raise MalformedRecord("a value of the payload is missing or not allowed") from error


def status_leaf(change: StatusChange) -> bytes:
    """The audit leaf of an operator's act."""
    return canonical.write(
        {
            "v": 1,
            "serial": change.serial,
            "status": change.status.value,
            "reason": change.reason.value,
            "comment_digest": digest(change.comment.encode()).hex(),
            "actor": change.actor,
            "at": canonical.write_instant(change.at),
            "request_id": change.request_id,
        }
    )


def _application_leaf(application: Application, decision_digest: bytes, evidence_digest: bytes) -> bytes:
    """Digests, no personal data: leaves outlive the retention of what they prove."""
    certificate = application.certificate
    return canonical.write(
        {
            "v": 1,
            "id": application.id,
            "request_id": application.request.request_id,
            "payload": application.request.digest.hex(),
            "state": application.state.value,
            "decision": decision_digest.hex(),
            "evidence": evidence_digest.hex(),
            "rule_set": application.decision.rule_set,
            "serial": certificate.serial if certificate is not None else None,
            "token": digest(certificate.token.encode()).hex() if certificate is not None else None,
            "at": canonical.write_instant(application.updated_at),
        }
    )


def _fact_row(fact: Fact) -> tuple[str, str, str, str]:
    return fact.name.value, str(fact.value), fact.source, canonical.write_day(fact.as_of)


def _fact(value: object) -> Fact:
    name, text, source, as_of = _texts(value, 4)
    fact_name = FactName(name)
    return Fact(fact_name, read_value(fact_name, text), source, canonical.read_day(as_of))


def _texts(value: object, count: int) -> list[str]:
    return [canonical.of_type(cell, str) for cell in canonical.row(value, count)]
