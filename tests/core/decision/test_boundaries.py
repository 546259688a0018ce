"""Every period is half-open and every limit inclusive, wherever in the calendar it lies and however long it is.

Each test asks on four days: the one before the first, the first, the last, and the one that ends the period.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsvc.core.account import Account, Arrangement, Discharge
from certsvc.core.errors import NoRuleSet
from certsvc.core.model import DECLARED, Fact, FactName, SizeClass
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    BY_HEAD_COUNT,
    DAY,
    FIVE,
    NO_RETURN,
    OUT,
    debt,
    decided,
    ends,
    facts,
    rules,
    scheme,
    told,
)
from tests.core.rules.kit import period

A_FEW = settings(max_examples=30)
"""Each asks at every edge already, and makes a rule set of its own."""

ONE = timedelta(days=1)
BARRED, BROKEN, FREE = "REFUSED tax:BARRED_ARREARS", "REFUSED tax:BARRED_ARRANGEMENT_BROKEN", "FULL 365"

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
lengths = st.integers(1, 300)


def edges(first: date, until: date) -> list[tuple[date, bool]]:
    """The days at both ends of a period, each with whether it is inside."""
    return [(first - ONE, False), (first, True), (until - ONE, True), (until, False)]


# --- Rule sets and grounds of liability ---


@A_FEW
@given(days, lengths)
def test_rules_are_in_force_from_their_first_day_to_the_day_before_their_last(first: date, length: int) -> None:
    until = first + timedelta(length)
    rule_set = period(str(first), str(until))
    for on, inside in edges(first, until):
        assert rule_set.covers(on) == inside
        if not inside:
            with pytest.raises(NoRuleSet):
                decided(rule_set, on=on)


@A_FEW
@given(days)
def test_a_duty_is_owed_from_its_first_day(since: date) -> None:
    ruled = rules(scheme(more=f"[[schemes.liability]]\nname = 'all'\nsince = {since}"))
    assert ends(ruled, on=since - ONE) == FREE
    assert ends(ruled, on=since) == "UNDECIDED tax:NO_FINDING"


# --- Debts ---


@A_FEW
@given(days, lengths)
def test_an_amnesty_is_earned_within_its_window(first: date, length: int) -> None:
    until = first + timedelta(length)
    window = f"from = {first}\nuntil = {until}\nconditions = ['principal_paid']\nwaives = {{ penalty = 1 }}"
    ruled = rules(scheme(more=f"[[schemes.amnesties]]\nname = 'relief'\n{window}\nrequested = false"))
    for paid_on, inside in edges(first, until):
        owed = Account(debts=(debt("9", "1", paid_on=paid_on, period_end=date(2014, 1, 31)),))
        for on in (until, until + timedelta(days=900)):
            assert ends(ruled, told(ARREARS, on=on, account=owed), on=on) == (FREE if inside else BARRED)


@A_FEW
@given(days, lengths)
def test_an_amnesty_covers_periods_from_its_first_to_before_its_last(first: date, length: int) -> None:
    until, asked = first + timedelta(length), f"from = {DAY}\nuntil = {DAY + ONE}\nconditions = ['principal_paid']"
    covered = f"waives = {{ penalty = 1 }}\nrequested = false\ndebts_from = {first}\ndebts_before = {until}"
    ruled = rules(scheme(more=f"[[schemes.amnesties]]\nname = 'relief'\n{asked}\n{covered}"))
    for period_end, inside in edges(first, until):
        owed = Account(debts=(debt("9", "1", paid_on=DAY, period_end=period_end),))
        assert ends(ruled, told(ARREARS, account=owed)) == (FREE if inside else BARRED)


@A_FEW
@given(st.integers(1, 90))
def test_a_payment_leaves_open_from_its_day_for_the_posting_lag(lag: int) -> None:
    ruled = rules(scheme(more=f"[schemes.posting]\nlag_days = {lag}"))
    for on, inside in edges(DAY, DAY + timedelta(lag)):
        verdict = ends(ruled, told(ARREARS, on=on, account=Account(last_payment_on=DAY)), on=on)
        assert verdict == ("UNDECIDED tax:PAYMENT_NOT_POSTED" if inside else BARRED)


@A_FEW
@given(days)
def test_an_arrangement_counts_from_the_day_of_each_of_its_events(event: date) -> None:
    ruled = rules(scheme(more="[schemes.arrangement]\nfirst_instalment = true"))
    long_ago = date(2012, 1, 1)
    cases = [
        (Arrangement(event, long_ago), BARRED, "UNDER_ARRANGEMENT 90"),
        (Arrangement(long_ago, event), BARRED, "UNDER_ARRANGEMENT 90"),
        (Arrangement(long_ago, long_ago, broken_on=event), "UNDER_ARRANGEMENT 90", f"{BROKEN} since {event}"),
        (Arrangement(long_ago, long_ago, completed_on=event), "UNDER_ARRANGEMENT 90", FREE),
    ]
    for arrangement, before, after in cases:
        account = Account(arrangement=arrangement)
        for on, verdict in ((event - ONE, before), (event, after)):
            assert ends(ruled, told(ARRANGED, on=on, account=account), on=on) == verdict


# --- Discharges ---


def discharging(request: int = 30, once: int = 365, holds: int = 365) -> str:
    return (
        "[[schemes.discharges]]\nname = 'small'\nbars = ['BARRED_ARREARS']\nsizes = ['MICRO']\nneeds = ['trained']\n"
        f"request_within_days = {request}\nonce_in_days = {once}\nholds_days = {holds}\n"
    )


def a_discharge(
    on: date = DAY, *, imposed: date = DAY, requested: date = DAY, trained: date = DAY, previous: date | None = None
) -> str:
    """What is asked on that day under the rule of this text."""
    discharge = Discharge(ARREARS, imposed, requested, trained_on=trained, previous_on=previous)
    return ends(_ruled, told(ARREARS, on=on, account=Account(discharges=(discharge,))), on=on)


_ruled = rules(scheme(more=discharging()))


@A_FEW
@given(lengths)
def test_a_discharge_holds_from_the_last_act_for_its_days_and_carries_a_certificate_no_longer(holds: int) -> None:
    ruled = rules(scheme(more=discharging(holds=holds)))
    discharge = Discharge(ARREARS, DAY - ONE, DAY - ONE, trained_on=DAY)
    for on, inside in edges(DAY, DAY + timedelta(holds)):
        verdict = ends(ruled, told(ARREARS, on=on, account=Account(discharges=(discharge,))), on=on)
        assert verdict == (f"FULL {holds - (on - DAY).days}" if inside else BARRED)


@A_FEW
@given(st.integers(-3, 33))
def test_a_discharge_is_asked_for_within_its_days_the_last_one_included(waited: int) -> None:
    lifted = a_discharge(imposed=DAY - timedelta(days=max(waited, 0)), requested=DAY + timedelta(days=min(waited, 0)))
    assert lifted == (FREE if 0 <= waited <= 30 else BARRED)


@pytest.mark.parametrize(("since", "verdict"), [(364, BARRED), (365, FREE)])
def test_a_discharge_is_granted_again_once_its_days_have_passed(since: int, verdict: str) -> None:
    assert a_discharge(previous=DAY - timedelta(days=since)) == verdict


# --- Evidence and facts ---


@A_FEW
@given(st.integers(0, 60), st.integers(1, 400))
def test_evidence_counts_up_to_its_greatest_age_and_carries_for_the_rest_of_its_standing(age: int, more: int) -> None:
    text = scheme().replace("max_age_days = 30", f"max_age_days = {age}")
    ruled = rules(text.replace("standing_days = 365", f"standing_days = {age + more}"))
    for on, inside in edges(DAY, DAY + timedelta(days=age + 1)):
        old = ends(ruled, told(days_old=(on - DAY).days, on=on), on=on)
        carried = f"FULL {min(365, age + more - max((on - DAY).days, 0))}"
        # The clock of another zone may be a day ahead.
        assert old == (carried if inside or on < DAY else "UNDECIDED tax:EVIDENCE_STALE")
    assert ends(ruled, told(days_old=-2)) == "UNDECIDED tax:MALFORMED"


@A_FEW
@given(st.integers(31, 300))
def test_while_an_agency_is_out_its_answers_count_up_to_the_age_of_reuse(age: int) -> None:
    ruled = rules(scheme(more=f"[schemes.degraded]\nmode = 'reuse'\nreuse_max_age_days = {age}"))
    for days_old, verdict in ((age, f"FULL {365 - age}"), (age + 1, "UNDECIDED tax:UNAVAILABLE tax:EVIDENCE_STALE")):
        assert ends(ruled, told(OUT), told(days_old=days_old)) == verdict


@A_FEW
@given(lengths)
def test_a_fact_counts_up_to_the_greatest_age_of_its_source(age: int) -> None:
    ruled = rules(more=f"[sources.head_count]\nfrom = ['declared']\nmax_age_days = {age}\n")
    for days_old, verdict in ((age, FREE), (age + 1, "REFUSED FACTS_MISSING.head_count")):
        known = facts(DECLARED, DAY - timedelta(days=days_old), head_count=5)
        assert ends(ruled, told(), known=known) == verdict


@A_FEW
@given(lengths)
def test_a_new_enterprise_owes_no_return_from_its_registration_for_its_days(within: int) -> None:
    ruled = rules(scheme(more=f"[schemes.newly_registered]\nwithin_days = {within}"))
    for on, inside in edges(DAY, DAY + timedelta(within)):
        verdict = ends(ruled, told(NO_RETURN, on=on, account=Account(registered_on=DAY)), on=on)
        assert verdict == (f"FULL {within - (on - DAY).days}" if inside else "REFUSED tax:BARRED_MISSING_RETURN")


# --- Size and upkeep ---


@A_FEW
@given(days.filter(lambda day: (day.month, day.day) != (2, 29)), st.integers(1, 5), st.booleans())
def test_an_outgrown_class_is_kept_from_the_day_of_outgrowing_to_the_end_of_the_tolerance(
    outgrew_on: date, years: int, by_calendar: bool
) -> None:
    counted = "calendar_years" if by_calendar else "anniversaries"
    ruled = rules(more=f"[tolerance]\nyears = {years}\ncounted = '{counted}'\n")
    known = facts(head_count=50, former_size="SMALL", outgrew_on=outgrew_on)
    same_day = outgrew_on.replace(year=outgrew_on.year + years)
    end = date(same_day.year + 1, 1, 1) if by_calendar else same_day
    for on, inside in edges(outgrew_on, end):
        verdict = ends(ruled, told(on=on), known=known, on=on)
        assert verdict == (f"FULL {min(365, (end - on).days)}" if inside else "REFUSED SIZE_ABOVE_LIMIT")


@A_FEW
@given(days.filter(lambda day: (day.month, day.day) != (2, 29)), st.integers(0, 364))
def test_facts_count_through_the_update_day_of_the_year_after_theirs(by: date, days_old: int) -> None:
    ruled = rules(more=f"[update]\nby = '{by:%m-%d}'\n")
    as_of = date(by.year - 1, 12, 31) - timedelta(days_old)
    known = facts(DECLARED, as_of, head_count=5)
    assert as_of.year == by.year - 1
    assert ends(ruled, told(on=by), known=known, on=by) == "FULL 1"
    assert ends(ruled, told(on=by + ONE), known=known, on=by + ONE) == "REFUSED DATA_UPDATE_MISSED"


@A_FEW
@given(days.filter(lambda day: (day.month, day.day) != (2, 29)), lengths)
def test_an_effect_of_a_day_is_open_if_the_day_falls_in_the_validity(day: date, length: int) -> None:
    effect = f"[[effects]]\nname = 'exempt'\ntitle = {{ es = 'e', en = 'e' }}\non_day = '{day:%m-%d}'\n"
    ruled = rules(scheme().replace("standing_days = 365", f"standing_days = {30 + length}"), more=effect)
    for on, inside in edges(day - timedelta(days=length - 1), day + ONE):
        decision = decided(ruled, told(on=on, days_old=30), on=on)
        assert decision.valid_for == timedelta(length)
        assert decision.effects == ((("exempt", day),) if inside else ())


# --- The score ---

amounts = st.decimals(0, 10**9, places=2)
denominators = st.integers(1, 10**9)


def scored(staff: int, net_sales: int, assets: int) -> str:
    """Classes by a score of weights 0.5, 0.3 and 0.2 with these denominators."""
    return f"""
[size]
method = "weighted_score"
certifiable = ["MICRO", "SMALL", "MEDIUM"]
[size.cut_offs]
MICRO = 10
SMALL = 35
MEDIUM = 100
[size.weights]
staff = 0.5
net_sales = 0.3
assets = 0.2
[[size.sectors]]
name = "farm"
staff = {staff}
net_sales = {net_sales}
assets = {assets}
assets_fact = "fixed_assets"
"""


INPUTS = (FactName.HEAD_COUNT, FactName.NET_SALES, FactName.FIXED_ASSETS)


def score_of(size: str, *inputs: Decimal) -> tuple[Decimal, SizeClass | None]:
    sizes = (Fact(name, value, DECLARED) for name, value in zip(INPUTS, inputs, strict=True))
    known = (*facts(sector="farm"), *sizes)
    decision = decided(rules(size=size), told(), known=known)
    assert decision.score is not None
    return decision.score, decision.size


@A_FEW
@given(denominators, denominators, denominators)
def test_p_is_exact_at_10_35_and_100_and_the_least_more_is_the_next_class(staff: int, sales: int, assets: int) -> None:
    size = scored(staff, sales, assets)
    for limit, at, above in (
        (10, SizeClass.MICRO, SizeClass.SMALL),
        (35, SizeClass.SMALL, SizeClass.MEDIUM),
        (100, SizeClass.MEDIUM, None),
    ):
        whole = Decimal(limit) * assets / 20
        assert score_of(size, Decimal(0), Decimal(0), whole) == (Decimal(limit), at)
        least_more = whole + Decimal("0.000000001")
        assert score_of(size, Decimal(0), Decimal(0), least_more) == (limit + Decimal("0.01"), above)


@A_FEW
@given(st.tuples(denominators, denominators, denominators), st.tuples(amounts, amounts, amounts), amounts)
def test_p_never_falls_when_an_input_rises(
    wholes: tuple[int, int, int], inputs: tuple[Decimal, Decimal, Decimal], more: Decimal
) -> None:
    order = [*SizeClass, None]
    size = scored(*wholes)
    score, reached = score_of(size, *inputs)
    for number in range(len(inputs)):
        risen = [value + more if number == each else value for each, value in enumerate(inputs)]
        higher, next_reached = score_of(size, *risen)
        assert score <= higher
        assert order.index(reached) <= order.index(next_reached)


@A_FEW
@given(st.integers(1, 60))
def test_a_class_ends_with_its_last_head(heads: int) -> None:
    size = BY_HEAD_COUNT.replace("to = 49 ", f"to = {heads + 50} ").replace("to = 9 ", f"to = {heads} ")
    found = [decided(rules(size=size), told(), known=facts(head_count=n)).size for n in (heads, heads + 1)]
    assert found == [SizeClass.MICRO, SizeClass.SMALL]
    assert ends(rules(size=size), told(), known=facts(head_count=heads + 51)) == "REFUSED SIZE_ABOVE_LIMIT"


@A_FEW
@given(st.integers(1, 50), st.integers(0, 4))
def test_a_debt_of_just_the_threshold_is_too_small_to_bar(amount: int, parts: int) -> None:
    ruled = rules(scheme(more=f"[schemes.de_minimis]\namount = {amount}\ncounts = ['principal', 'penalty']"))
    cents = Decimal(amount) * parts / 4
    for extra, verdict in ((Decimal(0), FREE), (Decimal("0.01"), BARRED)):
        owed = debt(str(cents), str(amount - cents + extra), "1000")
        assert ends(ruled, told(ARREARS, account=Account(debts=(owed,))), known=FIVE) == verdict
