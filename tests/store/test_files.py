"""A file becomes current whole or leaves nothing; two persons release what is held; nobody waits for an import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from certsvc.core.account import Debt
from certsvc.core.errors import ConfigError, StoreUnavailable
from certsvc.core.outcome import Outcome
from certsvc.service.debtor_files import BadFile, DebtorFile, FileFault, FileState, NotHeld, OneAccount, Row
from certsvc.service.import_file import Ending
from certsvc.store.filed import Filed
from certsvc.store.files import FileBook, FileDraft
from tests.debtor_files import ACT, NOW, bring, contents, file_of, firm, firms

OCTOBER = date(2026, 10, 1)
LATER = replace(ACT, at=NOW + timedelta(hours=1))


async def states(dsn: str) -> list[tuple[int, str]]:
    return [(file.extent.firms, file.state.value) for file in await FileBook(dsn).files("fund", limit=99)]


@pytest.fixture
async def filed(database: str) -> AsyncIterator[Filed]:
    made = Filed(database)
    yield made
    await made.close()


async def test_an_imported_file_is_current_with_its_extent_and_its_audit_leaf(
    database: str, sql: asyncpg.Connection
) -> None:
    body = firms(5, barred=2)
    imported = await bring(database, body)
    assert imported.ending is Ending.CURRENT
    (file,) = await FileBook(database).files("fund", limit=9)
    assert file == imported.file
    assert (file.extent.rows, file.extent.firms, file.extent.as_of) == (5, 5, date(2026, 9, 30))
    assert (file.imported_by, file.imported_at, file.state) == ("ana", NOW, FileState.CURRENT)
    (leaf,) = await sql.fetch("SELECT kind, subject, convert_from(body, 'UTF8')::json ->> 'sha256' FROM audit_leaf")
    assert tuple(leaf) == ("debtor_file", "fund", file.sha256.hex())


async def test_the_current_and_the_previous_version_are_kept_and_older_rows_are_gone(
    database: str, sql: asyncpg.Connection
) -> None:
    for count in (10, 11, 12, 13):
        await bring(database, firms(count))
    assert await states(database) == [(13, "CURRENT"), (12, "PREVIOUS"), (11, "DROPPED"), (10, "DROPPED")]
    parts = await sql.fetch("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'debtor_row'::regclass")
    newest = await sql.fetch("SELECT id FROM debtor_file ORDER BY id DESC LIMIT 2")
    assert {record[0] for record in parts} == {f"debtor_row_{record[0]}" for record in newest}
    assert await sql.fetchval("SELECT count(*) FROM pg_class WHERE relname ~ '^debtor_row_[0-9]+$'") == 2


async def test_the_same_bytes_again_are_nothing_to_do(database: str) -> None:
    first = await bring(database, firms(5))
    before = await contents(database)
    again = await bring(database, firms(5), act=LATER)
    assert (again.ending, again.file) == (Ending.SAME, first.file)
    assert await contents(database) == before


REFUSED: list[tuple[bytes, dict[str, Any], FileFault, int | None]] = [
    (file_of(firm(1), firm(2, owed="x")), {}, FileFault.AMOUNT, 3),
    (firms(3)[:-1], {}, FileFault.CUT_OFF, 4),
    (firms(3, day=date(2026, 8, 31)), {}, FileFault.OLDER, None),
    (firms(3), {"least_firms": 4}, FileFault.TOO_FEW_FIRMS, None),
    (firms(3), {"least_firms": 1, "absent": Outcome.CLEAR}, FileFault.SHRUNK, None),
    (firms(3, day=date(2026, 10, 7)), {}, FileFault.DAY_RANGE, 2),
    (file_of(), {}, FileFault.NO_DATE, None),
]


@pytest.mark.parametrize(("body", "terms", "fault", "row"), REFUSED, ids=[case[2].name for case in REFUSED])
async def test_a_refused_file_changes_nothing(
    database: str, body: bytes, terms: dict[str, Any], fault: FileFault, row: int | None
) -> None:
    await bring(database, firms(9))
    before = await contents(database)
    with pytest.raises(BadFile) as caught:
        await bring(database, body, **terms)
    assert (caught.value.fault, caught.value.row) == (fault, row)
    assert await contents(database) == before


async def test_a_dry_run_makes_all_checks_and_keeps_nothing(database: str) -> None:
    await bring(database, firms(9))
    before = await contents(database)
    assert (await bring(database, firms(10), dry_run=True)).ending is Ending.CURRENT
    assert (await bring(database, firms(10, barred=10), dry_run=True)).ending is Ending.HELD
    with pytest.raises(BadFile):
        await bring(database, firms(3), dry_run=True, least_firms=4)
    assert await contents(database) == before


async def test_a_file_that_lost_most_debtors_is_taken_on_the_word_of_the_operator(database: str) -> None:
    await bring(database, firms(9))
    terms: dict[str, Any] = {"absent": Outcome.CLEAR, "least_firms": 1}
    imported = await bring(database, firms(3), act=replace(ACT, accept_shrink=True), **terms)
    assert imported.ending is Ending.CURRENT
    assert imported.file.shrink_accepted


@pytest.mark.parametrize(
    ("body", "absent", "turned"),
    [
        (firms(10, barred=2), Outcome.NO_INFORMATION, 2),
        (firms(10, barred=3), Outcome.NO_INFORMATION, 3),
        (firms(6), Outcome.NO_INFORMATION, 0),
        (file_of(*(firm(n, "SIN INFORMACION") for n in range(10))), Outcome.NO_INFORMATION, 0),
        (file_of(*(firm(n, "SIN INFORMACION") for n in range(10))), Outcome.CLEAR, 0),
        # A debtor who was not in the file before was clear by his absence from it.
        (firms(10) + "".join(firm(n) + "\n" for n in range(10, 13)).encode(), Outcome.CLEAR, 3),
        (firms(10) + "".join(firm(n) + "\n" for n in range(10, 13)).encode(), Outcome.NO_INFORMATION, 0),
    ],
)
async def test_more_turns_than_the_share_are_held_and_fewer_are_not(
    database: str, body: bytes, absent: Outcome, turned: int
) -> None:
    terms: dict[str, Any] = {"absent": absent, "least_firms": 1, "turn_share": Decimal("0.2")}
    await bring(database, firms(10), **terms)
    imported = await bring(database, body, **terms)
    assert (imported.file.known, imported.file.turned) == (10, turned)
    assert imported.ending is (Ending.HELD if turned > 2 else Ending.CURRENT)


NO_LONGER_BARRED = {
    "unknown": file_of(*(firm(n, "SIN INFORMACION") for n in range(20))),
    "a word that nobody knows": file_of(*(firm(n, "??") for n in range(20))),
    "absent": file_of(firm(999, "AL DIA")),
    "clear": firms(20),
}


@pytest.mark.parametrize("body", NO_LONGER_BARRED.values(), ids=NO_LONGER_BARRED)
async def test_a_file_that_bars_too_few_of_those_barred_before_is_held_whatever_it_says_instead(
    database: str, body: bytes
) -> None:
    await bring(database, firms(20, barred=20))
    imported = await bring(database, body, act=LATER)
    assert (imported.ending, imported.file.turned) == (Ending.HELD, 20)


def after(**passed: float) -> dict[str, Any]:
    """An act so much later than the first one."""
    return {"act": replace(ACT, at=NOW + timedelta(**passed))}


async def test_files_just_under_the_share_add_up_within_the_window(database: str) -> None:
    await bring(database, firms(20, barred=20))
    endings = [(await bring(database, firms(20, barred=20 - 4 * n), **after(minutes=n))).ending for n in range(1, 4)]
    assert endings == [Ending.CURRENT, Ending.HELD, Ending.HELD]
    (held, *_) = await FileBook(database).files("fund", limit=1)
    assert (held.known, held.turned, held.window_known, held.window_turned) == (20, 8, 20, 12)


async def test_files_further_apart_than_the_window_do_not_add_up(database: str) -> None:
    await bring(database, firms(20, barred=20))
    for n in range(1, 6):
        imported = await bring(database, firms(20, barred=20 - 4 * n), **after(hours=24 * n))
        assert (imported.ending, imported.file.window_turned) == (Ending.CURRENT, 4)


async def test_while_the_first_rows_are_kept_who_turned_and_turned_back_has_not_turned(database: str) -> None:
    await bring(database, firms(20, barred=4))
    await bring(database, firms(20), **after(hours=1))
    imported = await bring(database, firms(20, barred=4), **after(hours=2))
    assert (imported.ending, imported.file.turned, imported.file.window_turned) == (Ending.CURRENT, 4, 0)


async def test_once_the_first_rows_are_gone_what_each_file_turned_is_added_up(database: str) -> None:
    await bring(database, firms(20, barred=20))
    for n, barred in enumerate((18, 17), 1):
        assert (await bring(database, firms(20, barred=barred), **after(hours=n))).ending is Ending.CURRENT
    # The rows of the first one are gone by now.
    assert [state for _, state in await states(database)] == ["CURRENT", "PREVIOUS", "DROPPED"]
    assert (await bring(database, firms(20, barred=15), dry_run=True, **after(hours=3))).ending is Ending.HELD
    fourth = await bring(database, firms(20, barred=16), **after(hours=3))
    assert (fourth.ending, fourth.file.window_turned) == (Ending.CURRENT, 4)


async def test_two_versions_that_turn_over_unknown_are_seen_through(database: str) -> None:
    await bring(database, firms(20))
    unknown = file_of(*(firm(n, "SIN INFORMACION") for n in range(20)))
    assert (await bring(database, unknown, **after(hours=1))).ending is Ending.CURRENT
    barred = await bring(database, firms(20, barred=20), **after(hours=2))
    assert (barred.ending, barred.file.turned, barred.file.window_turned) == (Ending.HELD, 0, 20)


async def test_a_released_version_starts_the_count_anew(database: str) -> None:
    await bring(database, firms(20, barred=20))
    await bring(database, firms(20, barred=17), **after(hours=1))
    held = (await bring(database, firms(20, barred=14), **after(hours=2))).file
    assert held.state is FileState.HELD
    for person in ("ana", "luis"):
        await FileBook(database).release(held.id, person, person, NOW + timedelta(hours=3))
    imported = await bring(database, firms(20, barred=11), **after(hours=4))
    assert (imported.ending, imported.file.window_turned) == (Ending.CURRENT, 3)


async def test_a_file_that_was_held_and_never_released_counts_for_nothing(database: str) -> None:
    await bring(database, firms(20, barred=20))
    assert (await bring(database, firms(20), **after(hours=1))).ending is Ending.HELD
    imported = await bring(database, firms(20, barred=17), **after(hours=2))
    assert (imported.ending, imported.file.window_turned) == (Ending.CURRENT, 3)


async def test_debtors_who_vanish_turn_clear_where_absence_is_clear(database: str) -> None:
    terms: dict[str, Any] = {"absent": Outcome.CLEAR, "least_firms": 1}
    await bring(database, firms(10, barred=10), **terms)
    assert (await bring(database, firms(6, barred=6), **terms)).ending is Ending.HELD


async def test_fewer_turns_than_the_least_number_hold_nothing(database: str) -> None:
    await bring(database, firms(10))
    assert (await bring(database, firms(10, barred=9), turn_least=10)).ending is Ending.CURRENT


async def test_arrears_that_fall_below_the_threshold_turn_a_firm_clear(database: str) -> None:
    await bring(database, file_of(*(firm(n, owed="100.00") for n in range(5))), threshold=Decimal(50))
    small = file_of(*(firm(n, owed="10.00") for n in range(5)))
    assert (await bring(database, small, threshold=Decimal(10), dry_run=True)).file.turned == 0
    assert (await bring(database, small, threshold=Decimal(50), dry_run=True)).file.turned == 5


async def test_arrears_without_an_amount_are_never_small(database: str) -> None:
    unstated = file_of(*(firm(n, owed="") for n in range(5)))
    await bring(database, firms(5))
    assert (await bring(database, unstated, threshold=Decimal(50), dry_run=True)).file.turned == 5
    await bring(database, unstated, turn_least=99)
    assert (await bring(database, firms(5), threshold=Decimal(50), dry_run=True)).file.turned == 5


async def test_a_held_file_answers_nobody_until_two_persons_have_released_it(database: str, filed: Filed) -> None:
    book = FileBook(database)
    await bring(database, firms(10))
    held = (await bring(database, firms(10, barred=10))).file
    assert held.state is FileState.HELD
    assert await outcome_of(filed, 1) == (Outcome.CLEAR,)
    proposed = await book.release(held.id, "ana", "ana", NOW)
    again = await book.release(held.id, "ana", "root", NOW)
    assert proposed == again
    assert proposed is not None
    assert (proposed.state, proposed.proposed_by, proposed.proposed_account) == (FileState.HELD, "ana", "ana")
    assert await outcome_of(filed, 1) == (Outcome.CLEAR,)
    with pytest.raises(OneAccount):
        await book.release(held.id, "luis", "ana", NOW)
    assert await outcome_of(filed, 1) == (Outcome.CLEAR,)
    released = await book.release(held.id, "luis", "luis", NOW)
    assert released is not None
    assert (released.state, released.released_by, released.released_account) == (FileState.CURRENT, "luis", "luis")
    assert await outcome_of(filed, 1) == (Outcome.BARRED_ARREARS,)
    assert await states(database) == [(10, "CURRENT"), (10, "PREVIOUS")]


async def test_every_act_on_a_file_leaves_its_audit_leaf(database: str, sql: asyncpg.Connection) -> None:
    await bring(database, firms(10))
    held = (await bring(database, firms(10, barred=10))).file
    for actor in ("ana", "luis"):
        await FileBook(database).release(held.id, actor, actor, NOW)
    leaves = await sql.fetch("SELECT convert_from(body, 'UTF8')::json AS leaf FROM audit_leaf ORDER BY seq")
    assert [leaf[0].count('"act":') for leaf in leaves] == [1, 1, 1, 1]
    acts = await sql.fetch(
        "SELECT convert_from(body, 'UTF8')::json ->> 'act', convert_from(body, 'UTF8')::json ->> 'actor' "
        "FROM audit_leaf ORDER BY seq"
    )
    assert [tuple(act) for act in acts] == [
        ("imported", "ana"),
        ("imported", "ana"),
        ("proposed", "ana"),
        ("released", "luis"),
    ]


async def test_only_what_is_held_can_be_released(database: str) -> None:
    current = (await bring(database, firms(5))).file
    with pytest.raises(NotHeld, match="CURRENT"):
        await FileBook(database).release(current.id, "ana", "root", NOW)
    assert await FileBook(database).release(999_999, "ana", "root", NOW) is None


def released(first: str | None, its_account: str | None, second: str | None, account: str | None) -> str:
    """The release of a held version by these two under these accounts, with nobody in between."""
    one, its, two, other = ("NULL" if text is None else f"'{text}'" for text in (first, its_account, second, account))
    return (
        f"UPDATE debtor_file SET proposed_by = {one}, proposed_account = {its}, released_by = {two}, "
        f"released_account = {other}, proposed_at = CASE WHEN {one} IS NOT NULL THEN now() END, released_at = now(), "
        "state = 'CURRENT' WHERE state = 'HELD'"
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE debtor_file SET state = 'CURRENT' WHERE state = 'HELD'", "debtor_file_released"),
        (released("x", "1", "x", "2"), "debtor_file_two_persons"),
        (released("x", "1", "y", "1"), "debtor_file_two_persons"),
        (released("x", "1", "y", None), "debtor_file_check"),
        (released("x", None, "y", "1"), "debtor_file_check"),
        (released(None, None, "y", "1"), "debtor_file_two_persons"),
        ("UPDATE debtor_file SET state = 'CURRENT' WHERE state = 'PREVIOUS'", "would go back"),
        ("UPDATE debtor_file SET firms = 1 WHERE state = 'PREVIOUS'", "would go back or become another"),
        ("DELETE FROM debtor_file", "append-only"),
    ],
)
async def test_the_database_itself_refuses_what_two_persons_have_not_released(
    database: str, sql: asyncpg.Connection, change: str, why: str
) -> None:
    await bring(database, firms(10))
    await bring(database, firms(10, barred=10))
    before = await contents(database)
    # The current version first: otherwise a second one would be refused for that alone.
    retire = "UPDATE debtor_file SET state = 'PREVIOUS' WHERE state = 'CURRENT'"
    with pytest.raises(asyncpg.PostgresError, match=why):
        await sql.execute(f"{retire}; {change}")
    assert await contents(database) == before


async def test_an_agency_has_no_two_current_versions(database: str, sql: asyncpg.Connection) -> None:
    await bring(database, firms(5))
    with pytest.raises(asyncpg.UniqueViolationError):
        await sql.execute(
            "INSERT INTO debtor_file SELECT (json_populate_record(f, json_build_object('id', f.id + 1))).* "
            "FROM debtor_file f"
        )


async def test_a_newer_file_takes_the_place_of_one_that_is_held(database: str) -> None:
    await bring(database, firms(10))
    await bring(database, firms(10, barred=10))
    await bring(database, firms(11, barred=11))
    assert await states(database) == [(11, "HELD"), (10, "DROPPED"), (10, "CURRENT")]
    await bring(database, firms(12))
    assert await states(database) == [(12, "CURRENT"), (11, "DROPPED"), (10, "DROPPED"), (10, "PREVIOUS")]


async def outcome_of(filed: Filed, number: int) -> tuple[Outcome, ...]:
    key = str(3101000000 + number)
    found = await filed.rows_of("fund", [key])
    assert found is not None
    return found.rows[key][0].outcomes


async def test_rows_come_back_as_they_went_in_and_in_their_order(database: str, filed: Filed) -> None:
    day = date(2026, 9, 30)
    debt = Debt(date(2014, 11, 30), Decimal("80000.00"), penalty=Decimal("24320.10"))
    rows = [
        Row("3101000001", "UNO Ñ \\N", (Outcome.BARRED_ARREARS, Outcome.MALFORMED), Decimal("104320.10"), day, debt),
        Row("3101000002", "", (Outcome.CLEAR,), Decimal(0), day),
        Row("3101000001", "OTRO", (Outcome.CLEAR,), Decimal("0.00"), OCTOBER),
    ]

    async def batches() -> AsyncIterator[Sequence[Row]]:
        yield rows[:1]
        yield rows[1:]

    template = (await bring(database, firms(3), dry_run=True)).file
    async with FileBook(database).importing("fund", lambda: None) as draft:
        filled = await draft.fill(batches())
        await draft.keep(template, "root")
    assert filled == (2, day, day)
    found = await filed.rows_of("fund", ["3101000001", "3101000002", "3101000003", "3101000001"])
    assert found is not None
    assert found.rows == {"3101000001": [rows[0], rows[2]], "3101000002": [rows[1]]}


async def test_an_agency_without_a_file_has_none_and_each_has_its_own(database: str, filed: Filed) -> None:
    assert await filed.rows_of("fund", ["3101000001"]) is None
    await bring(database, firms(3))
    await bring(database, firms(4, barred=4), agency="other")
    fund, other, none = await asyncio.gather(
        filed.rows_of("fund", ["3101000001"]),
        filed.rows_of("other", ["3101000001"]),
        filed.rows_of("third", ["3101000001"]),
    )
    assert fund is not None
    assert other is not None
    assert (fund.extent.firms, other.extent.firms, none) == (3, 4, None)
    assert other.rows["3101000001"][0].outcomes == (Outcome.BARRED_ARREARS,)


async def test_lookups_that_come_together_share_a_round_trip(database: str, filed: Filed) -> None:
    await bring(database, firms(50, barred=25))
    await outcome_of(filed, 0)
    before = filed._batcher.flushes
    found = await asyncio.gather(*(outcome_of(filed, n) for n in range(50)))
    assert found == [(Outcome.BARRED_ARREARS,)] * 25 + [(Outcome.CLEAR,)] * 25
    assert filed._batcher.flushes - before <= 2


class Stopped(Exception):
    """The test has seen enough."""


class Gate:
    """Lets an import go on when told, and tells when it is there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        whole = FileDraft.keep

        async def gated(draft: FileDraft, file: DebtorFile, account: str) -> DebtorFile:
            kept = await whole(draft, file, account)
            self.reached.set()
            await self.go_on.wait()
            return kept

        monkeypatch.setattr(FileDraft, "keep", gated)


async def test_a_reader_sees_the_old_version_whole_and_then_the_new_one(
    database: str, filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [str(3101000000 + n) for n in range(20)]
    await bring(database, firms(20))

    async def seen() -> set[tuple[Outcome, ...]]:
        found = await filed.rows_of("fund", keys)
        assert found is not None
        assert len(found.rows) == 20
        return {rows[0].outcomes for rows in found.rows.values()}

    gate = Gate(monkeypatch)
    importing = asyncio.create_task(bring(database, firms(20, barred=20), turn_least=99))
    await gate.reached.wait()
    assert await seen() == {(Outcome.CLEAR,)}
    gate.go_on.set()
    await importing
    assert await seen() == {(Outcome.BARRED_ARREARS,)}


async def test_two_imports_of_one_agency_take_turns_and_those_of_two_do_not(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    first = asyncio.create_task(bring(database, firms(5)))
    await gate.reached.wait()
    waits = asyncio.Event()
    book = FileBook(database)

    async def second() -> None:
        async with book.importing("fund", waits.set) as draft:
            assert [file.extent.firms for file in await draft.kept()] == [5]

    waiting = asyncio.create_task(second())
    await waits.wait()
    async with book.importing("other", lambda: pytest.fail("waits for another agency's import")):
        pass
    assert not waiting.done()
    gate.go_on.set()
    await asyncio.gather(first, waiting)


async def test_an_import_whose_connection_is_lost_leaves_nothing(
    database: str, sql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring(database, firms(5))
    before = await contents(database)
    gate = Gate(monkeypatch)
    importing = asyncio.create_task(bring(database, firms(6)))
    await gate.reached.wait()
    await sql.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'certsvc files'")
    gate.go_on.set()
    with pytest.raises(StoreUnavailable):
        await importing
    assert await contents(database) == before
    monkeypatch.undo()
    assert (await bring(database, firms(6))).ending is Ending.CURRENT


async def test_a_long_reader_delays_no_lookup_and_the_next_import_drops_what_was_left(
    database: str, filed: Filed, sql: asyncpg.Connection
) -> None:
    for count in (5, 6):
        await bring(database, firms(count))
    async with sql.transaction():
        await sql.fetch("SELECT * FROM debtor_row")  # a backup holds all of it like this, for as long as it takes
        await bring(database, firms(7))
        assert await outcome_of(filed, 0) == (Outcome.CLEAR,)
        assert await sql.fetchval("SELECT count(*) FROM pg_inherits WHERE inhparent = 'debtor_row'::regclass") == 3
    await bring(database, firms(8))
    assert await sql.fetchval("SELECT count(*) FROM pg_inherits WHERE inhparent = 'debtor_row'::regclass") == 2


async def test_a_lookup_uses_the_index_of_one_partition_alone(database: str, sql: asyncpg.Connection) -> None:
    for count in (300, 301):
        await bring(database, firms(count))
    await sql.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    from certsvc.store.filed import _ROWS

    await sql.execute(f"PREPARE ask AS {_ROWS.sql}")
    plan = await sql.fetch("EXPLAIN (ANALYZE, COSTS OFF) EXECUTE ask(ARRAY['fund'], ARRAY['3101000001'])")
    text = "\n".join(record[0] for record in plan)
    assert "Seq Scan on debtor_row" not in text
    assert text.count("never executed") == 1, text


async def test_the_database_is_left_as_it_is_if_the_caller_gives_up(database: str) -> None:
    before = await contents(database)
    with suppress(Stopped):
        async with FileBook(database).importing("fund", lambda: None):
            raise Stopped
    assert await contents(database) == before


async def test_a_database_that_no_service_has_used_is_refused_with_what_to_do(empty_database: str) -> None:
    with pytest.raises(ConfigError, match="certsvc serve"):
        await FileBook(empty_database).files("fund", limit=1)
    with pytest.raises(StoreUnavailable):
        await FileBook("postgresql://certsvc@127.0.0.1:1/x").files("fund", limit=1)
