"""Every case of every shipped rule set comes out as its table says, and the tables cover every change."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from certsvc.core.rules import RuleBook, parse_rule_set
from certsvc.core.rules.cases.coverage import Gap, coverage
from certsvc.core.rules.cases.reading import parse_cases
from certsvc.core.rules.cases.table import Case
from certsvc.core.rules.cases.trial import run, table_faults
from certsvc.rulesets import cases, load, shipped

BOOKS = {jurisdiction: load(jurisdiction) for jurisdiction in shipped()}
TABLES = {jurisdiction: cases(jurisdiction) for jurisdiction in shipped()}


EVERY_CASE = [
    pytest.param(jurisdiction, case, id=f"{jurisdiction} {case.on}: {case.situation}")
    for jurisdiction, table in TABLES.items()
    for case in table.cases
]


@pytest.mark.parametrize(("jurisdiction", "case"), EVERY_CASE)
def test_the_rules_say_what_the_case_expects(jurisdiction: str, case: Case) -> None:
    assert run(case, BOOKS[jurisdiction]).differences == ()


@pytest.mark.parametrize("jurisdiction", shipped())
def test_no_table_asks_what_its_rules_do_not_have(jurisdiction: str) -> None:
    assert table_faults(TABLES[jurisdiction], BOOKS[jurisdiction]) == ()


@pytest.mark.parametrize("jurisdiction", shipped())
def test_every_change_has_a_case_on_the_day_before_and_on_the_day(jurisdiction: str) -> None:
    notes = coverage(TABLES[jurisdiction], BOOKS[jurisdiction])
    assert [note for note in notes if note.gap is Gap.DAY] == []


@pytest.mark.parametrize("jurisdiction", shipped())
def test_every_table_shows_a_grant_a_refusal_and_an_open_decision(jurisdiction: str) -> None:
    assert {case.expect.result.value for case in TABLES[jurisdiction].cases} == {"GRANTED", "REFUSED", "UNDECIDED"}


@pytest.mark.parametrize("jurisdiction", shipped())
def test_no_two_cases_of_a_day_have_the_same_situation(jurisdiction: str) -> None:
    told = [(case.on, case.situation) for case in TABLES[jurisdiction].cases]
    assert len(set(told)) == len(told)


def test_the_documented_table_passes_by_the_documented_rules() -> None:
    readme = files("certsvc.rulesets").joinpath("README.md").read_text("utf-8")
    rules, table = re.findall(r"^```toml\n(.*?)^```$", readme, flags=re.DOTALL | re.MULTILINE)
    book = RuleBook([parse_rule_set(rules, "README.md")])
    documented = parse_cases(table, "README.md")
    assert table_faults(documented, book) == ()
    assert [run(case, book).differences for case in documented.cases] == [()] * 3
