"""Rules: a start has no faults and its cases pass; every optional rule can be uncommented; nothing is overwritten."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

import pytest

from certsvc.cli.main import run
from certsvc.core.model import FactName
from certsvc.core.rules import parse_rule_set
from certsvc.core.rules.cases.reading import parse_cases

ARGUMENTS = ["rules", "new", "atlantis", "--from", "2026-03-01", "--zone", "America/Costa_Rica", "--currency", "CRC"]
FACTS = {fact.value for fact in FactName}
SHIPPED = Path(__file__).parents[2] / "certsvc" / "cli" / "rules"


def blocks(text: str) -> list[str]:
    """Every optional part: the lines that begin with # and no blank, with the explanation above them."""
    return [part for part in text.split("\n\n") if re.search(r"^#\S", part, re.MULTILINE)]


def called(block: str) -> str:
    """What `Goes with` calls the part: its table, a duty or a fact by its name; a single key by its line."""
    first: str = next(line.lstrip("#") for line in block.splitlines() if re.match(r"#\S", line))
    if first == "[[schemes]]":
        (name,) = re.findall(r'^#name = "(\w+)"', block, re.MULTILINE)
        return f"schemes.{name}"
    if not first.startswith("["):
        return f"facts.{key}" if (key := first.partition(" ")[0]) in FACTS else first
    return first.strip("[]")


def with_companions(name: str) -> set[str]:
    """The part and all that it goes with."""
    found, todo = set(), [name]
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            told = re.search(r"^# Goes with: (.*?)\.$", PARTS[each], re.MULTILINE | re.DOTALL)
            todo += [part.strip("# \n") for part in told[1].split(";")] if told else []
    return found


def uncommented(block: str) -> str:
    return re.sub(r"^#(?=\S)", "", block, flags=re.MULTILINE)


TEMPLATE = Template((SHIPPED / "start.toml").read_text("utf-8"))
TEXT = TEMPLATE.substitute(
    jurisdiction="atlantis", zone="America/Costa_Rica", currency="CRC", first="2026-03-01", until="2027-03-01"
)
PARTS = {called(block): block for block in blocks(TEXT)}


@pytest.fixture
def start(tmp_path: Path) -> Path:
    assert run([*ARGUMENTS, "-o", str(tmp_path / "new")]) == 0
    return tmp_path / "new"


def test_a_start_has_no_faults_and_its_cases_pass(start: Path) -> None:
    assert run(["rules", "check", str(start)]) == 0


def test_a_start_carries_what_was_asked_for(start: Path) -> None:
    text = (start / "2026-03-01.toml").read_text("utf-8")
    assert text == TEXT
    rules = parse_rule_set(text, "2026-03-01.toml")
    assert (rules.jurisdiction, str(rules.first), rules.time_zone.key, rules.currency) == (
        "atlantis",
        "2026-03-01",
        "America/Costa_Rica",
        "CRC",
    )


# Facts and reasons come with the rule that can miss or give them; alone they are unknown keys.
RULES = [name for name in PARTS if not name.startswith(("facts.", "reasons."))]


@pytest.mark.parametrize("name", RULES)
def test_every_optional_rule_can_be_uncommented_with_what_it_goes_with(name: str) -> None:
    text = TEXT
    if "\n# Instead of" in f"\n{PARTS[name]}":
        text = re.sub(r"^\[size\]\n.*?(?=^# A class)", "", text, flags=re.MULTILINE | re.DOTALL)
    for each in with_companions(name):
        text = text.replace(PARTS[each], uncommented(PARTS[each]))
    assert parse_rule_set(text, name).text == text


def test_every_text_and_title_is_for_some_rule() -> None:
    wanted = {each for name in PARTS for each in with_companions(name) if each != name}
    assert {name for name in PARTS if name.startswith(("facts.", "reasons."))} <= wanted


def test_every_optional_part_of_the_cases_can_be_uncommented(start: Path) -> None:
    text = (start / "cases.toml").read_text("utf-8")
    assert len(blocks(text)) == 3
    for block in blocks(text):
        text = text.replace(block, uncommented(block))
    assert len(parse_cases(text, "cases.toml").cases) == 7


def test_without_a_folder_the_rule_file_is_printed(start: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    capsysbinary.readouterr()
    assert run(ARGUMENTS) == 0
    assert capsysbinary.readouterr().out == (start / "2026-03-01.toml").read_bytes()


@pytest.mark.parametrize("name", ["2026-03-01.toml", "cases.toml"])
def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    assert run([*ARGUMENTS, "-o", str(tmp_path)]) == 2
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


@pytest.mark.parametrize("zone", ["Mars/Olympus", 'UTC"\n[x]'])
def test_a_value_that_no_rule_file_can_hold_is_refused(zone: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "atlantis", "--zone", zone]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert "Traceback" not in captured.err
