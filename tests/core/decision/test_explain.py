"""The explanation: the exact step of each rule. What each mechanism says of itself is told beside its own tests."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certsvc.core.account import Account
from certsvc.core.decision import StepState, explain
from certsvc.core.decision.journal import RuleKind, Step
from certsvc.core.errors import NoRuleSet
from certsvc.core.model import Enterprise, Evidence, FactName, Identifier
from certsvc.core.outcome import Outcome
from certsvc.core.rules import parse_rule_set
from certsvc.core.rules.size import ScoreRule
from tests.core.decision import three_duties
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    CLEAR,
    DAY,
    FIVE,
    NO_RETURN,
    OUT,
    briefly,
    debt,
    ends,
    facts,
    owing,
    rules,
    scheme,
    steps,
    told,
)
from tests.core.rules.kit import EVERY_KEY
from tests.strategies import noon

RULES = rules()
EVERY = parse_rule_set(EVERY_KEY, "every_key.toml")
FIRM = Enterprise((Identifier("fr.company", "1"),))
OFFICE = "sat"


# --- Which steps there are ---


def test_every_rule_of_the_file_has_a_step_in_its_order_and_nothing_else_has() -> None:
    found = explain(FIRM, Evidence(()), EVERY, DAY).steps
    parts = RuleKind.CLASS
    assert list(dict.fromkeys(step.rule for step in found if step.kind is not parts)) == [
        path for path, _ in EVERY.bases
    ]
    assert [step.rule for step in found if step.kind is parts] == [
        f"size.classes.{size}" for size in ("MICRO", "MICRO", "SMALL", "MEDIUM")
    ]
    weighted = {RuleKind.WEIGHTS, RuleKind.CUT_OFFS, RuleKind.SECTOR}
    assert {step.kind for step in found} == set(RuleKind) - weighted


def test_a_step_says_what_its_rule_rests_on_and_whether_that_is_confirmed() -> None:
    found = {step.rule: step for step in explain(FIRM, Evidence(()), EVERY, DAY).steps}
    assert {path: (found[path].citation, found[path].confirmed) for path, _ in EVERY.bases} == {
        path: (basis.citation, basis.confirmed) for path, basis in EVERY.bases
    }
    assert (found["sample"].confirmed, found["recheck"].confirmed) == (False, True)
    assert found["size.classes.MICRO"].citation == found["size"].citation
    assert (found["schemes.pension.degraded"].scheme, found["size"].scheme) == ("pension", "")


@pytest.mark.parametrize(
    ("path", "kind", "names"),
    [
        ("schemes.tax", RuleKind.SCHEME, ("tax",)),
        ("schemes.tax.evidence", RuleKind.EVIDENCE, ("tax",)),
        ("schemes.tax.amnesties.relief", RuleKind.AMNESTY, ("tax", "relief")),
        ("proofs.two", RuleKind.PROOF, ("two",)),
        ("names", RuleKind.NAMES, ()),
        ("sources.net_sales", RuleKind.SOURCE, ("net_sales",)),
        ("size", RuleKind.SIZE, ()),
        ("size.sectors.trade", RuleKind.SECTOR, ("trade",)),
        ("size.weights", RuleKind.WEIGHTS, ()),
    ],
)
def test_a_kind_and_names_make_a_path_and_the_path_tells_the_kind(
    path: str, kind: RuleKind, names: tuple[str, ...]
) -> None:
    assert kind.path(*names) == path
    assert RuleKind.of(path) is kind


@pytest.mark.parametrize("path", ["schemes.tax.nothing", "nothing", "size.nothing", ""])
def test_a_path_of_no_rule_has_no_kind(path: str) -> None:
    with pytest.raises(ValueError, match="is not a valid RuleKind"):
        RuleKind.of(path)


def test_a_day_on_which_the_rules_are_not_in_force_has_no_explanation() -> None:
    assert EVERY.until is not None
    with pytest.raises(NoRuleSet):
        explain(FIRM, Evidence(()), EVERY, EVERY.until)


# --- Evidence and schemes ---


def test_a_step_names_the_answer_it_rests_on_with_dates_and_age() -> None:
    finding = told(ARREARS, agency=OFFICE, days_old=12)
    assert steps(RULES, "schemes.tax.evidence", finding) == [
        Step(
            rule="schemes.tax.evidence",
            kind=RuleKind.EVIDENCE,
            state=StepState.PASSED,
            citation="schemes.evidence",
            confirmed=True,
            scheme="tax",
            agency=OFFICE,
            code="BARRED_ARREARS",
            data_as_of=DAY - timedelta(days=12),
            checked_at=noon(DAY),
            age_days=12,
            details=(("limit", "30"),),
        )
    ]
    assert steps(RULES, "schemes.tax", finding) == [
        Step("schemes.tax", RuleKind.SCHEME, StepState.FAILED, "schemes", True, scheme="tax", code="BARRED_ARREARS")
    ]


@pytest.mark.parametrize(
    ("days_old", "outcome", "evidence", "standing"),
    [
        (30, CLEAR, "PASSED CLEAR limit=30", f"PASSED day={DAY - timedelta(days=30)}"),
        (31, CLEAR, "OPEN EVIDENCE_STALE limit=30", "OPEN EVIDENCE_STALE"),
        (31, ARREARS, "OPEN EVIDENCE_STALE limit=30", "OPEN EVIDENCE_STALE"),
        (-1, CLEAR, "PASSED CLEAR limit=30", f"PASSED day={DAY}"),
        (-2, CLEAR, "OPEN MALFORMED limit=30", "OPEN MALFORMED"),
        (None, CLEAR, "OPEN EVIDENCE_UNDATED limit=30", "OPEN EVIDENCE_UNDATED"),
        (0, OUT, "OPEN UNAVAILABLE limit=30", "OPEN UNAVAILABLE"),
        (0, Outcome.DISPUTED, "OPEN DISPUTED limit=30", "OPEN DISPUTED"),
        (0, NO_RETURN, "PASSED BARRED_MISSING_RETURN limit=30", "FAILED BARRED_MISSING_RETURN"),
        (0, ARRANGED, "PASSED CLEAR_UNDER_ARRANGEMENT limit=30", f"PASSED day={DAY}"),
    ],
)
def test_what_an_answer_proves_and_what_that_makes_of_the_scheme(
    days_old: int | None, outcome: Outcome, evidence: str, standing: str
) -> None:
    finding = told(outcome, days_old=days_old)
    assert briefly(RULES, "schemes.tax.evidence", finding) == [evidence]
    assert briefly(RULES, "schemes.tax", finding) == [standing]


def test_an_undated_answer_has_no_age_unless_the_check_dates_it() -> None:
    (step,) = steps(RULES, "schemes.tax.evidence", told(days_old=None))
    assert (step.data_as_of, step.age_days, step.checked_at) == (None, None, noon(DAY))
    checked = rules(scheme().replace('undated = "reject"', 'undated = "use_check_date"'))
    (dated,) = steps(checked, "schemes.tax.evidence", told(days_old=None))
    assert (dated.data_as_of, dated.age_days) == (DAY, 0)


def test_without_an_answer_the_step_says_so() -> None:
    (step,) = steps(RULES, "schemes.tax.evidence")
    assert (step.state, step.code, step.agency, step.details) == ("OPEN", "NO_FINDING", "", ())
    assert briefly(RULES, "schemes.tax") == ["OPEN NO_FINDING"]


def test_each_answer_of_a_scheme_has_its_own_step_and_the_worst_decides() -> None:
    findings = told(agency="b"), told(OUT, agency="a"), told(scheme="levy"), told(NO_RETURN, agency="c")
    both = rules(scheme(), scheme("levy"))
    found = steps(both, "schemes.tax.evidence", *findings)
    assert [(step.agency, step.code) for step in found] == [
        ("b", "CLEAR"),
        ("a", "UNAVAILABLE"),
        ("c", "BARRED_MISSING_RETURN"),
    ]
    assert briefly(both, "schemes.tax", *findings) == ["FAILED BARRED_MISSING_RETURN"]
    assert briefly(both, "schemes.levy", *findings) == [f"PASSED day={DAY}"]


def test_a_rule_that_had_a_say_names_the_answer_and_the_outcome_it_was_about() -> None:
    rule_set = rules(scheme(more="[schemes.posting]\nlag_days = 8\n[schemes.newly_registered]\nwithin_days = 9"))
    account = Account(last_payment_on=DAY, registered_on=DAY)
    finding = told(NO_RETURN, ARREARS, agency=OFFICE, days_old=3, account=account)
    for path, code in (("posting", ARREARS), ("newly_registered", NO_RETURN)):
        (step,) = steps(rule_set, f"schemes.tax.{path}", finding)
        assert (step.scheme, step.agency, step.code, step.age_days) == ("tax", OFFICE, code, 3)
        assert (step.data_as_of, step.checked_at) == (DAY - timedelta(days=3), noon(DAY))
        assert step.citation == f"schemes.{path}"
        silent = briefly(rule_set, f"schemes.tax.{path}", told(ARREARS, NO_RETURN, days_old=31, account=account))
        assert silent == ["NOT_APPLICABLE"], "what proves nothing is not read"


# --- The size by score ---

SCORED = three_duties.RULES


def score_steps(path: str, /, **values: int | str) -> list[str]:
    return briefly(SCORED, path, *three_duties.clear_findings(), known=facts(**values))


def test_the_score_is_taken_apart_into_its_terms() -> None:
    """60 % of 6 of 30 staff is 12; half of the money denominators gives 15 and 5."""
    assert isinstance(SCORED.size, ScoreRule)
    row = next(row for row in SCORED.size.sectors if row.name == "services")
    sales, assets = int(row.net_sales / 2), int(row.assets / 2)
    values: dict[str, int | str] = {"sector": "services", "head_count": 6, "net_sales": sales, "total_assets": assets}
    assert row.assets_fact is FactName.TOTAL_ASSETS
    assert score_steps("size.weights", **values) == [
        "APPLIED head_count=12.00 net_sales=15.00 total_assets=5.00 score=32.00"
    ]
    assert score_steps("size.cut_offs", **values) == ["APPLIED score=32.00 size=SMALL"]
    assert score_steps("size", **values) == ["PASSED size=SMALL score=32.00"]
    assert score_steps("size.sectors.services", **values) == ["APPLIED sector=services"]
    assert score_steps("size.sectors.commerce", **values) == ["NOT_APPLICABLE sector=commerce"]


def test_a_score_above_every_cut_off_has_no_class() -> None:
    values: dict[str, int | str] = {"sector": "services", "head_count": 51, "net_sales": 0, "total_assets": 0}
    assert score_steps("size.cut_offs", **values) == ["APPLIED score=102.00"]
    assert score_steps("size", **values) == ["FAILED SIZE_ABOVE_LIMIT score=102.00"]


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ({"sector": "fishing", "head_count": 1}, "FAILED SECTOR_UNKNOWN sector=fishing"),
        ({"head_count": 1}, "FAILED FACTS_MISSING fact=sector"),
        ({"sector": "services", "head_count": 1}, "FAILED FACTS_MISSING fact=net_sales fact=total_assets"),
    ],
)
def test_without_a_score_there_are_no_terms(values: dict[str, int | str], step: str) -> None:
    assert score_steps("size", **values) == [step]
    assert score_steps("size.weights", **values) == score_steps("size.cut_offs", **values) == ["NOT_APPLICABLE"]
    assert score_steps("size.sectors.services", **values) == ["NOT_APPLICABLE sector=services"]


# --- What a certificate is worth ---

SAMPLED = rules(scheme(), more="[sample]\nshare = 0.2\nsizes = ['MICRO']\n")


@pytest.mark.parametrize(
    ("outcome", "validity", "recheck", "appeal"),
    [
        (CLEAR, "APPLIED kind=FULL days=365 limit=365", "APPLIED days=30", "NOT_APPLICABLE"),
        (ARRANGED, "APPLIED kind=UNDER_ARRANGEMENT days=90 limit=90", "APPLIED days=30", "NOT_APPLICABLE"),
        (ARREARS, "NOT_APPLICABLE", "NOT_APPLICABLE", f"APPLIED until={DAY + timedelta(days=10)}"),
        (OUT, "NOT_APPLICABLE", "NOT_APPLICABLE", "NOT_APPLICABLE"),
    ],
)
def test_validity_and_recheck_go_with_a_grant_and_appeal_with_a_refusal(
    outcome: Outcome, validity: str, recheck: str, appeal: str
) -> None:
    assert briefly(RULES, "validity", told(outcome)) == [validity]
    assert briefly(RULES, "recheck", told(outcome)) == [recheck]
    assert briefly(RULES, "appeal", told(outcome)) == [appeal]


@pytest.mark.parametrize(
    ("outcome", "head_count", "step"),
    [
        (CLEAR, 9, "APPLIED share=0.2"),
        (CLEAR, 10, "NOT_APPLICABLE"),
        (ARREARS, 9, "NOT_APPLICABLE"),
    ],
)
def test_a_certificate_of_some_sizes_may_be_drawn_for_inspection(outcome: Outcome, head_count: int, step: str) -> None:
    assert briefly(SAMPLED, "sample", told(outcome), known=facts(head_count=head_count)) == [step]


# --- The enterprise as a whole ---


def test_a_fact_used_is_named_with_source_date_and_age() -> None:
    rule_set = rules(scheme(), more="[sources.head_count]\nfrom = ['fund']\n")
    as_of = date(2026, 5, 2)
    (step,) = steps(rule_set, "sources.head_count", told(), known=facts("fund", as_of, head_count=5))
    path, kind = "sources.head_count", RuleKind.SOURCE
    wanted = Step(path, kind, StepState.APPLIED, path, True, agency="fund", data_as_of=as_of, age_days=30)
    assert step == wanted


def test_a_detail_is_found_by_its_key() -> None:
    (step,) = steps(RULES, "validity", told())
    assert (step.detail("kind"), step.detail("days"), step.detail("nothing")) == ("FULL", "365", "")


def test_no_step_tells_how_high_a_debt_is() -> None:
    more = (
        "[schemes.de_minimis]\namount = 5\ncounts = ['principal']\n"
        "[schemes.secured]\nsuspended = 'bars'\nguaranteed = 'bars'\n[schemes.presumed]\npresumed = 'bars'"
    )
    found = explain(FIRM, Evidence((owing(debt("7777", "8888", "9999")),), FIVE), rules(scheme(more=more)), DAY)
    assert not any(amount in repr(found.steps) for amount in ("7777", "8888", "9999"))
    assert ends(rules(scheme(more=more)), owing(debt("7777"))) == "REFUSED tax:BARRED_ARREARS"
