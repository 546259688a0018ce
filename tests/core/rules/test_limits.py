"""A rule file of any content is taken or refused: what is too much of anything is a fault, never another error."""

from __future__ import annotations

import pytest

from certsvc.core.rules import parse_rule_set
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


KEYS_2001 = "".join(f"key_{number} = 1\n" for number in range(2001))
SEVENTEEN = "a" + ".a" * 16
QUOTED = "x = '''\n'''\ny = {\"\" . 'a' " + ".a " * 15 + "= 1}"
MANY_PARTS = "has a key of many parts; write at most 16 with dots between"
TOO_DEEP = "is nested too deeply; write at most 16 keys and lists"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"[reasons]\n{KEYS_2001}", "1: reasons: 2001 keys are too many; write at most 2000"),
        (f"[[schemes]]\n[[schemes]]\n{KEYS_2001}", "2: schemes[2]: 2001 keys are too many; write at most 2000"),
        (f"x = 1\n{SEVENTEEN} = 1", f"2: {MANY_PARTS}"),
        (f"x = [\n{{ {SEVENTEEN} = 1 }}]", f"2: {MANY_PARTS}"),
        (f"[{'a.' * 20_000}a]", f"1: {MANY_PARTS}"),
        (QUOTED, f"3: {MANY_PARTS}"),
        (f"[a{'.a' * 14}]\nb.c = 1\n", f"2: {'a.' * 15}b: {TOO_DEEP}"),
        ("x = " + "[" * 17 + "]" * 17, f"1: x{'[1]' * 15}: {TOO_DEEP}"),
    ],
    ids=["table", "item", "dots", "dots in braces", "header", "quoted", "header and dots", "lists"],
)
def test_what_would_take_long_to_read_is_told_before_it_is_read(text: str, fault: str) -> None:
    assert faults_of(text) == [f"x.toml:{fault}"]


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_dots_in_texts_and_comments_are_no_parts_of_a_key(quote: str) -> None:
    text = changed(EVERY_KEY, ("Labour Act, s. 1", SEVENTEEN), ("[recheck]", f"# {SEVENTEEN} = 1\n[recheck]"))
    parse_rule_set(text.replace(f'"{SEVENTEEN}"', f"{quote}{SEVENTEEN}{quote}"), "x.toml")


@pytest.mark.parametrize("value", ["0x" + "f" * 6000, "0o" + "7" * 9000, "36893488147419103232"])
@pytest.mark.parametrize("old", ["amount = 45.10", "lag_days = 8", "at_least = 1"])
def test_a_whole_number_of_any_length_is_a_fault_on_its_line(old: str, value: str) -> None:
    line = EVERY_KEY[: EVERY_KEY.index(old)].count("\n") + 1
    (fault,) = faults_of(changed(EVERY_KEY, (old, f"{old.split(' = ')[0]} = {value}")))
    assert fault.startswith(f"x.toml:{line}: ")
    assert fault.endswith(": has more digits than can be read; write at most 19")


def test_no_more_faults_are_told_than_people_read() -> None:
    found = faults_of("".join(f"key_{number} = 1\n" for number in range(2000)))
    assert len(found) == 201
    assert found[-1] == "x.toml: has more faults than these 200; mend these first"


@pytest.mark.parametrize(("money", "fits"), [("1_000_000", True), ("1_000_001", False)])
def test_between_classes_of_money_no_amount_is_left_out(money: str, fits: bool) -> None:
    text = changed(
        EVERY_KEY, ("net_sales = { to = 5_000_000.50 }", f"net_sales = {{ from = {money}, to = 5_000_000 }}")
    )
    if fits:
        parse_rule_set(text, "x.toml")
    else:
        assert (
            "net_sales.from: leaves a gap; write at most 1000000: the class below ends at 1000000" in faults_of(text)[0]
        )


WHOLE = ("part_time = 0.5", "part_time = 1")
HALVES = ("from = 5, to = 50 }", "from = 5, to = 49.5 }")


@pytest.mark.parametrize(
    ("changes", "last"),
    [([], "50"), ([HALVES], "49.5"), ([WHOLE], "51"), ([WHOLE, HALVES], "50")],
    ids=["parts of persons", "parts of persons, halves", "persons", "persons, halves"],
)
def test_the_next_class_begins_with_the_next_head_only_where_heads_are_whole(
    changes: list[tuple[str, str]], last: str
) -> None:
    text = changed(EVERY_KEY, *changes)
    parse_rule_set(changed(text, ("{ from = 50 }", f"{{ from = {last} }}")), "x.toml")
    (fault,) = faults_of(
        changed(text, ("{ from = 50 }", f"{{ from = {last}.1 }}" if "." not in last else "{ from = 49.6 }"))
    )
    assert f"size.classes[4].head_count.from: leaves a gap; write at most {last}: the class below ends at" in fault
