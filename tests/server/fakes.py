"""Use cases held in memory, announced as such: they decide nothing and ask no agency.

A fake answers with one granted application unless `error` or `before` says otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from certsvc.core.decision.journal import Explanation, RuleKind, Step, StepState
from certsvc.core.errors import NotFound, RequestIdReused
from certsvc.core.jose import b64url_encode
from certsvc.core.model import (
    ApplicationState,
    CertificateKind,
    CertificateStatus,
    Decision,
    Evidence,
    Fact,
    FactName,
    Finding,
    Identifier,
    Reason,
    Result,
    SizeClass,
    Text,
)
from certsvc.core.outcome import Outcome
from certsvc.core.rules.scheme import Degraded
from certsvc.rulesets import load
from certsvc.server.usecases import UseCases
from certsvc.service.agency_records import BreakerState, Dispute, Hold, ModeSwitch, QuotaStanding
from certsvc.service.check import Answer, Question
from certsvc.service.event_reading import ToldEvent
from certsvc.service.explain import Explained
from certsvc.service.records import (
    Application,
    CertificateRecord,
    PublishedList,
    Request,
    StatusChange,
    StatusIndex,
)
from certsvc.service.status import AgencyStanding, ServiceStanding

NOW = datetime(2026, 3, 2, 15, 0, 0, 123456, tzinfo=UTC)
TODAY = date(2026, 3, 2)
SERIAL = "MSE-2345-6789-ABCD-EFGH-JKMN"
RULES = "costa_rica/2026-01-01#sha256-fake"
IDENTIFIER = Identifier("cr.cedula_juridica", "3101123456")
LIST = PublishedList(7, "https://certsvc.example/status/7", 41, NOW, NOW + timedelta(hours=12))
TOKEN = "eyJmYWtlIjp0cnVlfQ." + b64url_encode(b'{"ver":41}') + ".c2ln"
REASON = Reason(
    code="BARRED_ARREARS",
    text=Text("Tiene deudas pendientes.", "It has overdue debts."),
    remedy=Text("Pague o firme un arreglo.", "Pay or sign an arrangement."),
    citation="Ley 8262, art. 3",
    scheme="social_security",
    agency="ccss",
)
EVIDENCE = Evidence(
    (Finding("tax", "hacienda", Outcome.CLEAR, NOW, TODAY),),
    (Fact(FactName.HEAD_COUNT, Decimal("7"), "ccss", TODAY), Fact(FactName.NAME, "Panadería Ñandú S.A.", "registry")),
)
GRANTED = Decision(
    Result.GRANTED,
    TODAY,
    RULES,
    kind=CertificateKind.FULL,
    size=SizeClass.MICRO,
    clear=(("tax", TODAY),),
    valid_for=timedelta(days=30),
)
REFUSED = Decision(Result.REFUSED, TODAY, RULES, reasons=(REASON,), appeal_until=date(2026, 3, 16))
WAITING = replace(REASON, code="UNAVAILABLE")
UNDECIDED = Decision(Result.UNDECIDED, TODAY, RULES, reasons=(WAITING,))
HELD = Hold(3, "ccss", NOW, NOW - timedelta(hours=6), 412, 398, "operator/ana", NOW, "confirmed by phone")
SWITCHED = ModeSwitch("ccss", Degraded.PROVISIONAL, "ticket 7", "operator/ana", NOW, NOW + timedelta(days=2))
DISPUTED = Dispute(
    id="6d1f1f3e-0000-4000-8000-000000000009",
    agency="ccss",
    scheme="social_security",
    identifier=IDENTIFIER,
    statement="receipt 12",
    opened_by="operator/ana",
    opened_at=NOW,
    until=NOW + timedelta(days=20),
)
CCSS = AgencyStanding(
    "ccss",
    ("social_security",),
    BreakerState.OPEN,
    limit=4,
    in_flight=1,
    waiting=2,
    quota=QuotaStanding(17, NOW + timedelta(minutes=10)),
    pending=3,
    oldest_pending=61.5,
    answered_at=NOW,
    data_as_of=TODAY,
    mode=SWITCHED,
    hold=HELD,
)
STEPS = (
    Step(
        rule="schemes.social_security.evidence",
        kind=RuleKind.EVIDENCE,
        state=StepState.PASSED,
        citation="Ley Constitutiva de la CCSS, art. 74",
        confirmed=False,
        scheme="social_security",
        agency="ccss",
        code="CLEAR",
        data_as_of=TODAY,
        checked_at=NOW,
        age_days=0,
    ),
    Step(rule="update", kind=RuleKind.UPDATE, state=StepState.FAILED, citation="Decreto 39295-MEIC", confirmed=True),
)


def certificate(serial: str = SERIAL, issued_at: datetime = NOW) -> CertificateRecord:
    """A certificate as if issued."""
    return CertificateRecord(
        serial=serial,
        token="header.payload.signature",
        kid="kid",
        kind=CertificateKind.FULL,
        identifier=IDENTIFIER,
        name="Panadería Ñandú S.A.",
        size=SizeClass.MICRO,
        issued_at=issued_at,
        expires_at=issued_at + timedelta(days=30),
        place=StatusIndex(7, 11),
    )


def application(request: Request, state: ApplicationState = ApplicationState.GRANTED) -> Application:
    """An application as if recorded."""
    pending, granted = state is ApplicationState.PENDING, state is ApplicationState.GRANTED
    return Application(
        id=str(uuid5(UUID(int=1), f"{request.caller} {request.request_id}")),
        request=request,
        state=state,
        decision=GRANTED if granted else UNDECIDED if pending else REFUSED,
        evidence=EVIDENCE,
        created_at=NOW,
        updated_at=NOW,
        next_attempt_at=NOW + timedelta(minutes=1) if pending else None,
        expires_at=NOW + timedelta(days=10) if pending else None,
        certificate=certificate() if granted else None,
    )


@dataclass
class Fakes:
    """All use cases in one object, with what they were called with.

    `before` is awaited at the start of each call of check, issue, explain and revoke; `error` is then raised if set.
    """

    error: BaseException | None = None
    before: Callable[[], Awaitable[None]] | None = None
    state: ApplicationState = ApplicationState.GRANTED
    decision: Decision = GRANTED
    newest: datetime | None = NOW
    reproduced: bool = True
    applications: dict[str, Application] = field(default_factory=dict)
    certificates: list[CertificateRecord] = field(default_factory=lambda: [certificate()])
    changes: asyncio.Queue[Application] = field(default_factory=asyncio.Queue)
    files: dict[str, bytes] = field(default_factory=dict)
    seen: list[Any] = field(default_factory=list)
    watching: int = 0
    unwatched: asyncio.Event = field(default_factory=asyncio.Event)

    def use_cases(self) -> UseCases:
        """What the server is given."""
        return UseCases(
            check=self.check,
            issue=self.issue,
            explain=self.explain,
            read=FakeRead(self),
            receive=self.receive,
            revoke=self.revoke,
            publish=FakePublish(),
            switch_mode=self.switch_mode,
            release_hold=self.release_hold,
            disputes=FakeDisputes(self),
            status=self.status,
            publisher=FakePublisher(self.files),
            clock=FakeClock(),
        )

    async def check(self, question: Question, within: float) -> Answer:
        await self._enter((question, within))
        if question.on in (None, TODAY) and question.scope is not None:
            return Answer(self.decision, EVIDENCE)
        return Answer(self.decision, EVIDENCE, stored=True, newest=self.newest)

    async def issue(self, request: Request, within: float) -> Application:
        await self._enter((request, within))
        made = application(request, self.state)
        kept = self.applications.setdefault(made.id, made)
        if kept.request.digest != request.digest:
            raise RequestIdReused("fake")
        return kept

    async def explain(self, caller: str | None, application_id: str) -> Explained:
        await self._enter((caller, application_id))
        found = await FakeRead(self).application(caller, application_id)
        made = Explanation(found.decision, STEPS)
        return Explained(found, made, load("costa_rica").in_force(TODAY), self.reproduced)

    async def receive(self, agency: str, told: Sequence[ToldEvent]) -> int:
        await self._enter((agency, told))
        return len(told)

    async def revoke(self, change: StatusChange) -> tuple[CertificateRecord, int]:
        await self._enter(change)
        found = next((c for c in self.certificates if c.serial == change.serial), None)
        if found is None:
            raise NotFound(change.serial)
        return replace(found, status=change.status), 42

    async def status(self) -> ServiceStanding:
        await self._enter(None)
        return ServiceStanding(RULES, (CCSS, AgencyStanding("gone", pending=1, oldest_pending=0.25)), 3, 61.5, (LIST,))

    async def switch_mode(
        self, agency: str, mode: Degraded | None, reason: str, actor: str, until: datetime | None
    ) -> ModeSwitch:
        await self._enter((agency, mode, reason, actor, until))
        return ModeSwitch(agency, mode, reason, actor, NOW, until or NOW)

    async def release_hold(self, agency: str, actor: str, reason: str) -> Hold:
        await self._enter((agency, actor, reason))
        return replace(HELD, agency=agency, released_by=actor, released_at=NOW)

    async def _enter(self, seen: object) -> None:
        self.seen.append(seen)
        if self.before is not None:
            await self.before()
        if self.error is not None:
            raise self.error


class FakeDisputes:
    def __init__(self, fakes: Fakes) -> None:
        self._fakes = fakes

    async def open(
        self, agency: str, scheme: str, identifier: Identifier, statement: str, actor: str, until: datetime
    ) -> Dispute:
        await self._fakes._enter((agency, scheme, identifier, statement, actor, until))
        return Dispute(DISPUTED.id, agency, scheme, identifier, statement, actor, NOW, until)

    async def approve(self, dispute_id: str, actor: str) -> Dispute:
        await self._fakes._enter((dispute_id, actor))
        return replace(DISPUTED, id=dispute_id, approved_by=actor, approved_at=NOW)

    async def close(self, dispute_id: str, actor: str) -> Dispute:
        await self._fakes._enter((dispute_id, actor))
        return replace(DISPUTED, id=dispute_id, closed_by=actor, closed_at=NOW)

    async def list(self, *, closed_too: bool, limit: int, identifier: Identifier | None = None) -> Sequence[Dispute]:
        await self._fakes._enter((closed_too, limit, identifier))
        return [DISPUTED, replace(DISPUTED, until=NOW)]


class FakeRead:
    def __init__(self, fakes: Fakes) -> None:
        self._fakes = fakes

    async def application(self, caller: str | None, application_id: str) -> Application:
        found = self._fakes.applications.get(application_id)
        if found is None or caller not in (None, found.request.caller):
            raise NotFound(application_id)
        return found

    async def watch(self, caller: str | None, application_id: str) -> AsyncIterator[Application]:
        self._fakes.watching += 1
        try:
            yield await self.application(caller, application_id)
            while True:
                changed = await self._fakes.changes.get()
                yield changed
                if changed.state is not ApplicationState.PENDING:
                    return
        finally:
            self._fakes.watching -= 1
            self._fakes.unwatched.set()

    async def certificate(self, caller: str | None, serial: str) -> CertificateRecord:
        self._fakes.seen.append((caller, serial))
        found = next((c for c in self._fakes.certificates if c.serial == serial), None)
        if found is None:
            raise NotFound(serial)
        return found

    async def certificates(
        self,
        *,
        limit: int,
        after: tuple[datetime, str] | None = None,
        identifier: Identifier | None = None,
        status: CertificateStatus | None = None,
        caller: str | None = None,
    ) -> Sequence[CertificateRecord]:
        self._fakes.seen.append((limit, after, identifier, status, caller))
        newest_first = sorted(self._fakes.certificates, key=lambda c: (c.issued_at, c.serial), reverse=True)
        return [c for c in newest_first if after is None or (c.issued_at, c.serial) < after][:limit]


class FakePublish:
    async def __call__(self) -> Sequence[PublishedList]:
        return (LIST,)

    def list_uri(self, number: int) -> str:
        return f"https://certsvc.example/status/{number}"


class FakePublisher:
    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    async def read(self, path: str) -> bytes | None:
        return self._files.get(path)


class FakeClock:
    def now(self) -> datetime:
        return NOW
