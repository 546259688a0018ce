"""Rules: a case table is as strict as a rule file; what a case does not name is clear; a case can fail."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from certsvc.core.account import Account, Arrangement, Debt, DebtState, Discharge
from certsvc.core.errors import ConfigError, NoRuleSet
from certsvc.core.model import Fact, FactName, Identifier, Result, SizeClass
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook, parse_rule_set
from certsvc.core.rules.cases.reading import parse_cases
from certsvc.core.rules.cases.table import Case, CaseTable
from certsvc.core.rules.cases.trial import decided_under, evidence_of, run, table_faults
from tests.core.rules.kit import EVERY_KEY, FIRST_EDITION, period
from tests.strategies import days

RULES = parse_rule_set(FIRST_EDITION, "x.toml")
BOOK = RuleBook([RULES])
DAY = date(2026, 3, 1)

GRANTED = 'expect = { result = "GRANTED", kind = "FULL", size = "SMALL" }'
FACTS = '[facts]\nsector = "trade"\nhead_count = 6\nnet_sales = 100_000\ntotal_assets = 20_000\n'


def table_of(case: str, before: str = FACTS) -> CaseTable:
    """A table with one case, on DAY unless the text says otherwise."""
    day = "" if "\non =" in case or case.startswith("on =") else "on = 2026-03-01\n"
    return parse_cases(f'{before}\n[[cases]]\nsituation = "s"\n{day}{case}\n', "cases.toml")


def case_of(case: str, before: str = FACTS) -> Case:
    (found,) = table_of(case, before).cases
    return found


def faults_of(case: str, before: str = FACTS) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        table_of(case, before)
    return caught.value.faults


# --- What is read ---


def test_facts_of_the_table_hold_unless_the_case_says_otherwise_or_that_they_are_not_known() -> None:
    text = (
        'facts = { head_count = 7.5, net_sales = false, registered_on = 2020-05-01 }\nsources = { head_count = "fund" }'
    )
    case = case_of(f"{text}\nas_of = {{ head_count = 2026-01-01 }}\n{GRANTED}")
    assert set(case.facts) == {
        Fact(FactName.SECTOR, "trade", "declared"),
        Fact(FactName.HEAD_COUNT, Decimal("7.5"), "fund", date(2026, 1, 1)),
        Fact(FactName.TOTAL_ASSETS, Decimal(20_000), "declared"),
        Fact(FactName.REGISTERED_ON, date(2020, 5, 1), "register"),
    }


def test_names_are_the_declared_one_and_those_that_agencies_hold() -> None:
    case = case_of(f'names = {{ declared = "Sol", fund = "SOL SA" }}\n{GRANTED}', "")
    assert case.declared_name == "Sol"
    assert case.facts == (Fact(FactName.NAME, "SOL SA", "fund"),)


def test_an_identifier_is_of_any_kind_unless_the_table_or_the_case_says_which() -> None:
    assert case_of(GRANTED).identifier == Identifier("xx.number", "1")
    before = 'identifier = { kind = "cl.rut", value = "76086428-5" }\n'
    assert case_of(GRANTED, before).identifier == Identifier("cl.rut", "76086428-5")
    assert case_of(f'identifier_kind = "cl.other"\n{GRANTED}', before).identifier.kind == "cl.other"


def test_a_list_of_outcomes_is_one_answer_with_the_first_one_first() -> None:
    case = case_of(f'findings = {{ tax = ["BARRED_MISSING_RETURN", "BARRED_ARREARS"] }}\n{GRANTED}')
    (answer,) = case.answers["tax"]
    assert (answer.agency, answer.outcome, answer.further) == (
        "tax",
        Outcome.BARRED_MISSING_RETURN,
        (Outcome.BARRED_ARREARS,),
    )


PARTICULARS = """
[cases.findings.tax]
outcome = "BARRED_ARREARS"
further = ["BARRED_MISSING_RETURN"]
agency = "b"
registered_on = 2020-01-01
relief_requested_on = 2026-01-05
last_payment_on = 2026-01-06
[[cases.findings.tax.debts]]
period_end = 2025-12-31
principal = 100
penalty = 5.5
interest = 1
state = "PRESUMED"
principal_paid_on = 2026-01-02
[cases.findings.tax.arrangement]
signed_on = 2026-01-01
first_paid_on = 2026-01-02
late_instalments = 2
broken_on = 2026-01-03
completed_on = 2026-01-04
[[cases.findings.tax.discharges]]
bar = "BARRED_ARREARS"
imposed_on = 2026-01-01
requested_on = 2026-01-02
regularised_on = 2026-01-03
trained_on = 2026-01-04
previous_on = 2025-01-01
"""


def january(day: int) -> date:
    return date(2026, 1, day)


def test_a_table_gives_every_particular_of_an_answer() -> None:
    (answer,) = case_of(GRANTED + PARTICULARS).answers["tax"]
    assert (answer.agency, answer.outcome, answer.further) == (
        "b",
        Outcome.BARRED_ARREARS,
        (Outcome.BARRED_MISSING_RETURN,),
    )
    assert answer.account == Account(
        registered_on=date(2020, 1, 1),
        debts=(Debt(date(2025, 12, 31), Decimal(100), Decimal("5.5"), Decimal(1), DebtState.PRESUMED, january(2)),),
        arrangement=Arrangement(january(1), january(2), 2, january(3), january(4)),
        relief_requested_on=january(5),
        last_payment_on=january(6),
        discharges=(
            Discharge(Outcome.BARRED_ARREARS, january(1), january(2), january(3), january(4), date(2025, 1, 1)),
        ),
    )


def test_an_answer_without_particulars_has_no_account() -> None:
    (answer,) = case_of(f'findings.tax = {{ outcome = "CLEAR", days_old = 1 }}\n{GRANTED}').answers["tax"]
    assert answer.account is None


def test_a_list_of_tables_is_an_answer_each_and_an_empty_list_none() -> None:
    text = 'findings.tax = [{ outcome = "CLEAR" }, { outcome = "UNAVAILABLE", agency = "b" }]'
    assert [a.agency for a in case_of(f"{text}\n{GRANTED}").answers["tax"]] == ["tax", "b"]
    assert case_of(f"findings.tax = []\n{GRANTED}").answers["tax"] == ()


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ('expect = { result = "GRANTED", size = "MICRO" }', "kind: is missing"),
        ('expect = { result = "GRANTED", kind = "FULL" }', "size: is missing"),
        ('expect = { result = "REFUSED" }', "reasons: is missing"),
        ('expect = { result = "MAYBE", reasons = [] }', "'MAYBE' is not known here"),
        ('expect = { result = "REFUSED", reasons = ["TOO_POOR"] }', "'TOO_POOR' is no reason"),
        ('expect = { result = "REFUSED", reasons = ["tax:SIZE_ABOVE_LIMIT"] }', "'tax:SIZE_ABOVE_LIMIT' is no reason"),
        ('expect = { result = "REFUSED", reasons = ["BARRED_ARREARS"] }', "'BARRED_ARREARS' is no reason"),
        (f"facts = {{ wealth = 3 }}\n{GRANTED}", "facts.wealth: is no fact"),
        (f'facts = {{ name = "Sol" }}\n{GRANTED}', "facts.name: is no fact"),
        (f'facts = {{ head_count = "six" }}\n{GRANTED}', "facts.head_count: is of the wrong type"),
        (f"facts = {{ registered_on = 2020 }}\n{GRANTED}", "facts.registered_on: is of the wrong type"),
        (f'sources = {{ zone = "fund" }}\n{GRANTED}', "sources.zone: no such fact is known here"),
        (f"as_of = {{ zone = 2026-01-01 }}\n{GRANTED}", "as_of.zone: no such fact is known here"),
        (f'findings.tax = ["BROKE"]\n{GRANTED}', "findings.tax: 'BROKE' is not known here"),
        (f'findings.tax = [{{ outcome = "CLEAR" }}, "CLEAR"]\n{GRANTED}', "findings.tax[2]: is not a table"),
        (f'findings.tax = {{ outcome = "CLEAR", debt = [] }}\n{GRANTED}', "findings.tax.debt: unknown key"),
        (f"findings.tax = 3\n{GRANTED}", "findings.tax: is of the wrong type"),
        (f"colour = 3\n{GRANTED}", "colour: unknown key"),
        (f"on = 0001-01-01\n{GRANTED}", "on: 0001-01-01 is out of range"),
        (f"on = 9999-12-31\n{GRANTED}", "on: 9999-12-31 is out of range"),
    ],
)
def test_what_is_not_in_the_vocabulary_is_a_fault_with_its_line(case: str, fault: str) -> None:
    found = faults_of(case)
    assert any(fault in each for each in found), found
    assert all(each.startswith("cases.toml:") for each in found)


def test_every_fault_of_a_table_is_told_at_once() -> None:
    assert len(faults_of('findings.tax = ["BROKE"]\ncolour = 1\nexpect = { result = "GRANTED" }')) == 4


def test_a_debt_below_zero_is_a_fault_and_no_crash() -> None:
    text = 'findings.tax = { outcome = "BARRED_ARREARS", debts = [{ period_end = 2025-12-31, principal = -1 }] }'
    (fault,) = faults_of(f"{text}\n{GRANTED}")
    assert "principal: -1 cannot be used" in fault


# --- What is decided ---


def test_a_scheme_that_the_case_does_not_name_is_clear_on_the_data_of_the_day() -> None:
    (finding,) = evidence_of(case_of(GRANTED), RULES).findings
    assert (finding.scheme, finding.agency, finding.outcome, finding.data_as_of) == ("tax", "tax", Outcome.CLEAR, DAY)


def test_every_scheme_is_clear_unless_named_whatever_its_requirement() -> None:
    rules = parse_rule_set(EVERY_KEY, "x.toml")
    findings = evidence_of(case_of(f"findings.tax = []\n{GRANTED}"), rules).findings
    assert [f.scheme for f in findings] == [scheme.name for scheme in rules.schemes if scheme.name != "tax"]
    assert {f.outcome for f in findings} == {Outcome.CLEAR}


def test_an_agency_that_is_out_is_switched_as_the_case_says() -> None:
    case = case_of(f'switched = {{ tax = "provisional" }}\nfindings = {{ tax = ["UNAVAILABLE"] }}\n{GRANTED}')
    assert evidence_of(case, RULES).switched == (("tax", "provisional"),)
    assert evidence_of(case_of(GRANTED), RULES).switched == ()


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ('switched = { tax = "provisional" }', "switched.tax: this agency is not out here; let it answer UNAVAILABLE"),
        ('switched = { x = "refuse" }\nfindings = { tax = ["UNAVAILABLE"] }', "switched.x: this agency is not out"),
        ('switched = { tax = "provisional" }\nfindings = { tax = ["MALFORMED"] }', "switched.tax: this agency is not"),
        ('switched = { tax = "reuse" }\nfindings = { tax = ["UNAVAILABLE"] }', 'switched.tax: no rule allows "reuse"'),
    ],
)
def test_a_switch_that_shows_nothing_is_a_fault_of_the_table(case: str, fault: str) -> None:
    (found,) = table_faults(table_of(f"{case}\n{GRANTED}"), BOOK)
    assert fault in found


def test_the_table_says_who_answers_for_a_scheme() -> None:
    (finding,) = evidence_of(case_of(GRANTED, f'agencies = {{ tax = "sii" }}\n{FACTS}'), RULES).findings
    assert finding.agency == "sii"


def test_data_is_as_old_as_the_case_says_or_without_date() -> None:
    text = 'findings.tax = [{ outcome = "CLEAR", days_old = 3 }, { outcome = "CLEAR", undated = true }]'
    old, undated = evidence_of(case_of(f"{text}\n{GRANTED}"), RULES).findings
    assert (old.data_as_of, undated.data_as_of) == (date(2026, 2, 26), None)


@given(days)
def test_the_agency_is_asked_on_the_day_of_the_case_wherever_the_authority_is(on: date) -> None:
    case = case_of(f"on = {on}\n{GRANTED}")
    for zone in ("Pacific/Auckland", "America/Costa_Rica", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        book = RuleBook([period("1990-01-01", None, zone)])
        (finding,) = evidence_of(case, book.sets[0]).findings
        assert finding.checked_at.tzinfo is UTC
        assert book.legal_date(finding.checked_at) == on


def test_a_case_passes_if_every_key_that_it_writes_comes_out() -> None:
    verdict = run(case_of(GRANTED.replace(" }", ', score = "15.50", days = 365, effects = [], unchecked = [] }')), BOOK)
    assert verdict.passed
    assert verdict.decision.size is SizeClass.SMALL


@pytest.mark.parametrize(
    ("expect", "differing"),
    [
        ('{ result = "REFUSED", reasons = ["tax:BARRED_ARREARS"] }', ["result", "reasons"]),
        ('{ result = "GRANTED", kind = "UNDER_ARRANGEMENT", size = "SMALL" }', ["kind"]),
        (
            '{ result = "GRANTED", kind = "FULL", size = "MICRO", score = "15.5", days = 364 }',
            ["size", "score", "days"],
        ),
        ('{ result = "GRANTED", kind = "FULL", size = "SMALL", effects = ["x"] }', ["effects"]),
        ('{ result = "GRANTED", kind = "FULL", size = "SMALL", unchecked = ["tax"] }', ["unchecked"]),
    ],
)
def test_a_case_fails_by_every_key_that_comes_out_otherwise(expect: str, differing: list[str]) -> None:
    assert [d.key for d in run(case_of(f"expect = {expect}"), BOOK).differences] == differing


def test_reasons_are_compared_in_their_order_and_as_often_as_they_come() -> None:
    twice = 'findings.tax = [{ outcome = "BARRED_ARREARS" }, { outcome = "BARRED_ARREARS", agency = "b" }]'
    expect = 'expect = { result = "REFUSED", reasons = ["tax:BARRED_ARREARS", "tax:BARRED_ARREARS"] }'
    assert run(case_of(f"{twice}\n{expect}"), BOOK).passed
    once = 'findings.tax = ["BARRED_ARREARS"]'
    assert [d.key for d in run(case_of(f"{once}\n{expect}"), BOOK).differences] == ["reasons"]


def test_a_day_without_rules_cannot_be_decided() -> None:
    with pytest.raises(NoRuleSet):
        run(case_of(f"on = 2025-12-31\n{GRANTED}"), BOOK)


def test_other_rules_are_tried_as_if_they_were_in_force_on_the_day_of_the_case() -> None:
    case = case_of(f"on = 2020-01-01\n{GRANTED}")
    assert decided_under(case, RULES).result is Result.GRANTED
    assert decided_under(case_of(f"on = 2030-01-01\n{GRANTED}"), RULES).result is Result.GRANTED


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        (f"on = 2025-12-31\n{GRANTED}", "on: no rules are in force on 2025-12-31"),
        (f"findings.pension = []\n{GRANTED}", "findings: 'pension' is not in example/2026-01-01; write one of: tax"),
        ('expect = { result = "REFUSED", reasons = ["pension:NO_FINDING"] }', "expect.reasons: 'pension' is not in"),
        (GRANTED.replace(" }", ', effects = ["x"] }'), "expect.effects: 'x' is not in"),
        (GRANTED.replace(" }", ', unchecked = ["x"] }'), "expect.unchecked: 'x' is not in"),
    ],
)
def test_what_the_rules_do_not_have_is_a_fault_of_the_table(case: str, fault: str) -> None:
    (found,) = table_faults(table_of(case), BOOK)
    assert found.startswith("cases.toml:7: ")
    assert fault in found


def test_an_agency_for_a_scheme_that_no_rules_have_is_a_fault() -> None:
    table = table_of(GRANTED, 'agencies = { pension = "afp" }\n')
    assert table_faults(table, BOOK) == ("agencies.pension: no rule set has this scheme",)


def test_a_table_for_another_jurisdiction_is_a_fault() -> None:
    (fault,) = table_faults(table_of(GRANTED, f'jurisdiction = "atlantis"\n{FACTS}'), BOOK)
    assert fault == "jurisdiction: 'atlantis' is not that of the rules; write 'example'"


def test_a_sound_table_has_no_faults() -> None:
    assert table_faults(table_of(GRANTED), BOOK) == ()


def test_the_instant_of_asking_is_noon_there() -> None:
    (finding,) = evidence_of(case_of(GRANTED), RULES).findings
    assert finding.checked_at == datetime(2026, 3, 1, 18, tzinfo=UTC)
