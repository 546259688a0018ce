"""Proof groups: how many of several schemes must be clear, and what counts as one; optional schemes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certsvc.core.model import Finding
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    CLEAR,
    DAY,
    NO_RETURN,
    NOT_REGISTERED,
    OUT,
    briefly,
    decided,
    ends,
    facts,
    rules,
    scheme,
    told,
)

OWNERS = "[[schemes.liability]]\nname = 'staff'\nsince = 2000-01-01\nworkers_from = 1\n"
PROVISIONAL = "[schemes.degraded]\nmode = 'provisional'\n"
NAMES = ("a", "b", "c")


def group(at_least: int, not_applicable: str = "left_out", of: tuple[str, ...] = NAMES, name: str = "k") -> str:
    names = ", ".join(f"'{each}'" for each in of)
    return (
        f"[[proofs]]\nname = '{name}'\ntitle = {{ es = '{name}', en = '{name}' }}\nat_least = {at_least}\n"
        f"of = [{names}]\nnot_applicable = '{not_applicable}'\n"
    )


def ruled(at_least: int = 2, not_applicable: str = "left_out", more: str = "", own: str = "") -> RuleSet:
    """Three proofs; `more` are rules of the third one, `own` keys of the first one."""
    return rules(
        scheme("a", requirement="proof", own=own),
        scheme("b", requirement="proof"),
        scheme("c", more, requirement="proof"),
        more=group(at_least, not_applicable),
    )


def answers(a: Outcome | None, b: Outcome | None, c: Outcome | None) -> tuple[Finding, ...]:
    return tuple(told(each, scheme=name) for name, each in zip(NAMES, (a, b, c), strict=True) if each is not None)


def given(rule_set: RuleSet, a: Outcome | None, b: Outcome | None, c: Outcome | None, head_count: int = 5) -> str:
    return ends(rule_set, *answers(a, b, c), known=facts(head_count=head_count))


@pytest.mark.parametrize(
    ("at_least", "ending"),
    [
        (1, "FULL 365"),
        (2, "FULL 365"),
        (3, "REFUSED PROOFS_NOT_MET.k c:BARRED_ARREARS"),
    ],
)
def test_as_many_proofs_as_asked_for_are_enough(at_least: int, ending: str) -> None:
    assert given(ruled(at_least), CLEAR, CLEAR, ARREARS) == ending
    state = "PASSED" if at_least < 3 else "FAILED PROOFS_NOT_MET"
    step = briefly(ruled(at_least), "proofs.k", *answers(CLEAR, CLEAR, ARREARS))
    assert step == [f"{state} met=2 need={at_least} not_applicable=0"]


def test_a_group_that_is_not_met_names_itself_and_why_each_proof_failed() -> None:
    assert given(ruled(), CLEAR, ARREARS, NOT_REGISTERED) == (
        "REFUSED PROOFS_NOT_MET.k b:BARRED_ARREARS c:BARRED_NOT_REGISTERED"
    )


@pytest.mark.parametrize(
    ("a", "b", "c", "ending", "step"),
    [
        (CLEAR, CLEAR, OUT, "FULL 365", "PASSED met=2 need=2 not_applicable=0"),
        (CLEAR, OUT, ARREARS, "UNDECIDED b:UNAVAILABLE", "OPEN met=1 need=2 not_applicable=0"),
        (OUT, None, CLEAR, "UNDECIDED a:UNAVAILABLE b:NO_FINDING", "OPEN met=1 need=2 not_applicable=0"),
        (
            OUT,
            NO_RETURN,
            ARREARS,
            "REFUSED PROOFS_NOT_MET.k b:BARRED_MISSING_RETURN c:BARRED_ARREARS",
            "FAILED PROOFS_NOT_MET met=0 need=2 not_applicable=0",
        ),
    ],
)
def test_what_is_open_matters_only_while_it_could_still_make_up_the_number(
    a: Outcome | None, b: Outcome | None, c: Outcome | None, ending: str, step: str
) -> None:
    assert given(ruled(), a, b, c) == ending
    assert briefly(ruled(), "proofs.k", *answers(a, b, c)) == [step]


def test_a_proof_that_does_not_apply_is_left_out_and_the_rest_must_do() -> None:
    """Without staff the third duty is not owed."""
    for at_least, need in ((1, 1), (2, 2), (3, 2)):
        rule_set = ruled(at_least, more=OWNERS)
        assert given(rule_set, CLEAR, CLEAR, None, head_count=0) == "FULL 365"
        step = briefly(rule_set, "proofs.k", *answers(CLEAR, CLEAR, None), known=facts(head_count=0))
        assert step == [f"PASSED met=2 need={need} not_applicable=1"]
    assert given(ruled(2, more=OWNERS), CLEAR, ARREARS, None, head_count=0) == (
        "REFUSED PROOFS_NOT_MET.k b:BARRED_ARREARS"
    )
    assert given(ruled(1, more=OWNERS), CLEAR, ARREARS, None, head_count=0) == "FULL 365"


def test_a_proof_that_does_not_apply_counts_as_met_where_the_rule_says_so() -> None:
    rule_set = ruled(2, "met", OWNERS)
    assert given(rule_set, CLEAR, ARREARS, None, head_count=0) == "FULL 365"
    step = briefly(rule_set, "proofs.k", *answers(CLEAR, ARREARS, None), known=facts(head_count=0))
    assert step == ["PASSED met=2 need=2 not_applicable=1"]
    assert given(rule_set, NO_RETURN, ARREARS, None, head_count=0) == (
        "REFUSED PROOFS_NOT_MET.k a:BARRED_MISSING_RETURN b:BARRED_ARREARS"
    )
    assert given(rule_set, CLEAR, ARREARS, NOT_REGISTERED) == (
        "REFUSED PROOFS_NOT_MET.k b:BARRED_ARREARS c:BARRED_NOT_REGISTERED"
    )


def test_a_duty_that_the_agency_says_is_not_owed_is_left_out_too() -> None:
    assert given(ruled(3), CLEAR, CLEAR, Outcome.CLEAR_NOT_LIABLE) == "FULL 365"
    assert given(ruled(1), ARREARS, ARREARS, Outcome.CLEAR_NOT_LIABLE) == (
        "REFUSED PROOFS_NOT_MET.k a:BARRED_ARREARS b:BARRED_ARREARS"
    )


def test_only_the_bars_named_by_a_proof_refuse_by_themselves() -> None:
    rule_set = ruled(1, own="bars = ['BARRED_ARREARS']")
    assert given(rule_set, ARREARS, CLEAR, CLEAR) == "REFUSED a:BARRED_ARREARS"
    assert given(rule_set, NO_RETURN, CLEAR, CLEAR) == "FULL 365"
    assert given(rule_set, CLEAR, ARREARS, ARREARS) == "FULL 365"
    both = told(ARREARS, NO_RETURN, scheme="a")
    assert ends(rule_set, both, *answers(None, CLEAR, CLEAR)) == "REFUSED a:BARRED_ARREARS"


def test_a_proof_that_can_bar_must_be_known_even_where_it_is_not_needed() -> None:
    rule_set = ruled(1, own="bars = ['BARRED_ARREARS']")
    assert given(rule_set, OUT, CLEAR, CLEAR) == "UNDECIDED a:UNAVAILABLE"
    assert given(rule_set, None, CLEAR, CLEAR) == "UNDECIDED a:NO_FINDING"
    assert given(rule_set, CLEAR, OUT, None) == "FULL 365"
    doubted = told(NO_RETURN, scheme="a"), told(OUT, scheme="a"), *answers(None, CLEAR, CLEAR)
    assert ends(rule_set, *doubted) == "UNDECIDED a:UNAVAILABLE", "a bar that does not refuse hides no doubt"


def test_presumed_debts_refuse_where_arrears_do() -> None:
    presumed = "[schemes.presumed]\npresumed = 'bars'"
    for bars, refuses in (("['BARRED_ARREARS']", True), ("['BARRED_MISSING_RETURN']", False)):
        proof = scheme("a", presumed, requirement="proof", own=f"bars = {bars}")
        rule_set = rules(proof, scheme("b"), more=group(1, of=("a", "b")))
        assert rule_set.schemes[0].presumed is not None
        assert ends(rule_set, told(ARREARS, scheme="a"), told(scheme="b")) == (
            "REFUSED a:BARRED_ARREARS" if refuses else "FULL 365"
        )


def test_a_reason_that_refuses_by_itself_is_not_listed_twice() -> None:
    rule_set = ruled(3, own="bars = ['BARRED_ARREARS']")
    assert given(rule_set, ARREARS, CLEAR, CLEAR) == "REFUSED a:BARRED_ARREARS PROOFS_NOT_MET.k"


def test_bars_come_before_groups_in_the_order_of_the_file() -> None:
    rule_set = rules(
        scheme("a", requirement="proof"),
        scheme("b"),
        more=group(2, of=("a", "b"), name="one") + group(1, of=("a",), name="two"),
    )
    assert ends(rule_set, told(ARREARS, scheme="a"), told(NO_RETURN, scheme="b")) == (
        "REFUSED b:BARRED_MISSING_RETURN PROOFS_NOT_MET.one a:BARRED_ARREARS PROOFS_NOT_MET.two"
    )


def test_a_hard_bar_refuses_though_its_group_is_met() -> None:
    rule_set = rules(scheme("a"), scheme("b"), more=group(1, of=("a", "b")))
    assert ends(rule_set, told(scheme="a"), told(ARREARS, scheme="b")) == "REFUSED b:BARRED_ARREARS"
    assert ends(rule_set, told(scheme="a")) == "UNDECIDED b:NO_FINDING"


def test_proofs_that_are_not_clear_are_not_in_the_certificate_and_make_it_neither_longer_nor_full() -> None:
    old = told(scheme="a", days_old=30)
    decision = decided(ruled(1), old, *answers(None, ARREARS, OUT))
    assert decision.clear == (("a", DAY - timedelta(days=30)),)
    assert decision.valid_for == timedelta(days=335)
    barred = told(NO_RETURN, scheme="b", days_old=25)
    assert ends(ruled(1), *answers(CLEAR, None, OUT), barred) == "FULL 340"
    mixed = told(ARRANGED, NO_RETURN, scheme="b")
    assert ends(ruled(1), *answers(CLEAR, None, OUT), mixed) == "UNDER_ARRANGEMENT 90"
    assert given(ruled(1), ARRANGED, CLEAR, CLEAR) == "UNDER_ARRANGEMENT 90"


def test_an_unchecked_proof_is_enough_only_where_the_group_needs_it() -> None:
    rule_set = ruled(2, more=PROVISIONAL)
    assert given(rule_set, CLEAR, CLEAR, OUT) == "FULL 365"
    assert given(rule_set, CLEAR, ARREARS, OUT) == "PROVISIONAL 15"
    step = briefly(rule_set, "proofs.k", *answers(CLEAR, ARREARS, OUT))
    assert step == ["PASSED met=1 need=2 not_applicable=0"]
    decision = decided(rule_set, *answers(CLEAR, ARREARS, OUT))
    assert decision.unchecked == (("c", "c"),)
    assert given(rule_set, NO_RETURN, ARREARS, OUT) == (
        "REFUSED PROOFS_NOT_MET.k a:BARRED_MISSING_RETURN b:BARRED_ARREARS"
    )


def test_beside_what_is_open_an_unchecked_proof_waits_with_it() -> None:
    rule_set = ruled(3, more=PROVISIONAL)
    assert given(rule_set, CLEAR, OUT, OUT) == "UNDECIDED b:UNAVAILABLE c:UNAVAILABLE"
    assert given(ruled(2, more=PROVISIONAL), CLEAR, OUT, OUT) == "PROVISIONAL 15"


def test_an_unchecked_proof_that_can_bar_makes_the_certificate_provisional_though_not_needed() -> None:
    proof = scheme("a", PROVISIONAL, requirement="proof", own="bars = ['BARRED_ARREARS']")
    rule_set = rules(proof, scheme("b"), more=group(1, of=("a", "b")))
    assert ends(rule_set, told(OUT, scheme="a"), told(scheme="b")) == "PROVISIONAL 15"


def test_a_doubt_of_a_group_alone_does_not_hold_up_problems_of_the_profile() -> None:
    """Otherwise the bar at c, without which nobody would wait for b, made a refusal an open decision."""
    assert given(ruled(), CLEAR, OUT, CLEAR, head_count=50) == "REFUSED SIZE_ABOVE_LIMIT"
    assert given(ruled(), CLEAR, OUT, ARREARS, head_count=50) == "REFUSED SIZE_ABOVE_LIMIT"
    assert given(ruled(), CLEAR, OUT, ARREARS, head_count=5) == "UNDECIDED b:UNAVAILABLE"
    assert given(ruled(), CLEAR, CLEAR, OUT, head_count=50) == "REFUSED SIZE_ABOVE_LIMIT"
    must_be_known = ruled(own="bars = ['BARRED_ARREARS']")
    assert given(must_be_known, OUT, CLEAR, CLEAR, head_count=50) == "UNDECIDED a:UNAVAILABLE"
    assert given(ruled(), CLEAR, ARREARS, ARREARS, head_count=50) == (
        "REFUSED PROOFS_NOT_MET.k b:BARRED_ARREARS c:BARRED_ARREARS SIZE_ABOVE_LIMIT"
    )


# --- Optional schemes ---

OPTIONAL = rules(scheme("a", requirement="optional"), scheme("b"))


@pytest.mark.parametrize(
    ("outcome", "step"),
    [
        (CLEAR, "PASSED"),
        (ARREARS, "FAILED BARRED_ARREARS"),
        (OUT, "OPEN UNAVAILABLE"),
        (ARRANGED, "PASSED"),
    ],
)
def test_an_optional_scheme_is_explained_and_changes_nothing(outcome: Outcome, step: str) -> None:
    findings = told(outcome, scheme="a", days_old=20), told(scheme="b")
    decision = decided(OPTIONAL, *findings)
    assert decision == decided(OPTIONAL, told(scheme="b"))
    assert (decision.clear, decision.valid_for) == ((("b", DAY),), timedelta(days=365))
    assert briefly(OPTIONAL, "schemes.a", *findings) == [step]


def test_an_optional_scheme_alone_gives_nothing() -> None:
    assert ends(OPTIONAL, told(scheme="a")) == "UNDECIDED b:NO_FINDING"
