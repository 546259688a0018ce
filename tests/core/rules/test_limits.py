"""A rule file of any content is taken or refused: what is too much of anything is a fault, never another error."""

from __future__ import annotations

import pytest

from tests.core.rules.kit import EVERY_KEY, changed, faults_of


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a = 1\nb = ", "x.toml:2: is not TOML: Invalid value at the end of the file"),
        ("a = 1\nb = 2026-02-30\n", "x.toml:2: is not TOML: Invalid date or datetime (column 5)"),
        ("[a]\nb = 1\n[a]\n", "x.toml:3: is not TOML: Cannot declare ('a',) twice (column 3)"),
        ("x = " + "[" * 5000, "x.toml: is nested too deeply; write no list in a list"),
        ("x = " + "1" * 5000, "x.toml: holds a number of more digits than can be read; write at most 19"),
        ("#" * 1_000_001, "x.toml: has 1,000,001 characters; write at most 1,000,000"),
    ],
    ids=["end", "day", "twice", "nested", "digits", "long"],
)
def test_what_is_not_toml_is_one_fault_with_its_line(text: str, fault: str) -> None:
    assert faults_of(text) == [fault]


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e999", "1e99999999999999999999", "1e-10", "1e19"])
def test_a_number_that_cannot_be_reckoned_with_is_a_fault(value: str) -> None:
    (fault,) = faults_of(changed(EVERY_KEY, ("amount = 45.10", f"amount = {value}")))
    assert "schemes.tax.de_minimis.amount: " in fault
    assert "cannot be used" in fault


@pytest.mark.parametrize(
    ("header", "times", "fault"),
    [
        ("[[schemes]]\n", 65, "schemes: 68 are too many; write at most 64"),
        ("[[schemes.liability]]\n", 64, "schemes.tax.liability: 65 are too many; write at most 64"),
        ("[[schemes.amnesties]]\n", 32, "schemes.tax.amnesties: 33 are too many; write at most 32"),
        ("[[schemes.discharges]]\n", 33, "schemes.tax.discharges: 33 are too many; write at most 32"),
        ("[[proofs]]\n", 33, "proofs: 33 are too many; write at most 32"),
        ("[[regimes]]\n", 33, "regimes: 33 are too many; write at most 32"),
        ("[[effects]]\n", 64, "effects: 65 are too many; write at most 64"),
        ("[[size.classes]]\n", 254, "size.classes: 257 are too many; write at most 256"),
    ],
)
def test_every_list_of_rules_has_a_greatest_length(header: str, times: int, fault: str) -> None:
    found = faults_of(changed(EVERY_KEY, (header, header * times)))
    assert any(f": {fault}" in each for each in found), found


def test_every_list_of_texts_has_a_greatest_length() -> None:
    (fault,) = faults_of(changed(EVERY_KEY, ('["S.A."]', str([f"S{number}" for number in range(513)]))))
    assert fault.endswith("names.suffixes: 513 texts are too many; write at most 512")


def test_a_fault_quotes_little_of_what_the_file_holds() -> None:
    long = "x" * 5000
    text = changed(EVERY_KEY, ('"hard_bar"', f'"{long}"'), ("currency", f"{long} = 1\ncurrency"))
    assert all(len(fault) < 1000 for fault in faults_of(text))


@pytest.mark.parametrize("text", ["", "schemes = 3", "schemes = []", "schemes = [1]\nsize = []", "reasons.X = 1"])
def test_any_toml_gives_faults_and_never_another_error(text: str) -> None:
    assert len(faults_of(text)) > 5


def test_an_empty_list_and_an_entry_that_is_no_table_are_said_by_place() -> None:
    assert "x.toml:1: schemes: is empty; write at least one table [[schemes]]" in faults_of("schemes = []")
    no_table = "x.toml:2: schemes[2]: is not a table; write at least one table [[schemes]]"
    assert no_table in faults_of("schemes = [{},\n1]")
