"""What operators do about agencies: two persons, one leaf for each act, and nothing in the way for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from certsvc.core.errors import InvalidRequest
from certsvc.core.model import Enterprise, Identifier
from certsvc.core.outcome import Outcome
from certsvc.core.rules.scheme import Degraded
from certsvc.service.agency_ports import AgencyActs
from certsvc.service.agency_records import Dispute
from certsvc.service.records import Application
from certsvc.store.agency_acts import SYSTEM, PostgresAgencyActs
from certsvc.store.agency_book import PostgresAgencyBook
from certsvc.store.connections import create_pool
from certsvc.store.postgres import PostgresStore
from tests.store import samples
from tests.store.agencies import HOUR, LATE, NOW, disputed, enterprise, said, switched

ANA, EVA = "operator/ana", "operator/eva"


@pytest.fixture
async def opened(database: str) -> AsyncIterator[tuple[PostgresAgencyActs, PostgresAgencyActs, PostgresAgencyBook]]:
    """The acts of two processes, and a book."""
    async with AsyncExitStack() as stack:
        pools = []
        for _ in range(2):
            pools.append(await create_pool(database, size=4))
            stack.push_async_callback(pools[-1].close)
        book = PostgresAgencyBook(database, pools[0])
        stack.push_async_callback(book.close)
        yield PostgresAgencyActs(pools[0]), PostgresAgencyActs(pools[1]), book


Opened = tuple[PostgresAgencyActs, PostgresAgencyActs, PostgresAgencyBook]


@pytest.fixture
def acts(opened: Opened) -> PostgresAgencyActs:
    return opened[0]


@pytest.fixture
def book(opened: Opened) -> PostgresAgencyBook:
    return opened[2]


async def leaves(sql: asyncpg.Connection) -> list[tuple[str, str, Any]]:
    """Kind, subject and body of each, in the order in which they were written."""
    rows = await sql.fetch("SELECT kind, subject, body FROM audit_leaf WHERE kind <> 'application' ORDER BY seq")
    return [(row["kind"], row["subject"], json.loads(row["body"])) for row in rows]


async def acted(sql: asyncpg.Connection) -> list[tuple[str, str]]:
    """What was done by whom."""
    return [(body.get("act", body.get("mode")), body.get("actor", "")) for _, _, body in await leaves(sql)]


async def waiting_for(store: PostgresStore, agency: str, of: Enterprise) -> Application:
    """A pending application whose next attempt is an hour away."""
    request = replace(samples.request(), enterprise=of)
    return await store.record(samples.pending(agency, of=request))


async def woken(sql: asyncpg.Connection) -> set[str]:
    """The ids of the applications that are due at once."""
    return {str(row["id"]) for row in await sql.fetch("SELECT id FROM application WHERE woken")}


def test_the_acts_fit_the_port(acts: PostgresAgencyActs) -> None:
    port: AgencyActs = acts
    assert port is acts


async def test_a_switch_counts_at_once_in_every_process_and_a_later_one_takes_its_place(
    opened: Opened, sql: asyncpg.Connection
) -> None:
    one, other, book = opened
    first = switched()
    assert await one.switch(first) == first
    assert await other.switches(NOW) == [first]
    assert (await book.known(enterprise(), NOW)).switches == (first,)
    second = switched(Degraded.REFUSE, lasting=HOUR)
    await other.switch(second)
    assert await one.switches(NOW) == [second]
    assert await one.switches(second.until) == []
    back = switched(None)
    assert await one.switch(back) == back
    assert await other.switches(NOW) == []
    assert await acted(sql) == [("provisional", ANA), ("refuse", ANA), (None, ANA)]


@pytest.mark.parametrize("mode", [Degraded.PROVISIONAL, Degraded.REUSE, Degraded.PENDING, Degraded.REFUSE, None])
async def test_a_switch_that_may_grant_wakes_who_waits_for_the_agency(
    acts: PostgresAgencyActs, store: PostgresStore, sql: asyncpg.Connection, mode: Degraded | None
) -> None:
    mine = await waiting_for(store, "ccss", enterprise(1))
    await waiting_for(store, "hacienda", enterprise(2))
    await acts.switch(switched(mode))
    assert await woken(sql) == ({mine.id} if mode in (Degraded.PROVISIONAL, Degraded.REUSE) else set())


async def test_a_release_is_proposed_by_one_person_and_carried_out_by_another(
    acts: PostgresAgencyActs, book: PostgresAgencyBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    waits = await waiting_for(store, "hacienda", enterprise())
    held = await book.hold("hacienda", NOW, NOW - HOUR, (100, 40))
    proposed = await acts.release("hacienda", ANA, "they confirmed", NOW + HOUR)
    assert proposed == replace(held, proposed_by=ANA, proposed_at=NOW + HOUR, reason="they confirmed")
    assert await acts.holds() == [proposed]
    assert (await book.known(enterprise(), NOW)).holds == (proposed,)
    again = await acts.release("hacienda", ANA, "in writing", NOW + 2 * HOUR)
    assert again == replace(proposed, reason="in writing"), "the same person renews the reason and nothing else"
    assert await woken(sql) == set()
    released = await acts.release("hacienda", EVA, "seen", NOW + 3 * HOUR)
    assert released == replace(again, released_by=EVA, released_at=NOW + 3 * HOUR)
    assert await acts.holds() == []
    assert (await book.known(enterprise(), NOW)).holds == ()
    assert await woken(sql) == {waits.id}
    assert await acts.release("hacienda", EVA, "again", NOW) is None
    assert await acted(sql) == [("hold", ""), ("propose", ANA), ("propose", ANA), ("release", EVA)]
    assert await sql.fetchval("SELECT release_reason FROM agency_hold") == "seen"


async def test_of_rivals_one_proposes_and_one_other_releases(opened: Opened, sql: asyncpg.Connection) -> None:
    *processes, book = opened
    await book.hold("hacienda", NOW, NOW, (9, 9))
    answers = await asyncio.gather(
        *(processes[n % 2].release("hacienda", (ANA, EVA)[n // 5 % 2], "r", NOW) for n in range(20))
    )
    (row,) = await sql.fetch("SELECT proposed_by, released_by FROM agency_hold")
    assert {row["proposed_by"], row["released_by"]} == {ANA, EVA}
    assert sum(1 for hold in answers if hold is not None and hold.released_at is not None) == 1
    assert (await acted(sql)).count(("release", row["released_by"])) == 1


async def test_a_release_lets_earlier_changes_count_no_more(opened: Opened) -> None:
    acts, _, book = opened
    await book.note(enterprise(), [said(Outcome.CLEAR)], LATE)
    await book.note(enterprise(), [said(Outcome.BARRED_ARREARS, NOW + HOUR)], LATE)
    assert await book.turned("hacienda", NOW) == (1, 1)
    await book.hold("hacienda", NOW + HOUR, NOW, (1, 1))
    for actor in (ANA, EVA):
        await acts.release("hacienda", actor, "r", NOW + 2 * HOUR)
    assert await book.turned("hacienda", NOW) == (1, 0)
    await book.note(enterprise(), [said(Outcome.CLEAR, NOW + 3 * HOUR)], LATE)
    assert await book.turned("hacienda", NOW) == (1, 1)


async def test_a_dispute_counts_from_the_approval_by_another_person(
    acts: PostgresAgencyActs, book: PostgresAgencyBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    mine, other = await waiting_for(store, "ccss", enterprise(1)), await waiting_for(store, "ccss", enterprise(2))
    dispute = disputed(enterprise(1))
    assert await acts.open_dispute(dispute) == dispute
    assert (await book.known(enterprise(1), NOW)).disputes == ()
    with pytest.raises(InvalidRequest, match="another person"):
        await acts.approve_dispute(dispute.id, ANA, NOW)
    assert await woken(sql) == set()
    approved = await acts.approve_dispute(dispute.id, EVA, NOW + HOUR)
    assert approved == replace(dispute, approved_by=EVA, approved_at=NOW + HOUR)
    assert (await book.known(enterprise(1), NOW)).disputes == (approved,)
    assert await woken(sql) == {mine.id} != {other.id}
    assert await acts.approve_dispute(dispute.id, "operator/third", NOW + 2 * HOUR) == approved
    assert await acted(sql) == [("open", ANA), ("approve", EVA)]


async def test_a_closed_dispute_stays_closed_and_who_waited_is_decided(
    acts: PostgresAgencyActs, book: PostgresAgencyBook, store: PostgresStore, sql: asyncpg.Connection
) -> None:
    dispute = await acts.open_dispute(disputed())
    await acts.approve_dispute(dispute.id, EVA, NOW)
    waits = await waiting_for(store, "hacienda", enterprise())
    closed = await acts.close_dispute(dispute.id, ANA, NOW + HOUR)
    assert closed is not None
    assert (closed.closed_by, closed.closed_at) == (ANA, NOW + HOUR)
    assert (await book.known(enterprise(), NOW)).disputes == ()
    assert await woken(sql) == {waits.id}
    assert await acts.close_dispute(dispute.id, EVA, NOW + 2 * HOUR) == closed
    with pytest.raises(InvalidRequest, match="closed"):
        await acts.approve_dispute(dispute.id, "operator/third", NOW)
    assert await acted(sql) == [("open", ANA), ("approve", EVA), ("close", ANA)]


async def test_what_does_not_exist_is_none(acts: PostgresAgencyActs, sql: asyncpg.Connection) -> None:
    assert await acts.approve_dispute(str(uuid4()), ANA, NOW) is None
    assert await acts.close_dispute(str(uuid4()), ANA, NOW) is None
    assert await acts.release("hacienda", ANA, "r", NOW) is None
    assert await leaves(sql) == []


async def test_one_open_dispute_is_returned_for_another_on_the_same_whoever_opens_it(
    opened: Opened, sql: asyncpg.Connection
) -> None:
    one, other, _ = opened
    wanted = [replace(disputed(at=NOW + n * timedelta(minutes=1)), statement=f"claim {n}") for n in range(20)]
    answers = await asyncio.gather(*((one, other)[n % 2].open_dispute(dispute) for n, dispute in enumerate(wanted)))
    assert len(set(answers)) == 1
    assert answers[0] in wanted
    assert await acted(sql) == [("open", ANA)]
    assert await one.open_dispute(disputed(agency="ccss")) not in answers


@pytest.mark.parametrize("approved", [True, False])
async def test_a_dispute_whose_time_is_over_stands_in_nobodys_way(
    opened: Opened, sql: asyncpg.Connection, approved: bool
) -> None:
    acts, other, _ = opened
    old = await acts.open_dispute(disputed(lasting=HOUR))
    if approved:
        await acts.approve_dispute(old.id, EVA, NOW)
    else:
        with pytest.raises(InvalidRequest, match="over"):
            await acts.approve_dispute(old.id, EVA, old.until)
    again = [disputed(at=old.until) for _ in range(10)]
    answers = await asyncio.gather(*((acts, other)[n % 2].open_dispute(d) for n, d in enumerate(again)))
    assert len(set(answers)) == 1
    assert answers[0] in again
    (was,) = [d for d in await acts.disputes(open_at=None, limit=9) if d.id == old.id]
    assert (was.closed_by, was.closed_at) == (SYSTEM, old.until)
    assert (await acted(sql))[-2:] == [("close", SYSTEM), ("open", ANA)]


async def test_disputes_are_listed_newest_first_and_only_open_ones_unless_asked(acts: PostgresAgencyActs) -> None:
    made: list[Dispute] = []
    for n in range(5):
        made.append(await acts.open_dispute(disputed(enterprise(n), at=NOW + n * HOUR, lasting=9 * HOUR)))
    over = await acts.open_dispute(disputed(enterprise(7), at=NOW - HOUR, lasting=HOUR))
    await acts.close_dispute(made[3].id, EVA, NOW)

    async def listed(limit: int = 9, identifier: Identifier | None = None, *, closed: bool = False) -> list[str]:
        found = await acts.disputes(open_at=None if closed else NOW, limit=limit, identifier=identifier)
        return [dispute.id for dispute in found]

    assert await listed() == [made[n].id for n in (4, 2, 1, 0)]
    assert await listed(limit=2) == [made[4].id, made[2].id]
    assert await listed(closed=True) == [*(made[n].id for n in (4, 3, 2, 1, 0)), over.id]
    assert await listed(identifier=enterprise(1).identifier) == [made[1].id]


async def test_leaves_hold_no_personal_data(opened: Opened, sql: asyncpg.Connection) -> None:
    acts, _, book = opened
    dispute = replace(disputed(), statement="Juana Pérez paid")
    await acts.open_dispute(dispute)
    await acts.approve_dispute(dispute.id, EVA, NOW)
    await acts.close_dispute(dispute.id, EVA, NOW)
    await acts.switch(replace(switched(), reason="Juana Pérez called"))
    await book.hold("hacienda", NOW, NOW, (9, 9))
    for actor in (ANA, EVA):
        await acts.release("hacienda", actor, "Juana Pérez wrote", NOW)
    found = await leaves(sql)
    assert [(kind, subject) for kind, subject, _ in found] == [
        *[("dispute", dispute.id)] * 3,
        ("switch", "ccss"),
        *[("hold", "hacienda")] * 3,
    ]
    for _, _, body in found:
        text = json.dumps(body, ensure_ascii=False)
        assert "Juana" not in text
        assert dispute.identifier.value not in text
    claims = {body["claim_digest"] for kind, _, body in found if kind == "dispute"}
    assert len(claims) == 1
    assert len(claims.pop()) == 64


async def test_the_database_itself_wants_two_persons_for_a_dispute_and_keeps_what_was_claimed(
    acts: PostgresAgencyActs, sql: asyncpg.Connection
) -> None:
    dispute = await acts.open_dispute(disputed())
    approve = "UPDATE dispute SET approved_by = $1, approved_at = now()"
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(approve, ANA)
    for change in ("opened_by = 'operator/x'", "statement = 'x'", "until = until + interval '1 day'"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(f"UPDATE dispute SET {change}")
    await sql.execute(approve, EVA)
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(approve, "operator/third")
    await acts.close_dispute(dispute.id, ANA, NOW)
    for change in ("UPDATE dispute SET closed_by = NULL, closed_at = NULL", "DELETE FROM dispute"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(change)
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("DELETE FROM agency_switch")


async def test_it_is_seen_how_many_wait_for_each_agency_and_how_long(
    acts: PostgresAgencyActs, store: PostgresStore
) -> None:
    assert await acts.waiting(NOW) == {}
    for agencies in (("ccss",), ("ccss", "ins")):
        await store.record(samples.pending(*agencies))
    older = replace(samples.pending("ins"), created_at=NOW - HOUR)
    await store.record(older)
    assert await acts.waiting(NOW + HOUR) == {"ccss": (2, 3600.0), "ins": (2, 7200.0)}


async def test_it_is_seen_when_an_agency_last_answered_any_process(opened: Opened) -> None:
    acts, _, book = opened
    for n in range(3):
        await book.note(enterprise(n), [replace(said(at=NOW + n * HOUR), data_as_of=date(2026, 2, 10 - n))], LATE)
    await book.note(enterprise(), [replace(said(agency="ins"), data_as_of=None)], LATE)
    assert await acts.heard(["hacienda", "ins", "never"]) == {
        "hacienda": (NOW + 2 * HOUR, date(2026, 2, 10)),
        "ins": (NOW, None),
    }
