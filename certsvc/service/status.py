"""How the service stands, for operators: how each agency is doing, what waits for whom, and what verifiers see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from certsvc.core.rules import RuleBook
from certsvc.service.agency_ports import AgencyActs
from certsvc.service.agency_records import AgencyHealth, BreakerState, Hold, ModeSwitch, QuotaStanding
from certsvc.service.ports import Agencies, AgencyWatch, Clock, Store
from certsvc.service.publish import PublishStatus
from certsvc.service.records import PublishedList

NO_QUOTA = QuotaStanding()


@dataclass(frozen=True, slots=True)
class AgencyStanding:
    """One look at one agency. Ages are in seconds.

    `breaker`, `limit`, `in_flight`, `waiting` and `failing_since` are of the process that answers; the breaker is None
    if the agency is not configured. `answered_at` and `data_as_of` are the newest that any process heard. `mode` and
    `hold` are those in force, if any.
    """

    agency: str
    schemes: tuple[str, ...] = ()
    breaker: BreakerState | None = None
    limit: int = 0
    in_flight: int = 0
    waiting: int = 0
    quota: QuotaStanding = NO_QUOTA
    pending: int = 0
    oldest_pending: float = 0.0
    answered_at: datetime | None = None
    data_as_of: date | None = None
    failing_since: datetime | None = None
    mode: ModeSwitch | None = None
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class ServiceStanding:
    """One look at the service. Ages are in seconds."""

    rule_set: str
    agencies: Sequence[AgencyStanding]
    pending: int
    oldest_pending: float
    lists: Sequence[PublishedList]


class ServiceStatus:
    """Gathers the standing from where each part of it is known."""

    def __init__(
        self,
        *,
        store: Store,
        acts: AgencyActs,
        agencies: Agencies,
        watch: AgencyWatch,
        publish: PublishStatus,
        rules: RuleBook,
        clock: Clock,
    ) -> None:
        self._store = store
        self._acts = acts
        self._agencies = agencies
        self._watch = watch
        self._publish = publish
        self._rules = rules
        self._clock = clock

    async def __call__(self) -> ServiceStanding:
        """The standing now. Raises StoreUnavailable, NoRuleSet."""
        now = self._clock.now()
        pending, oldest = await self._store.pending_age(now)
        return ServiceStanding(
            rule_set=self._rules.in_force(self._rules.legal_date(now)).ref,
            agencies=await self._agency_standings(now),
            pending=pending,
            oldest_pending=oldest,
            lists=self._publish.published,
        )

    async def _agency_standings(self, now: datetime) -> Sequence[AgencyStanding]:
        health = {of.agency: (of, quota) for of, quota in await self._watch.health()}
        waiting = await self._acts.waiting(now)
        holds = {hold.agency: hold for hold in await self._acts.holds()}
        switches = {switch.agency: switch for switch in await self._acts.switches(now)}
        heard = await self._acts.heard(sorted(self._agencies.schemes))
        # What waits for, or holds back, an agency that is no longer configured must be seen too.
        others = sorted({*waiting, *holds, *switches} - self._agencies.schemes.keys())
        standings = []
        for agency in (*self._agencies.schemes, *others):
            of, quota = health.get(agency, (None, NO_QUOTA))
            pending, oldest = waiting.get(agency, (0, 0.0))
            answered_at, data_as_of = _newest(of, heard.get(agency))
            standings.append(
                AgencyStanding(
                    agency=agency,
                    schemes=self._agencies.schemes.get(agency, ()),
                    breaker=of.breaker if of is not None else None,
                    limit=of.limit if of is not None else 0,
                    in_flight=of.in_flight if of is not None else 0,
                    waiting=of.waiting if of is not None else 0,
                    quota=quota,
                    pending=pending,
                    oldest_pending=oldest,
                    answered_at=answered_at,
                    data_as_of=data_as_of,
                    failing_since=of.failing_since if of is not None else None,
                    mode=switches.get(agency),
                    hold=holds.get(agency),
                )
            )
        return standings


def _newest(
    here: AgencyHealth | None, anywhere: tuple[datetime, date | None] | None
) -> tuple[datetime | None, date | None]:
    """When the agency last answered and the newest day of its data, by this process's word or by that of all."""
    answered, days = [], []
    if here is not None:
        answered.append(here.answered_at)
        days.append(here.data_as_of)
    if anywhere is not None:
        answered.append(anywhere[0])
        days.append(anywhere[1])
    return max((a for a in answered if a), default=None), max((d for d in days if d), default=None)
