"""The service in that weather: real use cases, guards and PostgreSQL; agencies that answer at once; a clock by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import asyncpg

from certsvc.agencies.adapter import UNKNOWN, Answer, to_evidence
from certsvc.agencies.fanout import Panel
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.resilience.policy import Policy
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules import RuleBook
from certsvc.service.assess import Assess
from certsvc.service.complete import CompleteApplication
from certsvc.service.follow_up import FollowUpCertificate
from certsvc.service.issue import IssueCertificate
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.records import Request
from certsvc.service.revoke import RevokeCertificate
from certsvc.service.turns import TurnLimit
from certsvc.store.agency_acts import PostgresAgencyActs
from certsvc.store.agency_book import PostgresAgencyBook
from certsvc.store.connections import create_pool
from certsvc.store.events import PostgresEventBook
from certsvc.store.follow_ups import PostgresFollowUps
from certsvc.system import SystemEntropy
from tests.faults.weather.world import AGENCIES, LIAR, Sky, World, enterprise, firm_of
from tests.service.conftest import HandClock, OnClock, Publishing
from tests.situations import BOOK, SMALL_FACTS
from tests.trust_kit import ISSUER

KEEP = timedelta(hours=24)
LIMIT = TurnLimit(share=Decimal("0.25"), window=timedelta(hours=24), least=15)
RETRY = RetryPlan(timedelta(minutes=5), timedelta(hours=6), timedelta(days=90))
AT_ONCE = 16

LENIENT = RuleBook([replace(BOOK.in_force(date(2022, 7, 1)), first=date(2020, 1, 1), until=None)])
"""While the social-security fund is out, a provisional certificate may be given."""

_SKIES = {
    Sky.DOWN: Outcome.UNAVAILABLE,
    Sky.BUSY: Outcome.RATE_LIMITED,
    Sky.GARBAGE: Outcome.MALFORMED,
}


@dataclass
class Agency:
    """An adapter whose agency stands in the weather of the world."""

    name: str
    world: World
    clock: HandClock
    draw: random.Random
    asked: int = 0

    @property
    def schemes(self) -> tuple[str, ...]:
        return (AGENCIES[self.name],)

    async def find(self, named: Enterprise, within: float) -> Evidence:
        self.asked += 1
        now = self.clock.now()
        sky = self.world.sky(self.name, now)
        if sky is Sky.FLAKY and self.draw.random() < 0.4:
            sky = Sky.DOWN
        if sky in _SKIES:
            return to_evidence(self.name, self.schemes, UNKNOWN[_SKIES[sky]], now)
        barred = self.world.says(self.name, firm_of(named), now) is Standing.BARRED
        outcome = Outcome.BARRED_ARREARS if barred else Outcome.CLEAR
        day = now.astimezone(BOOK.in_force(now.date()).time_zone).date()
        return to_evidence(self.name, self.schemes, Answer(outcome, data_as_of=day), now)

    async def close(self) -> None: ...


@dataclass
class Simulation:
    """One run. What comes next in time is done next, and the clock stands at it."""

    world: World
    publishing: Publishing
    issue: IssueCertificate
    complete: CompleteApplication
    follow_up: FollowUpCertificate
    events: PostgresEventBook
    acts: PostgresAgencyActs
    store: OnClock
    sql: asyncpg.Connection
    agencies: list[Agency]
    returned: list[str]
    coming: list[tuple[datetime, int, Callable[[], Awaitable[object]]]] = field(default_factory=list)
    count: itertools.count[int] = field(default_factory=itertools.count)
    applied: int = 0

    def plan(self, at: datetime, act: Callable[[], Awaitable[object]]) -> None:
        """Has this done at that time."""
        heapq.heappush(self.coming, (at, next(self.count), act))

    async def apply(self, firm: int, *, both: bool = False) -> None:
        """One application, answered within its time."""
        request = Request("programme/test", str(uuid.uuid4()), b"d" * 32, enterprise(firm, both=both), SMALL_FACTS)
        self.applied += 1
        await self.issue(request, 60.0)

    async def until(self, end: datetime) -> None:
        """Everything that is planned for before `end`."""
        clock = self.publishing.clock
        while True:
            upto = min(end, self.coming[0][0]) if self.coming else end
            if rows := await self._due(upto):
                planned = [row["next_attempt_at"] for row in rows if not row["woken"]]
                clock.at = max([clock.at, *(at for at in planned if at < upto)])
                await asyncio.gather(*(self.complete(str(row["id"]), row["attempts"]) for row in rows))
                await self._wake_returned()
            elif self.coming and self.coming[0][0] < end:
                at, _, act = heapq.heappop(self.coming)
                clock.at = max(clock.at, at)
                await act()
                await self._wake_returned()
            else:
                clock.at = max(clock.at, end)
                return

    async def attempt_follow_ups(self) -> None:
        """One attempt at everything that is followed up."""
        for row in await self.sql.fetch("SELECT serial FROM follow_up WHERE state = 'WAITING' ORDER BY serial"):
            await self.follow_up(row["serial"])

    async def release_held(self) -> None:
        """Two persons release whatever is held."""
        for hold in await self.acts.holds():
            for person in ("operator/one", "operator/two"):
                await self.acts.release(hold.agency, person, "checked with the agency", self.publishing.clock.now())

    async def _due(self, upto: datetime) -> list[asyncpg.Record]:
        return await self.sql.fetch(
            "SELECT id, attempts, next_attempt_at, woken FROM application"
            " WHERE state = 'PENDING' AND (woken OR next_attempt_at < $1) ORDER BY next_attempt_at LIMIT $2",
            upto,
            AT_ONCE,
        )

    async def _wake_returned(self) -> None:
        while self.returned:
            await self.store.wake_waiting(self.returned.pop())


async def a_simulation(world: World, publishing: Publishing, stack: AsyncExitStack, rules: RuleBook) -> Simulation:
    """The service as it is joined in production, but for the agencies, the queue's clock and the network."""
    store, clock, entropy = await publishing.store(), publishing.clock, SystemEntropy()
    pool = await create_pool(publishing.dsn, size=2)
    stack.push_async_callback(pool.close)
    book = PostgresAgencyBook(publishing.dsn, pool)
    stack.push_async_callback(book.close)
    draw, returned = random.Random(world.seed + 1), list[str]()
    agencies = [Agency(name, world, clock, draw) for name in AGENCIES]
    policy = Policy(open_seconds=600.0, outage_seconds=60.0, retry_pause=1e-6)
    panel = Panel([Guard(a, clock, policy, monotonic=lambda: clock.at.timestamp()) for a in agencies])
    stack.push_async_callback(panel.close)
    panel.on_return(returned.append)
    publish = publishing.publisher(store)
    mint = Mint(
        issuer=ISSUER,
        keys=publishing.kit.keys(),
        store=store,
        entropy=entropy,
        ensure_list=publish.ensure_list,
        list_uri=publish.list_uri,
    )
    assess = Assess(
        agencies=panel,
        rules=rules,
        store=store,
        book=book,
        clock=clock,
        budget=5.0,
        keep=KEEP,
        turns={LIAR: LIMIT},
    )
    issue = IssueCertificate(assess=assess, mint=mint, store=store, clock=clock, entropy=entropy, retry=RETRY)
    complete = CompleteApplication(
        assess=assess, mint=mint, store=store, clock=clock, retry=RETRY, owner="simulation", lasting=timedelta(hours=1)
    )
    follow_up = FollowUpCertificate(
        assess=assess,
        mint=mint,
        revoke=RevokeCertificate(store=store, publish=publish),
        store=store,
        follow_ups=PostgresFollowUps(pool),
        clock=clock,
        entropy=entropy,
        retry=RETRY,
    )
    events = await PostgresEventBook.connect(publishing.dsn, "simulation")
    stack.push_async_callback(events.close)
    sql = await asyncpg.connect(publishing.dsn)
    stack.push_async_callback(sql.close)
    acts = PostgresAgencyActs(pool)
    return Simulation(world, publishing, issue, complete, follow_up, events, acts, store, sql, agencies, returned)


async def run(simulation: Simulation, applications: int) -> None:
    """All of the world's time, and then fair weather until nothing waits."""
    world, draw = simulation.world, random.Random(simulation.world.seed + 2)
    for firm in range(world.enterprises):  # everybody is known before the weather turns
        simulation.plan(world.begin + timedelta(hours=24 * draw.random()), partial(simulation.apply, firm))
    for _ in range(applications - world.enterprises):
        at = world.begin + timedelta(hours=24) + (world.length - timedelta(hours=24)) * draw.random()
        firm = draw.randrange(world.enterprises)
        simulation.plan(at, partial(simulation.apply, firm, both=draw.random() < 0.3))
    for event in world.reported:
        simulation.plan(event.received_at, partial(simulation.events.receive, [event]))
    for day in range(1, world.length.days):
        simulation.plan(world.begin + timedelta(days=day), simulation.attempt_follow_ups)
    lies = next(spell for spell in world.spells if spell.sky is Sky.LIES)
    simulation.plan(lies.end + timedelta(hours=20), simulation.release_held)
    end = world.begin + world.length
    await simulation.until(end)
    await simulation.release_held()
    for agency in AGENCIES:
        await simulation.store.wake_waiting(agency)
    await simulation.attempt_follow_ups()
    # The longest that a decision is left open by the rules themselves: a payment that is not posted yet.
    await simulation.until(end + timedelta(days=10))
    await simulation.attempt_follow_ups()
