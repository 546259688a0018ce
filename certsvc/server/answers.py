"""From the model to the fields of messages.

On the hot path: enumerations are looked up in tables built at import, and parts are dicts, from which protobuf
makes the whole message at once. A part that is a message already would be serialised and parsed again for each
level that it is put into; that costs three times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from certsvc.core.canonical import write_decimal
from certsvc.core.evidence import digest, encode_evidence
from certsvc.core.model import (
    ApplicationState,
    CertificateKind,
    CertificateStatus,
    Decision,
    Enterprise,
    Evidence,
    Fact,
    Finding,
    Identifier,
    Reason,
    Result,
    RevocationReason,
    SizeClass,
    Source,
)
from certsvc.core.outcome import Outcome
from certsvc.server.progress import Progress, progress
from certsvc.service.records import Application, CertificateRecord, PublishedList
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2 as enterprise_pb
from certsvc.v1 import operations_service_pb2 as operations_pb

E_ = TypeVar("E_", bound=Enum)


# The generated stubs want their own enumeration types, which do not exist at run time: hence Any.
def enum_table(members: Iterable[E_], prefix: str, value_of: Callable[[str], int]) -> dict[E_, Any]:
    """Member -> number on the wire. A member without a counterpart stops the import."""
    return {member: value_of(prefix + member.name) for member in members}


OUTCOMES = enum_table(Outcome, "OUTCOME_", enterprise_pb.Outcome.Value)
SOURCES = enum_table(Source, "SOURCE_", enterprise_pb.Finding.Source.Value)
KINDS: dict[CertificateKind | None, Any] = {None: 0} | enum_table(
    CertificateKind, "CERTIFICATE_KIND_", enterprise_pb.CertificateKind.Value
)
SIZES: dict[SizeClass | None, Any] = {None: 0} | enum_table(SizeClass, "SIZE_CLASS_", enterprise_pb.SizeClass.Value)
RESULTS = enum_table(Result, "RESULT_", enterprise_pb.Decision.Result.Value)
STATES = enum_table(ApplicationState, "STATE_", pb.Application.State.Value)
STATUSES = enum_table(CertificateStatus, "STATUS_", pb.Certificate.Status.Value)
REVOCATION_REASONS = enum_table(RevocationReason, "REVOCATION_REASON_", operations_pb.RevocationReason.Value)

Fields = dict[str, Any]
"""The fields of one message by name. A wrong name or type is an error when the message is made."""

ListUri = Callable[[int], str]
"""The address of a status list by its number."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def application(record: Application, language: str, list_uri: ListUri, *, inside: bool = False) -> Fields:
    """Of `Application`: it with its newest decision, and its certificate if granted.

    `inside` shows which process is at it: to operators and auditors alone.
    """
    fields: Fields = {
        "name": f"applications/{record.id}",
        "request_id": record.request.request_id,
        "state": STATES[record.state],
        "enterprise": enterprise(record.request.enterprise),
        "decision": decision(record.decision, record.evidence, language),
        "create_time": timestamp(record.created_at),
        "update_time": timestamp(record.updated_at),
        "progress": [_progress(each) for each in progress(record)],
        "attempts": record.attempts,
    }
    if inside and record.owner is not None and record.leased_until is not None:
        fields |= {"worker": record.owner, "lease_expire_time": timestamp(record.leased_until)}
    if record.certificate is not None:
        fields["certificate"] = certificate(record.certificate, list_uri)
    if record.next_attempt_at is not None:
        fields["next_attempt_time"] = timestamp(record.next_attempt_at)
    if record.expires_at is not None:
        fields["expire_time"] = timestamp(record.expires_at)
    return fields


def _progress(agency: Progress) -> Fields:
    fields: Fields = {"agency": agency.agency, "schemes": agency.schemes, "state": agency.state}
    if agency.asked_at is not None:
        fields["check_time"] = timestamp(agency.asked_at)
    return fields


def certificate(record: CertificateRecord, list_uri: ListUri) -> Fields:
    """Of `Certificate`: it with the exact bytes of its token."""
    fields: Fields = {
        "name": f"certificates/{record.serial}",
        "token": record.token,
        "kind": KINDS[record.kind],
        "identifier": identifier(record.identifier),
        "enterprise_name": text(record.name),
        "size": SIZES[record.size],
        "issue_time": timestamp(record.issued_at),
        "expire_time": timestamp(record.expires_at),
        "status": STATUSES[record.status],
        "status_list_uri": list_uri(record.place.list_number),
        "status_index": record.place.index,
    }
    if record.replaced_by:
        fields["replaced_by"] = f"certificates/{record.replaced_by}"
    return fields


def decision(made: Decision, evidence: Evidence, language: str) -> Fields:
    """Of `Decision`: it with what it rests on; texts in one language."""
    fields: Fields = {
        "result": RESULTS[made.result],
        "kind": KINDS[made.kind],
        "size": SIZES[made.size],
        "reasons": [reason(r, language) for r in made.reasons],
        "legal_date": day(made.on),
        "rule_set": made.rule_set,
        "findings": [finding(f) for f in evidence.findings],
        "facts": [fact(f) for f in evidence.facts],
        "evidence_digest": digest(encode_evidence(evidence)),
    }
    if made.appeal_until is not None:
        fields["appeal_until"] = day(made.appeal_until)
    if made.effects:
        fields["effects"] = [{"name": effect, "date": day(on)} for effect, on in made.effects]
    if made.unchecked:
        fields["unchecked"] = [{"scheme": scheme, "agency": agency} for scheme, agency in made.unchecked]
    return fields


def reason(given: Reason, language: str) -> Fields:
    """Of `Reason`, in one language."""
    fields: Fields = {
        "code": given.code,
        "scheme": given.scheme,
        "agency": given.agency,
        "text": given.text.in_language(language),
        "remedy": given.remedy.in_language(language),
        "citation": given.citation,
    }
    if given.since is not None:
        fields["since"] = day(given.since)
    return fields


def finding(found: Finding) -> Fields:
    """Of `Finding`: one agency's answer on one scheme, without the account, whose amounts are secret."""
    fields: Fields = {
        "scheme": found.scheme,
        "agency": found.agency,
        "outcome": OUTCOMES[found.outcome],
        "check_time": timestamp(found.checked_at),
        "source": SOURCES[found.source],
    }
    if found.further:
        fields["further_outcomes"] = [OUTCOMES[outcome] for outcome in found.further]
    if found.data_as_of is not None:
        fields["data_as_of"] = day(found.data_as_of)
    return fields


def fact(known: Fact) -> Fields:
    """Of `Fact`: it with its source."""
    fields: Fields = {"name": known.name, "source": known.source}
    if isinstance(known.value, str):
        fields["text"] = text(known.value)
    elif isinstance(known.value, Decimal):
        fields["number"] = {"value": write_decimal(known.value)}
    else:
        fields["day"] = day(known.value)
    if known.as_of is not None:
        fields["as_of"] = day(known.as_of)
    return fields


def enterprise(named: Enterprise) -> Fields:
    """Of `Enterprise`, as it was applied for."""
    return {"identifiers": [identifier(i) for i in named.identifiers], "name": named.name}


def identifier(number: Identifier) -> Fields:
    """Of `Identifier`."""
    return {"kind": number.kind, "value": number.value}


def published_list(published: PublishedList) -> operations_pb.PublishedList:
    """One status list as verifiers see it."""
    return operations_pb.PublishedList(
        uri=published.uri,
        version=published.version,
        publish_time=timestamp(published.issued_at),
        expire_time=timestamp(published.expires_at),
    )


def timestamp(instant: datetime) -> Fields:
    """Of `Timestamp`: the instant to the microsecond, without the rounding of floats."""
    since = instant - _EPOCH
    return {"seconds": since.days * 86_400 + since.seconds, "nanos": since.microseconds * 1000}


def day(on: date) -> Fields:
    """Of `Date`."""
    return {"year": on.year, "month": on.month, "day": on.day}


def text(value: str) -> str:
    """The text with what UTF-8 cannot hold replaced: an agency's half surrogate must not fail the answer."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
