"""What the store keeps: applications, certificates, published lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from certsvc.core.model import (
    ApplicationState,
    CertificateKind,
    CertificateStatus,
    Decision,
    Enterprise,
    Evidence,
    Fact,
    Identifier,
    RevocationReason,
    SizeClass,
)


@dataclass(frozen=True, slots=True)
class Request:
    """An application as it arrived. `digest` covers the payload, not the request id or the language."""

    caller: str
    request_id: str
    digest: bytes
    enterprise: Enterprise
    declared: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusIndex:
    """One leased place in a status list: used once or burned, never given twice."""

    list_number: int
    index: int


@dataclass(frozen=True, slots=True)
class CertificateRecord:
    """A certificate as issued. `token` holds the exact bytes that were signed and are served.

    `replaced_by` is the serial of the one that took a provisional certificate's place; it is told where the certificate
    itself is asked for, not in its application.
    """

    serial: str
    token: str
    kid: str
    kind: CertificateKind
    identifier: Identifier
    name: str
    size: SizeClass | None
    issued_at: datetime
    expires_at: datetime
    place: StatusIndex
    status: CertificateStatus = CertificateStatus.VALID
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """The durable request and where it stands.

    `next_attempt_at` and `expires_at` are set while PENDING; `certificate` once GRANTED. `owner` and `leased_until` are
    set while an attempt is under way: who makes it, and until when nobody else may.
    """

    id: str
    request: Request
    state: ApplicationState
    decision: Decision
    evidence: Evidence
    created_at: datetime
    updated_at: datetime
    attempts: int = 1
    next_attempt_at: datetime | None = None
    expires_at: datetime | None = None
    certificate: CertificateRecord | None = None
    owner: str | None = None
    leased_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to make the next attempt at a pending application that has made `attempts` so far.

    `owner` names one process for its lifetime. Who holds the lease may record what came of it, and nobody else.
    """

    application_id: str
    attempts: int
    owner: str


@dataclass(frozen=True, slots=True)
class StoredCase:
    """What one application rests on and how it was decided, as recorded at `at`."""

    id: str
    enterprise: Enterprise
    evidence: Evidence
    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True)
class UnreadableCase:
    """An application whose record is not what was once written."""

    id: str


@dataclass(frozen=True, slots=True)
class StatusListRow:
    """A status list that still has unexpired certificates, and its newest published version."""

    number: int
    expires_by: datetime
    version: int
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One operator's act on one certificate, as recorded."""

    serial: str
    status: CertificateStatus
    reason: RevocationReason
    comment: str
    actor: str
    at: datetime
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class PublishedList:
    """One status list as verifiers see it."""

    number: int
    uri: str
    version: int
    issued_at: datetime
    expires_at: datetime
