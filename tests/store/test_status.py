"""Status events, and the versions of the lists that publish them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from certsvc.core.model import CertificateStatus
from certsvc.service.records import CertificateRecord
from certsvc.store.postgres import PostgresStore
from tests.store import samples
from tests.store.conftest import OpenStore

VALID, REVOKED, SUSPENDED = CertificateStatus.VALID, CertificateStatus.REVOKED, CertificateStatus.SUSPENDED


@pytest.fixture
async def issued(store: PostgresStore) -> CertificateRecord:
    certificate = samples.certificate(await store.lease_place(samples.EXPIRES))
    await store.record(samples.granted(certificate))
    return certificate


async def test_suspend_reinstate_revoke(
    store: PostgresStore, issued: CertificateRecord, sql: asyncpg.Connection
) -> None:
    for status in (SUSPENDED, VALID, SUSPENDED, REVOKED):
        changed = await store.change_status(samples.change(issued.serial, status))
        assert changed is not None
        assert changed.status is status
        assert await store.get_certificate(issued.serial) == changed
    assert await sql.fetchval("SELECT count(*) FROM status_event") == 4
    assert await sql.fetchval("SELECT count(*) FROM audit_leaf WHERE kind = 'status'") == 4


@pytest.mark.parametrize("status", list(CertificateStatus))
async def test_revoked_is_final(
    store: PostgresStore, issued: CertificateRecord, sql: asyncpg.Connection, status: CertificateStatus
) -> None:
    revoked = await store.change_status(samples.change(issued.serial, REVOKED))
    assert await store.change_status(samples.change(issued.serial, status)) == revoked
    assert await sql.fetchval("SELECT count(*) FROM status_event") == 1


async def test_the_database_itself_holds_that_revoked_is_final(
    store: PostgresStore, issued: CertificateRecord, sql: asyncpg.Connection
) -> None:
    await store.change_status(samples.change(issued.serial, REVOKED))
    insert = (
        "INSERT INTO status_event (serial, from_status, to_status, reason, comment, actor, at, request_id)"
        " VALUES ($1, $2, 0, '', '', '', now(), '')"
    )
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(insert, issued.serial, 1)
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(insert, issued.serial, 2)
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("UPDATE certificate SET status = 0")
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("DELETE FROM certificate")


async def test_a_certificate_is_never_rewritten(issued: CertificateRecord, sql: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("UPDATE certificate SET token = 'x'")


async def test_the_same_status_again_records_nothing(
    store: PostgresStore, issued: CertificateRecord, sql: asyncpg.Connection
) -> None:
    assert await store.change_status(samples.change(issued.serial, VALID)) == issued
    assert await sql.fetchval("SELECT count(*) FROM status_event") == 0


async def test_an_unknown_certificate_is_none(store: PostgresStore) -> None:
    assert await store.change_status(samples.change("no such", REVOKED)) is None


async def test_rivals_revoke_once(
    store: PostgresStore, open_store: OpenStore, issued: CertificateRecord, sql: asyncpg.Connection
) -> None:
    other = await open_store()
    wanted = [REVOKED, SUSPENDED] * 10
    answers = await asyncio.gather(
        *((store, other)[i % 2].change_status(samples.change(issued.serial, s)) for i, s in enumerate(wanted))
    )
    assert all(answer is not None for answer in answers)
    now = await store.get_certificate(issued.serial)
    assert now is not None
    assert now.status is REVOKED
    assert await sql.fetchval("SELECT count(*) FROM status_event WHERE to_status = 1") == 1


async def test_entries_are_those_that_are_not_valid(store: PostgresStore) -> None:
    made = [samples.certificate(await store.lease_place(samples.EXPIRES)) for _ in range(4)]
    for certificate in made:
        await store.record(samples.granted(certificate))
    await store.change_status(samples.change(made[0].serial, REVOKED))
    await store.change_status(samples.change(made[1].serial, SUSPENDED))
    await store.change_status(samples.change(made[2].serial, SUSPENDED))
    await store.change_status(samples.change(made[2].serial, VALID))
    number = made[0].place.list_number
    assert await store.status_entries(number) == {made[0].place.index: 1, made[1].place.index: 2}
    listed = await store.list_certificates(limit=9, status=SUSPENDED)
    assert [c.serial for c in listed] == [made[1].serial]


async def test_versions_and_times_strictly_rise(store: PostgresStore) -> None:
    number = (await store.lease_place(samples.EXPIRES)).list_number
    now = samples.NOW
    assert await store.claim_version(number, 1, now)
    assert not await store.claim_version(number, 1, now + timedelta(seconds=1))
    assert not await store.claim_version(number, 2, now)
    assert await store.claim_version(number, 5, now + timedelta(seconds=1))
    assert not await store.claim_version(number, 4, now + timedelta(seconds=2))
    assert not await store.claim_version(999, 1, now)
    (row,) = await store.live_lists(now)
    assert (row.version, row.issued_at) == (5, now + timedelta(seconds=1))


async def test_one_publisher_of_many_gets_a_version(store: PostgresStore, open_store: OpenStore) -> None:
    other = await open_store()
    number = (await store.lease_place(samples.EXPIRES)).list_number
    for version in range(1, 6):
        at = samples.NOW + timedelta(seconds=version)
        claims = await asyncio.gather(*((store, other)[i % 2].claim_version(number, version, at) for i in range(10)))
        assert sum(claims) == 1
