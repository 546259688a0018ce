"""Which facts count: by source and age, the head count as the rules count it, excluded sectors, missing facts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from certsvc.core.model import WORKERS, Fact, FactName, SizeClass
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import (
    ARREARS,
    BY_HEAD_COUNT,
    DAY,
    OUT,
    briefly,
    decided,
    ends,
    facts,
    rules,
    scheme,
    steps,
    told,
)

CLEAR = told()


def head_count(known: tuple[Fact, ...], rule_set: RuleSet) -> str:
    """The reasons, or the size that follows from the head count that was reckoned."""
    decision = decided(rule_set, CLEAR, known=known)
    return " ".join(reason.text.en for reason in decision.reasons) or str(decision.size)


# --- Sources ---

SOURCES = rules(scheme(), more="[sources.head_count]\nfrom = ['fund', 'registry']\nmax_age_days = 10\n")
ANY_AGE = rules(scheme(), more="[sources.head_count]\nfrom = ['fund', 'declared']\n")


@pytest.mark.parametrize(
    ("source", "days", "ending", "state"),
    [
        ("fund", 10, "FULL 365", "APPLIED"),
        ("registry", 0, "FULL 365", "APPLIED"),
        ("fund", 11, "REFUSED FACTS_MISSING.head_count", "FAILED fact=head_count"),
        ("fund", None, "REFUSED FACTS_MISSING.head_count", "FAILED fact=head_count"),
        ("fund", -1, "FULL 365", "APPLIED"),
        ("fund", -2, "REFUSED FACTS_MISSING.head_count", "FAILED fact=head_count"),
        ("mayor", 0, "REFUSED FACTS_MISSING.head_count", "FAILED fact=head_count"),
        ("declared", 0, "REFUSED FACTS_MISSING.head_count", "FAILED fact=head_count"),
    ],
)
def test_a_fact_counts_only_from_the_sources_named_and_up_to_its_age(
    source: str, days: int | None, ending: str, state: str
) -> None:
    as_of = DAY - timedelta(days=days) if days is not None else None
    known = facts(source, as_of, head_count=5)
    assert ends(SOURCES, CLEAR, known=known) == ending
    (step,) = steps(SOURCES, "sources.head_count", CLEAR, known=known)
    assert briefly(SOURCES, "sources.head_count", CLEAR, known=known) == [state]
    assert (step.agency, step.data_as_of, step.age_days) == (source, as_of, days)


def test_where_the_rule_sets_no_age_any_is_good_and_the_caller_may_be_a_source() -> None:
    for source, as_of in (("fund", None), ("fund", date(1990, 1, 1)), ("declared", None)):
        assert ends(ANY_AGE, CLEAR, known=facts(source, as_of, head_count=5)) == "FULL 365"
    assert ends(ANY_AGE, CLEAR, known=facts("mayor", head_count=5)) == "REFUSED FACTS_MISSING.head_count"


def test_what_no_source_tells_is_missing_and_the_rule_concerned_nothing() -> None:
    assert ends(SOURCES, CLEAR, known=()) == "REFUSED FACTS_MISSING.head_count"
    assert briefly(SOURCES, "sources.head_count", CLEAR, known=()) == ["NOT_APPLICABLE fact=head_count"]


def test_of_the_facts_that_are_admitted_the_best_counts() -> None:
    known = (*facts("mayor", DAY, head_count=50), *facts("fund", DAY, head_count=5))
    assert ends(SOURCES, CLEAR, known=known) == "FULL 365"
    both = (*facts(head_count=50), *facts("fund", head_count=5))
    assert ends(ANY_AGE, CLEAR, known=both) == "FULL 365", "an agency comes before the caller"
    (step,) = steps(SOURCES, "sources.head_count", CLEAR, known=known)
    assert (step.state, step.agency) == ("APPLIED", "fund")


def test_a_rule_on_the_source_of_one_fact_leaves_others_alone() -> None:
    rule_set = rules(scheme(), more="[sources.net_sales]\nfrom = ['fund']\n")
    assert ends(rule_set, CLEAR) == "FULL 365"


# --- Head count ---


def counted(unknown: str, **weights: str) -> RuleSet:
    keys = "\n".join(f"{name.removeprefix('workers_')} = {weights.get(name[8:], '0')}" for name in WORKERS)
    return rules(scheme(), more=f"[head_count]\n{keys}\nunknown = '{unknown}'\n")


WEIGHED = counted("missing", permanent="1", part_time="0.5")
LENIENT = counted("none", permanent="1", part_time="0.5")


@pytest.mark.parametrize(
    ("permanent", "part_time", "total", "size"),
    [(9, 0, "9.0", "MICRO"), (8, 2, "9.0", "MICRO"), (8, 3, "9.5", "SMALL"), (0, 0, "0.0", "MICRO")],
)
def test_the_head_count_is_the_weighted_sum(permanent: int, part_time: int, total: str, size: str) -> None:
    known = facts(workers_permanent=permanent, workers_part_time=part_time, workers_owner=99)
    assert head_count(known, WEIGHED) == size
    assert briefly(WEIGHED, "head_count", CLEAR, known=known) == [f"APPLIED head_count={total}"]


def test_nobodys_own_total_counts() -> None:
    known = facts(workers_permanent=9, workers_part_time=0)
    assert head_count((*known, *facts("fund", DAY, head_count=99)), WEIGHED) == "MICRO"
    assert head_count(facts("fund", DAY, head_count=5), LENIENT) == "FACTS_MISSING.head_count"


def test_a_category_of_which_nothing_is_known_is_missing_by_name() -> None:
    assert head_count(facts(workers_permanent=9), WEIGHED) == "FACTS_MISSING.workers_part_time"
    assert head_count((), WEIGHED) == "FACTS_MISSING.workers_permanent FACTS_MISSING.workers_part_time"
    known = facts(workers_permanent=9)
    step = briefly(WEIGHED, "head_count", CLEAR, known=known)
    assert step == ["FAILED FACTS_MISSING fact=workers_part_time"]
    assert briefly(WEIGHED, "size", CLEAR, known=known) == ["FAILED FACTS_MISSING fact=workers_part_time"]


def test_or_it_counts_as_none_where_the_rule_says_so_but_not_if_all_are_unknown() -> None:
    assert head_count(facts(workers_permanent=9), LENIENT) == "MICRO"
    assert head_count(facts(workers_permanent=10), LENIENT) == "SMALL"
    assert head_count(facts(workers_part_time=19), LENIENT) == "SMALL"
    assert head_count((), LENIENT) == "FACTS_MISSING.head_count"
    assert briefly(LENIENT, "head_count", CLEAR, known=()) == ["FAILED FACTS_MISSING"]


@pytest.mark.parametrize("odd", ["-1", "NaN", "1E+19", "0.0000000001"])
def test_a_number_that_cannot_be_reckoned_with_is_missing_and_never_none(odd: str) -> None:
    known = (*facts(workers_permanent=5), Fact(FactName.WORKERS_PART_TIME, Decimal(odd), "fund"))
    assert head_count(known, WEIGHED) == "FACTS_MISSING.workers_part_time"
    assert head_count(known, LENIENT) == "FACTS_MISSING.head_count"


def test_a_sum_that_cannot_be_reckoned_with_asks_for_all_its_parts() -> None:
    most = Decimal("9999999999999999999")
    known = tuple(Fact(name, most, "fund") for name in (FactName.WORKERS_PERMANENT, FactName.WORKERS_PART_TIME))
    assert head_count(known, WEIGHED) == "FACTS_MISSING.workers_permanent FACTS_MISSING.workers_part_time"
    assert head_count(known, LENIENT) == "FACTS_MISSING.head_count"


def test_the_sum_is_as_old_as_its_oldest_part() -> None:
    known = (
        *facts("fund", DAY - timedelta(days=3), workers_permanent=4),
        *facts("fund", DAY - timedelta(days=9), workers_part_time=2),
    )
    (step,) = steps(WEIGHED, "head_count", CLEAR, known=known)
    assert (step.data_as_of, step.age_days) == (DAY - timedelta(days=9), 9)
    (undated,) = steps(WEIGHED, "head_count", CLEAR, known=(*known[:1], *facts(workers_part_time=2)))
    assert undated.data_as_of is None


def test_a_category_from_a_source_that_is_not_admitted_is_missing() -> None:
    keys = "\n".join(f"{name.removeprefix('workers_')} = 1" for name in WORKERS)
    rule_set = rules(
        scheme(),
        more=f"[head_count]\n{keys}\nunknown = 'missing'\n[sources.workers_family]\nfrom = ['fund']\n",
    )
    known = facts(**{name.value: 1 for name in WORKERS})
    assert head_count(known, rule_set) == "FACTS_MISSING.workers_family"
    assert head_count((*known, *facts("fund", workers_family=1)), rule_set) == "MICRO"


def test_liability_asks_for_the_categories_of_a_head_count_that_is_missing() -> None:
    ground = "[[schemes.liability]]\nname = 'staff'\nsince = 2000-01-01\nworkers_from = 3\n"
    keys = "\n".join(f"{name.removeprefix('workers_')} = {int(name == 'workers_permanent')}" for name in WORKERS)
    rule_set = rules(scheme(more=ground), more=f"[head_count]\n{keys}\nunknown = 'missing'\n")
    step = briefly(rule_set, "schemes.tax.liability.staff", CLEAR, known=())
    assert step == ["OPEN since=2000-01-01 fact=workers_permanent"]
    assert decided(rule_set, known=facts(workers_permanent=2)).clear == (("tax", DAY),)
    assert ends(rule_set, told(OUT), known=facts(workers_permanent=3)) == "UNDECIDED tax:UNAVAILABLE"


# --- Excluded sectors, missing facts ---

EXCLUDED = rules(scheme(), more="[excluded]\nsectors = ['finance', 'arms']\n")


@pytest.mark.parametrize(
    ("sector", "ending", "step"),
    [
        ("trade", "FULL 365", "PASSED sector=trade"),
        ("arms", "REFUSED SECTOR_EXCLUDED", "FAILED SECTOR_EXCLUDED sector=arms"),
        ("", "REFUSED FACTS_MISSING.sector", "FAILED FACTS_MISSING fact=sector"),
    ],
)
def test_an_excluded_sector_gets_no_certificate_and_an_unknown_one_neither(sector: str, ending: str, step: str) -> None:
    known = facts(head_count=5, sector=sector)
    assert ends(EXCLUDED, CLEAR, known=known) == ending
    assert briefly(EXCLUDED, "excluded", CLEAR, known=known) == [step]


def test_problems_of_the_profile_stand_in_the_order_of_the_codes_each_once() -> None:
    rule_set = rules(
        scheme(),
        more="[excluded]\nsectors = ['finance']\n[update]\nby = '03-31'\n",
        size=BY_HEAD_COUNT.replace("[[size.classes]]\nclass", "[[size.classes]]\nsectors = ['finance']\nclass"),
    )
    old = facts("fund", date(2024, 1, 1), head_count=50, sector="finance")
    assert ends(rule_set, CLEAR, known=old) == "REFUSED SECTOR_EXCLUDED SIZE_ABOVE_LIMIT DATA_UPDATE_MISSED"
    assert ends(rule_set, CLEAR, known=()) == "REFUSED FACTS_MISSING.sector"
    assert ends(rule_set, told(ARREARS), known=old) == (
        "REFUSED tax:BARRED_ARREARS SECTOR_EXCLUDED SIZE_ABOVE_LIMIT DATA_UPDATE_MISSED"
    )
    assert ends(rule_set, told(OUT), known=old) == "UNDECIDED tax:UNAVAILABLE"


def test_the_size_is_told_with_every_answer_that_is_not_about_two_names() -> None:
    assert decided(rules(), told(ARREARS)).size is SizeClass.MICRO
    assert decided(rules(), told(OUT)).size is SizeClass.MICRO
    assert decided(rules(), CLEAR, known=facts(head_count=50)).size is SizeClass.MEDIUM
    assert decided(rules(), CLEAR, known=()).size is None


def test_two_names_hide_every_other_problem_of_the_profile() -> None:
    names = (*facts("fund", name="One"), *facts("registry", name="Two"))
    decision = decided(rules(), CLEAR, known=names)
    assert [(r.code, r.agency) for r in decision.reasons] == [
        ("AGENCIES_DISAGREE_ON_NAME", "fund"),
        ("AGENCIES_DISAGREE_ON_NAME", "registry"),
    ]
    assert briefly(rules(), "names", CLEAR, known=names) == ["FAILED AGENCIES_DISAGREE_ON_NAME"] * 2
    assert briefly(rules(), "size", CLEAR, known=names) == ["NOT_APPLICABLE because=two_names"]
    assert briefly(rules(), "size.classes.MICRO", CLEAR, known=names) == ["NOT_APPLICABLE size=MICRO"]
    declared = steps(rules(), "names", CLEAR, known=facts("fund", name="One"), name="Two")
    assert [(step.code, step.agency) for step in declared] == [("NAME_MISMATCH", "fund")]
    same = (*facts("fund", name="One"), *facts("registry", name="ONE, S.A."))
    assert briefly(rules(), "names", CLEAR, known=same) == ["PASSED"]


def test_a_rule_on_sources_does_not_hide_a_contradiction_of_names() -> None:
    rule_set = rules(scheme(), more="[sources.name]\nfrom = ['fund']\n")
    names = (*facts(head_count=5), *facts("fund", name="One"), *facts("registry", name="Two"))
    assert ends(rule_set, CLEAR, known=names) == "REFUSED AGENCIES_DISAGREE_ON_NAME AGENCIES_DISAGREE_ON_NAME"
