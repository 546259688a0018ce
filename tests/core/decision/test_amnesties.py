"""Amnesties: what is waived, for which debts, for whom and when; and what becomes of it afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certsvc.core.account import Account, Arrangement, Debt, DebtState
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import (
    ARREARS,
    DAY,
    FIVE,
    briefly,
    debt,
    ends,
    facts,
    owing,
    rules,
    scheme,
    told,
)

BARRED, FREE = "REFUSED tax:BARRED_ARREARS", "FULL 365"
FIRST, UNTIL = date(2025, 5, 1), date(2026, 5, 1)
LAST = UNTIL - timedelta(days=1)
PATH = "schemes.tax.amnesties.relief"


def amnesty(
    *conditions: str,
    name: str = "relief",
    waives: str = "penalty = 1, interest = 1",
    until: date = UNTIL,
    requested: str = "false",
    more: str = "",
) -> str:
    asked = ", ".join(f"'{condition}'" for condition in conditions)
    return (
        f"[[schemes.amnesties]]\nname = '{name}'\nfrom = {FIRST}\nuntil = {until}\nconditions = [{asked}]\n"
        f"waives = {{ {waives} }}\nrequested = {requested}\n{more}\n"
    )


def ruled(*tables: str) -> RuleSet:
    return rules(scheme(more="\n".join(tables)))


PAID = ruled(amnesty("principal_paid"))
REGISTERED = ruled(amnesty("registered"))
SIGNED = ruled(amnesty("arrangement"))


def paid(on: date, period_end: date = date(2024, 1, 31)) -> Debt:
    return debt("100", "20", "10", paid_on=on, period_end=period_end)


WINDOW = [(FIRST - timedelta(days=1), False), (FIRST, True), (LAST, True), (UNTIL, False)]


@pytest.mark.parametrize(("paid_on", "earned"), WINDOW)
def test_the_principal_paid_in_the_window_earns_the_waiver(paid_on: date, earned: bool) -> None:
    assert ends(PAID, owing(paid(paid_on))) == (FREE if earned else BARRED)
    step = "APPLIED BARRED_ARREARS debts=1" if earned else "FAILED BARRED_ARREARS because=condition_not_met"
    assert briefly(PAID, PATH, owing(paid(paid_on))) == [step]


@pytest.mark.parametrize(("registered_on", "earned"), WINDOW)
def test_registering_in_the_window_earns_the_waiver(registered_on: date, earned: bool) -> None:
    account = Account(registered_on=registered_on, debts=(debt("0", "20"),))
    assert ends(REGISTERED, told(ARREARS, account=account)) == (FREE if earned else BARRED)
    known = (*FIVE, *facts("registry", registered_on=registered_on))
    assert ends(REGISTERED, owing(debt("0", "20")), known=known) == (FREE if earned else BARRED)


@pytest.mark.parametrize(("signed_on", "earned"), WINDOW)
def test_an_arrangement_signed_in_the_window_earns_the_waiver_and_shows(signed_on: date, earned: bool) -> None:
    finding = owing(debt("0", "20"), arrangement=Arrangement(signed_on))
    assert ends(SIGNED, finding) == ("UNDER_ARRANGEMENT 90" if earned else BARRED)


@pytest.mark.parametrize("rule_set", [PAID, REGISTERED, SIGNED], ids=["paid", "registered", "signed"])
def test_who_meets_no_condition_or_another_one_earns_nothing(rule_set: RuleSet) -> None:
    assert ends(rule_set, owing(debt("0", "20"))) == BARRED
    others = {
        PAID.ref: Account(FIRST, (debt("0", "20"),), Arrangement(FIRST)),
        REGISTERED.ref: Account(None, (paid(FIRST),), Arrangement(FIRST)),
        SIGNED.ref: Account(FIRST, (paid(FIRST),)),
    }
    assert ends(rule_set, told(ARREARS, account=others[rule_set.ref])) == BARRED


def test_any_one_of_several_conditions_is_enough_and_a_running_arrangement_shows() -> None:
    both = ruled(amnesty("principal_paid", "arrangement"))
    assert ends(both, owing(paid(FIRST))) == FREE
    assert ends(both, owing(debt("0", "20"), arrangement=Arrangement(FIRST))) == "UNDER_ARRANGEMENT 90"
    assert ends(both, owing(paid(FIRST), arrangement=Arrangement(FIRST))) == "UNDER_ARRANGEMENT 90"


@pytest.mark.parametrize(("on", "ending"), [(LAST - timedelta(days=1), BARRED), (LAST, FREE)])
def test_a_condition_counts_from_the_day_on_which_it_is_met(on: date, ending: str) -> None:
    finding = told(ARREARS, on=on, account=Account(debts=(debt("0", "20", paid_on=LAST),)))
    assert ends(PAID, finding, on=on) == ending


def test_a_cut_off_that_is_moved_moves_the_last_day_of_the_window() -> None:
    moved = ruled(amnesty("principal_paid", until=UNTIL + timedelta(days=10)))
    assert ends(PAID, owing(paid(UNTIL))) == BARRED
    assert ends(moved, owing(paid(UNTIL))) == FREE
    assert ends(moved, owing(paid(UNTIL + timedelta(days=9)))) == FREE
    assert ends(moved, owing(paid(UNTIL + timedelta(days=10)))) == BARRED


@pytest.mark.parametrize(
    ("keys", "period_end", "covered"),
    [
        ("debts_from = 2024-01-31", date(2024, 1, 31), True),
        ("debts_from = 2024-01-31", date(2024, 1, 30), False),
        ("debts_before = 2024-01-31", date(2024, 1, 30), True),
        ("debts_before = 2024-01-31", date(2024, 1, 31), False),
        ("debts_from = 2024-01-01\ndebts_before = 2024-01-31", date(2024, 1, 15), True),
        ("debts_from = 2024-01-01\ndebts_before = 2024-01-31", date(2023, 12, 31), False),
    ],
)
def test_only_debts_of_the_periods_named_are_covered(keys: str, period_end: date, covered: bool) -> None:
    rule_set = ruled(amnesty("principal_paid", more=keys))
    finding = owing(paid(FIRST, period_end))
    assert ends(rule_set, finding) == (FREE if covered else BARRED)
    step = "APPLIED BARRED_ARREARS debts=1" if covered else "NOT_APPLICABLE BARRED_ARREARS because=no_debt_covered"
    assert briefly(rule_set, PATH, finding) == [step]


@pytest.mark.parametrize(("days", "earned"), [(365, True), (364, False)])
def test_a_debt_must_be_old_enough_on_the_day_of_the_condition_not_of_the_decision(days: int, earned: bool) -> None:
    rule_set = ruled(amnesty("principal_paid", "arrangement", more="older_than_days = 365"))
    day = date(2025, 6, 1)
    period_end = day - timedelta(days=days)
    assert ends(rule_set, owing(paid(day, period_end))) == (FREE if earned else BARRED)
    signed = owing(debt("0", "20", period_end=period_end), arrangement=Arrangement(day))
    assert ends(rule_set, signed) == ("UNDER_ARRANGEMENT 90" if earned else BARRED)


@pytest.mark.parametrize(("asked_on", "in_time"), [*WINDOW, (None, False)])
def test_where_relief_must_be_asked_for_it_must_be_in_the_window(asked_on: date | None, in_time: bool) -> None:
    rule_set = ruled(amnesty("principal_paid", requested="true"))
    finding = owing(paid(FIRST), relief_on=asked_on)
    assert ends(rule_set, finding) == (FREE if in_time else BARRED)
    step = "APPLIED BARRED_ARREARS debts=1" if in_time else "FAILED BARRED_ARREARS because=not_requested"
    assert briefly(rule_set, PATH, finding) == [step]
    assert ends(PAID, finding) == FREE, "nobody need ask there"


@pytest.mark.parametrize(("on", "ending"), [(LAST - timedelta(days=1), BARRED), (LAST, FREE)])
def test_a_request_counts_from_its_day(on: date, ending: str) -> None:
    rule_set = ruled(amnesty("principal_paid", requested="true"))
    account = Account(debts=(paid(FIRST),), relief_requested_on=LAST)
    assert ends(rule_set, told(ARREARS, on=on, account=account), on=on) == ending


def test_the_principal_is_never_waived() -> None:
    assert ends(REGISTERED, told(ARREARS, account=Account(FIRST, (debt("1", "20"),)))) == BARRED
    assert ends(SIGNED, owing(debt("1", "20"), arrangement=Arrangement(FIRST))) == BARRED


@pytest.mark.parametrize(
    ("waives", "owed", "ending"),
    [
        ("penalty = 1", debt("0", "20"), FREE),
        ("penalty = 1", debt("0", "0", "20"), BARRED),
        ("interest = 1", debt("0", "0", "20"), FREE),
        ("interest = 1", debt("0", "20"), BARRED),
        ("interest = 0.75", debt("0", "0", "20"), FREE),
        ("interest = 0.75", debt("0", "0", "20.01"), BARRED),
    ],
)
def test_only_the_share_of_the_components_named_is_waived(waives: str, owed: Debt, ending: str) -> None:
    """What is left may be 5; a quarter of 20 is."""
    small = "[schemes.de_minimis]\namount = 5\ncounts = ['penalty', 'interest']"
    rule_set = ruled(small, amnesty("registered", waives=waives))
    assert ends(rule_set, told(ARREARS, account=Account(FIRST, (owed,)))) == ending


def test_of_several_amnesties_the_best_counts_component_by_component() -> None:
    one = amnesty("registered", name="one", waives="penalty = 1, interest = 0.5")
    two = amnesty("registered", name="two", waives="penalty = 0.5, interest = 1")
    account = Account(FIRST, (debt("0", "20", "20"),))
    assert ends(ruled(one, two), told(ARREARS, account=account)) == FREE
    assert ends(ruled(two, one), told(ARREARS, account=account)) == FREE
    assert ends(ruled(one), told(ARREARS, account=account)) == BARRED
    assert ends(ruled(two), told(ARREARS, account=account)) == BARRED


def test_a_greater_waiver_that_was_not_earned_does_not_hide_the_lesser() -> None:
    lesser = amnesty("registered", name="lesser", waives="penalty = 0.5")
    small = "[schemes.de_minimis]\namount = 10\ncounts = ['penalty']"
    account = Account(FIRST, (debt("0", "20"),))
    assert ends(ruled(small, amnesty("principal_paid"), lesser), told(ARREARS, account=account)) == FREE


@pytest.mark.parametrize(("completed_on", "ending"), [(DAY, FREE), (DAY + timedelta(days=1), "UNDER_ARRANGEMENT 90")])
def test_a_waiver_no_longer_shows_the_arrangement_once_that_is_completed(completed_on: date, ending: str) -> None:
    finding = owing(debt("0", "20"), arrangement=Arrangement(FIRST, completed_on=completed_on))
    assert ends(SIGNED, finding) == ending


FROM_THE_START = "[schemes.arrangement]\nbroken = 'from_the_start'"
FROM_THE_BREAK = "[schemes.arrangement]\nbroken = 'from_the_break'"


def test_after_a_break_what_was_waived_is_owed_again_if_the_arrangement_is_lost_from_the_start() -> None:
    rule_set = ruled(FROM_THE_START, amnesty("arrangement"))
    kept = owing(debt("0", "20"), arrangement=Arrangement(FIRST, broken_on=DAY + timedelta(days=1)))
    broken = owing(debt("0", "20"), arrangement=Arrangement(FIRST, broken_on=DAY))
    assert ends(rule_set, kept) == "UNDER_ARRANGEMENT 90"
    assert ends(rule_set, broken) == f"{BARRED} tax:BARRED_ARRANGEMENT_BROKEN since {FIRST}"
    assert briefly(rule_set, PATH, broken) == ["FAILED BARRED_ARREARS because=condition_not_met"]


def test_after_a_break_a_waiver_that_was_earned_stays_but_does_not_lift_the_bar() -> None:
    rule_set = ruled(FROM_THE_BREAK, amnesty("arrangement"))
    broken = owing(debt("0", "20"), arrangement=Arrangement(FIRST, broken_on=DAY))
    assert ends(rule_set, broken) == f"REFUSED tax:BARRED_ARRANGEMENT_BROKEN since {DAY}"
    lasting = ruled(FROM_THE_BREAK, amnesty("arrangement", "principal_paid"))
    relieved = owing(paid(FIRST), arrangement=Arrangement(FIRST, broken_on=DAY))
    assert ends(lasting, relieved) == f"REFUSED tax:BARRED_ARRANGEMENT_BROKEN since {DAY}"


def test_an_arrangement_without_the_first_instalment_that_is_asked_for_earns_nothing() -> None:
    rule_set = ruled("[schemes.arrangement]\nfirst_instalment = true", amnesty("arrangement"))
    owed = debt("0", "20")
    assert ends(rule_set, owing(owed, arrangement=Arrangement(FIRST))) == BARRED
    assert ends(rule_set, owing(owed, arrangement=Arrangement(FIRST, DAY))) == "UNDER_ARRANGEMENT 90"


def test_each_debt_is_judged_by_itself() -> None:
    assert ends(PAID, owing(paid(FIRST), paid(UNTIL))) == BARRED
    assert briefly(PAID, PATH, owing(paid(FIRST), paid(UNTIL), paid(LAST))) == ["APPLIED BARRED_ARREARS debts=2"]


def test_a_waiver_of_presumed_debts_clears_them_and_what_is_left_stays_presumed() -> None:
    rule_set = ruled("[schemes.presumed]\npresumed = 'leaves_open'", amnesty("registered"))
    presumed = debt("0", "20", state=DebtState.PRESUMED)
    assert ends(rule_set, told(ARREARS, account=Account(FIRST, (presumed,)))) == FREE
    unwaived = debt("1", "20", state=DebtState.PRESUMED)
    assert ends(rule_set, told(ARREARS, account=Account(FIRST, (unwaived,)))) == "UNDECIDED tax:PRESUMED_DEBT"


@pytest.mark.parametrize(
    ("on", "step"),
    [
        (FIRST - timedelta(days=1), "NOT_IN_FORCE"),
        (FIRST, "APPLIED BARRED_ARREARS debts=1"),
        (UNTIL, "APPLIED BARRED_ARREARS debts=1"),
    ],
)
def test_an_amnesty_is_in_force_from_its_first_day_and_what_it_gave_stays(on: date, step: str) -> None:
    finding = told(ARREARS, on=on, account=Account(debts=(paid(FIRST),)))
    assert briefly(PAID, PATH, finding, on=on) == [step]


def test_without_arrears_an_amnesty_concerns_nothing() -> None:
    assert briefly(PAID, PATH, told()) == ["NOT_APPLICABLE"]
    assert briefly(PAID, PATH, told(), on=FIRST - timedelta(days=1)) == ["NOT_IN_FORCE"]
