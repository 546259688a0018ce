"""Check: what would be decided now, without recording or issuing anything."""

from __future__ import annotations

from certsvc.core.model import Decision, Enterprise, Evidence, Fact
from certsvc.service.assess import Assess


class CheckEligibility:
    """Answers a programme that wants to know before it applies."""

    def __init__(self, assess: Assess) -> None:
        self._assess = assess

    async def __call__(
        self, enterprise: Enterprise, declared: tuple[Fact, ...], within: float
    ) -> tuple[Decision, Evidence]:
        """The decision and its evidence, after at most `within` seconds."""
        return await self._assess(enterprise, declared, within)
