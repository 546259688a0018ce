"""All processes together take no more from an agency's bucket than it holds, whatever the database forgets."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from certsvc.core.errors import StoreUnavailable
from certsvc.service.agency_records import QuotaStanding, Urgency
from certsvc.service.quota import Allowance, Step, steps
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.migrate import migrate
from certsvc.store.quota import QuotaLedger

# Ten thousand seconds a call: no test lasts until one comes back by itself.
SLOW = Allowance(rate=0.0001, burst=20)
FAST = Allowance(rate=200.0, burst=20)
AGENCY = "hacienda"
ONE_EACH = [(1, Urgency.URGENT)] * 100

OpenLedger = Callable[[], QuotaLedger]


@pytest.fixture
async def open_ledger(database: str) -> AsyncIterator[OpenLedger]:
    """Ledgers on one database, as several processes have them."""
    async with AsyncExitStack() as stack:

        def open_one() -> QuotaLedger:
            ledger = QuotaLedger(database)
            stack.push_async_callback(ledger.close)
            return ledger

        yield open_one


async def fill(sql: asyncpg.Connection, ledger: QuotaLedger) -> None:
    """Makes the bucket full, as after a rest."""
    await ledger.take(AGENCY, SLOW, ())
    await sql.execute("UPDATE agency_quota SET full_at = clock_timestamp() - interval '1 hour'")


async def take(ledger: QuotaLedger, calls: int, urgency: Urgency = Urgency.URGENT, allowed: Allowance = SLOW) -> int:
    """How many of so many single calls were taken."""
    return (await ledger.take(AGENCY, allowed, steps(allowed, [(1, urgency)] * calls))).calls


async def test_a_bucket_of_which_nothing_is_known_is_empty_and_fills_at_the_rate(open_ledger: OpenLedger) -> None:
    ledger = open_ledger()
    first = await ledger.take(AGENCY, FAST, steps(FAST, ONE_EACH))
    assert first.calls == 0
    assert first.level < 1
    taken, begun = 0, asyncio.get_running_loop().time()
    while taken < 10:
        taken += (await ledger.take(AGENCY, FAST, steps(FAST, ONE_EACH))).calls
    assert asyncio.get_running_loop().time() - begun >= 9 / FAST.rate


async def test_two_ledgers_together_take_what_one_bucket_holds(
    open_ledger: OpenLedger, sql: asyncpg.Connection
) -> None:
    ledgers = [open_ledger() for _ in range(4)]
    await fill(sql, ledgers[0])
    taken = await asyncio.gather(*(take(ledger, 3) for ledger in ledgers for _ in range(5)))
    assert sum(taken) == SLOW.burst


async def test_the_first_in_the_queue_are_served_as_far_as_the_bucket_reaches(
    open_ledger: OpenLedger, sql: asyncpg.Connection
) -> None:
    ledger = open_ledger()
    await fill(sql, ledger)
    waiting = [(4, Urgency.URGENT), (9, Urgency.LIVE), (4, Urgency.LIVE), (1, Urgency.LIVE)]
    got = await ledger.take(AGENCY, SLOW, steps(SLOW, waiting))
    # Live ones leave 4 of 20: the third would leave 3, and the fourth does not overtake it.
    assert got.calls == 13
    assert got.level == pytest.approx(7, abs=0.01)


async def test_the_less_urgent_leave_their_share_to_the_more_urgent(
    open_ledger: OpenLedger, sql: asyncpg.Connection
) -> None:
    ledger, other = open_ledger(), open_ledger()
    await fill(sql, ledger)
    assert await take(other, 100, Urgency.RECHECK) == 10
    assert await take(ledger, 100, Urgency.LIVE) == 6
    assert await take(other, 100, Urgency.RECHECK) == 0
    assert await take(other, 100, Urgency.URGENT) == 4


async def test_an_agency_does_not_take_from_another(open_ledger: OpenLedger, sql: asyncpg.Connection) -> None:
    ledger = open_ledger()
    await ledger.take("ccss", SLOW, ())
    await fill(sql, ledger)
    assert await take(ledger, 100) == 20
    assert (await ledger.take("ccss", SLOW, [Step(20, 20.0)])).calls == 20


async def test_a_pause_is_seen_by_the_other_at_once_and_never_shortened(
    open_ledger: OpenLedger, sql: asyncpg.Connection
) -> None:
    ledger, other = open_ledger(), open_ledger()
    await fill(sql, other)
    await ledger.pause(AGENCY, SLOW, 600)
    await ledger.pause(AGENCY, SLOW, 1)
    got = await other.take(AGENCY, SLOW, steps(SLOW, ONE_EACH))
    assert got.calls == 0
    assert got.level / SLOW.rate == pytest.approx(-600, abs=5)
    until = (await other.standing(AGENCY, SLOW)).paused_until
    assert until is not None
    left = await sql.fetchval("SELECT $1 - clock_timestamp()", until)
    assert timedelta(seconds=590) < left <= timedelta(seconds=600)


async def test_after_a_pause_the_bucket_is_empty_and_the_urgent_are_first(open_ledger: OpenLedger) -> None:
    ledger, other = open_ledger(), open_ledger()
    begun = asyncio.get_running_loop().time()  # before the pause is, which the database times
    await ledger.pause(AGENCY, FAST, 0.1)
    order: list[str] = []
    while len(order) < 30:
        order += ["live"] * (await take(other, 1, Urgency.LIVE, FAST))
        order += ["urgent"] * (await take(ledger, 1, Urgency.URGENT, FAST))
    assert asyncio.get_running_loop().time() - begun >= 0.1 + 29 / FAST.rate
    assert "live" not in order


async def test_standing_tells_what_is_left_and_until_when_it_is_paused(
    open_ledger: OpenLedger, sql: asyncpg.Connection
) -> None:
    ledger = open_ledger()
    assert await ledger.standing(AGENCY, SLOW) == QuotaStanding(left=0)
    await fill(sql, ledger)
    assert await ledger.standing(AGENCY, SLOW) == QuotaStanding(left=20)
    await take(ledger, 5)
    assert await ledger.standing(AGENCY, SLOW) == QuotaStanding(left=15)
    await ledger.pause(AGENCY, SLOW, 60)
    assert (await ledger.standing(AGENCY, SLOW)).left == 0
    await sql.execute("UPDATE agency_quota SET paused_until = clock_timestamp() - interval '1 second'")
    assert await ledger.standing(AGENCY, SLOW) == QuotaStanding(left=0)


@pytest.mark.parametrize("back", ["1 minute", "1 year"])
async def test_a_clock_that_was_set_back_leaves_an_empty_bucket_and_at_most_the_longest_pause(
    open_ledger: OpenLedger, sql: asyncpg.Connection, back: str
) -> None:
    ledger = open_ledger()
    await ledger.take(AGENCY, FAST, ())
    await sql.execute("UPDATE agency_quota SET full_at = full_at + $1::text::interval", back)
    assert (await ledger.take(AGENCY, FAST, steps(FAST, ONE_EACH))).level > -1
    await ledger.pause(AGENCY, FAST, 3600)
    await sql.execute("UPDATE agency_quota SET paused_until = paused_until + $1::text::interval", back)
    level = (await ledger.take(AGENCY, FAST, steps(FAST, ONE_EACH))).level
    assert level == pytest.approx(-3600 * FAST.rate, rel=0.001)


async def test_after_a_lost_connection_the_bucket_counts_as_empty_for_all(
    open_ledger: OpenLedger, sql: asyncpg.Connection
) -> None:
    ledger, other = open_ledger(), open_ledger()
    await fill(sql, ledger)
    assert await take(ledger, 1) == await take(other, 1) == 1
    await sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'certsvc quota' AND datname = current_database()"
    )
    taken = 0
    with suppress(StoreUnavailable):  # unless the end of the session was seen before it was used
        taken = await take(ledger, 100)
    assert taken + await take(ledger, 100) == 0
    assert (await ledger.standing(AGENCY, SLOW)).left == 0


async def test_a_row_of_another_server_counts_as_an_empty_bucket(
    open_ledger: OpenLedger, sql: asyncpg.Connection
) -> None:
    ledger = open_ledger()
    await fill(sql, ledger)
    # As a backup has it, or a standby that took over.
    await sql.execute("UPDATE agency_quota SET server_started = server_started - interval '1 day'")
    assert await take(open_ledger(), 100) == 0
    await sql.execute("UPDATE agency_quota SET full_at = clock_timestamp()")
    assert await take(ledger, 100) == 20


async def test_a_doubted_bucket_is_empty_at_the_next_take_alone(
    open_ledger: OpenLedger, sql: asyncpg.Connection
) -> None:
    ledger = open_ledger()
    await fill(sql, ledger)
    ledger.doubt(AGENCY)
    assert await take(ledger, 100) == 0
    await fill(sql, ledger)
    assert await take(ledger, 100) == 20


async def test_a_pause_waits_for_the_disk_and_a_take_does_not(open_ledger: OpenLedger, sql: asyncpg.Connection) -> None:
    # Nothing else shows it: what each commit does is read from the session that it is made in.
    await sql.execute(
        "CREATE TABLE commits (how text);"
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO commits VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER note AFTER INSERT OR UPDATE ON agency_quota"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note()"
    )
    ledger = open_ledger()
    await take(ledger, 1)
    await ledger.pause(AGENCY, SLOW, 1)
    await take(ledger, 1)
    assert [row["how"] for row in await sql.fetch("SELECT how FROM commits")] == ["off", "on", "off"]


async def test_nothing_is_taken_while_the_database_is_away_and_no_more_than_ever_after_it_crashed(
    tmp_short: Path,
) -> None:
    with EmbeddedPostgres(tmp_short / "pg") as server:
        await migrate(server.dsn)
        ledger, other = QuotaLedger(server.dsn), QuotaLedger(server.dsn)
        connection = await asyncpg.connect(server.dsn)
        await fill(connection, ledger)
        await connection.close()
        assert await take(ledger, 20) + await take(other, 20) == 20
        assert server.pid is not None
        os.kill(server.pid, signal.SIGQUIT)  # at once, as if it had crashed
        for one in (ledger, other):
            await _gone(one)
    with EmbeddedPostgres(tmp_short / "pg") as server:
        # The last ones may not have reached the disk. Nobody gets them again: neither a new process nor an old one.
        for one in (QuotaLedger(server.dsn), ledger, other):
            assert await take(one, 100) == 0
            await one.close()


async def _gone(ledger: QuotaLedger) -> None:
    """Takes nothing until the server is away."""
    with suppress(StoreUnavailable):
        while True:
            assert await take(ledger, 1) == 0
