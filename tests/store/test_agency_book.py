"""What agencies last said and what holds it back, on a real PostgreSQL, with two writers where there may be."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product

import asyncpg
import pytest

from certsvc.core.canonical import digest
from certsvc.core.errors import StoreRejected
from certsvc.core.evidence import encode_evidence
from certsvc.core.model import Enterprise, Evidence, Finding, Identifier, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.model import Event
from certsvc.core.rules.scheme import Degraded
from certsvc.service.agency_ports import AgencyBook
from certsvc.service.agency_records import Known, Prior, subject_of
from certsvc.store import agency_book, turn_counts
from certsvc.store.agency_book import PostgresAgencyBook
from certsvc.store.connections import connect, create_pool
from certsvc.store.statements import statement
from tests.store.agencies import HOUR, LATE, NOW, disputed, enterprise, said

CLEAR, BARRED = Outcome.CLEAR, Outcome.BARRED_ARREARS


@pytest.fixture
async def books(database: str) -> AsyncIterator[tuple[PostgresAgencyBook, PostgresAgencyBook]]:
    """Those of two processes."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            pool = await create_pool(database, size=2)
            stack.push_async_callback(pool.close)
            made.append(PostgresAgencyBook(database, pool))
            stack.push_async_callback(made[-1].close)
        yield made[0], made[1]


@pytest.fixture
def book(books: tuple[PostgresAgencyBook, PostgresAgencyBook]) -> PostgresAgencyBook:
    return books[0]


async def the_prior(book: PostgresAgencyBook, of: Enterprise) -> Prior:
    (prior,) = (await book.known(of, LATE)).priors
    return prior


async def event(
    sql: asyncpg.Connection,
    name: str,
    of: Identifier,
    *,
    kind: Event = Event.PAYMENT,
    agency: str = "ccss",
    at: datetime = NOW,
) -> None:
    await sql.execute(
        "INSERT INTO agency_event (agency, event_id, kind, scheme, identifier, occurred_at, received_at)"
        " VALUES ($1, $2, $3, 'social_security', $4, $5, $6)",
        *(agency, name, kind.value, str(of), at, at + timedelta(minutes=1)),
    )


async def switch(sql: asyncpg.Connection, agency: str, mode: str | None, until: datetime, at: datetime = NOW) -> None:
    await sql.execute(
        "INSERT INTO agency_switch (agency, mode, reason, actor, at, until)"
        " VALUES ($1, $2, 'r', 'operator/ana', $3, $4)",
        *(agency, mode, at, until),
    )


async def dispute(sql: asyncpg.Connection, of: Enterprise, *, approved: bool, closed: bool, until: datetime) -> str:
    made = disputed(of)
    await sql.execute(
        "INSERT INTO dispute (id, agency, scheme, identifier, statement, opened_by, opened_at, until, approved_by,"
        " approved_at, closed_by, closed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        *(
            made.id,
            made.agency,
            made.scheme,
            str(made.identifier),
            made.statement,
            made.opened_by,
            made.opened_at,
            until,
        ),
        *(("operator/eva", NOW) if approved else (None, None)),
        *(("operator/ana", NOW) if closed else (None, None)),
    )
    return made.id


def test_the_book_fits_the_port(book: PostgresAgencyBook) -> None:
    port: AgencyBook = book
    assert port is book


async def test_of_an_enterprise_that_nobody_spoke_of_nothing_is_known(book: PostgresAgencyBook) -> None:
    assert await book.known(enterprise(), NOW) == Known()


async def test_what_was_said_reads_back_equal_in_another_process(
    books: tuple[PostgresAgencyBook, PostgresAgencyBook], sql: asyncpg.Connection
) -> None:
    one, other = books
    finding = replace(said(source=Source.FILE), data_as_of=None)
    await one.note(enterprise(), [finding], NOW + HOUR)
    assert (await other.known(enterprise(), NOW + HOUR)).priors == (
        Prior("hacienda", "tax", CLEAR, None, NOW, NOW + HOUR, NOW + HOUR, Source.FILE),
    )
    (row,) = await sql.fetch("SELECT source, digest FROM finding")
    assert tuple(row) == ("file", digest(encode_evidence(Evidence((finding,)))))


async def test_what_is_unknown_is_not_noted(book: PostgresAgencyBook, sql: asyncpg.Connection) -> None:
    unknown = [said(outcome) for outcome in Outcome if outcome.standing is Standing.UNKNOWN]
    await book.note(enterprise(), unknown, LATE)
    assert await sql.fetchval("SELECT count(*) FROM finding") == 0


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_newer_word_stays_and_of_one_time_the_bar(
    book: PostgresAgencyBook, together: bool, order: tuple[int, int]
) -> None:
    for firm, (old, new) in enumerate([(said(BARRED), said(CLEAR, NOW + HOUR)), (said(CLEAR), said(BARRED))]):
        told = [(old, new)[n] for n in order]
        for findings in [told] if together else [[finding] for finding in told]:
            await book.note(enterprise(firm), findings, LATE)
        assert (await the_prior(book, enterprise(firm))).outcome is new.outcome


async def test_since_is_when_the_standing_was_first_heard(book: PostgresAgencyBook) -> None:
    heard = []
    for hours, outcome in enumerate(
        (CLEAR, Outcome.CLEAR_NOT_LIABLE, BARRED, Outcome.BARRED_MISSING_RETURN, BARRED, CLEAR)
    ):
        await book.note(enterprise(), [said(outcome, NOW + hours * HOUR)], LATE)
        heard.append(((await the_prior(book, enterprise())).since - NOW) // HOUR)
    assert heard == [0, 0, 2, 2, 2, 5]


async def test_names_of_other_numbers_are_other_enterprises(book: PostgresAgencyBook) -> None:
    first, second = Identifier("cr.nite", "1"), Identifier("cr.dimex", "2")
    await book.note(Enterprise((first, second)), [said()], LATE)
    assert (await book.known(Enterprise((second, first)), NOW)).priors
    assert not (await book.known(Enterprise((first,)), NOW)).priors


async def test_events_come_newest_first_of_every_number_asked_about(
    book: PostgresAgencyBook, sql: asyncpg.Connection
) -> None:
    first, second, third = (enterprise(n).identifier for n in (1, 2, 3))
    for hours, number in enumerate((first, second, third, first)):
        await event(sql, f"e{hours}", number, at=NOW + hours * HOUR)
    await event(sql, "old", first, at=NOW - agency_book.EVENTS_SINCE)
    known = await book.known(Enterprise((first, second)), NOW)
    assert [e.id for e in known.events] == ["e3", "e1", "e0"]
    newest = known.events[0]
    assert (newest.agency, newest.kind, newest.scheme, newest.identifier) == (
        "ccss",
        Event.PAYMENT,
        "social_security",
        first,
    )
    assert (newest.occurred_at, newest.received_at) == (NOW + 3 * HOUR, NOW + 3 * HOUR + timedelta(minutes=1))


async def test_no_flood_of_payments_hides_a_bar(book: PostgresAgencyBook, sql: asyncpg.Connection) -> None:
    number = enterprise().identifier
    await event(sql, "bar", number, kind=Event.ARREARS)
    for n in range(40):
        await event(sql, f"p{n}", number, at=NOW + n * HOUR)
        await event(sql, f"o{n}", number, agency="other", at=NOW + n * HOUR)
    events = (await book.known(enterprise(), NOW)).events
    assert len(events) == 1 + 2 * agency_book.EVENTS_EACH
    assert {e.id for e in events} >= {"bar", "p39", "p32", "o39", "o32"}


def scans(plan: dict[str, object]) -> list[dict[str, object]]:
    """Every read of events in the plan."""
    below = plan.get("Plans", [])
    assert isinstance(below, list)
    own = [plan] if plan.get("Relation Name") == "agency_event" else []
    return own + [scan for one in below for scan in scans(one)]


async def test_however_many_events_there_are_on_a_number_few_are_read(database: str, sql: asyncpg.Connection) -> None:
    await sql.execute(
        """INSERT INTO agency_event (agency, event_id, kind, scheme, identifier, occurred_at, received_at)
        SELECT agency, kind || n, kind, 'social_security', $1, $2::timestamptz - make_interval(secs => n), $2
        FROM generate_series(1, 2000) n, unnest($3::text[]) agency, unnest($4::text[]) kind""",
        str(enterprise().identifier),
        NOW,
        ["ccss", "other"],
        ["payment", "arrears"],
    )
    known = statement("agencies_known")
    asked = {"identifiers": [str(enterprise().identifier)], "events_each": agency_book.EVENTS_EACH, "now": NOW}
    values = {"subjects": [], "parts": [], "events_since": NOW - agency_book.EVENTS_SINCE, **asked}
    reader = await connect(database, application="test", plan_once=True)
    try:
        told = await reader.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {known.sql}", *[values[name] for name in known.names]
        )
    finally:
        await reader.close()
    read = scans(json.loads(told)[0]["Plan"])
    assert {scan["Index Name"] for scan in read} == {"agency_event_identifier"}
    assert sum(scan["Actual Rows"] * scan["Actual Loops"] for scan in read) <= 4 * (agency_book.EVENTS_EACH + 1)  # type: ignore[operator]


async def test_only_disputes_that_count_at_that_time_are_known(
    book: PostgresAgencyBook, sql: asyncpg.Connection
) -> None:
    made = {
        (approved, closed): await dispute(sql, enterprise(n), approved=approved, closed=closed, until=NOW + HOUR)
        for n, (approved, closed) in enumerate(product((True, False), repeat=2))
    }
    everyone = Enterprise(tuple(enterprise(n).identifier for n in range(4)))
    (counts,) = (await book.known(everyone, NOW)).disputes
    assert counts.id == made[True, False]
    assert (counts.statement, counts.approved_by, counts.until) == ("receipt 12", "operator/eva", NOW + HOUR)
    assert not (await book.known(everyone, NOW + HOUR)).disputes
    assert not (await book.known(enterprise(9), NOW)).disputes


async def test_the_newest_switch_of_an_agency_counts_until_it_ends(
    book: PostgresAgencyBook, sql: asyncpg.Connection
) -> None:
    for agency, mode, until in (
        ("ccss", "refuse", NOW + 9 * HOUR),
        ("ccss", "provisional", NOW + HOUR),
        ("hacienda", "reuse", NOW + HOUR),
        ("hacienda", None, NOW + HOUR),  # by a clock that is ahead of the others
        ("ins", "reuse", NOW + 2 * HOUR),
    ):
        await switch(sql, agency, mode, until)

    async def in_force(at: datetime) -> dict[str, Degraded | None]:
        return {s.agency: s.mode for s in (await book.known(enterprise(), at)).switches}

    assert await in_force(NOW) == {"ccss": Degraded.PROVISIONAL, "ins": Degraded.REUSE}
    assert await in_force(NOW + HOUR) == {"ins": Degraded.REUSE}, "an earlier switch does not come back"
    assert await in_force(NOW + 2 * HOUR) == {}
    early, late = await asyncio.gather(*(book.known(enterprise(), NOW + n * HOUR) for n in (0, 1)))
    assert len(early.switches) == 2
    assert len(late.switches) == 1, "each caller of one round trip has a clock of its own"


async def test_callers_of_one_round_trip_get_each_what_is_theirs(
    book: PostgresAgencyBook, sql: asyncpg.Connection
) -> None:
    for n in range(20):
        await book.note(enterprise(n), [said(BARRED if n % 2 else CLEAR, NOW - n * HOUR)], LATE)
        await event(sql, f"e{n}", enterprise(n).identifier)
    await dispute(sql, enterprise(3), approved=True, closed=False, until=NOW + HOUR)
    firms = [n % 25 for n in range(100)]
    # Every second caller's clock is past the end of the dispute.
    answers = await asyncio.gather(*(book.known(enterprise(n), NOW + i % 2 * HOUR) for i, n in enumerate(firms)))
    for i, (n, known) in enumerate(zip(firms, answers, strict=True)):
        assert [p.checked_at for p in known.priors] == ([NOW - n * HOUR] if n < 20 else [])
        assert [e.id for e in known.events] == ([f"e{n}"] if n < 20 else [])
        assert len(known.disputes) == (1 if n == 3 and not i % 2 else 0)
    assert book._readers.flushes < 20


async def test_a_text_that_no_database_holds_fails_its_own_caller_alone(book: PostgresAgencyBook) -> None:
    bad = Enterprise((Identifier("cr.nite", "3\x00"),))
    answers = await asyncio.gather(
        *(book.known(of, NOW) for of in (enterprise(), bad, enterprise())), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [Known, StoreRejected, Known]
    notes = [book.note(enterprise(n), [said(scheme=name)], LATE) for n, name in enumerate(("a", "\x00", "c"))]
    noted = await asyncio.gather(*notes, return_exceptions=True)
    assert [type(answer) for answer in noted] == [type(None), StoreRejected, type(None)]
    assert [len((await book.known(enterprise(n), NOW)).priors) for n in range(3)] == [1, 0, 1]


async def test_two_processes_that_note_the_same_enterprises_never_lock_each_other_out(
    books: tuple[PostgresAgencyBook, PostgresAgencyBook], sql: asyncpg.Connection
) -> None:
    chance = random.Random(4)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    tasks = []
    for n in range(400):
        firms = chance.sample(range(12), 6)
        outcome = chance.choice([CLEAR, BARRED])
        # Of one firm several agencies, and of one time several firms, in any order.
        findings = [said(outcome, NOW + n * HOUR, agency=f"agency{i}") for i in firms]
        tasks.append(books[n % 2].note(enterprise(chance.choice(firms)), findings, LATE))
    await asyncio.gather(*tasks)
    assert await sql.fetchval(deadlocks) == 0
    assert {row["seen"] for row in await sql.fetch("SELECT since <= checked_at AS seen FROM finding")} == {True}


@dataclass
class Word:
    """A row of the plain model."""

    barred: bool
    at: datetime
    since: datetime
    turned_at: datetime | None = None


class Model:
    """What `note` and `turned` promise, in memory."""

    def __init__(self) -> None:
        self.words: dict[tuple[bytes, str], Word] = {}
        self.released_at = datetime.min.replace(tzinfo=UTC)

    def note(self, of: Enterprise, finding: Finding) -> None:
        key, barred, at = (subject_of(of), finding.scheme), finding.outcome is BARRED, finding.checked_at
        kept = self.words.get(key)
        if kept is None:
            self.words[key] = Word(barred, at, at)
        elif (kept.at, kept.barred) < (at, barred):
            turns = kept.barred is not barred
            self.words[key] = Word(barred, at, at if turns else kept.since, at if turns else kept.turned_at)

    def turned(self, since: datetime) -> tuple[int, int]:
        asked = {subject for (subject, _), word in self.words.items() if word.at >= since}
        turned = {
            subject
            for (subject, _), word in self.words.items()
            if word.turned_at is not None and word.turned_at >= since and word.turned_at > self.released_at
        }
        return len(asked), len(turned)


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_words_leaves_what_the_model_says(
    books: tuple[PostgresAgencyBook, PostgresAgencyBook], sql: asyncpg.Connection, seed: int
) -> None:
    model, chance = Model(), random.Random(seed)
    for _ in range(60):
        of = enterprise(chance.randrange(6))
        findings = [
            said(
                chance.choice([CLEAR, BARRED]), NOW + chance.randrange(30) * HOUR, scheme=chance.choice(["tax", "dues"])
            )
            for _ in range(chance.randrange(1, 4))
        ]
        for finding in sorted(findings, key=lambda f: (f.checked_at, f.outcome is BARRED)):
            model.note(of, finding)
        await books[chance.randrange(2)].note(of, findings, LATE)
        since = NOW + chance.randrange(30) * HOUR
        assert await books[0].turned("hacienda", since) == model.turned(since)
        if chance.random() < 0.1:
            model.released_at = max(model.released_at, NOW + chance.randrange(30) * HOUR)
            hold = await books[0].hold("hacienda", NOW, NOW, (1, 1))
            await sql.execute(
                "UPDATE agency_hold SET proposed_by = 'a', proposed_at = $2, reason = 'r' WHERE id = $1", hold.id, NOW
            )
            await sql.execute(
                "UPDATE agency_hold SET released_by = 'b', released_at = $2, release_reason = 'r' WHERE id = $1",
                *(hold.id, model.released_at),
            )
    for n in range(6):
        found = {p.scheme: p for p in (await books[1].known(enterprise(n), LATE)).priors}
        for scheme in ("tax", "dues"):
            word = model.words.get((subject_of(enterprise(n)), scheme))
            assert (scheme in found) == (word is not None)
            if word is not None:
                prior = found[scheme]
                assert (prior.outcome is BARRED, prior.checked_at, prior.since) == (word.barred, word.at, word.since)


async def test_only_the_agencys_own_enterprises_are_counted_each_once(book: PostgresAgencyBook) -> None:
    for hours, outcome in ((0, CLEAR), (1, BARRED)):
        at = NOW + hours * HOUR
        await book.note(enterprise(1), [said(outcome, at), said(outcome, at, scheme="dues")], LATE)
        await book.note(enterprise(2), [said(CLEAR, at), said(outcome, at, agency="ccss")], LATE)
    assert await book.turned("hacienda", NOW + HOUR) == (2, 1)
    assert await book.turned("hacienda", NOW + HOUR + timedelta(microseconds=1)) == (0, 0)
    assert await book.turned("ccss", NOW) == (1, 1)


async def test_callers_share_a_count_and_each_sees_what_it_noted_before(book: PostgresAgencyBook) -> None:
    async def turns(n: int) -> tuple[int, int]:
        for hours, outcome in ((0, CLEAR), (1, BARRED)):
            await book.note(enterprise(n), [said(outcome, NOW + hours * HOUR)], LATE)
        return await book.turned("hacienda", NOW)

    counts = await asyncio.gather(*(turns(n) for n in range(100)))
    assert max(counts) == (100, 100)
    assert book._turns._batcher.flushes < 50
    # Sorted, the n-th answer counts at least the n enterprises whose callers had theirs by then.
    assert all(turned > n for n, (_, turned) in enumerate(sorted(counts)))


async def test_a_great_number_is_counted_seldom_and_turns_always(
    book: PostgresAgencyBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_counts, "MANY", 4)
    passed = 0.0
    counts = turn_counts.TurnCounts(book._pool, monotonic=lambda: passed)

    async def hear_of(n: int, *outcomes: Outcome) -> tuple[int, int]:
        for hours, outcome in enumerate(outcomes):
            await book.note(enterprise(n), [said(outcome, NOW + hours * HOUR)], LATE)
        return await counts.count("hacienda", NOW)

    assert [await hear_of(n, CLEAR) for n in range(4)] == [(1, 0), (2, 0), (3, 0), (4, 0)]
    passed = turn_counts.KEPT_FOR - 0.1
    assert await hear_of(5, CLEAR, BARRED) == (4, 1)
    assert await counts.count("ccss", NOW) == (0, 0)
    passed = turn_counts.KEPT_FOR
    assert await hear_of(6, CLEAR, BARRED) == (6, 2)
    await counts.close()


async def test_rivals_in_two_processes_open_one_hold_with_one_leaf(
    books: tuple[PostgresAgencyBook, PostgresAgencyBook], sql: asyncpg.Connection
) -> None:
    holds = await asyncio.gather(
        *(books[n % 2].hold("hacienda", NOW + n * HOUR, NOW, (100 + n, 40)) for n in range(20))
    )
    assert len(set(holds)) == 1
    assert (await books[1].known(enterprise(), NOW)).holds == (holds[0],)
    (leaf,) = await sql.fetch("SELECT at, kind, subject, body FROM audit_leaf")
    assert (leaf["kind"], leaf["subject"], leaf["at"]) == ("hold", "hacienda", holds[0].since)
    body = json.loads(leaf["body"])
    assert (body["act"], body["asked"], body["turned"]) == ("hold", holds[0].asked, 40)


async def test_an_agency_is_held_again_after_its_release_and_others_beside_it(
    book: PostgresAgencyBook, sql: asyncpg.Connection
) -> None:
    first = await book.hold("hacienda", NOW, NOW, (9, 9))
    await sql.execute("UPDATE agency_hold SET proposed_by = 'a', proposed_at = $1, reason = 'r'", NOW)
    await sql.execute("UPDATE agency_hold SET released_by = 'b', released_at = $1, release_reason = 'r'", NOW)
    assert not (await book.known(enterprise(), NOW)).holds
    again = await book.hold("hacienda", NOW + HOUR, NOW, (9, 9))
    assert again.id != first.id
    other = await book.hold("ccss", NOW, NOW, (9, 9))
    assert set((await book.known(enterprise(), NOW)).holds) == {again, other}


async def test_the_database_keeps_a_released_hold_and_what_it_was_released_on(
    book: PostgresAgencyBook, sql: asyncpg.Connection
) -> None:
    await book.hold("hacienda", NOW, NOW, (9, 9))
    propose = "UPDATE agency_hold SET proposed_by = $1, proposed_at = now(), reason = 'r'"
    release = "UPDATE agency_hold SET released_by = $1, released_at = now(), release_reason = 'r'"
    both = f"{propose}, released_by = $2, released_at = now(), release_reason = 'r'"
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(release, "ana")  # nobody has proposed it
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(both, "ana", "eva")  # nobody has seen the proposal
    await sql.execute(propose, "ana")
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(release, "ana")
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(propose, "eva")
    await sql.execute(release, "eva")
    for change in (release.replace("$1", "'eve'"), "UPDATE agency_hold SET asked = 1", "DELETE FROM agency_hold"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(change)


async def test_what_every_issue_reads_and_writes_is_found_by_index_however_small_the_tables_were(
    database: str, sql: asyncpg.Connection
) -> None:
    connection = await connect(database, application="test", plan_once=True)
    try:
        known = await _plan(connection, agency_book._KNOWN.sql, [b"x" * 32], [b"y" * 32], ["a:1"], NOW, 8, NOW)
    finally:
        await connection.close()
    assert "Seq Scan" not in known
    for index in (
        "finding_pkey",
        "agency_event_identifier",
        "dispute_identifier",
        "agency_hold_open",
        "agency_switch_until",
    ):
        assert index in known, index


async def _plan(connection: asyncpg.Connection, sql: str, *arguments: object) -> str:
    by_name = dict(
        zip(("subjects", "parts", "identifiers", "events_since", "events_each", "now"), arguments, strict=True)
    )
    values = [by_name[name] for name in agency_book._KNOWN.names]
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values))


async def test_notes_wait_for_no_disk_and_nothing_else_is_so_careless(
    book: PostgresAgencyBook, sql: asyncpg.Connection
) -> None:
    await book.note(enterprise(), [said()], LATE)
    writer = await book._writing.get()
    assert await writer.fetchval("SHOW synchronous_commit") == "off"
    async with book._pool.acquire() as connection:
        assert await connection.fetchval("SHOW synchronous_commit") == "on"


async def test_closing_notes_what_waits(database: str, sql: asyncpg.Connection) -> None:
    pool = await create_pool(database, size=1)
    book = PostgresAgencyBook(database, pool)
    waiting = [asyncio.create_task(book.note(enterprise(n), [said()], LATE)) for n in range(5)]
    await asyncio.sleep(0)
    await book.close()
    await asyncio.gather(*waiting)
    await pool.close()
    assert await sql.fetchval("SELECT count(*) FROM finding") == 5


async def test_a_lost_connection_is_made_again(book: PostgresAgencyBook, sql: asyncpg.Connection) -> None:
    await book.note(enterprise(), [said()], LATE)
    await book.known(enterprise(), NOW)
    ended = await sql.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'certsvc agenc%'"
    )
    assert len(ended) == 2
    for line in (book._reading, book._writing):
        line.drop()  # as the next use finds it
    await book.note(enterprise(), [said(BARRED, NOW + HOUR)], LATE)
    assert (await the_prior(book, enterprise())).outcome is BARRED
