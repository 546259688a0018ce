"""Rules: `certsvc rules` finds every fault with its line, runs cases, says what changes, and shows what ships."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from certsvc.cli.main import cli, run
from certsvc.cli.rules import COMMANDS
from certsvc.rulesets import load, shipped
from tests.cli.conftest import Ran
from tests.cli.test_main import HEAVY, loaded_after

Certsvc = Callable[..., Ran]

NEW = ["rules", "new", "atlantis", "--from", "2026-01-01"]


@pytest.fixture
def certsvc(capfd: pytest.CaptureFixture[str]) -> Certsvc:
    """Runs `certsvc rules`, in English unless said otherwise."""

    def call(*arguments: str, lang: str = "en") -> Ran:
        status = run(["--lang", lang, "rules", *arguments])
        return Ran(status, *capfd.readouterr())

    return call


@pytest.fixture
def folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """Rules and cases without fault."""
    assert run([*NEW, "-o", str(tmp_path / "atlantis")]) == 0
    capfd.readouterr()
    return tmp_path / "atlantis"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


# --- check ---


def test_all_that_ships_is_without_fault_and_every_case_comes_out(certsvc: Certsvc) -> None:
    ran = certsvc("check", "--json")
    assert ran.status == 0
    assert [report["name"] for report in ran.data["reports"]] == list(shipped())
    assert all(report["cases"] and not report["failing"] for report in ran.data["reports"])


def test_a_sound_folder_is_said_to_be_so_with_what_is_not_confirmed(certsvc: Certsvc, folder: Path) -> None:
    ran = certsvc("check", str(folder))
    assert ran.status == 0
    assert f"{folder}: no faults (versions: 1); all 6 cases come out as expected" in ran.out
    assert "rules not confirmed: 7 (--verbose lists them)" in ran.out
    verbose = certsvc("check", str(folder), "--verbose", lang="es")
    assert "reglas sin confirmar: 7" in verbose.out
    assert "2026-01-01 schemes.tax.evidence: To be confirmed." in verbose.out


def test_the_faults_of_rules_and_cases_are_told_together_with_their_lines(certsvc: Certsvc, folder: Path) -> None:
    rules, cases = folder / "2026-01-01.toml", folder / "cases.toml"
    change(rules, "FULL = 365", "FULL = 0")
    change(rules, 'needs = "all"', 'needs = "none"')
    change(cases, 'findings = { tax = ["BARRED_ARREARS"] }', 'findings = { tax = ["BROKE"] }')
    ran = certsvc("check", str(folder))
    assert ran.status == 2
    places = re.findall(r"(\S+\.toml):(\d+): (\S+):", ran.out)
    assert {(file.rpartition("/")[2], place) for file, _, place in places} == {
        ("2026-01-01.toml", "validity.FULL"),
        ("2026-01-01.toml", "size.needs"),
        ("cases.toml", "cases[4].findings.tax"),
    }
    for file, number, place in places:
        name = place.rpartition(".")[2]
        told = (folder / file.rpartition("/")[2]).read_text("utf-8").splitlines()[int(number) - 1]
        assert name in told


def test_a_case_that_the_rules_cannot_answer_is_a_fault(certsvc: Certsvc, folder: Path) -> None:
    change(folder / "cases.toml", "findings = { tax = [] }", "findings = { pension = [] }")
    ran = certsvc("check", str(folder), "--json")
    assert ran.status == 2
    ((fault,),) = [report["faults"] for report in ran.data["reports"]]
    assert "'pension' is not in atlantis/2026-01-01; write one of: tax" in fault


def test_a_failing_case_is_said_with_what_was_expected_and_what_was_decided(certsvc: Certsvc, folder: Path) -> None:
    change(folder / "cases.toml", 'reasons = ["SIZE_ABOVE_LIMIT"]', 'reasons = ["SECTOR_UNKNOWN"]')
    ran = certsvc("check", str(folder))
    assert ran.status == 1
    assert "cases that do NOT come out as expected: 1 of 6" in ran.out
    assert re.search(r"cases.toml:\d+ \(2026-01-01\): One person more", ran.out)
    assert "reasons: expected SECTOR_UNKNOWN; decided SIZE_ABOVE_LIMIT" in ran.out
    ((failure,),) = [report["failing"] for report in certsvc("check", str(folder), "--json").data["reports"]]
    assert failure["differences"] == [{"key": "reasons", "expected": "SECTOR_UNKNOWN", "decided": "SIZE_ABOVE_LIMIT"}]


def test_a_gap_between_two_files_is_a_fault(certsvc: Certsvc, folder: Path) -> None:
    text = (folder / "2026-01-01.toml").read_text("utf-8")
    (folder / "2027-02-01.toml").write_text(text.replace("from = 2026-01-01", "from = 2027-02-01"), "utf-8")
    (folder / "2026-01-01.toml").write_text(text.replace("#until = ", "until = ", 1), "utf-8")
    ran = certsvc("check", str(folder))
    assert ran.status == 2
    assert "no rules from 2027-01-01 to 2027-02-01" in ran.out


def test_what_no_case_tries_is_noted(certsvc: Certsvc, folder: Path) -> None:
    change(folder / "2026-01-01.toml", "#until = ", "until = ")
    ran = certsvc("check", str(folder))
    assert ran.status == 0
    assert "no case on 2026-12-31 (until)" in ran.out
    assert "no case ends with: BARRED_MISSING_RETURN" in ran.out
    assert "BARRED_ARREARS," not in ran.out


def test_a_file_alone_is_checked_without_cases(certsvc: Certsvc, folder: Path) -> None:
    ran = certsvc("check", str(folder / "2026-01-01.toml"))
    assert ran.status == 0
    assert "no case table" in ran.out


def test_what_is_no_place_of_rules_is_a_fault_that_names_what_ships(certsvc: Certsvc) -> None:
    ran = certsvc("check", "atlantis", "costa_rica")
    assert ran.status == 2
    assert "atlantis: is no file or folder, and not shipped; write a path or one of:" in ran.out
    assert "costa_rica: " in ran.out


def test_the_rules_of_a_service_are_held_against_its_agencies(certsvc: Certsvc, tmp_path: Path) -> None:
    service = tmp_path / "service"
    assert run(["init", str(service)]) == 0
    assert certsvc("check", "--config", str(service)).status == 0
    change(service / "certsvc.toml", 'schemes = ["family_allowances"]', 'schemes = ["fishing"]')
    ran = certsvc("check", "--config", str(service))
    assert ran.status == 2
    assert "requires family_allowances; add an agency that answers for it" in ran.out


# --- diff ---


def test_a_diff_says_what_changes_with_its_legal_basis(certsvc: Certsvc) -> None:
    english = certsvc("diff", "costa_rica/2022-06-01", "costa_rica/2022-12-01")
    assert english.status == 0
    assert "of the amnesty ley_10232 for social-security contributions moves from" in english.out
    assert "Legal basis: Ley 10232" in english.out
    spanish = certsvc("diff", "costa_rica/2022-06-01", "costa_rica/2022-12-01", lang="es")
    assert "de la amnistía ley_10232 sobre las cuotas de la seguridad social pasa de" in spanish.out


def test_a_diff_lists_the_cases_that_are_decided_otherwise(certsvc: Certsvc, folder: Path) -> None:
    later = folder / "later.toml"
    later.write_text((folder / "2026-01-01.toml").read_text("utf-8").replace("{ to = 49 }", "{ to = 50 }"), "utf-8")
    ran = certsvc("diff", str(folder / "2026-01-01.toml"), str(later))
    assert "The limit of the number of staff of the class SMALL changes from up to 49 to up to 50." in ran.out
    assert "Cases that are decided otherwise: 1 of 6" in ran.out
    assert "One person more" in ran.out
    assert "result: before REFUSED; after GRANTED" in ran.out
    ((case,), (found,)) = (
        certsvc("diff", str(folder / "2026-01-01.toml"), str(later), "--json").data[key] for key in ("cases", "changes")
    )
    assert case["situation"] == "One person more"
    assert found["path"] == "size.classes.SMALL.limits.head_count"


def test_a_version_does_not_differ_from_itself(certsvc: Certsvc) -> None:
    ran = certsvc("diff", "costa_rica/2025-01-01", "costa_rica/2025-01-01")
    assert "Nothing changes." in ran.out
    assert ran.out.count("\n") == 2


def test_a_folder_of_several_versions_is_no_version(certsvc: Certsvc) -> None:
    ran = certsvc("diff", "costa_rica", "costa_rica/2025-01-01")
    assert ran.status == 2
    assert "write the file of one of them" in ran.err


def test_other_cases_can_be_compared(certsvc: Certsvc, folder: Path) -> None:
    table = str(folder / "cases.toml")
    ran = certsvc("diff", "costa_rica/2024-01-01", "costa_rica/2025-01-01", "--cases", table)
    assert "of 6\n" in ran.out


# --- list, show ---


def test_the_list_names_every_version_that_ships(certsvc: Certsvc) -> None:
    ran = certsvc("list")
    for jurisdiction in shipped():
        for rule_set in load(jurisdiction).sets:
            assert re.search(rf"^{jurisdiction}/{rule_set.first}\b", ran.out, re.MULTILINE)
    data: dict[str, Any] = certsvc("list", "--json").data
    assert len(data["rule_sets"]) == sum(len(load(jurisdiction).sets) for jurisdiction in shipped())
    assert "Título" in certsvc("list", lang="es").out


def test_what_is_shown_is_the_exact_text_in_force_on_the_day(certsvc: Certsvc) -> None:
    ran = certsvc("show", "costa_rica", "--on", "2025-12-31")
    (rules,) = (rule_set for rule_set in load("costa_rica").sets if rule_set.first.year == 2025)
    assert hashlib.sha256(ran.out.encode()).digest() == rules.digest
    assert certsvc("show", "costa_rica/2025-01-01").out == ran.out
    assert certsvc("show", "costa_rica").out == load("costa_rica").sets[-1].text


def test_a_day_without_rules_shows_nothing(certsvc: Certsvc) -> None:
    ran = certsvc("show", "costa_rica", "--on", "1999-01-01")
    assert (ran.status, ran.out) == (3, "")
    assert "no rules for 1999-01-01" in ran.err


# --- the group ---


def test_help_lists_every_command_with_its_summary(certsvc: Certsvc) -> None:
    out = certsvc("--help").out
    for name, lazy in COMMANDS.items():
        assert f"{name} " in out
        assert lazy.summary in out


def test_a_wrong_name_is_answered_with_the_nearest(certsvc: Certsvc) -> None:
    assert "Did you mean 'check'?" in certsvc("chekc").err


def test_subcommands_are_completed() -> None:
    completion = {"_CERTSVC_COMPLETE": "bash_complete", "COMP_WORDS": "certsvc rules ch", "COMP_CWORD": "2"}
    assert CliRunner().invoke(cli, env=completion, prog_name="certsvc").output.split(",")[-1].strip() == "check"


def test_json_is_data_and_nothing_else(certsvc: Certsvc, folder: Path) -> None:
    for arguments in (["check", str(folder)], ["list"], ["diff", *[str(folder / "2026-01-01.toml")] * 2]):
        json.loads(certsvc(*arguments, "--json").out)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_imports_no_library_of_the_service(name: str) -> None:
    assert not loaded_after("rules", name, "--help") & set(HEAVY)


@pytest.mark.parametrize("arguments", [["check", "chile"], ["list"], ["show", "chile"]])
def test_reading_rules_imports_no_library_of_the_service(arguments: list[str]) -> None:
    assert not loaded_after("rules", *arguments) & set(HEAVY)
