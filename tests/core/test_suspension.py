"""Rules: what is suspended neither refuses nor clears, stays on record, and a dispute touches bars alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.decision import decide
from certsvc.core.model import Finding, Result
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.suspension import suspended, with_disputes
from tests.core.decision.drawn_rules import ON
from tests.core.decision.kit import ARREARS, NO_RETURN, ends, rules, scheme, told
from tests.core.decision.strategies import Case, any_case, findings
from tests.core.decision.test_properties import grants_more, is_better
from tests.strategies import BARRED


def test_a_disputed_bar_neither_refuses_nor_clears_and_stays_on_record() -> None:
    bar = told(ARREARS, NO_RETURN)
    assert suspended(bar) == told(Outcome.DISPUTED, ARREARS, NO_RETURN)
    assert ends(rules(), bar).startswith("REFUSED")
    assert ends(rules(), *with_disputes([bar], {("tax", "tax")})) == "UNDECIDED tax:DISPUTED"


def test_a_dispute_is_about_one_agency_and_one_scheme() -> None:
    bar = told(ARREARS)
    for disputed in (set(), {("tax", "levy")}, {("elsewhere", "tax")}):
        assert with_disputes([bar], disputed) == (bar,)


def test_what_is_clear_stays_clear_under_dispute() -> None:
    clear = told(Outcome.CLEAR_UNDER_ARRANGEMENT)
    assert with_disputes([clear], {("tax", "tax")}) == (clear,)


def test_a_bar_listed_after_what_is_clear_is_disputed_too() -> None:
    odd = told(Outcome.CLEAR, ARREARS)
    assert with_disputes([odd], {("tax", "tax")}) == (told(Outcome.DISPUTED, ARREARS),)


@given(findings)
def test_what_is_suspended_is_unknown_and_lists_every_bar_further(finding: Finding) -> None:
    after = suspended(finding)
    assert after.standing is Standing.UNKNOWN
    if finding.standing is Standing.UNKNOWN:
        assert after == finding
    else:
        assert after.outcome is Outcome.DISPUTED
        assert after.further == tuple(o for o in (finding.outcome, *finding.further) if o in BARRED)
        assert replace(after, outcome=finding.outcome, further=finding.further) == finding


@given(any_case, st.data())
def test_a_suspended_answer_never_grants_more_than_none(case: Case, data: st.DataObject) -> None:
    answer = data.draw(findings)
    others = case.evidence.findings
    without = decide(case.enterprise, case.with_findings(*others).evidence, case.rules, ON)
    held = decide(case.enterprise, case.with_findings(*others, suspended(answer)).evidence, case.rules, ON)
    if answer.outcome not in (Outcome.UNAVAILABLE, Outcome.RATE_LIMITED):
        assert not grants_more(held, without)


@given(any_case, st.data())
def test_a_dispute_never_makes_a_decision_worse_save_that_a_proof_may_be_waited_for(
    case: Case, data: st.DataObject
) -> None:
    asked = [(f.agency, f.scheme) for f in case.evidence.findings]
    disputed = set(data.draw(st.lists(st.sampled_from(asked), max_size=2))) if asked else set()
    before = decide(case.enterprise, case.evidence, case.rules, ON)
    after = decide(
        case.enterprise,
        case.with_findings(*with_disputes(case.evidence.findings, disputed)).evidence,
        case.rules,
        ON,
    )
    if before.result is Result.REFUSED:
        assert not is_better(before, after)


def test_a_disputed_proof_that_is_not_needed_holds_nothing_up() -> None:
    group = "[[proofs]]\nname = 'one'\ntitle = {es='one',en='one'}\nat_least = 1\nof = ['tax', 'levy']\n"
    rule_set = rules(scheme(requirement="proof"), scheme("levy"), more=group + "not_applicable = 'met'\n")
    bar, levy = told(ARREARS), told(scheme="levy")
    assert ends(rule_set, bar, levy) == "FULL 365"
    assert ends(rule_set, *with_disputes([bar], {("tax", "tax")}), levy) == "FULL 365"
