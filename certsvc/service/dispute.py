"""Dispute what an agency holds against an enterprise: opened on evidence, approved by a second person, for a time.

A dispute leaves decisions open instead of refusing; it never clears anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from certsvc.core.errors import InvalidRequest, NotFound
from certsvc.core.model import Identifier
from certsvc.service.agency_ports import AgencyActs
from certsvc.service.agency_records import Dispute
from certsvc.service.ports import Agencies, Clock
from certsvc.service.switch_mode import configured

LONGEST = timedelta(days=180)
"""How long a dispute may last."""

log = structlog.get_logger()


class Disputes:
    """Opens, approves, closes and lists them."""

    def __init__(self, *, acts: AgencyActs, agencies: Agencies, clock: Clock, new_id: Callable[[], str]) -> None:
        """`new_id` gives a fresh UUID."""
        self._acts = acts
        self._agencies = agencies
        self._clock = clock
        self._new_id = new_id

    async def open(
        self, agency: str, scheme: str, identifier: Identifier, statement: str, actor: str, until: datetime
    ) -> Dispute:
        """The dispute as recorded, or the one that is open already for this agency, scheme and number.

        Raises InvalidRequest if no such agency answers for the scheme, or `until` is past or more than LONGEST ahead;
        StoreUnavailable.
        """
        now = self._clock.now()
        schemes = configured(self._agencies, agency)
        if scheme not in schemes:
            raise InvalidRequest("scheme", f"the agency does not answer for it; write {' or '.join(sorted(schemes))}")
        if not now < until <= now + LONGEST:
            raise InvalidRequest("expire_time", f"say when it ends: after now, at most {LONGEST.days} days ahead")
        wanted = Dispute(self._new_id(), agency, scheme, identifier, statement, actor, now, until)
        opened = await self._acts.open_dispute(wanted)
        if opened.id == wanted.id:
            log.info("dispute_opened", dispute=opened.id, agency=agency, scheme=scheme, actor=actor)
        return opened

    async def approve(self, dispute_id: str, actor: str) -> Dispute:
        """The dispute, approved.

        Raises NotFound, and InvalidRequest if the same person opened it, or it is closed or over; StoreUnavailable.
        """
        dispute = await self._acts.approve_dispute(dispute_id, actor, self._clock.now())
        if dispute is None:
            raise NotFound(f"disputes/{dispute_id}")
        log.info("dispute_approved", dispute=dispute_id, agency=dispute.agency, scheme=dispute.scheme, actor=actor)
        return dispute

    async def close(self, dispute_id: str, actor: str) -> Dispute:
        """The dispute, closed. Raises NotFound, StoreUnavailable."""
        dispute = await self._acts.close_dispute(dispute_id, actor, self._clock.now())
        if dispute is None:
            raise NotFound(f"disputes/{dispute_id}")
        log.info("dispute_closed", dispute=dispute_id, agency=dispute.agency, scheme=dispute.scheme, actor=actor)
        return dispute

    async def list(self, *, closed_too: bool, limit: int, identifier: Identifier | None = None) -> Sequence[Dispute]:
        """The newest first; those that are closed or over only if asked for. Raises StoreUnavailable."""
        open_at = None if closed_too else self._clock.now()
        return await self._acts.disputes(open_at=open_at, limit=limit, identifier=identifier)
