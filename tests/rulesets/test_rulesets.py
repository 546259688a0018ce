"""What ships loads; what does not load says why for every file; the documented example is true."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from importlib.resources import files
from pathlib import Path

import pytest

from certsvc.core.account import Account, Debt
from certsvc.core.decision import decide
from certsvc.core.errors import ConfigError
from certsvc.core.model import CertificateKind, Decision, Evidence, FactName, Finding, SizeClass
from certsvc.core.outcome import Outcome
from certsvc.core.rules import enterprise, model, parse_rule_set, scheme
from certsvc.core.rules.codes import ENTERPRISE_CODES, SCHEME_CODES
from certsvc.core.rules.reading.size import Method
from certsvc.rulesets import CASES, load, load_files, load_folder, shipped
from tests.core.rules.kit import EVERY_KEY, FIRST_EDITION
from tests.situations import an_enterprise, facts
from tests.strategies import noon

FOLDER = files("certsvc.rulesets")
README = FOLDER.joinpath("README.md").read_text("utf-8")
EXAMPLE, *_ = re.findall(r"^```toml\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
MARCH = date(2026, 3, 1)


# --- What ships ---


@pytest.mark.parametrize("jurisdiction", shipped())
def test_a_file_is_named_by_its_jurisdiction_and_first_day(jurisdiction: str) -> None:
    folder = FOLDER.joinpath(jurisdiction)
    wanted = {f"{rule_set.first}.toml": rule_set.text.encode() for rule_set in load(jurisdiction).sets}
    found = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name != CASES}
    assert found == wanted
    assert {rule_set.jurisdiction for rule_set in load(jurisdiction).sets} == {jurisdiction}


def test_every_jurisdiction_that_ships_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \| ", README.partition("Rules of the format")[0], re.MULTILINE)
    assert sorted(re.findall(r"`([a-z_]+)`", " ".join(rows))) == list(shipped())


def test_an_unknown_jurisdiction_names_those_that_ship() -> None:
    with pytest.raises(ConfigError, match=r"no rules for 'atlantis' are shipped; write one of: algeria, .*costa_rica"):
        load("atlantis")


# --- Loading ---


def test_files_load_in_any_order_and_keep_their_exact_bytes(tmp_path: Path) -> None:
    texts = {"b.toml": EXAMPLE.replace("\n", "\r\n"), "a.toml": EXAMPLE.replace("from = 2026", "from = 2027")}
    texts["a.toml"] = texts["a.toml"].replace("until = 2027", "until = 2028")
    for name, text in texts.items():
        tmp_path.joinpath(name).write_bytes(text.encode())
    book = load_files([tmp_path / "a.toml", tmp_path / "b.toml"])
    assert [rule_set.first.year for rule_set in book.sets] == [2026, 2027]
    assert book.sets[0].text == texts["b.toml"]
    assert load_folder(tmp_path).sets == book.sets


def test_the_case_table_of_a_folder_is_no_rule_file(tmp_path: Path) -> None:
    (tmp_path / "2026-01-01.toml").write_text(FIRST_EDITION, "utf-8")
    (tmp_path / CASES).write_text("[[cases]]\n", "utf-8")
    assert [rule_set.first for rule_set in load_folder(tmp_path).sets] == [date(2026, 1, 1)]


def test_the_faults_of_all_files_are_reported_together_each_with_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "atlantis"
    folder.mkdir()
    one, two, three = (folder / name for name in ("one.toml", "two.toml", "three.toml"))
    one.write_text(EXAMPLE.replace("FULL = 365", "FULL = 0").replace('currency = "CRC"\n', ""), "utf-8")
    two.write_bytes(b"\xff")
    with pytest.raises(ConfigError) as caught:
        load_files([one, two, three])
    currency, full, second, third = caught.value.faults
    assert currency.startswith("atlantis/one.toml:1: currency: ")
    assert re.match(r"atlantis/one\.toml:\d+: validity\.FULL: ", full)
    assert second.startswith("atlantis/two.toml: cannot be read as UTF-8 text: ")
    assert third.startswith("atlantis/three.toml: cannot be read")


def test_what_is_wrong_between_files_is_told_once_each_is_sound(tmp_path: Path) -> None:
    (tmp_path / "2026-01-01.toml").write_text(EXAMPLE, "utf-8")
    later = EXAMPLE.replace("from = 2026-01-01", "from = 2027-01-02").replace("until = 2027-01-01\n", "")
    (tmp_path / "2027-01-02.toml").write_text(later, "utf-8")
    with pytest.raises(ConfigError, match="no rules from 2027-01-01 to 2027-01-02"):
        load_folder(tmp_path)


# --- The documentation ---


def on_the_example(debt: str = "0") -> Decision:
    """What the documented rules decide on the documented enterprise, if it owes so much."""
    known = facts({"sector": "trade", "head_count": 6, "net_sales": 100_000, "total_assets": 20_000})
    owed = Account(debts=(Debt(date(2026, 1, 31), Decimal(debt)),))
    outcome, account = (Outcome.BARRED_ARREARS, owed) if Decimal(debt) else (Outcome.CLEAR, None)
    found = Finding("tax", "office", outcome, noon(MARCH), account=account)
    rules = parse_rule_set(EXAMPLE, "README.md")
    return decide(an_enterprise(), Evidence((found,), known), rules, MARCH)


def test_the_documented_example_is_a_rule_set_and_decides_as_documented() -> None:
    decision = on_the_example()
    assert (decision.kind, decision.size, decision.score) == (CertificateKind.FULL, SizeClass.SMALL, Decimal("15.50"))
    assert decision.valid_for == timedelta(days=365)
    assert decision.effects == (("exemption", date(2027, 1, 1)),)


def test_the_documented_debt_bars_only_above_the_documented_amount() -> None:
    assert on_the_example("50").kind is CertificateKind.FULL
    (reason,) = on_the_example("50.01").reasons
    assert (reason.text.en, reason.remedy.en) == (
        "The Tax Office reports overdue payments for taxes.",
        "Pay at the Tax Office.",
    )


def keys_of(value: object) -> Iterable[str]:
    """Every key in a file, at any depth, but the languages and the codes."""
    if isinstance(value, list):
        for item in value:
            yield from keys_of(item)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)


def test_the_documentation_names_every_key_and_every_fact() -> None:
    for key in {*keys_of(tomllib.loads(EVERY_KEY)), *FactName}:
        assert re.search(rf"\b{key}\b", README), key


def test_the_documentation_names_every_word_that_a_key_can_have() -> None:
    named = [*vars(model).values(), *vars(scheme).values(), *vars(enterprise).values(), Method]
    enums: list[type[Enum]] = [kind for kind in named if isinstance(kind, type) and issubclass(kind, Enum)]
    words = {str(member.value) for kind in enums for member in kind}
    assert [word for word in sorted(words) if not re.search(rf"\b{word}\b", README)] == []


def test_the_documentation_names_every_reason() -> None:
    for code in (*SCHEME_CODES, *ENTERPRISE_CODES):
        assert re.search(rf"\b{code}\b", README), code
