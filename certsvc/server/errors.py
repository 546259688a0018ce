"""What a remote client is told: one table from our errors to status, reason and fixed text (AIP-193).

Invariants
- Texts are fixed; causes go to the log alone.
- Every error has exactly one ErrorInfo, domain `certsvc`, and stays below `DETAILS_CAP` bytes: trailers
  of more than about 16 kB make clients see RESOURCE_EXHAUSTED instead of the real status.
- What is not in the table is INTERNAL. What an operator must look into has an incident id that the log repeats.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from certsvc.core.errors import (
    AgencyUnknown,
    CertsvcError,
    InvalidRequest,
    NoRuleSet,
    NotFound,
    Overloaded,
    PublicationFailed,
    RequestIdReused,
    RulesNotKept,
    SigningFailed,
    StoreUnavailable,
)

DOMAIN = "certsvc"
DETAILS_CAP = 8_000
"""Bytes that the serialised status may have."""


class CallerUnknown(CertsvcError):
    """The client certificate names no caller that we know how to read."""


class RoleNotAllowed(CertsvcError):
    """The caller's role may not use this method."""


class DeadlineTooShort(CertsvcError):
    """Too little of the caller's deadline is left to begin; nothing was begun."""


class BudgetSpent(CertsvcError):
    """The time for this call ran out while it was worked on; whether it was recorded is unknown until asked again."""


class ShuttingDown(CertsvcError):
    """This process stops; another answers."""


class Answer(NamedTuple):
    """How one error class is told. `retry_after` is in seconds; None means: do not send the same call again."""

    code: StatusCode
    reason: str
    text: str
    retry_after: float | None = None


ANSWERS: dict[type[CertsvcError], Answer] = {
    InvalidRequest: Answer(
        StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", "The request has invalid fields; see the field violations."
    ),
    CallerUnknown: Answer(
        StatusCode.UNAUTHENTICATED, "CALLER_UNKNOWN", "The client certificate names no known kind of caller."
    ),
    RoleNotAllowed: Answer(
        StatusCode.PERMISSION_DENIED, "ROLE_NOT_ALLOWED", "The caller's role may not use this method."
    ),
    AgencyUnknown: Answer(
        StatusCode.PERMISSION_DENIED,
        "AGENCY_UNKNOWN",
        "The client certificate names no agency of this service; the operator must configure it.",
    ),
    NotFound: Answer(StatusCode.NOT_FOUND, "NOT_FOUND", "The resource does not exist, or the caller may not see it."),
    RequestIdReused: Answer(
        StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED", "This request_id was used with another payload."
    ),
    Overloaded: Answer(
        StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "Too many calls are waiting; nothing was begun.", 1.0
    ),
    DeadlineTooShort: Answer(
        StatusCode.DEADLINE_EXCEEDED, "DEADLINE_TOO_SHORT", "Too little time is left to begin; set a longer deadline."
    ),
    BudgetSpent: Answer(
        StatusCode.DEADLINE_EXCEEDED,
        "BUDGET_SPENT",
        "The time for this call ran out; ask again with the same request_id.",
        1.0,
    ),
    StoreUnavailable: Answer(
        StatusCode.UNAVAILABLE,
        "STORE_UNAVAILABLE",
        "The record could not be confirmed; ask again with the same request_id.",
        1.0,
    ),
    SigningFailed: Answer(
        StatusCode.UNAVAILABLE, "SIGNING_FAILED", "No signature could be made; no certificate was issued.", 5.0
    ),
    PublicationFailed: Answer(
        StatusCode.UNAVAILABLE, "PUBLICATION_FAILED", "The status list could not be published.", 5.0
    ),
    NoRuleSet: Answer(
        StatusCode.FAILED_PRECONDITION, "NO_RULE_SET", "No rules are in force today; the operator must load them."
    ),
    RulesNotKept: Answer(
        StatusCode.FAILED_PRECONDITION,
        "RULES_NOT_KEPT",
        "The rules that decided this application are not kept; the operator must restore them.",
    ),
    ShuttingDown: Answer(StatusCode.UNAVAILABLE, "SHUTTING_DOWN", "This server is stopping; connect to another.", 0.1),
}

INTERNAL = Answer(
    StatusCode.INTERNAL, "INTERNAL", "The service failed; its log names the cause under the incident given."
)

_OPERATORS_CONCERN = frozenset({StatusCode.INTERNAL, StatusCode.UNAVAILABLE, StatusCode.FAILED_PRECONDITION})


def answer_for(error: BaseException) -> Answer:
    """The answer for the error's class or its nearest base in the table; INTERNAL for all others."""
    for kind in type(error).__mro__:
        if (found := ANSWERS.get(kind)) is not None:
            return found
    return INTERNAL


def concerns_operator(answer: Answer) -> bool:
    """True if the log holds the cause, under an incident id that the client is told."""
    return answer.code in _OPERATORS_CONCERN and answer is not ANSWERS[ShuttingDown]


def status_of(error: BaseException, answer: Answer, incident: str = "") -> bytes:
    """The google.rpc.Status for the trailer `grpc-status-details-bin`, of at most DETAILS_CAP bytes."""
    info = ErrorInfo(reason=answer.reason, domain=DOMAIN)
    if incident:
        info.metadata["incident"] = incident
    details: list[Message] = [info]
    if answer.retry_after is not None:
        details.append(RetryInfo(retry_delay=_duration(answer.retry_after)))
    if isinstance(error, InvalidRequest):
        details.append(_bad_request(error.violations))
    status = Status(code=answer.code.value[0], message=answer.text, details=map(_pack, details))
    return status.SerializeToString()


def _bad_request(violations: Iterable[tuple[str, str]]) -> BadRequest:
    """As many of the violations as fit; the first always does."""
    bad, room = BadRequest(), DETAILS_CAP - 1_000
    for field, why in violations:
        # Cut by characters of at most four bytes, so that no text is split inside one.
        violation = BadRequest.FieldViolation(field=field[:200], description=why[:500])
        room -= violation.ByteSize() + 4
        if room < 0:
            break
        bad.field_violations.append(violation)
    return bad


def _duration(seconds: float) -> Duration:
    whole = int(seconds)
    return Duration(seconds=whole, nanos=round((seconds - whole) * 1_000_000_000))


def _pack(message: Message) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed
