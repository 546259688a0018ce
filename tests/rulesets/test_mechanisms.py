"""Every mechanism of the policy brief stands in a shipped rule set.

A line of the table names the country, what its system does, and how a rule book shows it. That the rules then decide
as they should is shown by each country's case table; here a mechanism cannot disappear from the files unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest

from certsvc.core.model import FactName, SizeClass
from certsvc.core.rules import RuleBook, RuleSet
from certsvc.core.rules.model import (
    AmnestyRule,
    Broken,
    Condition,
    Counted,
    DayOfYear,
    Event,
    LiabilityRule,
    LimitsRule,
    Range,
    Requirement,
    SchemeRule,
    SecuredDebt,
)
from certsvc.core.rules.size import ScoreRule
from certsvc.rulesets import load, shipped

Shows = Callable[[RuleBook], bool]
load_once = cache(load)


def schemes(book: RuleBook) -> list[SchemeRule]:
    return [scheme for rule_set in book.sets for scheme in rule_set.schemes]


def amnesties(rule_set: RuleSet) -> dict[str, AmnestyRule]:
    return {f"{scheme.name}.{amnesty.name}": amnesty for scheme in rule_set.schemes for amnesty in scheme.amnesties}


def liability(book: RuleBook, scheme: str) -> list[LiabilityRule]:
    return [rule for each in schemes(book) if each.name == scheme for rule in each.liability]


def some_scheme(shows: Callable[[SchemeRule], bool]) -> Shows:
    return lambda book: any(shows(scheme) for scheme in schemes(book))


def some_version(shows: Callable[[RuleSet], bool]) -> Shows:
    return lambda book: any(shows(rule_set) for rule_set in book.sets)


def every_version(shows: Callable[[RuleSet], bool]) -> Shows:
    return lambda book: all(shows(rule_set) for rule_set in book.sets)


def moves_a_cut_off(times: int) -> Shows:
    """A later version has the same amnesty with a later end, that many times."""

    def shows(book: RuleBook) -> bool:
        moved = 0
        for earlier, later in pairwise(book.sets):
            old, new = amnesties(earlier), amnesties(later)
            moved += any(name in new and new[name].until > rule.until for name, rule in old.items())
        return moved >= times

    return shows


def lowers_its_threshold(scheme: str, *steps: tuple[int, int]) -> Shows:
    """In these years the number of workers from which one is liable falls to these."""
    return lambda book: set(steps) <= {(rule.since.year, int(rule.workers_from)) for rule in liability(book, scheme)}


def head_count_limits(size: SizeClass) -> Callable[[RuleSet], Range | None]:
    def of(rule_set: RuleSet) -> Range | None:
        rows = rule_set.size.classes if isinstance(rule_set.size, LimitsRule) else ()
        return next((row.limits.get(FactName.HEAD_COUNT) for row in rows if row.size is size), None)

    return of


def weights(rule_set: RuleSet) -> set[Decimal]:
    return set(rule_set.head_count.weights.values()) if rule_set.head_count else set()


def reads_from_an_agency(*facts: FactName) -> Shows:
    return every_version(
        lambda rules: all(fact in rules.sources and "declared" not in rules.sources[fact].sources for fact in facts)
    )


def zones_by_day(book: RuleBook) -> dict[date, set[str]]:
    return {rule.since: set(rule.zones) for rule in liability(book, "social_security") if rule.zones}


def has_flat_payment(book: RuleBook) -> bool:
    """One payment stands in for several duties, answered for in one place."""
    return every_version(lambda rules: any(len(regime.satisfies) >= 2 for regime in rules.regimes))(book)


JORDAN = {
    date(2008, 1, 1): {"aqaba"},
    date(2009, 11, 1): {"irbid"},
    date(2010, 3, 1): {"maan"},
    date(2010, 5, 1): {"karak", "tafila"},
    date(2010, 6, 1): {"madaba"},
    date(2010, 10, 1): {"mafraq", "balqa"},
    date(2010, 12, 1): {"jerash", "ajloun"},
    date(2011, 5, 1): {"amman", "zarqa"},
}

MECHANISMS: list[tuple[str, str, Shows]] = [
    (
        "ilo",
        "micro is 2 to 9 employees",
        some_version(lambda rules: head_count_limits(SizeClass.MICRO)(rules) == Range(Decimal(2), Decimal(9))),
    ),
    (
        "ilo",
        "small goes up to 49 employees",
        some_version(lambda rules: getattr(head_count_limits(SizeClass.SMALL)(rules), "high", None) == 49),
    ),
    (
        "costa_rica",
        "k of n proofs stand beside hard bars",
        some_version(
            lambda rules: (
                any(group.at_least < len(group.of) for group in rules.proofs)
                and any(scheme.requirement is Requirement.HARD_BAR for scheme in rules.schemes)
            )
        ),
    ),
    ("costa_rica", "size by the weighted score P", every_version(lambda rules: isinstance(rules.size, ScoreRule))),
    (
        "costa_rica",
        "the status counts on 1 January",
        some_version(lambda rules: any(effect.on_day == DayOfYear(1, 1) for effect in rules.effects)),
    ),
    (
        "costa_rica",
        "data is updated each year by 31 March",
        some_version(lambda rules: rules.update is not None and rules.update.by == DayOfYear(3, 31)),
    ),
    ("costa_rica", "amnesty laws", some_scheme(lambda scheme: bool(scheme.amnesties))),
    ("brazil", "one flat payment satisfies several duties", has_flat_payment),
    (
        "brazil",
        "the regime has ceilings and excluded sectors",
        some_version(lambda rules: any(r.ceilings and r.excluded_sectors for r in rules.regimes)),
    ),
    (
        "brazil",
        "suspended or guaranteed debts are positive with the effect of negative",
        some_scheme(
            lambda scheme: (
                scheme.secured is not None
                and SecuredDebt.CLEAR_UNDER_ARRANGEMENT in (scheme.secured.suspended, scheme.secured.guaranteed)
            )
        ),
    ),
    ("argentina", "one flat payment satisfies several duties", has_flat_payment),
    ("uruguay", "one flat payment satisfies several duties", has_flat_payment),
    (
        "uruguay",
        "an optional branch never bars",
        some_scheme(lambda scheme: scheme.requirement is Requirement.OPTIONAL),
    ),
    ("chile", "payments take days to post", some_scheme(lambda scheme: scheme.posting is not None)),
    ("chile", "debt is presumed where nothing is declared", some_scheme(lambda scheme: scheme.presumed is not None)),
    ("chile", "one portal, several institutions", every_version(lambda rules: len(rules.schemes) >= 5)),
    (
        "chile",
        "small firms discharge a bar once a year by putting it right and training",
        some_scheme(
            lambda scheme: any(
                len(rule.needs) == 2 and SizeClass.MICRO in rule.sizes and rule.once_in_days >= 365
                for rule in scheme.discharges
            )
        ),
    ),
    ("philippines", "six agencies in one application", every_version(lambda rules: len(rules.schemes) >= 6)),
    ("fiji", "a payment makes a check due", every_version(lambda rules: Event.PAYMENT in rules.recheck.on)),
    (
        "peru",
        "20 per cent are inspected each year",
        some_version(lambda rules: rules.sample is not None and rules.sample.share == Decimal("0.2")),
    ),
    (
        "peru",
        "the former class is kept for three calendar years",
        some_version(
            lambda rules: (
                rules.tolerance is not None
                and rules.tolerance.years == 3
                and rules.tolerance.counted is Counted.CALENDAR_YEARS
            )
        ),
    ),
    ("peru", "turnover comes from electronic invoices", reads_from_an_agency(FactName.NET_SALES)),
    (
        "zambia",
        "penalties are waived in full or in part",
        every_version(
            lambda rules: (
                {share for rule in amnesties(rules).values() for share in rule.waives.values()}
                == {Decimal(1), Decimal("0.75"), Decimal("0.6")}
            )
        ),
    ),
    (
        "zambia",
        "registering by a date spares the penalties of the periods before",
        every_version(
            lambda rules: any(
                rule.conditions == {Condition.REGISTERED} and rule.older_than_days == 1
                for rule in amnesties(rules).values()
            )
        ),
    ),
    ("zambia", "the cut-off is moved by a later version", moves_a_cut_off(1)),
    ("algeria", "the deadline is moved twice", moves_a_cut_off(2)),
    (
        "algeria",
        "the current duty stands apart from old debt under a plan",
        every_version(lambda rules: {s.name for s in rules.schemes} >= {"current_contributions", "old_contributions"}),
    ),
    (
        "algeria",
        "a plan that is not kept is lost from the start",
        every_version(
            lambda rules: all(
                scheme.arrangement.broken is Broken.FROM_THE_START
                for scheme in rules.schemes
                if any(Condition.ARRANGEMENT in rule.conditions for rule in scheme.amnesties)
            )
        ),
    ),
    (
        "korea",
        "health insurance comes down to five workers",
        lowers_its_threshold("health_insurance", (1977, 501), (1979, 300), (1981, 100), (1983, 16), (1988, 5)),
    ),
    ("korea", "so does the pension", lowers_its_threshold("national_pension", (1988, 11), (1992, 5))),
    ("korea", "employment insurance reaches all", lowers_its_threshold("employment_insurance", (1995, 30), (1998, 1))),
    ("viet_nam", "the threshold falls from five workers to one", lowers_its_threshold("social_insurance", (2005, 1))),
    (
        "viet_nam",
        "short contracts count from 2018 on",
        lambda book: (
            [
                rule_set.head_count.weights[FactName.WORKERS_CASUAL] if rule_set.head_count else None
                for rule_set in (book.in_force(date(2017, 12, 31)), book.in_force(date(2018, 1, 1)))
            ]
            == [0, 1]
        ),
    ),
    ("cambodia", "eight workers, then one", lowers_its_threshold("occupational_risk", (2008, 8), (2017, 1))),
    ("jordan", "liable governorate by governorate", lambda book: zones_by_day(book) == JORDAN),
    (
        "jordan",
        "five workers are liable everywhere",
        lambda book: any(not rule.zones and rule.workers_from == 5 for rule in liability(book, "social_security")),
    ),
    (
        "malawi",
        "workers are counted, weighted or left out by category",
        every_version(lambda rules: {Decimal(0), Decimal("0.5"), Decimal(1)} <= weights(rules)),
    ),
    ("india", "wide worker categories", every_version(lambda rules: {Decimal(0), Decimal(1)} <= weights(rules))),
    (
        "india",
        "investment and turnover come from tax records",
        reads_from_an_agency(FactName.FIXED_ASSETS, FactName.NET_SALES),
    ),
    ("singapore", "a certificate opens several things", every_version(lambda rules: len(rules.effects) >= 2)),
    (
        "singapore",
        "what it opens has conditions of its own",
        every_version(lambda rules: any(effect.limits and effect.identifier_kinds for effect in rules.effects)),
    ),
    ("singapore", "turnover comes from a named source", reads_from_an_agency(FactName.NET_SALES)),
]


@pytest.mark.parametrize(
    ("country", "mechanism", "shows"), MECHANISMS, ids=[f"{c}: {what}" for c, what, _ in MECHANISMS]
)
def test_every_mechanism_of_the_brief_stands_in_a_shipped_rule_set(country: str, mechanism: str, shows: Shows) -> None:
    assert shows(load_once(country)), f"{country} no longer shows that {mechanism}"


def test_the_table_names_every_shipped_country() -> None:
    assert {country for country, _, _ in MECHANISMS} == set(shipped())
