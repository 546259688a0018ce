"""Applications of every state, as the use cases would hand them to the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from certsvc.core.model import (
    DECLARED,
    ApplicationState,
    CertificateKind,
    CertificateStatus,
    Decision,
    Enterprise,
    Evidence,
    Fact,
    FactName,
    Finding,
    Identifier,
    Reason,
    Result,
    RevocationReason,
    SizeClass,
    Text,
)
from certsvc.core.outcome import Outcome
from certsvc.service.ports import Store
from certsvc.service.records import Application, CertificateRecord, Lease, Request, StatusChange, StatusIndex

NOW = datetime(2026, 3, 2, 15, 4, 5, 678901, tzinfo=UTC)
EXPIRES = NOW.replace(microsecond=0) + timedelta(days=90)
ENTERPRISE = Enterprise(
    (Identifier("cr.cedula_juridica", "3101123456"), Identifier("cr.patronal", "203101123456")), "Café Ñandú"
)
LASTING = timedelta(minutes=1)
RULE_SET = "cr/2026-01-01#sha256-" + "A" * 43


def request(request_id: str | None = None, caller: str = "meic", content: bytes = b"payload") -> Request:
    """A request with a declared fact."""
    declared = (
        Fact(FactName.HEAD_COUNT, Decimal("4.5"), DECLARED),
        Fact(FactName.SECTOR, "agro", DECLARED, date(2026, 1, 1)),
    )
    return Request(caller, request_id or str(uuid4()), sha256(content).digest(), ENTERPRISE, declared)


def evidence(outcome: Outcome = Outcome.CLEAR, agency: str = "hacienda") -> Evidence:
    """One finding and two facts, in canonical order."""
    finding = Finding("tax", agency, outcome, NOW, date(2026, 2, 28), ())
    facts = (Fact(FactName.HEAD_COUNT, Decimal("4.5"), DECLARED), Fact(FactName.NAME, "CAFE ÑANDÚ SA", agency))
    return Evidence((finding,), facts)


def reasons(*agencies: str) -> tuple[Reason, ...]:
    """One reason for each agency."""
    return tuple(Reason("UNAVAILABLE", Text("es", "en"), Text("es", "en"), "art. 3", "tax", a) for a in agencies)


def certificate(place: StatusIndex, serial: str | None = None, **changes: object) -> CertificateRecord:
    """A valid certificate at this place."""
    made = CertificateRecord(
        serial=serial or uuid4().hex,
        token="e30.e30.AAAA",
        kid="kid",
        kind=CertificateKind.FULL,
        identifier=ENTERPRISE.identifier,
        name="CAFE ÑANDÚ SA",
        size=SizeClass.MICRO,
        issued_at=NOW.replace(microsecond=0),
        expires_at=EXPIRES,
        place=place,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the names and types of CertificateRecord


def granted(issued: CertificateRecord, of: Request | None = None) -> Application:
    """An application that was granted at once."""
    decision = Decision(
        Result.GRANTED,
        date(2026, 3, 2),
        RULE_SET,
        kind=issued.kind,
        size=SizeClass.MICRO,
        score=Decimal("10.50"),
        clear=(("tax", date(2026, 2, 28)),),
        valid_for=timedelta(days=90),
    )
    return Application(
        str(uuid4()), of or request(), ApplicationState.GRANTED, decision, evidence(), NOW, NOW, certificate=issued
    )


def refused(of: Request | None = None) -> Application:
    """An application that was refused at once."""
    decision = Decision(
        Result.REFUSED, date(2026, 3, 2), RULE_SET, reasons=reasons("hacienda"), appeal_until=date(2026, 3, 9)
    )
    return Application(
        str(uuid4()), of or request(), ApplicationState.REFUSED, decision, evidence(Outcome.BARRED_ARREARS), NOW, NOW
    )


def pending(*agencies: str, of: Request | None = None, after: timedelta = timedelta(hours=1)) -> Application:
    """An application that waits for these agencies."""
    decision = Decision(Result.UNDECIDED, date(2026, 3, 2), RULE_SET, reasons=reasons(*(agencies or ("ccss",))))
    return Application(
        str(uuid4()),
        of or request(),
        ApplicationState.PENDING,
        decision,
        evidence(Outcome.UNAVAILABLE, "ccss"),
        NOW,
        NOW,
        next_attempt_at=NOW + after,
        expires_at=NOW + timedelta(days=3),
    )


def attempted(application: Application, after: timedelta = timedelta(hours=2)) -> Application:
    """The pending application after one more attempt."""
    now = application.updated_at + timedelta(minutes=1)
    return replace(application, attempts=application.attempts + 1, updated_at=now, next_attempt_at=now + after)


def completed(application: Application, issued: CertificateRecord) -> Application:
    """The pending application, granted."""
    return replace(
        granted(issued, application.request),
        id=application.id,
        created_at=application.created_at,
        updated_at=application.updated_at + timedelta(minutes=1),
        attempts=application.attempts + 1,
    )


def expired(application: Application) -> Application:
    """The pending application, given up."""
    return replace(
        application,
        state=ApplicationState.EXPIRED,
        next_attempt_at=None,
        expires_at=None,
        updated_at=application.updated_at + timedelta(days=3),
    )


def lease(after: Application, owner: str = "worker") -> Lease:
    """The lease on the attempt that led to this."""
    made = after.attempts if after.state is ApplicationState.EXPIRED else after.attempts - 1
    return Lease(after.id, made, owner)


async def resolve(store: Store, after: Application, owner: str = "worker") -> Application:
    """Records what came of one more attempt, as a worker does: it is leased, and then moved on."""
    leased = lease(after, owner)
    await store.claim(leased, LASTING)
    return await store.resolve(after, leased)


def change(serial: str, status: CertificateStatus, at: datetime = NOW) -> StatusChange:
    """An operator's act."""
    return StatusChange(serial, status, RevocationReason.ARREARS, "file 7", "operator@meic", at, str(uuid4()))
