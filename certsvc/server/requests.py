"""From messages to the model: strict, bounded, and with every fault of a request named at once.

Invariants
- Nothing that a caller sent is repeated in an error.
- What passes is normalised: equal payloads are equal here, however they were written.
- Unknown fields are ignored, and so are fields marked OUTPUT_ONLY (AIP-203).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from hashlib import sha256

import orjson

from certsvc.core.errors import InvalidRequest
from certsvc.core.model import CertificateStatus, Enterprise, Fact, Identifier, RevocationReason
from certsvc.server.answers import REVOCATION_REASONS, STATUSES
from certsvc.server.facts import read_declared
from certsvc.server.fields import MAX_TEXT, Faults, read_date, read_text
from certsvc.service.identifiers import normalise
from certsvc.service.records import Request
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2 as enterprise_pb
from certsvc.v1 import operations_service_pb2 as operations_pb

MAX_IDENTIFIERS = 8
MAX_COMMENT = 500
LANGUAGES = ("es", "en")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NIL = "00000000-0000-0000-0000-000000000000"
_WHOLE = re.compile(r"[0-9]{1,9}")
SERIAL = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,62}[0-9A-Za-z])?")
"""The whole of a serial, of at most 64 characters."""
_STATUSES = {number: status for status, number in STATUSES.items()}
_REASONS: dict[int, RevocationReason] = {number: reason for reason, number in REVOCATION_REASONS.items()}


def read_language(code: str, faults: Faults) -> str:
    """`es` or `en`; `es` if absent."""
    if code and code not in LANGUAGES:
        faults.add("language_code", "write es or en, or leave it out")
    return code or LANGUAGES[0]


def read_issue(message: pb.IssueCertificateRequest, caller: str) -> tuple[Request, str]:
    """The application and its language. Raises InvalidRequest."""
    faults = Faults()
    identifiers, name = _enterprise_parts(message.enterprise, faults)
    declared = read_declared(message.declared_facts, faults)
    request_id = read_uuid(message.request_id, "request_id", faults)
    language = read_language(message.language_code, faults)
    faults.refuse_if_any()
    enterprise = Enterprise(identifiers, name)
    return Request(caller, request_id, payload_digest(enterprise, declared), enterprise, declared), language


def read_check(message: pb.CheckEligibilityRequest) -> tuple[Enterprise, tuple[Fact, ...], date | None, str]:
    """Enterprise, declared facts, legal day if given, language. Raises InvalidRequest."""
    faults = Faults()
    identifiers, name = _enterprise_parts(message.enterprise, faults)
    declared = read_declared(message.declared_facts, faults)
    on = read_date(message.legal_date, "legal_date", faults) if message.HasField("legal_date") else None
    language = read_language(message.language_code, faults)
    faults.refuse_if_any()
    return Enterprise(identifiers, name), declared, on, language


def read_application_name(name: str, language_code: str) -> tuple[str, str]:
    """The id in `applications/<uuid>`, and the language. Raises InvalidRequest."""
    faults = Faults()
    application_id = name.removeprefix("applications/")
    if not name.startswith("applications/") or not _UUID.fullmatch(application_id):
        faults.add("name", "write applications/ and the id as the service gave it")
    language = read_language(language_code, faults)
    faults.refuse_if_any()
    return application_id, language


def read_certificate_name(name: str) -> str:
    """The printed number in `certificates/<printed number>`. Raises InvalidRequest."""
    faults = Faults()
    serial = _serial(name, faults)
    faults.refuse_if_any()
    return serial


def read_status_list_name(name: str) -> int:
    """The number in `statusLists/<number>`. Raises InvalidRequest."""
    number = name.removeprefix("statusLists/")
    if not name.startswith("statusLists/") or not _WHOLE.fullmatch(number) or number != str(int(number)):
        raise InvalidRequest("name", "write statusLists/ and the number of the list")
    return int(number)


def read_filter(message: pb.ListCertificatesRequest) -> tuple[Identifier | None, CertificateStatus | None]:
    """What to list: one enterprise, one status, or None for any. Raises InvalidRequest."""
    faults, identifier = Faults(), None
    if message.HasField("identifier"):
        identifier = read_identifier(message.identifier, "identifier", faults)
    status = _STATUSES.get(message.status)
    if status is None and message.status:
        faults.add("status", "use a value of the enumeration")
    faults.refuse_if_any()
    return identifier, status


def read_revocation(message: operations_pb.RevokeCertificateRequest) -> tuple[str, RevocationReason, str, str]:
    """Printed number, reason, comment, request id. Raises InvalidRequest."""
    faults = Faults()
    serial = _serial(message.name, faults)
    reason = _REASONS.get(message.reason)
    if reason is None:
        faults.add("reason", "state why, by a value of the enumeration")
    comment = read_text(message.comment, "comment", MAX_COMMENT, faults)
    request_id = read_uuid(message.request_id, "request_id", faults) if message.request_id else ""
    faults.refuse_if_any()
    assert reason is not None
    return serial, reason, comment, request_id


def payload_digest(enterprise: Enterprise, declared: tuple[Fact, ...]) -> bytes:
    """SHA-256 over the one spelling of a payload: what a repeated request id is compared by (AIP-155).

    Stored with applications, so this spelling must never change. The first identifier names the
    enterprise; the others, like the facts, have no order.
    """
    first, *others = ([i.kind, i.value] for i in enterprise.identifiers)
    facts = sorted([f.name.value, _spelling(f.value), f.as_of.isoformat() if f.as_of else ""] for f in declared)
    return sha256(orjson.dumps(["certsvc-payload-1", first, sorted(others), enterprise.name, facts])).digest()


def _spelling(value: Decimal | str | date) -> str:
    """One text for all equal values. A Decimal here has at most 24 digits, so nothing is rounded."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _enterprise_parts(message: enterprise_pb.Enterprise, faults: Faults) -> tuple[tuple[Identifier, ...], str]:
    name = read_text(message.name, "enterprise.name", MAX_TEXT, faults)
    count = len(message.identifiers)
    if not 1 <= count <= MAX_IDENTIFIERS:
        faults.add("enterprise.identifiers", f"give at least one and at most {MAX_IDENTIFIERS}")
        return (), name
    found: list[Identifier] = []
    for index, part in enumerate(message.identifiers):
        field = f"enterprise.identifiers[{index}]"
        identifier = read_identifier(part, field, faults)
        if identifier is None:
            continue
        if any(identifier.kind == other.kind for other in found):
            faults.add(f"{field}.kind", "give each kind once")
        found.append(identifier)
    return tuple(found), name


def read_identifier(message: enterprise_pb.Identifier, field: str, faults: Faults) -> Identifier | None:
    """The number, normalised; None, and a fault, if it can be none."""
    try:
        return normalise(message.kind, message.value, field=field)
    except InvalidRequest as error:
        for where, why in error.violations:
            faults.add(where, why)
        return None


def read_uuid(written: str, field: str, faults: Faults) -> str:
    """The UUID in lower case."""
    lowered = written.lower()
    if not _UUID.fullmatch(lowered) or lowered == _NIL:
        faults.add(field, "write a random UUID in its form of 36 characters")
    return lowered


def _serial(name: str, faults: Faults) -> str:
    serial = name.removeprefix("certificates/")
    if not name.startswith("certificates/") or not SERIAL.fullmatch(serial):
        faults.add("name", "write certificates/ and the printed number")
    return serial
