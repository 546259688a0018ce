"""Release an agency whose new answers are held back: one person proposes it, another carries it out."""

from __future__ import annotations

import structlog

from certsvc.core.errors import NotFound
from certsvc.service.agency_ports import AgencyActs
from certsvc.service.agency_records import Hold
from certsvc.service.ports import Agencies, Clock
from certsvc.service.switch_mode import configured

log = structlog.get_logger()


class ReleaseHold:
    """Proposes the release, or carries out what another has proposed."""

    def __init__(self, *, acts: AgencyActs, agencies: Agencies, clock: Clock) -> None:
        self._acts = acts
        self._agencies = agencies
        self._clock = clock

    async def __call__(self, agency: str, actor: str, reason: str) -> Hold:
        """The hold as it now stands; released if another person had proposed it.

        Raises NotFound if nothing of the agency is held, InvalidRequest if there is no such agency; StoreUnavailable.
        """
        hold = await self._acts.release(agency, actor, reason, self._clock.now())
        if hold is None:
            configured(self._agencies, agency)
            raise NotFound(f"the hold of {agency}")
        event = "agency_hold_release_proposed" if hold.released_at is None else "agency_hold_released"
        log.warning(event, agency=agency, actor=actor)
        return hold
