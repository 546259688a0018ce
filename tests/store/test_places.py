"""A place is given once, whatever happens to the process that leased it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.service.records import StatusIndex
from certsvc.store.places import quarter_end
from certsvc.store.postgres import PostgresStore
from tests.store import samples
from tests.store.conftest import OpenStore

JULY = datetime(2026, 7, 1, tzinfo=UTC)


@given(st.integers(946_684_800, 7_258_118_400))
def test_a_quarter_ends_after_each_of_its_instants(seconds: int) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    end = quarter_end(instant)
    assert instant < end <= instant + timedelta(days=92)
    assert (end.month - 1) % 3 == 0
    assert (end.day, end.hour, end.minute, end.second, end.microsecond) == (1, 0, 0, 0, 0)
    assert quarter_end(end - timedelta(microseconds=1)) == end


async def test_two_stores_never_give_the_same_place(open_store: OpenStore) -> None:
    stores = [await open_store(block=4, capacity=50) for _ in range(2)]
    places = await asyncio.gather(*(stores[i % 2].lease_place(samples.EXPIRES) for i in range(300)))
    assert len(set(places)) == 300


async def test_every_index_of_a_full_list_is_given_once(open_store: OpenStore) -> None:
    store = await open_store(block=7, capacity=30)
    places = [await store.lease_place(samples.EXPIRES) for _ in range(60)]
    by_list: dict[int, set[int]] = {}
    for place in places:
        by_list.setdefault(place.list_number, set()).add(place.index)
    assert list(by_list.values()) == [set(range(30))] * 2


async def test_places_leased_by_a_lost_process_are_burned(open_store: OpenStore) -> None:
    lost = await open_store(block=8, capacity=64)
    given_away = {await lost.lease_place(samples.EXPIRES) for _ in range(3)}
    heir = await open_store(block=8, capacity=64)
    later = {await heir.lease_place(samples.EXPIRES) for _ in range(16)}
    assert not given_away & later


async def test_concurrent_first_leases_open_one_list(open_store: OpenStore, sql: asyncpg.Connection) -> None:
    stores = [await open_store(block=4) for _ in range(4)]
    places = await asyncio.gather(*(s.lease_place(samples.EXPIRES) for s in stores))
    assert {p.list_number for p in places} == {1}
    assert await sql.fetchval("SELECT count(*) FROM status_list") == 1


async def test_lists_are_grouped_by_the_quarter_of_expiry(store: PostgresStore) -> None:
    before, after = JULY - timedelta(seconds=1), JULY
    places = [await store.lease_place(at) for at in (before, after, before)]
    assert places[0].list_number == places[2].list_number != places[1].list_number
    assert [r.expires_by for r in await store.live_lists(before)] == [JULY, datetime(2026, 10, 1, tzinfo=UTC)]
    assert [r.number for r in await store.live_lists(JULY)] == [places[1].list_number]


async def test_a_caller_that_leaves_takes_no_block_from_the_others(open_store: OpenStore) -> None:
    store = await open_store(block=4)
    tasks = [asyncio.create_task(store.lease_place(samples.EXPIRES)) for _ in range(4)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    places = [a for a in answers if isinstance(a, StatusIndex)]
    assert len(set(places)) == 3


async def test_a_list_cannot_fall_back(store: PostgresStore, sql: asyncpg.Connection) -> None:
    await store.lease_place(samples.EXPIRES)
    for wrong in ("next_counter = 0", "key = sha256('x')", "capacity = capacity + 1"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(f"UPDATE status_list SET {wrong}")


async def test_the_runbooks_statement_after_a_restore_lets_no_place_of_an_old_list_be_given_again(
    open_store: OpenStore, sql: asyncpg.Connection
) -> None:
    before = await (await open_store()).lease_place(JULY)
    runbook = (Path(__file__).parents[2] / "deploy" / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- run: close lists -->\n\s*```sql\n(.*?)```", runbook, re.DOTALL)
    assert found
    await sql.execute(found.group(1))
    after = await (await open_store()).lease_place(JULY)
    assert after.list_number > before.list_number
