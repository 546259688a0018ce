"""The guarantees of ports.Store, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from certsvc.core.errors import StoreRejected, StoreUnavailable
from certsvc.core.model import ApplicationState, Identifier
from certsvc.service.ports import Store
from certsvc.service.records import Application, StatusIndex
from certsvc.store.postgres import PostgresStore
from certsvc.store.watch import Watchers
from tests.store import samples
from tests.store.conftest import OpenStore


async def _granted(store: PostgresStore, **changes: object) -> Application:
    place = await store.lease_place(samples.EXPIRES)
    return samples.granted(samples.certificate(place, **changes))  # type: ignore[arg-type]  # names of CertificateRecord


async def test_the_store_fits_the_port(store: PostgresStore) -> None:
    port: Store = store
    assert port is store


@pytest.mark.parametrize("make", [samples.refused, samples.pending])
async def test_what_is_recorded_reads_back_equal(store: PostgresStore, make: Callable[[], Application]) -> None:
    application = make()
    assert await store.record(application) == application
    assert await store.get_application(application.id) == application
    assert await store.find_request(application.request.caller, application.request.request_id) == application


async def test_a_grant_reads_back_equal_with_its_certificate(store: PostgresStore) -> None:
    application = await _granted(store)
    assert await store.record(application) == application
    assert await store.get_application(application.id) == application
    assert application.certificate is not None
    assert await store.get_certificate(application.certificate.serial) == application.certificate


async def test_a_recorded_application_is_seen_by_another_store(store: PostgresStore, open_store: OpenStore) -> None:
    application = await store.record(await _granted(store))
    other = await open_store()
    assert await other.get_application(application.id) == application


async def test_the_unknown_is_none(store: PostgresStore) -> None:
    assert await store.find_request("meic", "no such") is None
    assert await store.get_application("no uuid") is None
    assert await store.get_application("00000000-0000-4000-8000-000000000000") is None
    assert await store.get_certificate("no such") is None


async def test_a_hundred_twins_leave_one_application_and_one_certificate(
    store: PostgresStore, open_store: OpenStore, sql: asyncpg.Connection
) -> None:
    other = await open_store()
    request = samples.request()
    twins = [
        samples.granted(samples.certificate(await (store, other)[i % 2].lease_place(samples.EXPIRES)), request)
        for i in range(100)
    ]
    answers = await asyncio.gather(*((store, other)[i % 2].record(twin) for i, twin in enumerate(twins)))
    assert len(set(map(repr, answers))) == 1
    assert await sql.fetchval("SELECT count(*) FROM application") == 1
    assert await sql.fetchval("SELECT count(*) FROM certificate") == 1
    assert await sql.fetchval("SELECT count(*) FROM audit_leaf") == 1


async def test_a_repeated_request_gets_the_stored_application(store: PostgresStore, sql: asyncpg.Connection) -> None:
    first = await store.record(samples.pending())
    again = await store.record(
        samples.granted(samples.certificate(await store.lease_place(samples.EXPIRES)), first.request)
    )
    assert again == first
    assert await sql.fetchval("SELECT count(*) FROM certificate") == 0


async def test_one_request_id_serves_two_callers(store: PostgresStore) -> None:
    ours, theirs = samples.request("same", "meic"), samples.request("same", "bank")
    a, b = await asyncio.gather(store.record(samples.refused(ours)), store.record(samples.refused(theirs)))
    assert a.id != b.id


async def test_a_refused_row_of_a_batch_fails_alone(store: PostgresStore, sql: asyncpg.Connection) -> None:
    good = [samples.refused() for _ in range(20)]
    unwritable = samples.refused(samples.request("with \x00"))
    contradictory = replace(samples.refused(), attempts=0)
    answers = await asyncio.gather(
        *(store.record(a) for a in [*good[:10], unwritable, contradictory, *good[10:]]), return_exceptions=True
    )
    assert [type(a) for a in answers[10:12]] == [StoreRejected, StoreRejected]
    assert answers[:10] + answers[12:] == good
    assert await sql.fetchval("SELECT count(*) FROM application") == 20


async def test_a_serial_is_never_issued_twice(store: PostgresStore) -> None:
    await store.record(await _granted(store, serial="S1"))
    with pytest.raises(StoreRejected):
        await store.record(await _granted(store, serial="S1"))


async def test_a_place_is_never_issued_twice(store: PostgresStore) -> None:
    first = await store.record(await _granted(store))
    assert first.certificate is not None
    with pytest.raises(StoreRejected):
        await store.record(samples.granted(samples.certificate(first.certificate.place)))


async def test_a_grant_without_certificate_is_refused(store: PostgresStore) -> None:
    application = await _granted(store)
    with pytest.raises(StoreRejected):
        await store.record(replace(application, certificate=None))


async def test_a_cancelled_caller_leaves_its_batch_whole(store: PostgresStore, sql: asyncpg.Connection) -> None:
    applications = [samples.refused() for _ in range(30)]
    tasks = [asyncio.create_task(store.record(a)) for a in applications]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    for application, answer in zip(applications, answers, strict=True):
        stored = await store.get_application(application.id)
        assert isinstance(answer, asyncio.CancelledError) or answer == stored == application
        assert stored in (None, application)


async def test_pending_age_is_that_of_the_oldest(store: PostgresStore) -> None:
    assert await store.pending_age(samples.NOW) == (0, 0.0)
    older = replace(samples.pending(), created_at=samples.NOW - timedelta(seconds=90))
    await asyncio.gather(store.record(older), store.record(samples.pending()))
    assert await store.pending_age(samples.NOW) == (2, 90.0)


async def test_a_pending_application_is_resolved_once(store: PostgresStore, open_store: OpenStore) -> None:
    other = await open_store()
    application = await store.record(samples.pending())
    rivals = [
        samples.completed(application, samples.certificate(await store.lease_place(samples.EXPIRES))) for _ in range(8)
    ]
    answers = await asyncio.gather(
        *(samples.resolve((store, other)[i % 2], r, f"worker-{i}") for i, r in enumerate(rivals))
    )
    winner = await store.get_application(application.id)
    assert winner in rivals
    assert winner in answers
    assert all(a == winner or a.state is ApplicationState.PENDING for a in answers), "seen before the winner was done"


async def test_a_decided_application_stays_as_it_is(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending())
    given_up = await samples.resolve(store, samples.expired(application))
    assert given_up == samples.expired(application)
    assert await samples.resolve(store, samples.attempted(application)) == given_up
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("UPDATE application SET state = 'REFUSED'")


async def test_another_attempt_keeps_the_application_pending(store: PostgresStore) -> None:
    application = await store.record(samples.pending("ccss"))
    again = samples.attempted(application)
    assert await samples.resolve(store, again) == again
    assert await store.get_application(application.id) == again


async def test_resolving_the_unrecorded_is_refused(store: PostgresStore) -> None:
    with pytest.raises(StoreRejected):
        await samples.resolve(store, samples.expired(samples.pending()))


async def test_each_decision_leaves_an_audit_leaf_with_its_hash(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending())
    await samples.resolve(store, samples.attempted(application))
    rows = await sql.fetch(
        "SELECT subject, body, leaf_hash = sha256('\\x00'::bytea || body) AS hashed FROM audit_leaf ORDER BY seq"
    )
    assert [(r["subject"], r["hashed"]) for r in rows] == [(application.id, True)] * 2
    assert rows[0]["body"] != rows[1]["body"]


async def test_no_personal_data_in_audit_leaves(store: PostgresStore, sql: asyncpg.Connection) -> None:
    await store.record(await _granted(store))
    body = (await sql.fetchval("SELECT body FROM audit_leaf")).decode()
    assert samples.ENTERPRISE.identifier.value not in body
    assert "CAFE" not in body


async def test_pages_stay_stable_while_others_are_issued(store: PostgresStore) -> None:
    def at(minutes: int) -> datetime:
        return samples.NOW.replace(microsecond=0) + timedelta(minutes=minutes)

    # Three share each minute, so that the serial must break ties.
    known = [await _granted(store, serial=f"S{i:02}", issued_at=at(i // 3)) for i in range(12)]
    for application in known:
        await store.record(application)
    seen: list[str] = []
    after: tuple[datetime, str] | None = None
    while page := await store.list_certificates(limit=5, after=after):
        seen += [c.serial for c in page]
        after = (page[-1].issued_at, page[-1].serial)
        await store.record(await _granted(store, serial=f"T{len(seen)}", issued_at=at(60 + len(seen))))
    assert seen == [f"S{i:02}" for i in reversed(range(12))]


async def test_certificates_are_filtered(store: PostgresStore) -> None:
    other = Identifier("cr.cedula_fisica", "101230456")
    await store.record(await _granted(store, serial="A"))
    await store.record(await _granted(store, serial="B", identifier=other))
    place = await store.lease_place(samples.EXPIRES)
    await store.record(samples.granted(samples.certificate(place, "C"), samples.request(caller="bank")))

    async def serials(**filters: object) -> list[str]:
        return [c.serial for c in await store.list_certificates(limit=9, **filters)]  # type: ignore[arg-type]  # by name

    assert await serials() == ["C", "B", "A"]
    assert await serials(identifier=other) == ["B"]
    assert await serials(caller="bank") == ["C"]
    assert await serials(caller="bank", identifier=other) == []
    assert await store.get_certificate("C", "bank") is not None
    assert await store.get_certificate("C", "meic") is None


async def test_a_rule_set_is_kept_for_ever(store: PostgresStore, sql: asyncpg.Connection) -> None:
    await store.keep_rule_set("d", "text")
    await store.keep_rule_set("d", "another")
    assert await sql.fetchval("SELECT text FROM rule_set") == "text"
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("UPDATE rule_set SET text = 'x'")


@pytest.mark.parametrize("statement", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["audit_leaf", "status_event"])
async def test_the_record_is_append_only(sql: asyncpg.Connection, table: str, statement: str) -> None:
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(statement.format(table))


async def test_a_place_of_no_list_is_refused(store: PostgresStore) -> None:
    with pytest.raises(StoreRejected):
        await store.record(samples.granted(samples.certificate(StatusIndex(99, 0))))


async def _seen(watching: AsyncIterator[Application], wanted: Application) -> Application | None:
    """The application, once the watcher shows it so; what comes before may be its lease."""
    async for shown in watching:
        if shown == wanted:
            return shown
    return None


async def test_watching_the_unknown_yields_nothing(store: PostgresStore) -> None:
    assert [a async for a in store.watch("00000000-0000-4000-8000-000000000000")] == []


async def test_a_watcher_sees_changes_of_other_processes(store: PostgresStore, open_store: OpenStore) -> None:
    other = await open_store()
    application = await store.record(samples.pending())
    watching = store.watch(application.id)
    assert await anext(watching) == application
    again = await samples.resolve(other, samples.attempted(application))
    assert await _seen(watching, again) == again
    last = await samples.resolve(other, samples.expired(again))
    assert await _seen(watching, last) == last
    await watching.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_a_watcher_survives_the_loss_of_its_connection(store: PostgresStore, sql: asyncpg.Connection) -> None:
    application = await store.record(samples.pending())
    watching = store.watch(application.id)
    assert await anext(watching) == application
    await sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    last = samples.expired(application)
    async with asyncio.timeout(30):
        while True:
            try:
                await samples.resolve(store, last)
                break
            except Exception:  # the first calls may meet the cut connections
                continue
        assert await _seen(watching, last) == last
    await watching.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_a_watcher_whose_read_fails_once_still_sees_the_change(
    store: PostgresStore, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = await store.record(samples.pending())
    watching = store.watch(application.id)
    assert await anext(watching) == application
    read, failures = store.get_application, 0

    async def failing_once(application_id: str) -> Application | None:
        # Only of the change: a wake-up without one must not use up the failure.
        nonlocal failures
        found = await read(application_id)
        if found != application and not failures:
            failures += 1
            raise StoreUnavailable("57014 QueryCanceledError")
        return found

    monkeypatch.setattr(store, "get_application", failing_once)
    last = await samples.resolve(await open_store(), samples.expired(application))
    async with asyncio.timeout(30):
        assert await _seen(watching, last) == last
    assert failures == 1
    await watching.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_a_listener_that_fails_in_whatever_way_listens_again(
    store: PostgresStore, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen, failures = Watchers._listen_on, 0

    async def failing_once(watchers: Watchers, connection: asyncpg.Connection) -> None:
        nonlocal failures
        if not failures:
            failures += 1
            connection.terminate()
            # What asyncpg says if the server goes while LISTEN is sent.
            raise asyncpg.InternalClientError("cannot switch to state 12")
        await listen(watchers, connection)

    monkeypatch.setattr(Watchers, "_listen_on", failing_once)
    application = await store.record(samples.pending())
    watching = store.watch(application.id)
    assert await anext(watching) == application
    last = await samples.resolve(await open_store(), samples.expired(application))
    async with asyncio.timeout(30):
        assert await _seen(watching, last) == last
    assert failures == 1
    await watching.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_the_time_is_the_databases_in_utc(store: PostgresStore, sql: asyncpg.Connection) -> None:
    before = await sql.fetchval("SELECT clock_timestamp()")
    now = await store.now()
    after = await sql.fetchval("SELECT clock_timestamp()")
    assert before <= now <= after
    assert now.tzinfo is UTC


async def test_an_idle_store_mends_cut_connections_unnoticed(store: PostgresStore, sql: asyncpg.Connection) -> None:
    await store.record(samples.refused())
    ended = await sql.fetchval(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE application_name = 'certsvc writer' AND datname = current_database()"
    )
    assert ended == 1
    await asyncio.sleep(0.05)  # the loop reads the end of the stream
    application = samples.refused()
    assert await store.record(application) == application


async def test_instants_keep_their_microseconds(store: PostgresStore) -> None:
    application = replace(samples.refused(), created_at=datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC))
    await store.record(application)
    stored = await store.get_application(application.id)
    assert stored is not None
    assert stored.created_at == application.created_at
