"""An agency that is out: what waits, is refused or granted for a short time, and what older answers are worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from certsvc.core.account import Account, Discharge
from certsvc.core.decision import Explanation, decide, explain
from certsvc.core.decision.wording import sentence
from certsvc.core.evidence import in_order
from certsvc.core.model import Enterprise, Evidence, Finding, Identifier, Source
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from certsvc.core.rules.scheme import Degraded
from tests.core.decision.kit import (
    ARREARS,
    CLEAR,
    DAY,
    FIVE,
    NO_RETURN,
    OUT,
    brief,
    briefly,
    decided,
    ends,
    rules,
    scheme,
    steps,
    told,
    verdict,
)
from tests.strategies import UNKNOWN

LIMITED = Outcome.RATE_LIMITED
PATH = "schemes.tax.degraded"
LEVY = told(scheme="levy")


def ruled(mode: str, more: str = "", **keys: str) -> RuleSet:
    return rules(scheme(more=f"[schemes.degraded]\nmode = '{mode}'\n{more}", **keys), scheme("levy"))


PENDING, REFUSE, PROVISIONAL = ruled("pending"), ruled("refuse"), ruled("provisional")
REUSE = ruled("reuse", "reuse_max_age_days = 90")


def test_an_outage_waits_is_refused_or_granted_for_a_short_time_as_the_rule_says() -> None:
    silent = told(OUT)
    assert ends(rules(scheme(), scheme("levy")), silent, LEVY) == "UNDECIDED tax:UNAVAILABLE", "without the rule"
    assert ends(PENDING, silent, LEVY) == "UNDECIDED tax:UNAVAILABLE"
    assert ends(REFUSE, silent, LEVY) == "REFUSED tax:UNAVAILABLE"
    assert ends(PROVISIONAL, silent, LEVY) == "PROVISIONAL 15"
    assert ends(REUSE, silent, LEVY) == "UNDECIDED tax:UNAVAILABLE", "there is no older answer"


@pytest.mark.parametrize("rule_set", [PENDING, REFUSE, PROVISIONAL, REUSE])
def test_an_agency_that_takes_no_more_questions_is_well_and_is_waited_for(rule_set: RuleSet) -> None:
    assert ends(rule_set, told(LIMITED), LEVY) == "UNDECIDED tax:RATE_LIMITED"
    beside = told(OUT, agency="north"), told(LIMITED, agency="south"), LEVY
    assert ends(rule_set, *beside) == "UNDECIDED tax:UNAVAILABLE tax:RATE_LIMITED"
    (step,) = steps(rule_set, PATH, told(LIMITED), LEVY)
    assert (step.state, step.code) == ("NOT_APPLICABLE", "")


def test_no_older_answer_counts_in_place_of_one_that_takes_no_more_questions() -> None:
    assert ends(REUSE, told(LIMITED), told(days_old=60), LEVY) == "UNDECIDED tax:RATE_LIMITED tax:EVIDENCE_STALE"
    assert ends(REUSE, told(LIMITED), told(days_old=30), LEVY) == "UNDECIDED tax:RATE_LIMITED"
    assert ends(REUSE, told(OUT), told(LIMITED), told(days_old=60), LEVY) == "UNDECIDED tax:RATE_LIMITED"


@pytest.mark.parametrize(("rule_set", "mode"), [(PENDING, "pending"), (REFUSE, "refuse"), (PROVISIONAL, "provisional")])
def test_the_rule_that_was_applied_is_told_with_the_answer_that_called_for_it(rule_set: RuleSet, mode: str) -> None:
    (step,) = steps(rule_set, PATH, told(OUT, agency="sat"), LEVY)
    assert (step.state, step.code, step.agency, step.age_days) == ("APPLIED", OUT, "sat", 0)
    assert briefly(rule_set, PATH, told(), LEVY) == [f"NOT_APPLICABLE mode={mode}"]
    assert briefly(rule_set, PATH, told(ARREARS), told(OUT), LEVY)[0].endswith(f"mode={mode}")


def test_a_provisional_certificate_names_the_scheme_and_each_agency_that_is_silent() -> None:
    decision = decided(PROVISIONAL, told(OUT, agency="north"), told(OUT, agency="south"), LEVY)
    assert decision.unchecked == (("tax", "north"), ("tax", "south"))
    assert decision.clear == (("levy", DAY),)
    twice = decided(PROVISIONAL, told(OUT, agency="north"), told(OUT, agency="north", days_old=1), LEVY)
    assert twice.unchecked == (("tax", "north"),)
    assert briefly(PROVISIONAL, "schemes.tax", told(OUT), LEVY) == ["OPEN UNAVAILABLE"]


def test_provisional_comes_before_under_arrangement() -> None:
    arranged = told(Outcome.CLEAR_UNDER_ARRANGEMENT, scheme="levy")
    assert ends(PROVISIONAL, told(OUT), arranged) == "PROVISIONAL 15"


@pytest.mark.parametrize("rule_set", [REFUSE, PROVISIONAL, REUSE], ids=["refuse", "provisional", "reuse"])
@pytest.mark.parametrize(
    "other", [Outcome.DISPUTED, Outcome.NO_INFORMATION, Outcome.MALFORMED], ids=lambda outcome: outcome.value
)
def test_a_doubt_that_is_no_outage_leaves_open_even_beside_one(rule_set: RuleSet, other: Outcome) -> None:
    assert ends(rule_set, told(other), LEVY) == f"UNDECIDED tax:{other}"
    both = told(OUT, agency="north"), told(other, agency="south"), LEVY
    assert ends(rule_set, *both) == f"UNDECIDED tax:UNAVAILABLE tax:{other}"


def test_no_answer_at_all_is_no_outage() -> None:
    for rule_set in (REFUSE, PROVISIONAL, REUSE):
        assert ends(rule_set, LEVY) == "UNDECIDED tax:NO_FINDING"


def test_a_bar_beside_an_outage_refuses_and_is_the_only_reason() -> None:
    for rule_set in (PENDING, REFUSE, PROVISIONAL, REUSE):
        assert ends(rule_set, told(OUT), told(ARREARS), LEVY) == "REFUSED tax:BARRED_ARREARS"


def test_an_outage_beside_a_clear_answer_is_still_one() -> None:
    assert ends(PENDING, told(OUT), told(), LEVY) == "UNDECIDED tax:UNAVAILABLE"
    assert ends(REFUSE, told(OUT), told(), LEVY) == "REFUSED tax:UNAVAILABLE"
    assert ends(PROVISIONAL, told(OUT), told(), LEVY) == "PROVISIONAL 15"


def test_with_nothing_clear_nothing_is_granted() -> None:
    alone = rules(scheme(more="[schemes.degraded]\nmode = 'provisional'"))
    assert ends(alone, told(OUT)) == "UNDECIDED tax:UNAVAILABLE"
    both = rules(*(scheme(name, "[schemes.degraded]\nmode = 'provisional'") for name in ("tax", "levy")))
    assert ends(both, told(OUT), told(OUT, scheme="levy")) == "UNDECIDED tax:UNAVAILABLE levy:UNAVAILABLE"
    assert ends(both, told(OUT), LEVY) == "PROVISIONAL 15"


def test_another_scheme_that_is_open_leaves_a_provisional_grant_open() -> None:
    assert ends(PROVISIONAL, told(OUT), told(OUT, scheme="levy")) == "UNDECIDED levy:UNAVAILABLE"
    assert ends(PROVISIONAL, told(OUT), told(ARREARS, scheme="levy")) == "REFUSED levy:BARRED_ARREARS"


# --- Reuse ---


@pytest.mark.parametrize(
    ("days", "ending"),
    [
        (30, "FULL 335"),
        (31, "FULL 334"),
        (90, "FULL 275"),
        (91, "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_STALE"),
    ],
)
def test_during_an_outage_older_answers_count_up_to_their_own_age(days: int, ending: str) -> None:
    findings = told(OUT), told(days_old=days), LEVY
    assert ends(REUSE, *findings) == ending
    evidence = briefly(REUSE, "schemes.tax.evidence", *findings)
    assert evidence == [
        "OPEN UNAVAILABLE limit=90",
        "OPEN EVIDENCE_STALE limit=90" if days > 90 else "PASSED CLEAR limit=90",
    ]
    state = "NOT_APPLICABLE mode=reuse" if days > 90 else "APPLIED UNAVAILABLE mode=reuse"
    assert briefly(REUSE, PATH, *findings) == [state]


@pytest.mark.parametrize(("days", "ending"), [(30, "FULL 335"), (31, "UNDECIDED tax:EVIDENCE_STALE")])
def test_without_an_outage_the_usual_age_holds(days: int, ending: str) -> None:
    assert ends(REUSE, told(days_old=days), LEVY) == ending
    assert briefly(REUSE, PATH, told(days_old=days), LEVY) == ["NOT_APPLICABLE mode=reuse"]


def test_only_the_rule_on_reuse_lets_older_answers_count() -> None:
    old = told(days_old=31)
    assert ends(PENDING, told(OUT), old, LEVY) == "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_STALE"
    assert ends(REFUSE, told(OUT), old, LEVY) == "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_STALE"
    assert ends(PROVISIONAL, told(OUT), old, LEVY) == "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_STALE"


def test_an_older_bar_counts_during_an_outage_too() -> None:
    assert ends(REUSE, told(OUT), told(ARREARS, days_old=90), LEVY) == "REFUSED tax:BARRED_ARREARS"
    late = ends(REUSE, told(OUT), told(ARREARS, days_old=91), LEVY)
    assert late == "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_STALE"


def test_another_agencys_answer_never_stands_in_for_a_silent_one() -> None:
    silent, other = told(OUT, agency="north"), told(agency="south")
    assert ends(REUSE, silent, other, LEVY) == "UNDECIDED tax:UNAVAILABLE"
    assert ends(REUSE, silent, told(agency="south", days_old=31), LEVY) == (
        "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_STALE"
    )
    assert ends(REUSE, silent, told(agency="north", days_old=60), other, LEVY) == "FULL 305"
    assert ends(REUSE, silent, told(agency="north", days_old=60), told(agency="south", days_old=31), LEVY) == (
        "UNDECIDED tax:EVIDENCE_STALE"
    )
    assert briefly(REUSE, PATH, silent, other, LEVY) == ["NOT_APPLICABLE mode=reuse"]


def test_all_outages_of_one_agency_are_bridged_by_its_older_answer() -> None:
    assert ends(REUSE, told(OUT), told(OUT, days_old=1), told(days_old=60), LEVY) == "FULL 305"


def test_an_outage_is_a_doubt_though_an_answer_that_proves_nothing_stands_beside_it() -> None:
    assert ends(REUSE, told(OUT), told(days_old=None), LEVY) == "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_UNDATED"
    assert ends(REUSE, told(OUT), told(days_old=-2), LEVY) == "UNDECIDED tax:UNAVAILABLE tax:MALFORMED"


def test_an_event_stands_in_for_no_answer() -> None:
    """Of a proof that arrears do not refuse: they are told, and what else would be is still not known."""
    proof = scheme(
        more="[schemes.degraded]\nmode = 'reuse'\nreuse_max_age_days = 90",
        requirement="proof",
        own="bars = ['BARRED_MISSING_RETURN']",
    )
    group = "[[proofs]]\nname = 'one'\ntitle = {es='one',en='one'}\nat_least = 1\nof = ['tax', 'levy']\n"
    rule_set = rules(proof, scheme("levy"), more=group + "not_applicable = 'met'\n")
    reported = replace(told(ARREARS, days_old=3), source=Source.EVENT)
    assert ends(rule_set, told(OUT), reported, LEVY) == "UNDECIDED tax:UNAVAILABLE"
    assert ends(rule_set, told(OUT), reported, told(days_old=60), LEVY) == "FULL 305"


# --- What an operator switches ---


def switched(rule_set: RuleSet, *findings: Finding, **modes: str) -> Explanation:
    """What is made of these findings while these agencies are switched so."""
    evidence = in_order(Evidence(findings, FIVE, tuple(modes.items())))
    explanation = explain(Enterprise((Identifier("fr.company", "1"),)), evidence, rule_set, DAY)
    assert explanation.decision == decide(Enterprise((Identifier("fr.company", "1"),)), evidence, rule_set, DAY)
    return explanation


ANY = ruled("pending", "also = ['refuse', 'provisional', 'reuse']\nreuse_max_age_days = 90")


@pytest.mark.parametrize(
    ("mode", "ending"),
    [
        ("pending", "UNDECIDED tax:UNAVAILABLE"),
        ("refuse", "REFUSED tax:UNAVAILABLE"),
        ("provisional", "PROVISIONAL 15"),
        ("reuse", "FULL 305"),
    ],
)
def test_a_switch_counts_where_the_rules_allow_it_and_the_explanation_names_it(mode: str, ending: str) -> None:
    older = (told(days_old=60),) if mode == "reuse" else ()
    made = switched(ANY, told(OUT), *older, LEVY, tax=mode)
    assert verdict(made.decision) == ending
    (step,) = [step for step in made.steps if step.rule == PATH]
    assert brief(step) == f"APPLIED UNAVAILABLE mode={mode} because=switched"
    text = sentence(step, ANY)
    assert text.en.endswith("An operator switched to it, as the rules allow.")
    assert "quien opera el servicio" in text.es


def test_a_switch_that_the_rules_do_not_allow_changes_nothing() -> None:
    for rule_set, mode in ((PENDING, "provisional"), (REFUSE, "reuse"), (PROVISIONAL, "refuse"), (PENDING, "closed")):
        made = switched(rule_set, told(OUT), LEVY, tax=mode)
        assert verdict(made.decision) == ends(rule_set, told(OUT), LEVY)
        (step,) = [step for step in made.steps if step.rule == PATH]
        assert step.detail("because") == ""
    without = rules(scheme(), scheme("levy"))
    for mode in Degraded:
        assert verdict(switched(without, told(OUT), LEVY, tax=mode).decision) == "UNDECIDED tax:UNAVAILABLE"


@pytest.mark.parametrize("rule_set", [REFUSE, PROVISIONAL, REUSE], ids=["refuse", "provisional", "reuse"])
def test_waiting_can_always_be_ordered(rule_set: RuleSet) -> None:
    made = switched(rule_set, told(OUT), LEVY, tax="pending")
    assert verdict(made.decision) == "UNDECIDED tax:UNAVAILABLE"
    older = switched(rule_set, told(OUT), told(days_old=60), LEVY, tax="pending")
    assert verdict(older.decision) == "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_STALE"


def test_a_switch_concerns_its_agency_alone_and_an_answer_not_at_all() -> None:
    assert verdict(switched(ANY, told(OUT), LEVY, levy="provisional").decision) == "UNDECIDED tax:UNAVAILABLE"
    assert verdict(switched(ANY, told(), LEVY, tax="refuse").decision) == "FULL 365"
    assert verdict(switched(ANY, told(ARREARS), LEVY, tax="provisional").decision) == "REFUSED tax:BARRED_ARREARS"


@pytest.mark.parametrize(
    ("north", "south", "ending"),
    [
        ("provisional", "provisional", "PROVISIONAL 15"),
        ("provisional", "refuse", "REFUSED tax:UNAVAILABLE tax:UNAVAILABLE"),
        ("refuse", "pending", "UNDECIDED tax:UNAVAILABLE tax:UNAVAILABLE"),
        ("provisional", "pending", "UNDECIDED tax:UNAVAILABLE tax:UNAVAILABLE"),
        ("provisional", "reuse", "UNDECIDED tax:UNAVAILABLE tax:UNAVAILABLE"),
        ("refuse", "reuse", "UNDECIDED tax:UNAVAILABLE tax:UNAVAILABLE"),
    ],
)
def test_where_two_agencies_of_a_scheme_are_out_the_most_cautious_is_done(north: str, south: str, ending: str) -> None:
    silent = told(OUT, agency="north"), told(OUT, agency="south"), LEVY
    assert verdict(switched(ANY, *silent, north=north, south=south).decision) == ending
    assert verdict(switched(ANY, *silent[::-1], north=north, south=south).decision) == ending


def test_each_mode_that_was_in_force_has_its_step() -> None:
    silent = told(OUT, agency="north"), told(OUT, agency="south"), told(OUT, agency="west"), LEVY
    made = switched(ANY, *silent, north="provisional", west="pending")
    assert [brief(step) for step in made.steps if step.rule == PATH] == [
        "NOT_APPLICABLE mode=provisional",
        "APPLIED UNAVAILABLE mode=pending",
        "APPLIED UNAVAILABLE mode=pending because=switched",
    ]


# --- An unknown beside a bar ---


def test_an_unknown_beside_a_bar_is_a_doubt_that_a_bar_which_does_not_refuse_must_not_hide() -> None:
    proof = scheme(requirement="proof", own="bars = ['BARRED_ARREARS']")
    group = "[[proofs]]\nname = 'one'\ntitle = {es='one',en='one'}\nat_least = 1\nof = ['tax', 'levy']\n"
    rule_set = rules(proof, scheme("levy"), more=group + "not_applicable = 'met'\n")
    assert ends(rule_set, told(NO_RETURN), LEVY) == "FULL 365"
    for unknown in UNKNOWN:
        assert ends(rule_set, told(NO_RETURN, unknown), LEVY) == f"UNDECIDED tax:{unknown}"
        assert ends(rule_set, told(ARREARS, unknown), LEVY) == "REFUSED tax:BARRED_ARREARS"
        for ruling in (PENDING, REFUSE, PROVISIONAL, REUSE):
            assert ends(ruling, told(ARREARS, unknown), LEVY) == "REFUSED tax:BARRED_ARREARS"


def test_an_unknown_beside_a_bar_that_is_lifted_leaves_open() -> None:
    lifted = Account(discharges=(Discharge(ARREARS, DAY, DAY, trained_on=DAY),))
    discharge = (
        "[[schemes.discharges]]\nname = 's'\nbars = ['BARRED_ARREARS']\nsizes = ['MICRO']\nneeds = ['trained']\n"
        "request_within_days = 30\nonce_in_days = 365\nholds_days = 365"
    )
    rule_set = rules(scheme(more=discharge))
    assert ends(rule_set, told(ARREARS, account=lifted)) == "FULL 365"
    assert ends(rule_set, told(ARREARS, Outcome.MALFORMED, account=lifted)) == "UNDECIDED tax:MALFORMED"


# --- Schemes that need not be known ---


def test_a_proof_that_never_bars_is_not_refused_for_its_silence() -> None:
    group = "[[proofs]]\nname = 'one'\ntitle = {es='one',en='one'}\nat_least = 1\nof = ['tax', 'levy']\n"
    group += "not_applicable = 'met'\n"
    proof = scheme(more="[schemes.degraded]\nmode = 'refuse'", requirement="proof")
    rule_set = rules(proof, scheme("levy"), more=group)
    assert ends(rule_set, told(OUT), LEVY) == "FULL 365"
    assert ends(rule_set, told(OUT), told(NO_RETURN, scheme="levy")) == (
        "REFUSED levy:BARRED_MISSING_RETURN PROOFS_NOT_MET.one tax:UNAVAILABLE"
    )


def test_what_is_optional_is_never_unchecked() -> None:
    optional = scheme(more="[schemes.degraded]\nmode = 'provisional'", requirement="optional")
    decision = decided(rules(optional, scheme("levy")), told(OUT), LEVY)
    assert (decision.unchecked, decision.valid_for) == ((), timedelta(days=365))
    assert ends(rules(optional, scheme("levy")), told(CLEAR), LEVY) == "FULL 365"
