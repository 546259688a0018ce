"""Leases: an attempt is one worker's, and only while it holds the lease."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from certsvc.core.model import ApplicationState
from certsvc.service.records import Application, Lease
from certsvc.store.postgres import PostgresStore
from tests.store import samples
from tests.store.conftest import OpenStore
from tests.store.samples import LASTING

AT_ONCE_OVER = timedelta(0)


def _lease(application: Application, owner: str = "one") -> Lease:
    return Lease(application.id, application.attempts, owner)


async def _granted(store: PostgresStore, application: Application) -> Application:
    return samples.completed(application, samples.certificate(await store.lease_place(samples.EXPIRES)))


async def test_of_many_workers_one_gets_the_lease(store: PostgresStore, open_store: OpenStore) -> None:
    stores = [store, await open_store(), await open_store()]
    application = await store.record(samples.pending())
    claims = (stores[n % 3].claim(_lease(application, f"worker-{n}"), LASTING) for n in range(24))
    assert sorted(await asyncio.gather(*claims)) == [False] * 23 + [True]


async def test_not_even_its_owner_gets_a_lease_twice(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    assert await store.claim(_lease(application), LASTING)
    assert not await store.claim(_lease(application), LASTING)


async def test_a_lease_that_ran_out_goes_to_another(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    assert await store.claim(_lease(application, "one"), AT_ONCE_OVER)
    assert await store.claim(_lease(application, "other"), LASTING)


async def test_a_lease_that_is_renewed_does_not_run_out(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    await store.claim(_lease(application, "one"), AT_ONCE_OVER)
    assert await store.renew(_lease(application, "one"), LASTING)
    assert not await store.claim(_lease(application, "other"), LASTING)


async def test_a_lease_that_was_given_back_goes_to_another(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    await store.claim(_lease(application, "one"), LASTING)
    await store.release(_lease(application, "one"))
    assert await store.claim(_lease(application, "other"), LASTING)


async def test_an_attempt_that_was_made_is_not_leased_again(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    await samples.resolve(store, samples.attempted(application))
    assert not await store.claim(_lease(application), LASTING)


async def test_what_is_decided_is_not_leased(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    expired = await samples.resolve(store, samples.expired(application))
    assert not await store.claim(_lease(expired), LASTING)


@pytest.mark.parametrize("outcome", ["granted", "pending", "expired"])
async def test_who_lost_its_lease_records_nothing(store: PostgresStore, sql: asyncpg.Connection, outcome: str) -> None:
    application = await store.record(samples.pending())
    late, other = _lease(application, "late"), _lease(application, "other")
    await store.claim(late, AT_ONCE_OVER)
    await store.claim(other, LASTING)
    attempt = {
        "granted": await _granted(store, application),
        "pending": samples.attempted(application),
        "expired": samples.expired(application),
    }[outcome]
    stored = await store.resolve(attempt, late)
    assert (stored.state, stored.attempts, stored.owner) == (ApplicationState.PENDING, 1, "other")
    assert not await store.renew(late, LASTING)
    await store.release(late)
    assert await store.get_application(application.id) == stored, "the lease is the other's"
    assert await sql.fetchval("SELECT count(*) FROM certificate") == 0
    assert await sql.fetchval("SELECT count(*) FROM audit_leaf") == 1
    assert await sql.fetchval("SELECT count(*) FROM pgqueuer") == 1
    granted = await _granted(store, application)
    assert await store.resolve(granted, other) == granted


async def test_who_never_claimed_records_nothing(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    assert await store.resolve(await _granted(store, application), _lease(application)) == application


async def test_the_owner_may_be_late_while_nobody_took_its_place(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    await store.claim(_lease(application), AT_ONCE_OVER)
    granted = await _granted(store, application)
    assert await store.resolve(granted, _lease(application)) == granted


async def test_an_attempt_is_recorded_once_by_its_own_owner_too(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    await store.claim(_lease(application), LASTING)
    first = await store.resolve(samples.attempted(application), _lease(application))
    assert await store.resolve(await _granted(store, application), _lease(application)) == first


async def test_the_owner_is_shown_while_its_lease_runs(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    await store.claim(_lease(application, "one"), LASTING)
    held = await store.get_application(application.id)
    assert held is not None
    assert held.owner == "one"
    assert held.leased_until is not None
    assert held.leased_until > await store.now()
    again = await store.resolve(samples.attempted(application), _lease(application, "one"))
    assert (again.owner, again.leased_until) == (None, None)
    await store.claim(_lease(again, "one"), AT_ONCE_OVER)
    over = await store.get_application(application.id)
    assert over is not None
    assert (over.owner, over.leased_until) == (None, None)


async def test_watchers_see_an_attempt_begin_and_end(store: PostgresStore, open_store: OpenStore) -> None:
    other = await open_store()
    application = await store.record(samples.pending())
    lease = _lease(application, "other")
    watching = store.watch(application.id)
    async with asyncio.timeout(30):
        assert await anext(watching) == application
        await other.claim(lease, LASTING)
        assert (await anext(watching)).owner == "other"
        await other.release(lease)
        assert await anext(watching) == application
        await other.claim(lease, LASTING)
        assert (await anext(watching)).owner == "other"
        again = await other.resolve(samples.attempted(application), lease)
        assert await anext(watching) == again
    await watching.aclose()  # type: ignore[attr-defined]  # an async generator
