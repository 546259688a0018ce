"""Arrears in the light of the account: debts that count, secured and presumed ones, thresholds, posting, new firms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certsvc.core.account import Account, Arrangement, Debt, DebtState
from certsvc.core.decision.codec import encode_decision
from certsvc.core.model import Finding
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    CLEAR,
    DAY,
    FIVE,
    NO_RETURN,
    briefly,
    debt,
    decided,
    ends,
    facts,
    owing,
    rules,
    scheme,
    told,
)

BARRED = "REFUSED tax:BARRED_ARREARS"
NEXT = DAY + timedelta(days=1)
DUE, PRESUMED, SUSPENDED, GUARANTEED = DebtState


def ruled(*tables: str) -> RuleSet:
    return rules(scheme(more="\n".join(tables)))


def days_ago(days: int) -> Account:
    return Account(last_payment_on=DAY - timedelta(days=days))


# --- What debts mean beside an outcome ---


@pytest.mark.parametrize(
    ("outcome", "ending"),
    [
        (CLEAR, BARRED),
        (Outcome.CLEAR_NOT_LIABLE, BARRED),
        (Outcome.CLEAR_BELOW_THRESHOLD, "FULL 365"),
        (ARRANGED, "UNDER_ARRANGEMENT 90"),
        (NO_RETURN, f"{BARRED} tax:BARRED_MISSING_RETURN"),
    ],
)
def test_debts_that_are_due_make_arrears_unless_the_outcome_itself_speaks_of_debts(
    outcome: Outcome, ending: str
) -> None:
    assert ends(rules(), told(outcome, account=Account(debts=(debt("0.01"),)))) == ending


@pytest.mark.parametrize(
    ("owed", "ending"),
    [
        (debt("1"), BARRED),
        (debt("0", "1"), BARRED),
        (debt("0", "0", "1"), BARRED),
        (debt("1", state=PRESUMED), BARRED),
        (debt("1", state=SUSPENDED), "FULL 365"),
        (debt("1", state=GUARANTEED), "FULL 365"),
        (debt(), "FULL 365"),
        (debt("1", paid_on=DAY), "FULL 365"),
        (debt("1", paid_on=NEXT), BARRED),
        (debt("1", "1", paid_on=DAY), BARRED),
    ],
)
def test_beside_a_clear_outcome_a_debt_bars_that_is_enforceable_and_owed_on_the_day(owed: Debt, ending: str) -> None:
    assert ends(rules(), told(CLEAR, account=Account(debts=(owed,)))) == ending


def test_a_list_that_shows_no_amount_or_an_odd_one_does_not_explain_arrears_away() -> None:
    lenient = ruled("[schemes.secured]\nsuspended = 'clear_under_arrangement'\nguaranteed = 'bars'")
    assert ends(lenient, owing()) == BARRED
    assert ends(lenient, owing(debt(state=SUSPENDED))) == BARRED
    odd = debt("1E+19", state=SUSPENDED)
    assert ends(lenient, owing(odd)) == BARRED
    assert ends(lenient, owing(debt("9", state=SUSPENDED), odd)) == BARRED
    assert ends(lenient, owing(debt("9", state=SUSPENDED))) == "UNDER_ARRANGEMENT 90"


def test_a_list_on_which_nothing_is_owed_any_more_leaves_the_agencys_word_as_it_is() -> None:
    assert ends(rules(), owing(debt("10", paid_on=DAY))) == BARRED
    assert ends(rules(), owing(debt("10", paid_on=NEXT))) == BARRED
    assert ends(rules(), owing(debt("10", "0", "1", paid_on=DAY))) == BARRED


def test_the_threshold_of_the_file_counts_and_not_the_agencys() -> None:
    below = told(Outcome.CLEAR_BELOW_THRESHOLD, account=Account(debts=(debt("45.11"),)))
    assert ends(rules(), below) == "FULL 365"
    assert ends(ruled(SMALL), below) == BARRED
    assert ends(ruled(SMALL), told(Outcome.CLEAR_BELOW_THRESHOLD)) == "FULL 365", "without listed debts its word stands"


def test_an_arrangement_counts_though_the_agency_says_plainly_that_all_is_clear() -> None:
    kept, broken = Arrangement(DAY), Arrangement(DAY, broken_on=DAY)
    assert ends(rules(), told(CLEAR, account=Account(arrangement=kept))) == "UNDER_ARRANGEMENT 90"
    assert ends(rules(), told(CLEAR, account=Account(arrangement=broken))) == (
        f"REFUSED tax:BARRED_ARRANGEMENT_BROKEN since {DAY}"
    )
    assert ends(rules(), told(CLEAR, account=Account(arrangement=Arrangement(DAY, completed_on=DAY)))) == "FULL 365"
    assert ends(rules(), told(CLEAR, account=Account(arrangement=Arrangement(NEXT)))) == "FULL 365"


# --- Secured debts ---

SECURED = "schemes.tax.secured"


@pytest.mark.parametrize(
    ("suspended", "guaranteed", "state", "clear"),
    [
        ("clear_under_arrangement", "bars", SUSPENDED, True),
        ("clear_under_arrangement", "bars", GUARANTEED, False),
        ("bars", "clear_under_arrangement", SUSPENDED, False),
        ("bars", "clear_under_arrangement", GUARANTEED, True),
    ],
)
def test_each_kind_of_secured_debt_does_what_the_rule_says(
    suspended: str, guaranteed: str, state: DebtState, clear: bool
) -> None:
    rule_set = ruled(f"[schemes.secured]\nsuspended = '{suspended}'\nguaranteed = '{guaranteed}'")
    finding = owing(debt("10", state=state))
    assert ends(rule_set, finding) == ("UNDER_ARRANGEMENT 90" if clear else BARRED)
    assert ends(rules(), finding) == BARRED, "without the rule"
    assert briefly(rule_set, SECURED, finding) == [f"{'APPLIED' if clear else 'FAILED'} BARRED_ARREARS debts=1"]
    assert ends(rule_set, owing(debt("10", state=state), debt("1"))) == BARRED, "a debt that is due bars all the same"


def test_beside_a_clear_outcome_secured_debts_do_what_the_rule_says_if_there_is_one() -> None:
    rule_set = ruled("[schemes.secured]\nsuspended = 'clear_under_arrangement'\nguaranteed = 'bars'")
    suspended, guaranteed = (told(CLEAR, account=Account(debts=(debt("1", state=s),))) for s in (SUSPENDED, GUARANTEED))
    assert ends(rule_set, suspended) == "UNDER_ARRANGEMENT 90"
    assert ends(rule_set, guaranteed) == BARRED
    assert ends(rules(), suspended, guaranteed) == "FULL 365"


def test_how_many_secured_debts_were_taken_out_is_told() -> None:
    rule_set = ruled("[schemes.secured]\nsuspended = 'clear_under_arrangement'\nguaranteed = 'bars'")
    both = debt("1", state=SUSPENDED), debt("2", state=SUSPENDED), debt("3", state=GUARANTEED)
    assert briefly(rule_set, SECURED, owing(*both)) == ["APPLIED BARRED_ARREARS debts=2"]
    assert briefly(rule_set, SECURED, owing(debt("1"))) == ["NOT_APPLICABLE"]
    assert ends(rule_set, owing(debt("1", state=SUSPENDED), debt("1", paid_on=DAY))) == "UNDER_ARRANGEMENT 90"


# --- De minimis ---

SMALL = "[schemes.de_minimis]\namount = 45.10\ncounts = ['principal', 'interest']"
DE_MINIMIS = "schemes.tax.de_minimis"


@pytest.mark.parametrize(
    ("owed", "ending", "state"),
    [
        ([debt("45.10")], "FULL 365", "APPLIED"),
        ([debt("45.11")], BARRED, "FAILED"),
        ([debt("40", "0", "5.10")], "FULL 365", "APPLIED"),
        ([debt("40", "0", "5.11")], BARRED, "FAILED"),
        ([debt("40"), debt("5.10")], "FULL 365", "APPLIED"),
        ([debt("40"), debt("5.11")], BARRED, "FAILED"),
        ([debt("45.10", "999")], "FULL 365", "APPLIED"),
        ([debt("99", paid_on=DAY), debt("45.10")], "FULL 365", "APPLIED"),
    ],
)
def test_the_total_of_what_counts_over_all_debts_may_reach_the_threshold_and_no_more(
    owed: list[Debt], ending: str, state: str
) -> None:
    assert ends(ruled(SMALL), owing(*owed)) == ending
    assert briefly(ruled(SMALL), DE_MINIMIS, owing(*owed)) == [f"{state} BARRED_ARREARS limit=45.10"]


def test_without_listed_debts_no_threshold_helps() -> None:
    assert ends(ruled(SMALL), told(ARREARS)) == BARRED
    assert briefly(ruled(SMALL), DE_MINIMIS, told(ARREARS)) == ["NOT_APPLICABLE"]
    assert briefly(ruled(SMALL), DE_MINIMIS, owing(debt("9", paid_on=DAY))) == ["NOT_APPLICABLE"], "nothing is owed"


def test_a_small_debt_beside_a_secured_one_shows_the_arrangement() -> None:
    secured = "[schemes.secured]\nsuspended = 'clear_under_arrangement'\nguaranteed = 'bars'"
    assert ends(ruled(SMALL, secured), owing(debt("99", state=SUSPENDED), debt("1"))) == "UNDER_ARRANGEMENT 90"


# --- Presumed debts ---

PRESUMED_PATH = "schemes.tax.presumed"


@pytest.mark.parametrize(
    ("does", "ending", "step"),
    [
        ("bars", "REFUSED tax:PRESUMED_DEBT", "FAILED BARRED_ARREARS debts=2"),
        ("leaves_open", "UNDECIDED tax:PRESUMED_DEBT", "OPEN BARRED_ARREARS debts=2"),
    ],
)
def test_debts_that_are_all_presumed_bar_or_leave_open_as_the_rule_says(does: str, ending: str, step: str) -> None:
    rule_set = ruled(f"[schemes.presumed]\npresumed = '{does}'")
    presumed = debt("1", state=PRESUMED), debt("2", state=PRESUMED)
    assert ends(rule_set, owing(*presumed)) == ending
    assert ends(rule_set, told(CLEAR, account=Account(debts=presumed))) == ending
    assert briefly(rule_set, PRESUMED_PATH, owing(*presumed)) == [step]
    assert ends(rule_set, owing(*presumed, debt("1"))) == BARRED, "one confirmed debt makes arrears"
    assert briefly(rule_set, PRESUMED_PATH, owing(debt("1"))) == ["NOT_APPLICABLE"]
    assert ends(rule_set, owing(*presumed, debt("1", paid_on=DAY))) == ending, "a paid one does not"
    assert ends(rule_set, owing(debt("1", state=PRESUMED, paid_on=DAY))) == BARRED


def test_without_a_rule_presumed_debts_are_arrears_and_a_small_one_is_below_the_threshold() -> None:
    assert ends(rules(), owing(debt("1", state=PRESUMED))) == BARRED
    both = ruled(SMALL, "[schemes.presumed]\npresumed = 'bars'")
    assert ends(both, owing(debt("1", state=PRESUMED))) == "FULL 365"
    assert ends(both, owing(debt("50", state=PRESUMED))) == "REFUSED tax:PRESUMED_DEBT"


# --- Posting ---

POSTING = "[schemes.posting]\nlag_days = 8"


@pytest.mark.parametrize(
    ("days", "ending", "steps"),
    [
        (-1, BARRED, ["NOT_APPLICABLE"]),
        (0, "UNDECIDED tax:PAYMENT_NOT_POSTED", ["OPEN BARRED_ARREARS days=8"]),
        (7, "UNDECIDED tax:PAYMENT_NOT_POSTED", ["OPEN BARRED_ARREARS days=1"]),
        (8, BARRED, ["NOT_APPLICABLE"]),
    ],
)
def test_a_payment_of_the_last_days_leaves_arrears_open_and_never_clears_them(
    days: int, ending: str, steps: list[str]
) -> None:
    finding = told(ARREARS, account=days_ago(days))
    assert ends(ruled(POSTING), finding) == ending
    assert briefly(ruled(POSTING), "schemes.tax.posting", finding) == steps
    assert ends(rules(), finding) == BARRED, "without the rule"


def test_posting_matters_for_arrears_only_and_not_without_a_payment() -> None:
    assert ends(ruled(POSTING), told(ARREARS)) == BARRED
    assert ends(ruled(POSTING), told(NO_RETURN, account=days_ago(1))) == "REFUSED tax:BARRED_MISSING_RETURN"
    unpaid = Account(arrangement=Arrangement(NEXT), last_payment_on=DAY)
    assert ends(ruled(POSTING), told(ARRANGED, account=unpaid)) == "UNDECIDED tax:PAYMENT_NOT_POSTED"


def test_presumed_debts_stay_presumed_whatever_was_paid() -> None:
    rule_set = ruled(POSTING, "[schemes.presumed]\npresumed = 'bars'")
    account = Account(debts=(debt("1", state=PRESUMED),), last_payment_on=DAY)
    assert ends(rule_set, told(ARREARS, account=account)) == "REFUSED tax:PRESUMED_DEBT"


# --- Newly registered ---

NEW = "[schemes.newly_registered]\nwithin_days = 90"
NEWLY = "schemes.tax.newly_registered"


def new_since(days: int) -> Finding:
    return told(NO_RETURN, account=Account(registered_on=DAY - timedelta(days=days)))


@pytest.mark.parametrize(
    ("days", "ending", "step"),
    [
        (-1, "REFUSED tax:BARRED_MISSING_RETURN", "FAILED BARRED_MISSING_RETURN limit=90"),
        (0, "FULL 90", "APPLIED BARRED_MISSING_RETURN days=90"),
        (89, "FULL 1", "APPLIED BARRED_MISSING_RETURN days=1"),
        (90, "REFUSED tax:BARRED_MISSING_RETURN", "FAILED BARRED_MISSING_RETURN limit=90"),
    ],
)
def test_a_new_enterprise_is_excused_a_return_for_a_time_and_the_certificate_ends_with_it(
    days: int, ending: str, step: str
) -> None:
    assert ends(ruled(NEW), new_since(days)) == ending
    assert briefly(ruled(NEW), NEWLY, new_since(days)) == [step]
    assert ends(rules(), new_since(days)) == "REFUSED tax:BARRED_MISSING_RETURN", "without the rule"


def test_nobody_is_new_of_whom_no_registration_is_known() -> None:
    assert ends(ruled(NEW), told(NO_RETURN)) == "REFUSED tax:BARRED_MISSING_RETURN"
    assert briefly(ruled(NEW), NEWLY, told()) == ["NOT_APPLICABLE"]


def test_being_new_excuses_a_return_and_no_arrears() -> None:
    new = Account(registered_on=DAY)
    assert ends(ruled(NEW), told(ARREARS, NO_RETURN, account=new)) == BARRED


def test_the_newest_registration_that_an_agency_tells_counts_and_the_callers_only_where_none_does() -> None:
    old, recent = DAY - timedelta(days=200), DAY - timedelta(days=10)
    by_caller = (*FIVE, *facts("declared", registered_on=recent))
    heard = rules(scheme(more=NEW), more="[sources.registered_on]\nfrom = ['declared']\n")
    by_agency = (*FIVE, *facts("registry", registered_on=recent))
    assert ends(ruled(NEW), told(NO_RETURN), known=by_caller) == "REFUSED tax:BARRED_MISSING_RETURN"
    assert ends(heard, told(NO_RETURN), known=by_caller) == "FULL 80"
    assert ends(heard, new_since(200), known=by_caller) == "REFUSED tax:BARRED_MISSING_RETURN"
    assert ends(ruled(NEW), new_since(200), known=by_agency) == "FULL 80"
    assert ends(ruled(NEW), new_since(20), known=by_agency) == "FULL 80"
    assert ends(ruled(NEW), new_since(5), known=by_agency) == "FULL 85"
    assert ends(ruled(NEW), new_since(5), known=(*FIVE, *facts("registry", registered_on=old))) == "FULL 85"


def test_an_excused_return_is_a_duty_that_does_not_apply_yet() -> None:
    path = "schemes.tax"
    assert briefly(ruled(NEW), path, new_since(1)) == [f"NOT_APPLICABLE day={DAY} because=newly_registered"]
    decision = decided(ruled(NEW), new_since(1))
    assert decision.clear == (("tax", DAY),)
    assert encode_decision(decision) == encode_decision(decided(ruled(NEW), new_since(1), new_since(1)))
