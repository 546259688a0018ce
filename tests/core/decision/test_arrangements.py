"""A payment arrangement: when it clears, when it is broken, from when it is lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certsvc.core.account import Account, Arrangement
from certsvc.core.decision.arrangement import Keeping, earns, keeping, lost_since
from certsvc.core.model import Finding
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import ARRANGED, ARREARS, BROKEN, CLEAR, DAY, briefly, debt, ends, rules, scheme, told

SIGNED = date(2026, 1, 10)
NEXT = DAY + timedelta(days=1)
ARRANGEMENT = "schemes.tax.arrangement"


def ruled(keys: str, gives: str = "UNDER_ARRANGEMENT") -> RuleSet:
    return rules(scheme(more=f"[schemes.arrangement]\n{keys}", gives=gives))


LENIENT = ruled("late_instalments = 2")
STRICT = ruled('first_instalment = true\nbroken = "from_the_start"')


def arranged(arrangement: Arrangement) -> Finding:
    return told(ARRANGED, account=Account(arrangement=arrangement))


def test_without_particulars_an_arrangement_is_what_the_agency_says() -> None:
    assert ends(rules(), told(ARRANGED)) == ends(STRICT, told(ARRANGED)) == "UNDER_ARRANGEMENT 90"
    assert briefly(STRICT, ARRANGEMENT, told(ARRANGED)) == ["APPLIED CLEAR_UNDER_ARRANGEMENT"]
    assert briefly(STRICT, ARRANGEMENT, told()) == ["NOT_APPLICABLE"]


def test_an_arrangement_that_gives_the_full_certificate_does_not_show_in_it() -> None:
    assert ends(ruled("late_instalments = 0", gives="FULL"), told(ARRANGED)) == "FULL 365"


@pytest.mark.parametrize(
    ("paid_on", "ending", "step"),
    [
        (DAY, "UNDER_ARRANGEMENT 90", "APPLIED CLEAR_UNDER_ARRANGEMENT because=kept"),
        (NEXT, "REFUSED tax:BARRED_ARREARS", "FAILED CLEAR_UNDER_ARRANGEMENT because=not_begun"),
        (None, "REFUSED tax:BARRED_ARREARS", "FAILED CLEAR_UNDER_ARRANGEMENT because=not_begun"),
    ],
)
def test_where_the_first_instalment_is_asked_for_it_must_be_paid_by_the_day(
    paid_on: date | None, ending: str, step: str
) -> None:
    finding = arranged(Arrangement(SIGNED, first_paid_on=paid_on))
    assert ends(STRICT, finding) == ending
    assert briefly(STRICT, ARRANGEMENT, finding) == [step]
    assert ends(LENIENT, finding) == "UNDER_ARRANGEMENT 90", "nobody asks for it there"


@pytest.mark.parametrize(("signed_on", "ending"), [(DAY, "UNDER_ARRANGEMENT 90"), (NEXT, "REFUSED tax:BARRED_ARREARS")])
def test_an_arrangement_begins_on_the_day_it_is_signed(signed_on: date, ending: str) -> None:
    assert ends(LENIENT, arranged(Arrangement(signed_on))) == ending


@pytest.mark.parametrize(
    ("late", "ending", "step"),
    [
        (2, "UNDER_ARRANGEMENT 90", "APPLIED CLEAR_UNDER_ARRANGEMENT because=kept"),
        (3, "REFUSED tax:BARRED_ARRANGEMENT_BROKEN", "FAILED CLEAR_UNDER_ARRANGEMENT because=broken"),
    ],
)
def test_one_late_instalment_more_than_allowed_breaks_it(late: int, ending: str, step: str) -> None:
    finding = arranged(Arrangement(SIGNED, late_instalments=late))
    assert ends(LENIENT, finding) == ending
    assert briefly(LENIENT, ARRANGEMENT, finding) == [step]


def test_without_a_rule_of_its_own_no_instalment_may_be_late_and_none_must_be_first() -> None:
    assert ends(rules(), arranged(Arrangement(SIGNED))) == "UNDER_ARRANGEMENT 90"
    assert ends(rules(), arranged(Arrangement(SIGNED, late_instalments=1))) == "REFUSED tax:BARRED_ARRANGEMENT_BROKEN"


@pytest.mark.parametrize(("keys", "since"), [('broken = "from_the_break"', DAY), ('broken = "from_the_start"', SIGNED)])
def test_a_break_counts_from_its_day_and_says_from_when_the_arrangement_is_lost(keys: str, since: date) -> None:
    broken = arranged(Arrangement(SIGNED, broken_on=DAY))
    assert ends(ruled(keys), broken) == f"REFUSED tax:BARRED_ARRANGEMENT_BROKEN since {since}"
    to_come = arranged(Arrangement(SIGNED, broken_on=NEXT))
    assert ends(ruled(keys), to_come) == "UNDER_ARRANGEMENT 90"


def test_an_agencys_word_that_it_is_broken_stands_and_tells_the_day_it_knows() -> None:
    assert ends(STRICT, told(BROKEN)) == "REFUSED tax:BARRED_ARRANGEMENT_BROKEN"
    assert briefly(STRICT, ARRANGEMENT, told(BROKEN)) == ["FAILED BARRED_ARRANGEMENT_BROKEN because=broken"]
    kept = told(BROKEN, account=Account(arrangement=Arrangement(SIGNED)))
    assert ends(STRICT, kept) == f"REFUSED tax:BARRED_ARRANGEMENT_BROKEN since {SIGNED}"
    assert ends(LENIENT, kept) == "REFUSED tax:BARRED_ARRANGEMENT_BROKEN"
    to_come = told(BROKEN, account=Account(arrangement=Arrangement(NEXT, broken_on=NEXT)))
    assert ends(STRICT, to_come) == ends(LENIENT, to_come) == "REFUSED tax:BARRED_ARRANGEMENT_BROKEN"


def test_of_two_answers_the_earlier_day_is_told() -> None:
    early, late = (arranged(Arrangement(SIGNED, broken_on=DAY - timedelta(days=days))) for days in (9, 3))
    wanted = f"REFUSED tax:BARRED_ARRANGEMENT_BROKEN since {DAY - timedelta(days=9)}"
    assert ends(LENIENT, early, late) == ends(LENIENT, late, early) == wanted
    assert ends(LENIENT, told(BROKEN), early) == ends(LENIENT, early, told(BROKEN)) == wanted


@pytest.mark.parametrize(("completed_on", "ending"), [(DAY, "FULL 365"), (NEXT, "UNDER_ARRANGEMENT 90")])
def test_a_completed_arrangement_is_clear_from_the_day_of_completion(completed_on: date, ending: str) -> None:
    assert ends(LENIENT, arranged(Arrangement(SIGNED, completed_on=completed_on))) == ending


def test_completed_is_told_and_debts_that_are_left_all_the_same_bar() -> None:
    arrangement = Arrangement(SIGNED, completed_on=DAY)
    assert briefly(LENIENT, ARRANGEMENT, arranged(arrangement)) == ["APPLIED CLEAR_UNDER_ARRANGEMENT because=completed"]
    owes = told(ARRANGED, account=Account(arrangement=arrangement, debts=(debt("1"),)))
    assert ends(LENIENT, owes) == "REFUSED tax:BARRED_ARREARS"


def test_debts_under_an_arrangement_in_good_order_do_not_bar() -> None:
    account = Account(arrangement=Arrangement(SIGNED), debts=(debt("1"),))
    assert ends(LENIENT, told(ARRANGED, account=account)) == "UNDER_ARRANGEMENT 90"
    assert ends(LENIENT, told(CLEAR, account=account)) == "REFUSED tax:BARRED_ARREARS"
    assert ends(LENIENT, told(ARREARS, account=account)) == "REFUSED tax:BARRED_ARREARS"


def test_broken_comes_before_completed_and_before_not_begun() -> None:
    rule = STRICT.schemes[0].arrangement
    assert keeping(rule, Arrangement(SIGNED, SIGNED, 1, completed_on=DAY), DAY) is Keeping.BROKEN
    assert keeping(rule, Arrangement(SIGNED, SIGNED, broken_on=DAY, completed_on=DAY), DAY) is Keeping.BROKEN
    assert keeping(rule, Arrangement(SIGNED, broken_on=DAY), DAY) is Keeping.BROKEN
    assert keeping(rule, Arrangement(SIGNED, completed_on=DAY), DAY) is Keeping.NOT_BEGUN
    assert keeping(rule, Arrangement(SIGNED, SIGNED, completed_on=DAY), DAY) is Keeping.COMPLETED


def test_what_was_earned_is_lost_with_the_arrangement_only_if_it_is_lost_from_the_start() -> None:
    kept, broken = Arrangement(SIGNED, SIGNED), Arrangement(SIGNED, SIGNED, broken_on=DAY)
    start, at_break = STRICT.schemes[0].arrangement, LENIENT.schemes[0].arrangement
    assert [earns(start, each, DAY) for each in (kept, broken)] == [True, False]
    assert [earns(at_break, each, DAY) for each in (kept, broken)] == [True, True]
    assert not earns(start, Arrangement(SIGNED), DAY)
    assert not earns(at_break, Arrangement(NEXT), DAY)
    assert lost_since(start, None, DAY) is None
