"""Say what is done while an agency is out, instead of what the rules say, until a time.

Invariants
- Only a mode that the rules in force allow for a scheme of the agency is recorded. Where it is allowed for one scheme
  and not for another, it takes effect on the one alone: the decision looks at each scheme's own rule.
- Every switch ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from certsvc.core.errors import InvalidRequest
from certsvc.core.rules import RuleBook
from certsvc.core.rules.scheme import Degraded
from certsvc.service.agency_ports import AgencyActs
from certsvc.service.agency_records import ModeSwitch
from certsvc.service.ports import Agencies, Clock

LONGEST = timedelta(days=90)
"""How long a switch may last."""

log = structlog.get_logger()


class SwitchMode:
    """Records an operator's word on an agency that is out."""

    def __init__(self, *, acts: AgencyActs, agencies: Agencies, rules: RuleBook, clock: Clock) -> None:
        self._acts = acts
        self._agencies = agencies
        self._rules = rules
        self._clock = clock

    async def __call__(
        self, agency: str, mode: Degraded | None, reason: str, actor: str, until: datetime | None
    ) -> ModeSwitch:
        """The switch as recorded; without a mode, back to the rules. It counts from the next decision on.

        Raises InvalidRequest if the agency is not configured, the rules in force do not allow the mode, or `until` is
        absent, past or more than LONGEST ahead; NoRuleSet, StoreUnavailable.
        """
        now = self._clock.now()
        self._check_mode(agency, mode, now)
        end = _checked_end(mode, until, now)
        switch = await self._acts.switch(ModeSwitch(agency, mode, reason, actor, now, end))
        log.warning("agency_mode_switched", agency=agency, mode=mode.value if mode else "rules", actor=actor)
        return switch

    def _check_mode(self, agency: str, mode: Degraded | None, now: datetime) -> None:
        schemes = configured(self._agencies, agency)
        if mode is None:
            return
        rules = {rule.name: rule.degraded for rule in self._rules.in_force(self._rules.legal_date(now)).schemes}
        possible = {Degraded.PENDING}
        for scheme in schemes:
            if (rule := rules.get(scheme)) is not None:
                possible |= rule.possible
        if mode not in possible:
            named = " or ".join(sorted(possible))
            raise InvalidRequest("mode", f"the rules in force allow no such mode for this agency; they allow {named}")


def configured(agencies: Agencies, agency: str) -> Sequence[str]:
    """The schemes of the agency. Raises InvalidRequest if it is not configured."""
    if agency not in agencies.schemes:
        raise InvalidRequest("agency", f"no such agency is configured; write {' or '.join(sorted(agencies.schemes))}")
    return agencies.schemes[agency]


def _checked_end(mode: Degraded | None, until: datetime | None, now: datetime) -> datetime:
    if mode is None:
        if until is not None:
            raise InvalidRequest("expire_time", "leave it out: back to the rules has no end")
        return now
    if until is None or not now < until <= now + LONGEST:
        raise InvalidRequest("expire_time", f"say when it ends: after now, at most {LONGEST.days} days ahead")
    return until
