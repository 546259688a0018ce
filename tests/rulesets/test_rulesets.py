"""What ships loads; what does not load says why for every file; the documented example is true."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from certsvc.core.decision import decide
from certsvc.core.errors import ConfigError
from certsvc.core.model import Evidence, Finding, Outcome, Result, SizeClass
from certsvc.core.rules import parse_rule_set
from certsvc.core.rules.model import ENTERPRISE_CODES, SCHEME_CODES
from certsvc.rulesets import load, load_files, shipped
from tests.situations import an_enterprise, facts
from tests.strategies import noon

FOLDER = files("certsvc.rulesets")
README = FOLDER.joinpath("README.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"^```toml\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def test_costa_rica_ships_with_two_periods_the_last_one_open() -> None:
    assert shipped() == ("costa_rica",)
    past, present = load("costa_rica").sets
    assert (past.first, past.until, present.first, present.until) == (
        date(2025, 1, 1),
        date(2026, 1, 1),
        date(2026, 1, 1),
        None,
    )


@pytest.mark.parametrize("jurisdiction", shipped())
def test_a_file_is_named_by_jurisdiction_and_year(jurisdiction: str) -> None:
    for rule_set in load(jurisdiction).sets:
        assert rule_set.jurisdiction == jurisdiction
        assert FOLDER.joinpath(f"{jurisdiction}_{rule_set.first.year}.toml").read_bytes() == rule_set.text.encode()


def test_the_two_periods_differ_in_the_money_denominators_alone() -> None:
    past, present = load("costa_rica").sets
    assert past.schemes == present.schemes
    assert past.reasons == present.reasons
    assert past.size != present.size
    assert [(s.name, s.staff, s.assets_fact) for s in past.size.sectors] == [
        (s.name, s.staff, s.assets_fact) for s in present.size.sectors
    ]


def test_every_money_denominator_is_marked_unconfirmed() -> None:
    for rule_set in load("costa_rica").sets:
        unconfirmed = {where for where, _ in rule_set.unconfirmed}
        assert {f"size.sectors.{sector.name}" for sector in rule_set.size.sectors} <= unconfirmed


def test_an_unknown_jurisdiction_names_those_that_ship() -> None:
    with pytest.raises(ConfigError, match="no rules for 'atlantis' are shipped; write one of: costa_rica"):
        load("atlantis")


def test_files_load_in_any_order_and_keep_their_exact_bytes(tmp_path: Path) -> None:
    texts = {"b.toml": EXAMPLE.replace("\n", "\r\n"), "a.toml": EXAMPLE.replace("from = 2026", "from = 2027")}
    texts["a.toml"] = texts["a.toml"].replace("until = 2027", "until = 2028")
    for name, text in texts.items():
        tmp_path.joinpath(name).write_bytes(text.encode())
    book = load_files([tmp_path / "a.toml", tmp_path / "b.toml"])
    assert [rule_set.first.year for rule_set in book.sets] == [2026, 2027]
    assert book.sets[0].text == texts["b.toml"]


def test_the_faults_of_all_files_are_reported_together(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one.toml", "two.toml", "three.toml"))
    one.write_text(EXAMPLE.replace("FULL = 365", "FULL = 0"), "utf-8")
    two.write_bytes(b"\xff")
    with pytest.raises(ConfigError) as caught:
        load_files([one, two, three])
    first, second, third = caught.value.faults
    assert first.startswith("one.toml: validity.FULL: ")
    assert "two.toml" in second
    assert "three.toml" in third


def test_the_documented_example_is_a_rule_set_and_decides_as_documented() -> None:
    rules = parse_rule_set(EXAMPLE, "README.md")
    on = date(2026, 3, 1)
    known = facts({"sector": "trade", "head_count": 6, "net_sales": 100_000, "total_assets": 20_000})
    found = Finding("tax", "office", Outcome.CLEAR, noon(on))
    decision = decide(an_enterprise(), Evidence((found,), known), rules, on)
    assert (decision.result, decision.size, decision.score) == (Result.GRANTED, SizeClass.SMALL, Decimal("15.50"))
    assert decision.valid_for == timedelta(days=365)
    barred = Finding("tax", "office", Outcome.BARRED_ARREARS, noon(on))
    (reason,) = decide(an_enterprise(), Evidence((barred,), known), rules, on).reasons
    assert (reason.text.en, reason.remedy.en) == (
        "The Tax Office reports overdue payments for taxes.",
        "Pay at the Tax Office.",
    )


def test_the_documentation_names_every_key_and_reason() -> None:
    for code in (*SCHEME_CODES, *ENTERPRISE_CODES):
        assert code in README
    for key in re.findall(r"^([a-z_]+) = ", EXAMPLE, flags=re.MULTILINE):
        assert f"`{key}`" in README or f"`.{key}`" in README or f"] {key}`" in README or key in ("es", "en"), key
