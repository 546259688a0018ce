"""Read: what is recorded, as far as the caller may see it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from certsvc.core.errors import NotFound
from certsvc.core.model import ApplicationState, CertificateStatus, Identifier
from certsvc.service.ports import Store
from certsvc.service.records import Application, CertificateRecord


class Read:
    """Looks up applications and certificates. A caller sees its own; None as the caller sees all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def application(self, caller: str | None, application_id: str) -> Application:
        """The application. Raises NotFound also if it is another caller's, so that ids cannot be probed."""
        found = await self._store.get_application(application_id)
        if found is None or caller not in (None, found.request.caller):
            raise NotFound(f"applications/{application_id}")
        return found

    async def watch(self, caller: str | None, application_id: str) -> AsyncIterator[Application]:
        """The application now and after each change, up to its final state. Raises NotFound."""
        await self.application(caller, application_id)
        async for application in self._store.watch(application_id):
            yield application
            if application.state is not ApplicationState.PENDING:
                return

    async def certificate(self, caller: str | None, serial: str) -> CertificateRecord:
        """The certificate with its status now. Raises NotFound, also for another caller's."""
        found = await self._store.get_certificate(serial, caller)
        if found is None:
            raise NotFound(f"certificates/{serial}")
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
        """Certificates, newest first, strictly after the key of the previous page's last."""
        return await self._store.list_certificates(
            limit=limit, after=after, identifier=identifier, status=status, caller=caller
        )
