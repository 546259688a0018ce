"""Who is liable: by day, zone, sector and head count; what is not known keeps the duty."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certsvc.core.account import Account, Arrangement, DebtState
from certsvc.core.model import Fact, Finding
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    BROKEN,
    CLEAR,
    DAY,
    NO_RETURN,
    NOT_REGISTERED,
    OUT,
    briefly,
    debt,
    decided,
    ends,
    facts,
    rules,
    scheme,
    told,
)

UNREGISTERED = "REFUSED tax:BARRED_NOT_REGISTERED"
PATH = "schemes.tax.liability.ground"
SINCE = date(2020, 1, 1)


def ground(keys: str, name: str = "ground", since: date = SINCE) -> str:
    return f"[[schemes.liability]]\nname = '{name}'\nsince = {since}\n{keys}\n"


def ruled(*tables: str) -> RuleSet:
    """The taxes are owed by some only; the levy, which is clear, by everybody."""
    return rules(scheme(more="\n".join(tables)), scheme("levy"))


ZONE, SECTOR = ruled(ground("zones = ['north']")), ruled(ground("sectors = ['trade']"))
WORKERS = ruled(ground("workers_from = 3"))
LEVY = told(scheme="levy")


def by(rule_set: RuleSet, outcome: Outcome = NOT_REGISTERED, /, **values: int | str) -> str:
    known = facts(**{"head_count": 5, **values})
    return ends(rule_set, told(outcome), LEVY, known=known)


@pytest.mark.parametrize(
    ("rule_set", "values", "ending"),
    [
        (ZONE, {"zone": "north"}, UNREGISTERED),
        (ZONE, {"zone": "south"}, "FULL 365"),
        (SECTOR, {"sector": "trade"}, UNREGISTERED),
        (SECTOR, {"sector": "crafts"}, "FULL 365"),
        (WORKERS, {"head_count": 3}, UNREGISTERED),
        (WORKERS, {"head_count": 2}, "FULL 365"),
    ],
)
def test_who_a_ground_does_not_reach_need_not_be_registered(
    rule_set: RuleSet, values: dict[str, int | str], ending: str
) -> None:
    assert by(rule_set, NOT_REGISTERED, **values) == ending
    state = "APPLIED" if ending == UNREGISTERED else "NOT_APPLICABLE"
    known = facts(**{"head_count": 5, **values})
    assert briefly(rule_set, PATH, told(NOT_REGISTERED), LEVY, known=known) == [f"{state} since=2020-01-01"]


@pytest.mark.parametrize(
    ("on", "ending", "step"),
    [
        (DAY - timedelta(days=1), "FULL 365", f"NOT_IN_FORCE since={DAY}"),
        (DAY, UNREGISTERED, f"APPLIED since={DAY}"),
    ],
)
def test_a_ground_holds_from_its_first_day(on: date, ending: str, step: str) -> None:
    rule_set = ruled(ground("", since=DAY))
    findings = told(NOT_REGISTERED, on=on), told(scheme="levy", on=on)
    assert ends(rule_set, *findings, on=on) == ending
    assert briefly(rule_set, PATH, *findings, on=on) == [step]


@pytest.mark.parametrize(
    ("rule_set", "missing"), [(ZONE, ["zone"]), (SECTOR, ["sector"]), (ruled(ground("zones = ['north']")), ["zone"])]
)
def test_who_is_not_known_to_be_free_is_liable_and_is_told_which_fact_would_tell(
    rule_set: RuleSet, missing: list[str]
) -> None:
    assert by(rule_set) == f"{UNREGISTERED} FACTS_MISSING.{missing[0]}"
    assert briefly(rule_set, PATH, told(NOT_REGISTERED), LEVY) == [f"OPEN since=2020-01-01 fact={missing[0]}"]


def test_missing_facts_are_asked_for_only_where_not_being_registered_bars() -> None:
    assert by(ZONE, CLEAR) == "FULL 365"
    assert by(ZONE, ARREARS) == "REFUSED tax:BARRED_ARREARS"
    assert by(ZONE, NO_RETURN) == "REFUSED tax:BARRED_MISSING_RETURN"
    assert by(ZONE, OUT) == "UNDECIDED tax:UNAVAILABLE"


def test_a_condition_that_fails_settles_a_ground_whatever_else_is_missing() -> None:
    rule_set = ruled(ground("zones = ['north']\nsectors = ['trade']\nworkers_from = 3"))
    assert by(rule_set, zone="south") == "FULL 365"
    assert by(rule_set, sector="crafts") == "FULL 365"
    assert by(rule_set, head_count=2) == "FULL 365"
    assert by(rule_set) == f"{UNREGISTERED} FACTS_MISSING.zone FACTS_MISSING.sector"
    assert by(rule_set, zone="north") == f"{UNREGISTERED} FACTS_MISSING.sector"
    assert by(rule_set, zone="north", sector="trade") == UNREGISTERED
    step = briefly(rule_set, PATH, told(), LEVY, known=facts(head_count=5))
    assert step == ["OPEN since=2020-01-01 fact=zone fact=sector"]


def test_one_ground_of_several_is_enough() -> None:
    rule_set = ruled(ground("zones = ['north']"), ground("workers_from = 3", "staff"))
    assert by(rule_set, zone="south", head_count=3) == UNREGISTERED
    assert by(rule_set, zone="north", head_count=2) == UNREGISTERED
    assert by(rule_set, zone="south", head_count=2) == "FULL 365"
    assert by(rule_set, head_count=3) == UNREGISTERED, "what is not known of the other ground does not matter"
    assert by(rule_set, head_count=2) == f"{UNREGISTERED} FACTS_MISSING.zone"


def test_a_ground_that_is_not_in_force_yet_asks_for_no_facts() -> None:
    rule_set = ruled(ground("zones = ['north']", since=DAY + timedelta(days=1)))
    assert by(rule_set) == "FULL 365"


@pytest.mark.parametrize(
    "outcome", [NOT_REGISTERED, NO_RETURN, Outcome.BARRED_DEREGISTERED, OUT, Outcome.DISPUTED, Outcome.MALFORMED]
)
def test_of_who_is_not_liable_neither_doubts_nor_other_bars_than_debts_count(outcome: Outcome) -> None:
    assert by(ZONE, outcome, zone="south") == "FULL 365"


def test_who_is_not_liable_needs_no_answer_and_is_clear_as_of_the_day() -> None:
    known = facts(head_count=5, zone="south")
    decision = decided(ZONE, LEVY, known=known)
    assert decision.clear == (("tax", DAY), ("levy", DAY))
    assert briefly(ZONE, "schemes.tax", LEVY, known=known) == [f"NOT_APPLICABLE day={DAY} because=not_liable"]
    evidence = "schemes.tax.evidence"
    assert briefly(ZONE, evidence, LEVY, known=known) == ["NOT_APPLICABLE because=not_liable"]
    silent = briefly(ZONE, evidence, told(OUT), LEVY, known=known)
    assert silent == ["NOT_APPLICABLE UNAVAILABLE because=not_liable"]
    old = decided(ZONE, told(days_old=20), LEVY, known=known)
    assert (old.clear[0], old.valid_for) == (("tax", DAY), timedelta(days=365))


@pytest.mark.parametrize(
    ("findings", "ending"),
    [
        ((), "UNDECIDED tax:NO_FINDING"),
        ((told(OUT),), "UNDECIDED tax:UNAVAILABLE"),
        ((told(days_old=31),), "UNDECIDED tax:EVIDENCE_STALE"),
        ((told(Outcome.NO_INFORMATION),), "FULL 365"),
        ((told(NOT_REGISTERED),), "FULL 365"),
        ((told(),), "FULL 365"),
    ],
)
def test_by_the_word_of_the_caller_alone_nobody_is_excused_the_agencys_answer(
    findings: tuple[Finding, ...], ending: str
) -> None:
    declared = (*facts(head_count=5), *facts("declared", zone="south"))
    rule_set = ruled(ground("zones = ['north']"), ground("zones = ['south']\nworkers_from = 9", "other"))
    assert ends(rule_set, *findings, LEVY, known=declared) == ending


@pytest.mark.parametrize("outcome", [ARREARS, BROKEN])
def test_old_arrears_and_broken_arrangements_bar_who_is_not_liable_any_more(outcome: Outcome) -> None:
    assert by(ZONE, outcome, zone="south") == f"REFUSED tax:{outcome}"
    known = facts(head_count=5, zone="south")
    assert briefly(ZONE, "schemes.tax", told(outcome), LEVY, known=known) == [f"FAILED {outcome} because=old_debts"]
    step = briefly(ZONE, "schemes.tax.evidence", told(outcome), LEVY, known=known)
    assert step == [f"PASSED {outcome} limit=30"]


def test_stale_arrears_of_who_is_not_liable_prove_nothing() -> None:
    known = facts(head_count=5, zone="south")
    assert ends(ZONE, told(ARREARS, days_old=30), LEVY, known=known) == "REFUSED tax:BARRED_ARREARS"
    assert ends(ZONE, told(ARREARS, days_old=31), LEVY, known=known) == "FULL 365"


def test_presumed_debts_of_who_is_not_liable_bar_where_they_bar() -> None:
    presumed = told(CLEAR, account=Account(debts=(debt("1", state=DebtState.PRESUMED),)))
    known = facts(head_count=5, zone="south")
    for does, ending in (("bars", "REFUSED tax:PRESUMED_DEBT"), ("leaves_open", "FULL 365")):
        rule_set = ruled(ground("zones = ['north']"), f"[schemes.presumed]\npresumed = '{does}'")
        assert ends(rule_set, presumed, LEVY, known=known) == ending


def test_an_arrangement_over_old_debts_shows_in_the_certificate() -> None:
    rule_set, known = ruled(ground("zones = ['north']"), "[schemes.arrangement]"), facts(head_count=5, zone="south")
    path = "schemes.tax.arrangement"
    assert ends(rule_set, told(ARRANGED), LEVY, known=known) == "UNDER_ARRANGEMENT 90"
    assert briefly(rule_set, path, told(ARRANGED), LEVY, known=known) == ["APPLIED CLEAR_UNDER_ARRANGEMENT"]
    broken = told(ARRANGED, account=Account(arrangement=Arrangement(SINCE, broken_on=DAY)))
    assert ends(rule_set, broken, LEVY, known=known) == f"REFUSED tax:BARRED_ARRANGEMENT_BROKEN since {DAY}"
    step = briefly(rule_set, path, broken, LEVY, known=known)
    assert step == ["FAILED CLEAR_UNDER_ARRANGEMENT because=broken"]
    assert briefly(rule_set, path, told(NO_RETURN), LEVY, known=known) == ["NOT_APPLICABLE"]


def test_an_agency_may_itself_say_that_nothing_is_owed() -> None:
    not_liable = told(Outcome.CLEAR_NOT_LIABLE)
    assert ends(rules(), not_liable) == "FULL 365"
    assert briefly(rules(), "schemes.tax", not_liable) == [f"NOT_APPLICABLE day={DAY} because=not_liable"]


def test_nobody_is_granted_a_thing_by_the_age_of_an_answer_that_is_not_needed() -> None:
    known: tuple[Fact, ...] = facts(head_count=5, zone="south")
    assert ends(ZONE, told(days_old=-5), LEVY, known=known) == "FULL 365"
    assert ends(ZONE, LEVY, known=known) == "FULL 365"
    assert ends(ZONE, told(), known=known) == "UNDECIDED levy:NO_FINDING"
