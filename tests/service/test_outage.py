"""An agency is out for a week: nobody is lost, nobody is decided without it, and the others are hardly asked.

The store is real, the clock is not: attempts are made when they are planned for, by processes that come and go.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import pytest

from certsvc.core.evidence import encode_evidence
from certsvc.core.model import ApplicationState
from certsvc.core.outcome import Outcome
from certsvc.service.pending import RetryPlan
from certsvc.service.records import Application, Lease
from tests.service.cases import KEEP
from tests.service.conftest import Publishing
from tests.service.waiting import Process, Weather, a_process, a_request
from tests.situations import AGENCY_OF

MANY, SHORT_LIVED = 200, 30
WEEK = timedelta(days=7)
PATIENT = RetryPlan(timedelta(minutes=5), timedelta(hours=12), timedelta(days=30))
IMPATIENT = RetryPlan(timedelta(minutes=5), timedelta(hours=12), timedelta(days=5))
AT_ONCE = 16
RESTART_EVERY = 40


@pytest.fixture
async def sql(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain session on the test's database."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@dataclass
class Driver:
    """Makes the attempts that are due, moving the clock to them, in processes that are replaced now and then."""

    publishing: Publishing
    weather: Weather
    sql: asyncpg.Connection
    process: Process
    rounds: int = 0

    async def until(self, end: datetime) -> None:
        """Makes every attempt that is planned for before `end`."""
        while rows := await self._next(end):
            # A group at once: the clock stands at the last of them.
            at = max(row["next_attempt_at"] for row in rows)
            self.publishing.clock.at = max(self.publishing.clock.at, at)
            await asyncio.gather(*(self.process.complete(str(row["id"]), row["attempts"]) for row in rows))
            self.rounds += 1
            if self.rounds % RESTART_EVERY == 0:
                await self.restart()
        self.publishing.clock.at = max(self.publishing.clock.at, end)

    async def woken(self) -> None:
        """Makes the attempts of all that were woken."""
        while rows := await self.sql.fetch("SELECT id, attempts FROM application WHERE woken LIMIT $1", AT_ONCE):
            await asyncio.gather(*(self.process.complete(str(row["id"]), row["attempts"]) for row in rows))

    async def restart(self) -> None:
        """Another process takes over; the one before died in the middle of an attempt."""
        await self.check_jobs()
        row = await self.sql.fetchrow("SELECT id, attempts FROM application WHERE state = 'PENDING' LIMIT 1")
        if row is not None:
            await self.process.store.claim(Lease(str(row["id"]), row["attempts"], "dead"), timedelta(0))
        await self.process.store.close()
        self.process = await a_process(self.publishing, self.weather, retry=PATIENT)

    async def check_jobs(self) -> None:
        """Every pending application has the job of its next attempt, at the time that the application tells."""
        without = await self.sql.fetchval(
            "SELECT count(*) FROM application a WHERE state = 'PENDING' AND NOT EXISTS"
            " (SELECT FROM pgqueuer q WHERE q.status = 'queued' AND q.dedupe_key = a.id || ' ' || a.attempts)"
        )
        assert without == 0

    async def _next(self, end: datetime) -> list[asyncpg.Record]:
        return await self.sql.fetch(
            "SELECT id, attempts, next_attempt_at FROM application"
            " WHERE state = 'PENDING' AND next_attempt_at < $1 ORDER BY next_attempt_at LIMIT $2",
            end,
            AT_ONCE,
        )


async def _applied(process: Process, first: int, count: int) -> list[Application]:
    made: list[Application] = []
    for number in range(first, first + count):
        application = await process.issue(a_request(number), 10.0)
        assert application.state is ApplicationState.PENDING
        made.append(application)
    return made


@pytest.mark.timeout(300)
async def test_a_week_without_one_agency_loses_nobody_and_spares_the_others(
    publishing: Publishing, sql: asyncpg.Connection
) -> None:
    clock = publishing.clock
    weather = Weather(clock, {"ccss": Outcome.UNAVAILABLE})
    begun = clock.at
    impatient = await a_process(publishing, weather, retry=IMPATIENT)
    short_lived = await _applied(impatient, MANY, SHORT_LIVED)
    driver = Driver(publishing, weather, sql, await a_process(publishing, weather, retry=PATIENT))
    patient = await _applied(driver.process, 0, MANY)

    await driver.until(begun + WEEK)
    assert driver.rounds > 3 * RESTART_EVERY
    await driver.check_jobs()
    states = Counter(r["state"] for r in await sql.fetch("SELECT state FROM application"))
    assert states == {"PENDING": MANY, "EXPIRED": SHORT_LIVED}
    for application in short_lived:
        ended = await driver.process.store.get_application(application.id)
        assert ended is not None
        assert application.expires_at is not None
        assert application.expires_at <= ended.updated_at < application.expires_at + timedelta(hours=2), "a group later"
        assert ended.decision.waits_for == ("ccss",)

    asked = Counter((question.enterprise, question.agency) for question in weather.asked)
    others = {agency for agency in AGENCY_OF.values() if agency != "ccss"}
    # Once at first, then once in each period for which answers are kept.
    most = 1 + WEEK // KEEP
    assert max(asked[key] for key in asked if key[1] in others) <= most
    assert min(asked[key] for key in asked if key[1] == "ccss") > 2 * most

    weather.bad.clear()
    weather.asked.clear()
    assert await driver.process.store.wake_waiting("ccss") == MANY
    await driver.woken()
    for application in patient:
        done = await driver.process.store.get_application(application.id)
        assert done is not None
        assert done.state is ApplicationState.GRANTED
        assert done.certificate is not None
        _is_fresh(done, clock.at)
    assert weather.counts()["ccss"] == MANY, "one question each"
    assert len(await sql.fetch("SELECT DISTINCT application_id FROM certificate")) == MANY
    leaves = await sql.fetchval("SELECT count(*) FROM audit_leaf WHERE kind = 'application'")
    assert leaves == await sql.fetchval("SELECT sum(attempts) FROM application") + SHORT_LIVED, (
        "an expiry is no attempt"
    )


def _is_fresh(done: Application, now: datetime) -> None:
    """What the certificate rests on is no older than answers are kept for, and stored as it was weighed."""
    assert all(now - KEEP < finding.checked_at <= now for finding in done.evidence.findings)
    assert {finding.outcome for finding in done.evidence.findings} == {Outcome.CLEAR}
    assert encode_evidence(done.evidence)
