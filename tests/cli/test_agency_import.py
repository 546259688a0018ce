"""Rules: a refused file changes nothing and says what to do; a killed import leaves nothing; two persons release."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from certsvc.cli.agency.file_texts import REMEDIES, TEXTS
from certsvc.cli.main import run
from certsvc.service.debtor_files import FileFault
from tests.cli.conftest import Ran
from tests.cli.test_main import HEAVY, loaded_after
from tests.debtor_files import contents_now, file_of, firm, firms

ENTRIES = """
[[agencies]]
name = "fund"
kind = "imported"
schemes = ["social_security"]
layout = "ccss"
absent = "clear"
least_firms = 2
turn_least = 4

[[agencies]]
name = "sites"
kind = "imported"
schemes = ["family_allowances"]
layout = "fodesaf"
"""
SITES = Path(__file__).parents[1] / "agencies" / "data" / "fodesaf" / "patronos-2026-09-30.csv"

Agency = Callable[..., Ran]


@pytest.fixture(scope="module")
def with_imports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two agencies whose files are imported."""
    made = tmp_path_factory.mktemp("import") / "service"
    assert run(["init", str(made), "--json"]) == 0
    config = made / "certsvc.toml"
    text = config.read_text("utf-8")
    kept = text[: text.index("[[agencies]]")]
    rest = re.sub(r'(?s)\[\[agencies\]\]\nname = "(ccss|fodesaf)".*?(?=\[\[agencies\]\]|\Z)', "", text[len(kept) :])
    config.write_text(kept + rest + ENTRIES, "utf-8")
    return made


@pytest.fixture
def agency(
    with_imports: Path, database: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Agency:
    """Runs `certsvc agency` in English on the test's database."""
    monkeypatch.setenv("CERTSVC__DATABASE__DSN", database)

    def call(*arguments: str) -> Ran:
        status = run(["--lang", "en", "agency", *arguments, "--config", str(with_imports)])
        out, err = capfd.readouterr()
        return Ran(status, out, err)

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "morosidad.csv"
    path.write_bytes(firms(20, barred=5))
    return path


def test_an_imported_file_is_listed_as_current(agency: Agency, file: Path) -> None:
    ran = agency("import", "fund", str(file), "--actor", "ana", "--note", "by courier")
    assert (ran.status, ran.err) == (0, "")
    assert "is current: 20 firms in 20 rows, data of 2026-09-30 to 2026-09-30." in ran.out
    (listed,) = agency("files", "fund", "--json").data["files"]
    assert (listed["state"], listed["firms"], listed["imported_by"]) == ("CURRENT", 20, "ana")
    assert listed["note"] == "by courier"
    shown = agency("files", "fund")
    assert "CURRENT" in shown.out
    assert agency("files", "list", "fund").out == shown.out
    assert agency("files", "nobody").out == "None.\n"


def test_the_result_is_there_for_programs(agency: Agency, file: Path) -> None:
    ran = agency("import", "fund", str(file), "--json")
    assert ran.data["ending"] == "CURRENT"
    assert ran.data["file"]["rows"] == 20
    again = agency("import", "fund", str(file), "--json")
    assert (again.status, again.data["ending"]) == (0, "SAME")
    assert again.data["file"] == ran.data["file"]


def test_a_refused_file_changes_nothing_and_says_the_row_and_what_to_do(
    agency: Agency, file: Path, database: str
) -> None:
    agency("import", "fund", str(file))
    before = contents_now(database)
    file.write_bytes(file_of(firm(1), firm(2, owed="1.000.00")))
    ran = agency("import", "fund", str(file))
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        "REFUSED, nothing was changed: row 3: an amount is not a plain number\n"
        "  What to do: ask the agency to correct the row; do not correct it yourself.\n"
    )
    data = agency("import", "fund", str(file), "--json").data
    assert (data["ending"], data["fault"]["code"], data["fault"]["row"]) == ("REFUSED", "AMOUNT", 3)
    assert "fila 3: un monto" in agency("import", "fund", str(file), "--lang", "es").err
    assert contents_now(database) == before


def test_every_fault_has_its_text_and_its_remedy_in_both_languages() -> None:
    for fault in FileFault:
        for key in (fault.name, REMEDIES[fault]):
            assert all(TEXTS[key])
        places = set(re.findall(r"{(\w+)}", fault.value))
        for text in TEXTS[fault.name]:
            assert set(re.findall(r"{(\w+)}", text)) == places


def test_a_dry_run_keeps_nothing_and_says_what_would_become_of_the_file(
    agency: Agency, file: Path, database: str
) -> None:
    before = contents_now(database)
    ran = agency("import", "fund", str(file), "--dry-run")
    assert ran.status == 0
    assert "would become current" in ran.out
    data = agency("import", "fund", str(file), "--dry-run", "--json").data
    assert (data["dry_run"], data["file"]["id"]) == (True, None)
    file.write_bytes(firms(1))
    assert agency("import", "fund", str(file), "--dry-run").status == 1
    assert contents_now(database) == before


def test_a_shrunken_file_needs_the_word_of_the_operator(agency: Agency, file: Path) -> None:
    agency("import", "fund", str(file))
    file.write_bytes(firms(9, barred=3))
    ran = agency("import", "fund", str(file))
    assert (ran.status, "--accept-shrink" in ran.err) == (1, True)
    accepted = agency("import", "fund", str(file), "--accept-shrink", "--json")
    assert (accepted.status, accepted.data["file"]["shrink_accepted"]) == (0, True)


def test_a_file_that_turns_too_many_is_held_until_two_persons_release_it(
    agency: Agency, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency("import", "fund", str(file))
    file.write_bytes(firms(20, barred=10))
    ran = agency("import", "fund", str(file), "--actor", "ana")
    assert ran.status == 1
    assert "5 firms turn: no longer barred, or barred instead of clear; the file before held 20." in ran.out
    found = re.search(r"certsvc agency files release (\d+)", ran.out)
    assert found is not None
    again = agency("import", "fund", str(file), "--json")
    assert (again.status, again.data["ending"]) == (1, "SAME")
    release = ("files", "release", found[1], "--actor")
    assert "Another person must do so as well." in agency(*release, "ana").out
    assert "Another person" in agency(*release, "ana").out
    alone = agency(*release, "luis")
    assert (alone.status, alone.out) == (1, "")
    assert "from a personal account" in alone.err
    assert "cuenta personal" in agency(*release, "luis", "--lang", "es").err
    monkeypatch.setattr("certsvc.cli.agency.file_release.account", lambda: "another")
    assert f"Released by ana and luis: file {found[1]} of fund is current." in agency(*release, "luis").out
    late = agency(*release, "luis")
    assert (late.status, late.err) == (1, f"certsvc: File {found[1]} is not held (CURRENT).\n")
    assert agency("files", "release", "999").status == 1


def test_what_turned_with_the_files_before_it_is_told_where_it_differs(agency: Agency, file: Path) -> None:
    agency("import", "fund", str(file))
    for barred in (8, 10):
        file.write_bytes(firms(20, barred=barred))
        ran = agency("import", "fund", str(file))
    assert "2 firms turn" in ran.out
    assert (
        "With the files before it in the same window (turn_window_hours) 5 turn; at its begin there were 20" in ran.out
    )
    assert (ran.status, "is HELD" in ran.out) == (1, True)


def test_the_day_of_a_file_comes_from_its_name_or_from_the_operator(agency: Agency, tmp_path: Path) -> None:
    unnamed = tmp_path / "patronos.csv"
    unnamed.write_bytes(SITES.read_bytes())
    ran = agency("import", "sites", str(unnamed))
    assert (ran.status, "--as-of 2026-09-30" in ran.err) == (1, True)
    ran = agency("import", "sites", str(unnamed), "--as-of", "2026-09-29", "--json")
    assert (ran.status, ran.data["file"]["file_day"]) == (0, "2026-09-29")
    # The same bytes of a later day are news.
    ran = agency("import", "sites", str(SITES), "--json")
    assert (ran.data["ending"], ran.data["file"]["as_of"]) == ("CURRENT", "2026-09-30")
    assert agency("import", "fund", str(unnamed), "--as-of", "2026-09-30").status == 2


@pytest.mark.parametrize("name", ["nobody", "hacienda"])
def test_only_a_configured_agency_of_this_kind_has_files(agency: Agency, file: Path, name: str) -> None:
    ran = agency("import", name, str(file))
    assert ran.status == 2
    assert "name one of: fund, sites" in ran.err


@pytest.mark.parametrize(
    "wrong", [("--as-of", "30/09/2026"), ("--actor", " "), ("--note", "x" * 201), ("--actor", "a\nb")]
)
def test_wrong_usage_ends_in_2(agency: Agency, file: Path, wrong: tuple[str, str]) -> None:
    assert agency("import", "fund", str(file), *wrong).status == 2


def test_a_missing_file_is_wrong_usage_and_a_database_that_is_away_is_try_again(agency: Agency, file: Path) -> None:
    assert agency("import", "fund", "no-such.csv").status == 2
    away = agency("import", "fund", str(file), "--dsn", "postgresql://certsvc@127.0.0.1:1/x")
    assert (away.status, "cannot connect" in away.err) == (3, True)


def test_help_imports_no_library_of_the_service() -> None:
    for arguments in (["import", "--help"], ["files", "--help"], ["files", "release", "--help"]):
        assert not loaded_after("agency", *arguments) & set(HEAVY)


def _process(with_imports: Path, *arguments: str, **streams: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "certsvc.cli", "--lang", "en", "agency", "import", "fund", *arguments]
    return subprocess.Popen([*command, "--config", str(with_imports), "--json"], **streams)  # type: ignore[call-overload,no-any-return]  # as streams allow


def test_a_file_comes_from_standard_input_as_well(agency: Agency, with_imports: Path) -> None:
    process = _process(with_imports, "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = process.communicate(firms(30), timeout=60)
    assert (process.returncode, json.loads(out)["file"]["firms"]) == (0, 30)


def test_an_import_that_is_killed_in_the_middle_leaves_nothing_and_the_next_one_works(
    agency: Agency, with_imports: Path, file: Path, database: str
) -> None:
    agency("import", "fund", str(file))
    before = contents_now(database)
    body = firms(60_000, barred=5)
    process = _process(with_imports, "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    # The pipe and the reader hold less than this: once it is written, rows are on their way into the database.
    process.stdin.write(body[:4_000_000])
    process.stdin.flush()
    asyncio.run(_importing(database))
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    assert process.stdin is not None
    process.stdin.close()
    assert contents_now(database) == before
    file.write_bytes(body)
    assert agency("import", "fund", str(file), "--json").data["file"]["firms"] == 60_000


async def _importing(dsn: str) -> None:
    """Returns once the database has taken rows of an import that goes on."""
    connection = await asyncpg.connect(dsn)
    taken = "SELECT count(*) FROM pg_stat_progress_copy WHERE datname = current_database() AND tuples_processed > 0"
    try:
        async with asyncio.timeout(60):
            while not await connection.fetchval(taken):
                pass
    finally:
        await connection.close()


def test_on_a_terminal_a_bar_is_drawn_beside_the_answer(agency: Agency, with_imports: Path, file: Path) -> None:
    ours, theirs = pty.openpty()
    process = _process(with_imports, str(file), stdout=subprocess.PIPE, stderr=theirs)
    out, _ = process.communicate(timeout=60)
    os.close(theirs)
    drawn = b""
    while chunk := _read(ours):
        drawn += chunk
    os.close(ours)
    assert json.loads(out)["ending"] == "CURRENT"
    assert b"Checking" in drawn
    assert b"20 rows" in drawn


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so at the end
        return b""
