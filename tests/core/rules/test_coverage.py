"""Rules: every change needs a case on the day before and on the day; every reason and rule some case."""

from __future__ import annotations

from datetime import date

from certsvc.core.rules import RuleBook, parse_rule_set
from certsvc.core.rules.cases.coverage import Gap, Note, coverage
from certsvc.core.rules.cases.reading import parse_cases
from tests.core.rules.kit import FIRST_EDITION

FACTS = '[facts]\nsector = "trade"\nhead_count = 6\nnet_sales = 100_000\ntotal_assets = 20_000\n'
GRANTED = 'expect = { result = "GRANTED", kind = "FULL", size = "SMALL" }'

LIABILITY = """
[[schemes.liability]]
name = "everybody"
since = {since}
citation = "Tax Act, s. 1"
confirmed = true

[names]"""

AMNESTY = """
[[schemes.amnesties]]
name = "relief"
from = {first}
until = {until}
conditions = ["principal_paid"]
waives = {{ penalty = 1 }}
requested = false
citation = "Relief Act, s. 1"
confirmed = true

[names]"""


def notes(*cases: str, more: str = "\n[names]") -> tuple[Note, ...]:
    """What these cases leave out, each a day with what else it says, of the first edition with more rules in it."""
    rules = parse_rule_set(FIRST_EDITION.replace("\n[names]", more, 1), "x.toml")
    text = FACTS + "".join(f'\n[[cases]]\nsituation = "{n}"\non = {case}\n{GRANTED}\n' for n, case in enumerate(cases))
    table, book = parse_cases(text, "cases.toml"), RuleBook([rules])
    return coverage(table, book)


def days(*cases: str, more: str = "\n[names]") -> list[tuple[str, date | None]]:
    return [(note.what, note.day) for note in notes(*cases, more=more) if note.gap is Gap.DAY]


def test_the_first_and_the_last_day_of_the_rules_need_a_case() -> None:
    assert days("2026-03-01") == [("from", date(2026, 1, 1)), ("until", date(2026, 12, 31))]
    assert days("2026-01-01", "2026-12-31") == []


ENDS = ("2026-01-01", "2026-12-31")


def test_a_day_of_liability_needs_a_case_on_it_and_before_it() -> None:
    more = LIABILITY.format(since="2026-06-01")
    what = "schemes.tax.liability.everybody.since"
    assert days(*ENDS, more=more) == [(what, date(2026, 5, 31)), (what, date(2026, 6, 1))]
    assert days(*ENDS, "2026-05-31", "2026-06-01", more=more) == []


def test_liability_since_before_the_rules_changes_nothing() -> None:
    assert days(*ENDS, more=LIABILITY.format(since="2020-06-01")) == []


def test_an_amnesty_needs_a_case_on_its_first_and_on_its_closing_day_and_before_both() -> None:
    more = AMNESTY.format(first="2026-03-01", until="2026-06-01")
    assert [day for _, day in days(*ENDS, more=more)] == [
        date(2026, 2, 28),
        date(2026, 3, 1),
        date(2026, 5, 31),
        date(2026, 6, 1),
    ]


def test_the_day_of_a_payment_stands_for_the_day_of_the_case() -> None:
    more = AMNESTY.format(first="2020-03-01", until="2027-06-01")
    paid = (
        '2026-01-01\nfindings.tax = { outcome = "CLEAR", debts = [{ period_end = 2019-12-31, principal = 0, '
        "principal_paid_on = 2020-03-01 }] }"
    )
    assert [day for _, day in days(paid, "2026-12-31", more=more)] == [date(2020, 2, 29)]


def test_reasons_that_no_case_ends_with_are_named_once() -> None:
    told = [note.what for note in notes(*ENDS) if note.gap is Gap.REASON]
    assert "BARRED_ARREARS" in told
    assert "FACTS_MISSING" in told
    assert len(told) == len(set(told))
    refused = '2026-03-01\nfindings.tax = ["BARRED_ARREARS"]'
    assert "BARRED_ARREARS" not in [note.what for note in notes(*ENDS, refused)]


def test_a_rule_that_no_case_brings_to_bear_is_named_by_its_place() -> None:
    more = AMNESTY.format(first="2026-03-01", until="2026-06-01")
    told = [note.what for note in notes(*ENDS, more=more) if note.gap is Gap.RULE]
    assert told == ["schemes.tax.amnesties.relief", "appeal"]
