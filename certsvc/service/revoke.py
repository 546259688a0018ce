"""Revoke one certificate, for good.

"Revoked" is not "published": the act is recorded first and durable, then the list is rebuilt from the
rows and published; the answer names the version that carries it, or 0 if publishing has failed so far.
Stopping between the two leaves the act recorded; the next publication carries it.
"""

from __future__ import annotations

import structlog

from certsvc.core.errors import CertsvcError, NotFound
from certsvc.service.ports import Store
from certsvc.service.publish import PublishStatus
from certsvc.service.records import CertificateRecord, StatusChange

log = structlog.get_logger()


class RevokeCertificate:
    """Records an operator's act and publishes it."""

    def __init__(self, *, store: Store, publish: PublishStatus) -> None:
        self._store = store
        self._publish = publish

    async def __call__(self, change: StatusChange) -> tuple[CertificateRecord, int]:
        """The certificate as it now stands, and the published version that carries it, 0 if not yet published.

        A certificate that was revoked before stays as it was. Raises NotFound, StoreUnavailable.
        """
        certificate = await self._store.change_status(change)
        if certificate is None:
            raise NotFound(f"certificates/{change.serial}")
        return certificate, await self._published_version(certificate.place.list_number)

    async def _published_version(self, number: int) -> int:
        try:
            lists = await self._publish()
        except (CertsvcError, OSError) as error:
            # The revocation stands; the publication loop goes on trying.
            log.error("revoked_not_published", list_number=number, error=type(error).__name__)
            return 0
        return next((published.version for published in lists if published.number == number), 0)
