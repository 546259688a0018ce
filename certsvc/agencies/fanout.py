"""Every agency asked at once, under one deadline.

Invariants
- Each agency yields exactly one finding for each of its schemes: its own, or one that says why there is none.
- No agency can delay the answer beyond the deadline, not even one whose adapter ignores being cancelled.
- What can be said without asking costs no task.
- What goes wrong at one agency touches no other: each has its guard (`resilience`), and they share nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from certsvc.agencies.resilience.guard import Guard
from certsvc.core.model import Enterprise, Evidence
from certsvc.service.agency_records import AgencyHealth, QuotaStanding, Urgency


class Panel:
    """All configured agencies; fits `certsvc.service.ports.Agencies` and `AgencyWatch`."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        """Raises ValueError if two agencies have the same name."""
        self._guards = tuple(guards)
        self._schemes = MappingProxyType({guard.name: guard.schemes for guard in self._guards})
        if len(self._schemes) != len(self._guards):
            raise ValueError("two agencies have the same name")

    @property
    def schemes(self) -> Mapping[str, tuple[str, ...]]:
        """Agency name -> the schemes it answers for."""
        return self._schemes

    def on_return(self, callback: Callable[[str], None]) -> None:
        """Calls back with an agency's name, once each time that it is there again after having been out."""
        for guard in self._guards:
            guard.on_return(callback)

    async def health(self) -> Sequence[tuple[AgencyHealth, QuotaStanding]]:
        """See certsvc.service.ports.AgencyWatch."""
        return [(guard.health(), await guard.standing()) for guard in self._guards]

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> Evidence:
        """One finding for each scheme of each agency that is asked, in their order, after at most `within` seconds."""
        asked = [guard for guard in self._guards if only is None or guard.name in only]
        answers = [guard.find_now(enterprise, urgency) for guard in asked]
        flights = {n: asked[n].join(enterprise, within, urgency) for n, answer in enumerate(answers) if answer is None}
        if flights:
            try:
                await asyncio.wait([flight.task for flight in flights.values()], timeout=within)
            finally:
                for flight in flights.values():
                    flight.leave()
            for n, flight in flights.items():
                answers[n] = asked[n].heard(flight)
        return _merge([answer for answer in answers if answer is not None])

    async def close(self) -> None:
        """Ends every question and closes every adapter."""
        for guard in self._guards:
            await guard.close()


def _merge(answers: Sequence[Evidence]) -> Evidence:
    return Evidence(
        tuple(finding for answer in answers for finding in answer.findings),
        tuple(fact for answer in answers for fact in answer.facts),
    )
