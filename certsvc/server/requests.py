"""From messages to the model: strict, bounded, and with every fault of a request named at once.

Invariants
- Nothing that a caller sent is repeated in an error.
- What passes is normalised: equal payloads are equal here, however they were written.
- Unknown fields are ignored, and so are fields marked OUTPUT_ONLY (AIP-203).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256

import orjson
from google.type.date_pb2 import Date

from certsvc.core.errors import InvalidRequest
from certsvc.core.model import (
    DECLARED,
    CertificateStatus,
    Enterprise,
    Fact,
    FactName,
    Identifier,
    RevocationReason,
)
from certsvc.server.answers import REVOCATION_REASONS, STATUSES
from certsvc.service.identifiers import normalise
from certsvc.service.records import Request
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2 as enterprise_pb
from certsvc.v1 import operations_service_pb2 as operations_pb

MAX_IDENTIFIERS = 8
MAX_FACTS = 16
MAX_TEXT = 200
MAX_COMMENT = 500
LANGUAGES = ("es", "en")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NIL = "00000000-0000-0000-0000-000000000000"
_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,6})?")
_WHOLE = re.compile(r"[0-9]{1,9}")
SERIAL = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,62}[0-9A-Za-z])?")
"""The whole of a serial, of at most 64 characters."""
_FACT_NAMES = {name.value: name for name in FactName}
_STATUSES = {number: status for status, number in STATUSES.items()}
_REASONS: dict[int, RevocationReason] = {number: reason for reason, number in REVOCATION_REASONS.items()}


class Faults:
    """Collects what is wrong with one request."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []

    def add(self, field: str, why: str) -> None:
        """Notes one fault."""
        self._found.append((field, why))

    def refuse_if_any(self) -> None:
        """Raises InvalidRequest with all faults noted."""
        if self._found:
            (field, why), *others = self._found
            raise InvalidRequest(field, why, *others)


def read_language(code: str, faults: Faults) -> str:
    """`es` or `en`; `es` if absent."""
    if code and code not in LANGUAGES:
        faults.add("language_code", "write es or en, or leave it out")
    return code or LANGUAGES[0]


def read_issue(message: pb.IssueCertificateRequest, caller: str) -> tuple[Request, str]:
    """The application and its language. Raises InvalidRequest."""
    faults = Faults()
    identifiers, name = _enterprise_parts(message.enterprise, faults)
    declared = _declared(message.declared_facts, faults)
    request_id = _uuid(message.request_id, "request_id", faults)
    language = read_language(message.language_code, faults)
    faults.refuse_if_any()
    enterprise = Enterprise(identifiers, name)
    return Request(caller, request_id, payload_digest(enterprise, declared), enterprise, declared), language


def read_check(message: pb.CheckEligibilityRequest) -> tuple[Enterprise, tuple[Fact, ...], date | None, str]:
    """Enterprise, declared facts, legal day if given, language. Raises InvalidRequest."""
    faults = Faults()
    identifiers, name = _enterprise_parts(message.enterprise, faults)
    declared = _declared(message.declared_facts, faults)
    on = _date(message.legal_date, "legal_date", faults) if message.HasField("legal_date") else None
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
        identifier = _identifier(message.identifier, "identifier", faults)
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
    comment = _text(message.comment, "comment", MAX_COMMENT, faults)
    request_id = _uuid(message.request_id, "request_id", faults) if message.request_id else ""
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


def _spelling(value: Decimal | str) -> str:
    """One text for all equal values. A Decimal here has at most 24 digits, so nothing is rounded."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def _enterprise_parts(message: enterprise_pb.Enterprise, faults: Faults) -> tuple[tuple[Identifier, ...], str]:
    name = _text(message.name, "enterprise.name", MAX_TEXT, faults)
    count = len(message.identifiers)
    if not 1 <= count <= MAX_IDENTIFIERS:
        faults.add("enterprise.identifiers", f"give at least one and at most {MAX_IDENTIFIERS}")
        return (), name
    found: list[Identifier] = []
    for index, part in enumerate(message.identifiers):
        field = f"enterprise.identifiers[{index}]"
        identifier = _identifier(part, field, faults)
        if identifier is None:
            continue
        if any(identifier.kind == other.kind for other in found):
            faults.add(f"{field}.kind", "give each kind once")
        found.append(identifier)
    return tuple(found), name


def _identifier(message: enterprise_pb.Identifier, field: str, faults: Faults) -> Identifier | None:
    try:
        return normalise(message.kind, message.value, field=field)
    except InvalidRequest as error:
        for where, why in error.violations:
            faults.add(where, why)
        return None


def _declared(messages: Sequence[enterprise_pb.Fact], faults: Faults) -> tuple[Fact, ...]:
    if len(messages) > MAX_FACTS:
        faults.add("declared_facts", f"give at most {MAX_FACTS}")
        return ()
    found: list[Fact] = []
    for index, message in enumerate(messages):
        field = f"declared_facts[{index}]"
        fact = _fact(message, field, faults)
        if fact is None:
            continue
        if any(fact.name is other.name for other in found):
            faults.add(f"{field}.name", "give each fact once")
        found.append(fact)
    return tuple(found)


def _fact(message: enterprise_pb.Fact, field: str, faults: Faults) -> Fact | None:
    name = _FACT_NAMES.get(message.name)
    as_of = _date(message.as_of, f"{field}.as_of", faults) if message.HasField("as_of") else None
    if name is None:
        faults.add(f"{field}.name", f"write one of {', '.join(_FACT_NAMES)}")
        return None
    value = _number(message, name, field, faults) if name.is_number else _fact_text(message, field, faults)
    return Fact(name, value, DECLARED, as_of) if value is not None else None


def _number(message: enterprise_pb.Fact, name: FactName, field: str, faults: Faults) -> Decimal | None:
    if message.WhichOneof("value") != "number":
        faults.add(f"{field}.number", "give this fact as a number")
        return None
    written = message.number.value
    if not _DECIMAL.fullmatch(written):
        faults.add(f"{field}.number", "write at most 18 digits, then at most 6 after a point; no sign, no exponent")
        return None
    value = Decimal(written)
    if name is FactName.HEAD_COUNT and value != value.to_integral_value():
        faults.add(f"{field}.number", "a head count is a whole number")
        return None
    return value


def _fact_text(message: enterprise_pb.Fact, field: str, faults: Faults) -> str | None:
    if message.WhichOneof("value") != "text":
        faults.add(f"{field}.text", "give this fact as text")
        return None
    text = _text(message.text, f"{field}.text", MAX_TEXT, faults)
    if not text:
        faults.add(f"{field}.text", "write what the fact is, or leave it out")
    return text or None


def _text(written: str, field: str, limit: int, faults: Faults) -> str:
    """The text in Unicode's composed form, with blanks around it removed."""
    if len(written) > limit:
        faults.add(field, f"write at most {limit} characters")
        return ""
    # Control, format, surrogate and unassigned characters and line ends change what people see, not what they read.
    # `isprintable` knows them all, and takes other blanks than the ASCII one for such too.
    if not written.isprintable() and any(unicodedata.category(c) in _UNSEEN for c in written):
        faults.add(field, "write no control or invisible characters")
        return ""
    return unicodedata.normalize("NFC", written).strip()


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _date(message: Date, field: str, faults: Faults) -> date | None:
    try:
        return date(message.year, message.month, message.day)
    except (ValueError, OverflowError):
        faults.add(field, "write a real day with year, month and day")
        return None


def _uuid(written: str, field: str, faults: Faults) -> str:
    lowered = written.lower()
    if not _UUID.fullmatch(lowered) or lowered == _NIL:
        faults.add(field, "write a random UUID in its form of 36 characters")
    return lowered


def _serial(name: str, faults: Faults) -> str:
    serial = name.removeprefix("certificates/")
    if not name.startswith("certificates/") or not SERIAL.fullmatch(serial):
        faults.add("name", "write certificates/ and the printed number")
    return serial
