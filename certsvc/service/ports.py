"""What the use cases need from the world, each call with its guarantee.

The folders `agencies`, `store`, `signing` and `publication` fit these by shape and do not
import them; mypy checks the fit where `app` joins them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from certsvc.core.model import CertificateStatus, Enterprise, Evidence, Identifier
from certsvc.service.agency_records import AgencyHealth, FollowUp, FollowUpState, QuotaStanding, Urgency
from certsvc.service.records import (
    Application,
    CertificateRecord,
    Lease,
    StatusChange,
    StatusIndex,
    StatusListRow,
    StoredCase,
)


class Clock(Protocol):
    """The time now."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class Entropy(Protocol):
    """Names that nobody can guess."""

    def application_id(self) -> str:
        """A fresh UUID."""
        ...

    def serial(self) -> str:
        """A fresh printed number of at least 80 random bits, readable aloud."""
        ...


class Agencies(Protocol):
    """Every configured agency, asked at once."""

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> Evidence:
        """At least one finding for each scheme of each agency that is asked, after at most `within` seconds.

        Every agency is, unless `only` names those that are. Never raises for what an agency does or leaves undone:
        that is a finding of an unknown outcome. Facts come from the agencies alone.
        """
        ...

    @property
    def schemes(self) -> Mapping[str, tuple[str, ...]]:
        """Agency name -> the schemes it answers for."""
        ...


class AgencyWatch(Protocol):
    """How the agencies are doing."""

    async def health(self) -> Sequence[tuple[AgencyHealth, QuotaStanding]]:
        """How each agency is doing, in the order of the configuration."""
        ...


class Store(Protocol):
    """The one record of what was applied for, decided, issued and revoked.

    Every call is one transaction: on return it is durable, on an exception from this
    package nothing of it happened, and after StoreUnavailable it is unknown which.
    """

    async def find_request(self, caller: str, request_id: str) -> Application | None:
        """The application that this caller made under this id."""
        ...

    async def lease_place(self, expires_at: datetime) -> StatusIndex:
        """A place in a list for certificates that expire in that quarter, never given before or again.

        May hand out places leased in blocks; a block is durable before any of it is given.
        """
        ...

    async def record(self, application: Application) -> Application:
        """Records a new application with its decision, evidence, certificate if granted, next attempt
        if pending, and audit leaf, in one commit that many share under load.

        Returns what is stored under its (caller, request id): the argument itself, or the earlier
        application, in which case nothing of the argument was recorded.
        """
        ...

    async def claim(self, lease: Lease, lasting: timedelta) -> bool:
        """Leases the application for so long, by the database's clock; watchers are told that an attempt begins.

        False, and nothing is changed, unless it is pending, has made exactly so many attempts, and no lease runs.
        The attempt sees all that was committed before: what makes it due later is answered by one more attempt.
        """
        ...

    async def renew(self, lease: Lease, lasting: timedelta) -> bool:
        """Extends the lease to so long from now; false if it is no longer held, and then it never is again."""
        ...

    async def release(self, lease: Lease) -> None:
        """Gives the lease back, if it is still held, without having recorded anything; watchers are told."""
        ...

    async def resolve(self, application: Application, lease: Lease) -> Application:
        """Records what came of the attempt, and ends the lease: decided with its certificate, expired, or still
        pending with its next attempt, which is due at once if the application was woken since it was claimed.

        Returns what is stored afterwards: the argument (its next attempt as it then is), or, if the lease was no longer
        held, the application as others left it, in which case nothing of the argument was recorded.
        """
        ...

    async def get_application(self, application_id: str) -> Application | None:
        """The application by id."""
        ...

    def watch(self, application_id: str) -> AsyncIterator[Application]:
        """The application as it stands, then again after each change, whichever process made it; never ends by itself.

        A change between two steps may be seen once instead of twice, but the last one is always seen.
        Yields nothing if the application is unknown.
        """
        ...

    async def get_certificate(self, serial: str, caller: str | None = None) -> CertificateRecord | None:
        """The certificate with its status now; if a caller is given, only one that it applied for."""
        ...

    async def list_certificates(
        self,
        *,
        limit: int,
        after: tuple[datetime, str] | None = None,
        identifier: Identifier | None = None,
        status: CertificateStatus | None = None,
        caller: str | None = None,
    ) -> Sequence[CertificateRecord]:
        """Newest first by (issued_at, serial), strictly after the given key; of one caller if given."""
        ...

    async def change_status(self, change: StatusChange) -> CertificateRecord | None:
        """Appends a status event and its audit leaf; returns the certificate as it then stands, None if unknown.

        A certificate that already has this status, or is revoked, is returned as it is and nothing is recorded.
        """
        ...

    async def live_lists(self, now: datetime) -> Sequence[StatusListRow]:
        """Every list that can still hold an unexpired certificate."""
        ...

    async def status_entries(self, list_number: int) -> Mapping[int, int]:
        """Index -> status for every entry of the list that is not valid, read in one snapshot."""
        ...

    async def claim_version(self, list_number: int, version: int, issued_at: datetime) -> bool:
        """Claims `version` of the list for this publisher; false if it, or a later one, was claimed before.

        On true, `version` and `issued_at` are strictly greater than every earlier claim of this list.
        """
        ...

    async def list_version(self, list_number: int) -> int | None:
        """The newest claimed version of a list, 0 before the first; None if there never was such a list."""
        ...

    async def now(self) -> datetime:
        """The database's clock, aware UTC."""
        ...

    async def pending_age(self, now: datetime) -> tuple[int, float]:
        """How many applications are pending, and the age of the oldest in seconds."""
        ...

    async def keep_rule_set(self, digest: str, text: str) -> None:
        """Keeps the text of a rule set for ever, so that its decisions can be recomputed. Idempotent."""
        ...

    async def rule_set_text(self, ref: str) -> str | None:
        """The text that was kept under this reference, exactly."""
        ...

    async def cases_of(
        self, identifiers: Sequence[Identifier], *, caller: str | None, limit: int
    ) -> Sequence[StoredCase]:
        """The newest applications that name at least one of these numbers, newest first; of one caller if given.

        Raises MalformedRecord if one of them is not what was once written.
        """
        ...


class FollowUps(Protocol):
    """What becomes of provisional certificates. Each is followed up from the commit that records it."""

    async def get(self, serial: str) -> FollowUp | None:
        """The follow-up of this certificate."""
        ...

    async def put_off(self, follow_up: FollowUp, wait: timedelta) -> None:
        """Counts an attempt and plans the next; changes nothing if another has done so, or it has ended."""
        ...

    async def end(self, follow_up: FollowUp, state: FollowUpState, replaced_by: str = "") -> None:
        """Ends it in this state; changes nothing if it has ended."""
        ...


class Publisher(Protocol):
    """Where verifiers fetch from."""

    def alone(self) -> AbstractAsyncContextManager[None]:
        """While entered, no other publisher writes here, in this process or another. Raises PublicationFailed."""
        ...

    async def publish(self, files: Mapping[str, bytes]) -> None:
        """Makes each file visible whole or not at all, durable on return, read back and equal.

        Raises PublicationFailed; files already written then stay, each whole.
        """
        ...

    async def read(self, path: str) -> bytes | None:
        """What is published under this path."""
        ...
