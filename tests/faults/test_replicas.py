"""Several processes share the work on pending applications, and none of it is done twice, whoever is killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from certsvc.core.model import ApplicationState, Enterprise, Identifier
from certsvc.service.records import Application
from certsvc.store.postgres import PostgresStore
from tests.faults.replica import OUT, TABLES
from tests.faults.service import Child
from tests.situations import AGENCY_OF, SMALL_FACTS
from tests.store import samples

MANY = 40
OTHERS = sorted(agency for agency in AGENCY_OF.values() if agency != OUT)


@pytest.fixture
async def sql(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain session on the test's database, with the tables of the replicas."""
    connection = await asyncpg.connect(database)
    await connection.execute(TABLES)
    yield connection
    await connection.close()


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    """A store on the test's database; it ends with the test, also with one that fails."""
    store = await PostgresStore.connect(database)
    yield store
    await store.close()


def waiting(number: int) -> Application:
    """An application that waits for the agency that is out, due now; nothing of any agency is known yet."""
    now = datetime.now(UTC)
    enterprise = Enterprise((Identifier("cr.cedula_juridica", f"3101{number:06}"),))
    made = samples.pending(OUT, of=replace(samples.request(), enterprise=enterprise, declared=SMALL_FACTS))
    return replace(made, created_at=now, updated_at=now, next_attempt_at=now, expires_at=now + timedelta(days=1))


async def start(stack: ExitStack, database: str, folder: Path, count: int) -> list[Child]:
    """So many replicas, each ready."""
    arguments = [(["-m", "tests.faults.replica", database, str(path)], path) for path in _ready_files(folder, count)]
    children = [stack.enter_context(Child(*each)) for each in arguments]
    for child in children:
        await asyncio.to_thread(child.ready)
    return children


def _ready_files(folder: Path, count: int) -> list[Path]:
    return [folder / f"replica-{n}.json" for n in range(count)]


async def until(sql: asyncpg.Connection, condition: str, *arguments: object) -> None:
    """Returns once the condition holds."""
    async with asyncio.timeout(60):
        while not await sql.fetchval(f"SELECT {condition}", *arguments):
            pass


async def ended(store: PostgresStore, application: Application) -> Application:
    """The application once it is decided."""
    async with asyncio.timeout(120):
        async for shown in store.watch(application.id):
            if shown.state is not ApplicationState.PENDING:
                return shown
    raise AssertionError("the application is gone")


async def asked(sql: asyncpg.Connection) -> Counter[tuple[str, str]]:
    """How often each agency was asked about each enterprise."""
    return Counter((row["enterprise"], row["agency"]) for row in await sql.fetch("SELECT * FROM asked"))


def _number(application: Application) -> str:
    return application.request.enterprise.identifier.value


@pytest.mark.timeout(300)
async def test_no_agency_is_asked_twice_for_one_attempt(
    database: str, store: PostgresStore, sql: asyncpg.Connection, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        await start(stack, database, tmp_path, 3)
        applications = await asyncio.gather(*(store.record(waiting(n)) for n in range(MANY)))
        await until(sql, "(SELECT min(attempts) FROM application) > 4")
        await sql.execute("UPDATE weather SET clear = true")
        done = await asyncio.gather(*(ended(store, each) for each in applications))
        times = await asked(sql)
    assert {each.state for each in done} == {ApplicationState.GRANTED}
    for each in done:
        assert times[_number(each), OUT] == each.attempts - 1, "the first was made when it was applied for"
        assert {times[_number(each), agency] for agency in OTHERS} == {1}, "and what they answered was kept"
    assert await sql.fetchval("SELECT count(DISTINCT pid) FROM asked") == 3, "they shared the work"


@pytest.mark.timeout(300)
async def test_the_work_of_a_killed_process_is_done_once_by_the_others(
    database: str, store: PostgresStore, sql: asyncpg.Connection, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        victim, *_ = await start(stack, database, tmp_path, 3)
        applications = await asyncio.gather(*(store.record(waiting(n)) for n in range(MANY)))
        pid = victim.process.pid
        # In the middle of its work, and not between two pieces of it.
        await until(sql, "EXISTS (SELECT FROM application WHERE owner LIKE $1)", f"%-{pid}-%")
        os.kill(pid, signal.SIGKILL)
        victim.process.wait()
        held = await sql.fetch("SELECT payload FROM application WHERE owner LIKE $1", f"%-{pid}-%")
        await until(sql, "(SELECT min(attempts) FROM application) > 3")
        await sql.execute("UPDATE weather SET clear = true")
        done = await asyncio.gather(*(ended(store, each) for each in applications))
        times = await asked(sql)
    assert {each.state for each in done} == {ApplicationState.GRANTED}
    assert await sql.fetchval("SELECT count(*) FROM certificate") == MANY
    twice = [each for each in done if times[_number(each), OUT] > each.attempts - 1]
    cut_off = b" ".join(row["payload"] for row in held)
    for each in twice:
        # What it had asked and could not record was asked again, once.
        assert _number(each).encode() in cut_off
        assert times[_number(each), OUT] == each.attempts
