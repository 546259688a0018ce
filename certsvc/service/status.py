"""How the service stands, for operators: what waits for whom, and what verifiers see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from certsvc.core.rules import RuleBook
from certsvc.service.ports import Agencies, Clock, Store
from certsvc.service.publish import PublishStatus
from certsvc.service.records import PublishedList


@dataclass(frozen=True, slots=True)
class ServiceStanding:
    """One look at the service. Ages are in seconds."""

    rule_set: str
    agencies: Mapping[str, tuple[str, ...]]
    pending_by_agency: Mapping[str, int]
    pending: int
    oldest_pending: float
    lists: Sequence[PublishedList]


class ServiceStatus:
    """Gathers the standing from where each part of it is known."""

    def __init__(
        self, *, store: Store, agencies: Agencies, publish: PublishStatus, rules: RuleBook, clock: Clock
    ) -> None:
        self._store = store
        self._agencies = agencies
        self._publish = publish
        self._rules = rules
        self._clock = clock

    async def __call__(self) -> ServiceStanding:
        """The standing now. Raises StoreUnavailable, NoRuleSet."""
        now = self._clock.now()
        pending, oldest = await self._store.pending_age(now)
        return ServiceStanding(
            rule_set=self._rules.in_force(self._rules.legal_date(now)).ref,
            agencies=self._agencies.schemes,
            pending_by_agency=await self._store.pending_by_agency(),
            pending=pending,
            oldest_pending=oldest,
            lists=self._publish.published,
        )
