"""Discharging a bar by putting the breach right and being trained: every condition and its limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from certsvc.core.account import Account, Arrangement, Discharge
from certsvc.core.model import Finding
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    BROKEN,
    DAY,
    FIVE,
    NO_RETURN,
    briefly,
    ends,
    facts,
    rules,
    scheme,
    told,
)

BARRED = "REFUSED tax:BARRED_ARREARS"
PATH = "schemes.tax.discharges.small"
IMPOSED = date(2026, 4, 1)


def rule(
    name: str = "small",
    *,
    bars: str = "'BARRED_ARREARS'",
    sizes: str = "'MICRO'",
    needs: str = "'regularised', 'trained'",
    holds: int = 100,
) -> str:
    return (
        f"[[schemes.discharges]]\nname = '{name}'\nbars = [{bars}]\nsizes = [{sizes}]\nneeds = [{needs}]\n"
        f"request_within_days = 30\nonce_in_days = 365\nholds_days = {holds}\n"
    )


def ruled(*tables: str) -> RuleSet:
    return rules(scheme(more="\n".join(tables)))


RULES = ruled(rule())
DONE = Discharge(
    ARREARS,
    imposed_on=IMPOSED,
    requested_on=IMPOSED + timedelta(days=10),
    regularised_on=DAY - timedelta(days=20),
    trained_on=DAY - timedelta(days=5),
)


def barred(*discharges: Discharge, outcome: Outcome = ARREARS) -> Finding:
    return told(outcome, account=Account(discharges=discharges))


def test_with_every_condition_met_the_bar_is_lifted_for_as_long_as_the_last_act_carries() -> None:
    assert ends(RULES, barred(DONE)) == "FULL 95"
    assert briefly(RULES, PATH, barred(DONE)) == ["APPLIED BARRED_ARREARS days=95"]
    assert ends(rules(), barred(DONE)) == BARRED, "without the rule"
    assert ends(RULES, told(ARREARS)) == BARRED, "nothing was done"
    assert briefly(RULES, PATH, told(ARREARS)) == ["NOT_APPLICABLE"]


@pytest.mark.parametrize(
    ("head_count", "ending", "step"),
    [
        (9, "FULL 95", "APPLIED BARRED_ARREARS days=95"),
        (10, BARRED, "FAILED BARRED_ARREARS because=other_size"),
    ],
)
def test_only_the_sizes_named_may_discharge(head_count: int, ending: str, step: str) -> None:
    known = facts(head_count=head_count)
    assert ends(RULES, barred(DONE), known=known) == ending
    assert briefly(RULES, PATH, barred(DONE), known=known) == [step]


def test_an_enterprise_whose_size_is_not_known_may_not_discharge() -> None:
    assert ends(RULES, barred(DONE), known=()) == f"{BARRED} FACTS_MISSING.head_count"


@pytest.mark.parametrize(
    ("waited", "in_time"),
    [(-1, False), (0, True), (30, True), (31, False)],
)
def test_the_request_must_come_within_days_of_the_bar_and_not_before_it(waited: int, in_time: bool) -> None:
    asked = replace(DONE, requested_on=IMPOSED + timedelta(days=waited))
    assert ends(RULES, barred(asked)) == ("FULL 95" if in_time else BARRED)
    step = "APPLIED BARRED_ARREARS days=95" if in_time else "FAILED BARRED_ARREARS because=requested_late"
    assert briefly(RULES, PATH, barred(asked)) == [step]


@pytest.mark.parametrize(("asked_on", "ending"), [(DAY, "FULL 95"), (DAY + timedelta(days=1), BARRED)])
def test_a_request_counts_from_its_day(asked_on: date, ending: str) -> None:
    at_once = replace(DONE, imposed_on=DAY - timedelta(days=25), requested_on=asked_on)
    assert ends(RULES, barred(at_once)) == ending


@pytest.mark.parametrize(("days", "allowed"), [(365, True), (364, False)])
def test_a_second_request_must_wait_whoever_tells_of_the_first(days: int, allowed: bool) -> None:
    before = DONE.requested_on - timedelta(days=days)
    told_by_agency = replace(DONE, previous_on=before)
    step = "APPLIED BARRED_ARREARS days=95" if allowed else "FAILED BARRED_ARREARS because=requested_again"
    assert ends(RULES, barred(told_by_agency)) == ("FULL 95" if allowed else BARRED)
    assert briefly(RULES, PATH, barred(told_by_agency)) == [step]
    in_the_list = Discharge(ARREARS, imposed_on=before, requested_on=before)
    for order in ((DONE, in_the_list), (in_the_list, DONE)):
        assert ends(RULES, barred(*order)) == ("FULL 95" if allowed else BARRED)


def test_an_earlier_request_on_another_bar_is_no_first_one() -> None:
    other = Discharge(NO_RETURN, imposed_on=IMPOSED, requested_on=IMPOSED)
    assert ends(RULES, barred(DONE, other)) == "FULL 95"


@pytest.mark.parametrize(
    ("regularised_on", "trained_on", "ending"),
    [
        (DAY, DAY, "FULL 100"),
        (DAY + timedelta(days=1), DAY, BARRED),
        (DAY, DAY + timedelta(days=1), BARRED),
        (None, DAY, BARRED),
        (DAY, None, BARRED),
    ],
)
def test_every_act_must_be_done_by_the_day(regularised_on: date | None, trained_on: date | None, ending: str) -> None:
    acts = barred(replace(DONE, regularised_on=regularised_on, trained_on=trained_on))
    assert ends(RULES, acts) == ending
    step = "FAILED BARRED_ARREARS because=acts_missing" if ending == BARRED else "APPLIED BARRED_ARREARS days=100"
    assert briefly(RULES, PATH, acts) == [step]


def test_an_act_done_before_the_bar_was_imposed_is_no_answer_to_it() -> None:
    before = IMPOSED - timedelta(days=1)
    assert ends(RULES, barred(replace(DONE, regularised_on=IMPOSED))) == "FULL 95"
    for early in (replace(DONE, regularised_on=before), replace(DONE, trained_on=before)):
        assert ends(RULES, barred(early)) == BARRED
        assert briefly(RULES, PATH, barred(early)) == ["FAILED BARRED_ARREARS because=acts_missing"]


def test_an_act_that_the_rule_does_not_need_is_not_waited_for() -> None:
    put_right = ruled(rule(needs="'regularised'"))
    assert ends(put_right, barred(replace(DONE, trained_on=None))) == "FULL 80"
    assert ends(put_right, barred(DONE)) == "FULL 80", "nor does it carry longer"


@pytest.mark.parametrize(
    ("days", "ending", "step"),
    [
        (99, "FULL 1", "APPLIED BARRED_ARREARS days=1"),
        (100, BARRED, "FAILED BARRED_ARREARS because=expired"),
    ],
)
def test_a_discharge_holds_for_days_from_the_last_act(days: int, ending: str, step: str) -> None:
    done = DAY - timedelta(days=days)
    imposed = done - timedelta(days=9)
    old = Discharge(ARREARS, imposed, imposed, regularised_on=imposed, trained_on=done)
    assert ends(RULES, barred(old)) == ending
    assert briefly(RULES, PATH, barred(old)) == [step]


def test_a_discharge_lifts_only_the_bar_it_is_for_and_only_if_the_rule_names_it() -> None:
    both = ruled(rule(bars="'BARRED_ARREARS', 'BARRED_MISSING_RETURN'"))
    of_return = replace(DONE, bar=NO_RETURN)
    assert ends(both, barred(of_return, outcome=NO_RETURN)) == "FULL 95"
    assert ends(both, barred(DONE, outcome=NO_RETURN)) == "REFUSED tax:BARRED_MISSING_RETURN"
    assert ends(RULES, barred(of_return, outcome=NO_RETURN)) == "REFUSED tax:BARRED_MISSING_RETURN"
    two = told(ARREARS, NO_RETURN, account=Account(discharges=(DONE,)))
    assert ends(both, two) == "REFUSED tax:BARRED_MISSING_RETURN"


@pytest.mark.parametrize("bar", [o for o in Outcome if o.name.startswith("BARRED")])
def test_any_bar_can_be_discharged(bar: Outcome) -> None:
    of_bar = ruled(rule(bars=f"'{bar}'"))
    assert ends(of_bar, barred(replace(DONE, bar=bar), outcome=bar)) == "FULL 95"


def test_a_broken_arrangement_is_discharged_however_the_break_is_told() -> None:
    of_break = ruled(rule(bars="'BARRED_ARRANGEMENT_BROKEN'"))
    discharges = (replace(DONE, bar=BROKEN),)
    account = Account(arrangement=Arrangement(IMPOSED, broken_on=DAY), discharges=discharges)
    assert ends(of_break, told(ARRANGED, account=account)) == "FULL 95"
    assert ends(of_break, told(BROKEN, account=account)) == "FULL 95"


def test_of_several_rules_and_discharges_the_best_carries() -> None:
    longer = ruled(rule(), rule("longer", holds=150))
    assert ends(longer, barred(DONE)) == "FULL 145"
    later = replace(DONE, trained_on=DAY)
    assert ends(RULES, barred(DONE, later)) == ends(RULES, barred(later, DONE)) == "FULL 100"
    flawed = replace(DONE, trained_on=None)
    assert ends(RULES, barred(flawed, DONE)) == ends(RULES, barred(DONE, flawed)) == "FULL 95"


def test_a_certificate_is_never_longer_for_a_discharge_that_carries_long() -> None:
    assert ends(ruled(rule(holds=5000)), barred(DONE)) == "FULL 365"


def test_a_discharge_comes_before_the_posting_of_a_payment() -> None:
    rule_set = ruled(rule(), "[schemes.posting]\nlag_days = 8")
    account = Account(discharges=(DONE,), last_payment_on=DAY)
    assert ends(rule_set, told(ARREARS, account=account)) == "FULL 95"
    flawed = Account(discharges=(replace(DONE, trained_on=None),), last_payment_on=DAY)
    assert ends(rule_set, told(ARREARS, account=flawed)) == "UNDECIDED tax:PAYMENT_NOT_POSTED"
    assert briefly(rule_set, PATH, told(ARREARS, account=flawed)) == ["FAILED BARRED_ARREARS because=acts_missing"]


def test_the_size_that_counts_is_the_one_kept_by_a_tolerance() -> None:
    tolerance = "[tolerance]\nyears = 3\ncounted = 'anniversaries'\n"
    rule_set = rules(scheme(more=rule()), more=tolerance)
    grown = facts(head_count=50, former_size="MICRO", outgrew_on=DAY)
    assert ends(rule_set, barred(DONE), known=grown) == "FULL 95"
    assert ends(rule_set, barred(DONE), known=FIVE) == "FULL 95"
