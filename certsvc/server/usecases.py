"""What the servicers call, by shape, so that a test may pass the real objects or small fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from certsvc.core.model import CertificateStatus, Identifier
from certsvc.core.rules.scheme import Degraded
from certsvc.service.agency_records import Dispute, Hold, ModeSwitch
from certsvc.service.check import Answer, Question
from certsvc.service.event_reading import ToldEvent
from certsvc.service.explain import Explained
from certsvc.service.ports import Clock
from certsvc.service.records import Application, CertificateRecord, PublishedList, Request, StatusChange
from certsvc.service.status import ServiceStanding


class Check(Protocol):
    """See certsvc.service.check."""

    async def __call__(self, question: Question, within: float) -> Answer: ...


class Explain(Protocol):
    """See certsvc.service.explain."""

    async def __call__(self, caller: str | None, application_id: str) -> Explained: ...


class Issue(Protocol):
    """See certsvc.service.issue."""

    async def __call__(self, request: Request, within: float) -> Application: ...


class Read(Protocol):
    """See certsvc.service.read."""

    async def application(self, caller: str | None, application_id: str) -> Application: ...

    def watch(self, caller: str | None, application_id: str) -> AsyncIterator[Application]: ...

    async def certificate(self, caller: str | None, serial: str) -> CertificateRecord: ...

    async def certificates(
        self,
        *,
        limit: int,
        after: tuple[datetime, str] | None = None,
        identifier: Identifier | None = None,
        status: CertificateStatus | None = None,
        caller: str | None = None,
    ) -> Sequence[CertificateRecord]: ...


class Receive(Protocol):
    """See certsvc.service.receive_events."""

    async def __call__(self, agency: str, told: Sequence[ToldEvent]) -> int: ...


class Revoke(Protocol):
    """See certsvc.service.revoke."""

    async def __call__(self, change: StatusChange) -> tuple[CertificateRecord, int]: ...


class Publish(Protocol):
    """See certsvc.service.publish."""

    async def __call__(self) -> Sequence[PublishedList]: ...

    def list_uri(self, number: int) -> str: ...


class SwitchMode(Protocol):
    """See certsvc.service.switch_mode."""

    async def __call__(
        self, agency: str, mode: Degraded | None, reason: str, actor: str, until: datetime | None
    ) -> ModeSwitch: ...


class ReleaseHold(Protocol):
    """See certsvc.service.release_hold."""

    async def __call__(self, agency: str, actor: str, reason: str) -> Hold: ...


class Disputes(Protocol):
    """See certsvc.service.dispute."""

    async def open(
        self, agency: str, scheme: str, identifier: Identifier, statement: str, actor: str, until: datetime
    ) -> Dispute: ...

    async def approve(self, dispute_id: str, actor: str) -> Dispute: ...

    async def close(self, dispute_id: str, actor: str) -> Dispute: ...

    async def list(
        self, *, closed_too: bool, limit: int, identifier: Identifier | None = None
    ) -> Sequence[Dispute]: ...


class Status(Protocol):
    """See certsvc.service.status."""

    async def __call__(self) -> ServiceStanding: ...


class Published(Protocol):
    """What verifiers can fetch (certsvc.service.ports.Publisher)."""

    async def read(self, path: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class UseCases:
    """Everything that a remote caller can set in motion."""

    check: Check
    issue: Issue
    explain: Explain
    read: Read
    receive: Receive
    revoke: Revoke
    publish: Publish
    switch_mode: SwitchMode
    release_hold: ReleaseHold
    disputes: Disputes
    status: Status
    publisher: Published
    clock: Clock
