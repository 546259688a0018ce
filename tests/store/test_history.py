"""What was decided is found again: by the numbers of an enterprise, and page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import asyncpg
import pytest

from certsvc.core.errors import MalformedRecord, StoreRejected, StoreUnavailable
from certsvc.core.model import CertificateStatus, Enterprise, Identifier
from certsvc.service.records import Application, StoredCase, UnreadableCase
from certsvc.store.history import History, open_history
from certsvc.store.postgres import PostgresStore
from tests.store import samples

FIRST, SECOND = samples.ENTERPRISE.identifiers
OTHER = Identifier("cr.cedula_juridica", "3101000000")
SINCE = samples.NOW - timedelta(days=90)


def of(enterprise: Enterprise, caller: str = "meic") -> Application:
    return samples.refused(replace(samples.request(caller=caller), enterprise=enterprise))


def later(application: Application, by: timedelta) -> Application:
    return replace(application, created_at=application.created_at + by, updated_at=application.updated_at + by)


def case_of(application: Application) -> StoredCase:
    request = application.request
    return StoredCase(
        application.id, request.enterprise, application.evidence, application.decision, application.updated_at
    )


async def held(store: PostgresStore, **changes: object) -> Application:
    place = await store.lease_place(samples.EXPIRES)
    certificate = samples.certificate(place, **changes)  # type: ignore[arg-type]  # names of CertificateRecord
    return await store.record(samples.granted(certificate))


@pytest.mark.parametrize("make", [samples.refused, samples.pending])
async def test_a_case_is_what_was_recorded(store: PostgresStore, make: Callable[[], Application]) -> None:
    application = await store.record(make())
    assert await store.cases_of([FIRST], caller=None, limit=1) == [case_of(application)]


async def test_every_number_of_an_application_finds_it_once(store: PostgresStore) -> None:
    application = await store.record(samples.refused())
    for asked in ([FIRST], [SECOND], [SECOND, FIRST], [OTHER, SECOND]):
        assert [c.id for c in await store.cases_of(asked, caller=None, limit=9)] == [application.id]
    assert await store.cases_of([OTHER], caller=None, limit=9) == []


async def test_a_number_of_another_kind_is_another_number(store: PostgresStore) -> None:
    await store.record(samples.refused())
    assert await store.cases_of([replace(FIRST, kind="cr.nite")], caller=None, limit=9) == []


async def test_the_newest_cases_come_first_and_no_more_than_asked_for(store: PostgresStore) -> None:
    made = [await store.record(later(samples.refused(), timedelta(hours=n))) for n in (2, 0, 3, 1)]
    found = await store.cases_of([FIRST], caller=None, limit=3)
    assert [c.id for c in found] == [made[2].id, made[0].id, made[3].id]


async def test_of_one_caller_if_given(store: PostgresStore) -> None:
    ours = await store.record(of(samples.ENTERPRISE, "ours"))
    theirs = await store.record(later(of(samples.ENTERPRISE, "theirs"), timedelta(hours=1)))
    assert [c.id for c in await store.cases_of([FIRST], caller="ours", limit=1)] == [ours.id]
    assert [c.id for c in await store.cases_of([FIRST], caller=None, limit=9)] == [theirs.id, ours.id]


async def test_a_case_moves_with_its_application(store: PostgresStore) -> None:
    application = await store.record(samples.pending())
    moved = await samples.resolve(store, samples.attempted(application))
    assert await store.cases_of([FIRST], caller=None, limit=9) == [case_of(moved)]


async def test_what_was_recorded_before_the_revision_is_found_after_it(
    store: PostgresStore, sql: asyncpg.Connection
) -> None:
    await sql.execute("DROP INDEX application_identifiers, application_refused; DROP FUNCTION application_identifiers")
    application = await store.record(samples.refused())
    await sql.execute((files("certsvc.store") / "migrations" / "versions" / "0003_history.sql").read_text("utf-8"))
    assert [c.id for c in await store.cases_of([FIRST], caller=None, limit=9)] == [application.id]


async def test_the_cases_of_an_enterprise_are_found_by_the_index(store: PostgresStore, sql: asyncpg.Connection) -> None:
    await store.record(samples.refused())
    await sql.execute("SET enable_seqscan = off")
    plan = await sql.fetch(
        "EXPLAIN SELECT id FROM application WHERE application_identifiers(payload) && ARRAY['a:b']::text[]"
    )
    assert any("application_identifiers" in row[0] and "Index Scan" in row[0] for row in plan)


async def test_the_text_of_a_rule_set_is_kept_to_the_byte(store: PostgresStore) -> None:
    text = "# ñ\r\nformat = 1\n\n"
    await store.keep_rule_set("cr#x", text)
    assert await store.rule_set_text("cr#x") == text
    assert await store.rule_set_text("cr#y") is None


async def everything(history: History) -> list[str]:
    return [case.id async for case in history.cases()]


async def test_each_holder_and_each_recent_refusal_comes_once_whatever_the_page(
    store: PostgresStore, database: str
) -> None:
    holders = [await held(store, issued_at=samples.EXPIRES - timedelta(days=n // 2 + 1)) for n in range(7)]
    refusals = [await store.record(later(samples.refused(), timedelta(hours=n // 2))) for n in range(5)]
    await store.record(samples.pending())
    expected = sorted(a.id for a in [*holders, *refusals])
    for page in (1, 2, 3, 100):
        async with open_history(database, now=samples.NOW, since=SINCE, page=page) as history:
            found = await everything(history)
            assert sorted(found) == expected
            assert await history.extent() == (7, 5)
            assert sorted(found[:7]) == sorted(a.id for a in holders), "holders come first"


async def test_who_holds_nothing_any_more_and_old_refusals_are_left_out(store: PostgresStore, database: str) -> None:
    kept, suspended, revoked = await held(store), await held(store), await held(store)
    await held(store, issued_at=samples.NOW - timedelta(days=9), expires_at=samples.NOW)
    for application, status in ((suspended, CertificateStatus.SUSPENDED), (revoked, CertificateStatus.REVOKED)):
        assert application.certificate is not None
        await store.change_status(samples.change(application.certificate.serial, status))
    await store.record(samples.refused())
    now, since = samples.NOW, samples.NOW + timedelta(microseconds=1)
    async with open_history(database, now=now, since=since) as history:
        assert sorted(await everything(history)) == sorted([kept.id, suspended.id])
        assert await history.extent() == (2, 0)
    async with open_history(database, now=now, since=samples.NOW) as history:
        assert (await history.extent()).refusals == 1


async def test_a_case_recorded_meanwhile_disturbs_no_page(store: PostgresStore, database: str) -> None:
    before = [await held(store, issued_at=samples.EXPIRES - timedelta(days=n + 1)) for n in range(4)]
    async with open_history(database, now=samples.NOW, since=SINCE, page=2) as history:
        found: list[str] = []
        async for case in history.cases():
            if not found:
                await held(store, issued_at=samples.EXPIRES - timedelta(days=80))
            found.append(case.id)
    assert sorted(found) == sorted(a.id for a in before)


async def test_a_record_that_is_not_what_was_written_is_said_and_the_others_still_come(
    store: PostgresStore, database: str, sql: asyncpg.Connection
) -> None:
    good, bad = await store.record(samples.refused()), await store.record(samples.refused())
    await sql.execute("ALTER TABLE application DISABLE TRIGGER moves_once")
    await sql.execute("UPDATE application SET evidence = 'x' WHERE id = $1", bad.id)
    async with open_history(database, now=samples.NOW, since=SINCE) as history:
        found = [case async for case in history.cases()]
    assert {case.id: case for case in found} == {good.id: case_of(good), bad.id: UnreadableCase(bad.id)}
    with pytest.raises(MalformedRecord):
        await store.cases_of([FIRST], caller=None, limit=9)


async def test_the_session_cannot_write(database: str) -> None:
    async with open_history(database, now=datetime.now(UTC), since=SINCE) as history, history._pool.acquire() as line:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await line.execute("DELETE FROM rule_set")


async def test_a_database_that_is_not_ours_is_refused_and_one_that_is_away_is_unavailable(
    empty_database: str,
) -> None:
    async with open_history(empty_database, now=samples.NOW, since=SINCE) as history:
        with pytest.raises(StoreRejected):
            await history.extent()
    with pytest.raises(StoreUnavailable):
        async with open_history("postgresql://certsvc@127.0.0.1:1/x", now=samples.NOW, since=SINCE):
            pass
