"""How a rule book shows a mechanism: predicates on parsed rules, made for the table in test_mechanisms.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from certsvc.core.model import FactName, SizeClass
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook, RuleSet
from certsvc.core.rules.enterprise import Counted, EffectRule, LimitsRule
from certsvc.core.rules.model import Event
from certsvc.core.rules.scheme import (
    Act,
    AmnestyRule,
    Broken,
    Condition,
    LiabilityRule,
    Requirement,
    SchemeRule,
    SecuredDebt,
)
from certsvc.core.rules.size import ScoreRule
from certsvc.core.rules.terms import DayOfYear, Range

Shows = Callable[[RuleBook], bool]
OfRules = Callable[[RuleSet], bool]
OfScheme = Callable[[SchemeRule], bool]

MICRO_AND_SMALL = frozenset({SizeClass.MICRO, SizeClass.SMALL})


# --- Over the versions of a book ---


def every(*shows: OfRules) -> Shows:
    """Every version shows all of these."""
    return lambda book: all(one(rules) for rules in book.sets for one in shows)


def last(shows: OfRules) -> Shows:
    """The version that is in force for good shows it."""
    return lambda book: shows(book.sets[-1])


def since(day: date, shows: OfRules) -> Shows:
    """The version that begins on that day and every later one show it, and no earlier one does."""
    return lambda book: (
        any(rules.first == day for rules in book.sets)
        and all(shows(rules) == (day <= rules.first) for rules in book.sets)
    )


def cut_offs(amnesty: str, *days: date) -> Shows:
    """The amnesty ends on these days, version by version."""
    return lambda book: [amnesties(rules)[amnesty].until for rules in book.sets] == list(days)


# --- Duties ---


def scheme(name: str, shows: OfScheme) -> OfRules:
    """The duty of that name shows it."""
    return lambda rules: any(each.name == name and shows(each) for each in rules.schemes)


def some_scheme(shows: OfScheme) -> OfRules:
    return lambda rules: any(shows(each) for each in rules.schemes)


def arrears_bar(*duties: str) -> OfRules:
    return lambda rules: {each.name for each in rules.schemes if Outcome.BARRED_ARREARS in each.bars} >= set(duties)


def agencies(*answering_for: int) -> OfRules:
    """So many agencies, each answering for so many duties, the busiest first."""
    return lambda rules: (
        [n for _, n in Counter(each.agency for each in rules.schemes).most_common()] == [*answering_for]
    )


def is_optional(rule: SchemeRule) -> bool:
    return rule.requirement is Requirement.OPTIONAL


def secured_debts_do_not_bar(rule: SchemeRule) -> bool:
    secured = rule.secured
    return secured is not None and {secured.suspended, secured.guaranteed} == {SecuredDebt.CLEAR_UNDER_ARRANGEMENT}


def discharged_by_training(rule: SchemeRule) -> bool:
    """Micro and small firms, once a year, asked for within thirty days."""
    wanted = (MICRO_AND_SMALL, frozenset(Act), 30, 365)
    return any((d.sizes, d.needs, d.request_within_days, d.once_in_days) == wanted for d in rule.discharges)


def lost_from_the_start(rule: SchemeRule) -> bool:
    """A waiver rests on a plan, and is owed again if the plan is not kept."""
    by_plan = any(amnesty.conditions == {Condition.ARRANGEMENT} for amnesty in rule.amnesties)
    return by_plan and rule.arrangement.broken is Broken.FROM_THE_START


# --- Amnesties ---


def amnesties(rules: RuleSet) -> dict[str, AmnestyRule]:
    return {amnesty.name: amnesty for each in rules.schemes for amnesty in each.amnesties}


def has_amnesties(*names: str) -> OfRules:
    """These and no others."""
    return lambda rules: amnesties(rules).keys() == set(names)


def waives(name: str, share: str) -> OfRules:
    """The amnesty waives that share of every component it names."""
    return lambda rules: set(amnesties(rules)[name].waives.values()) == {Decimal(share)}


def for_debts(name: str, first: date, before: date) -> OfRules:
    """The amnesty is for periods that ended between these days."""
    return lambda rules: (amnesties(rules)[name].debts_from, amnesties(rules)[name].debts_before) == (first, before)


def earned_by_registering(name: str) -> OfRules:
    """The amnesty is for the periods before a registration in its window."""
    return lambda rules: (
        amnesties(rules)[name].conditions == {Condition.REGISTERED} and amnesties(rules)[name].older_than_days == 1
    )


# --- Liability ---


def liability(rules: RuleSet, duty: str) -> Iterable[LiabilityRule]:
    return (rule for each in rules.schemes if each.name == duty for rule in each.liability)


def threshold(duty: str, *steps: tuple[int, int]) -> OfRules:
    """Wherever one is, one is liable from these years on with so many workers; there are no other steps."""
    return lambda rules: (
        [(rule.since.year, int(rule.workers_from)) for rule in liability(rules, duty) if not rule.zones] == list(steps)
    )


def by_zone(duty: str, days: dict[date, set[str]]) -> OfRules:
    """With a single worker one is liable in these zones from these days on; there are no others."""
    return lambda rules: (
        {r.since: {*r.zones} for r in liability(rules, duty) if r.zones and r.workers_from == 1} == days
    )


# --- Regimes ---


def one_payment_for(*duties: str) -> OfRules:
    """Every regime's flat payment satisfies these duties."""
    return lambda rules: bool(rules.regimes) and all(set(duties) <= set(each.satisfies) for each in rules.regimes)


def ceiling(regime: str, fact: FactName, most: int) -> OfRules:
    return lambda rules: [each.ceilings[fact] for each in rules.regimes if each.name == regime] == [most]


def excludes(regime: str, *sectors: str) -> OfRules:
    return lambda rules: [each.excluded_sectors for each in rules.regimes if each.name == regime] == [set(sectors)]


# --- The enterprise ---


def staff(size: SizeClass, low: int, high: int) -> OfRules:
    """The size class by limits has a head count from `low` to `high`."""
    wanted = Range(Decimal(low), Decimal(high))
    return lambda rules: (
        isinstance(rules.size, LimitsRule)
        and any(row.size is size and row.limits[FactName.HEAD_COUNT] == wanted for row in rules.size.classes)
    )


def score(**sectors: tuple[int, FactName]) -> OfRules:
    """The staff denominator and the asset fact of the score in each sector."""
    return lambda rules: (
        isinstance(rules.size, ScoreRule)
        and {each.name: (int(each.staff), each.assets_fact) for each in rules.size.sectors} == sectors
    )


def score_ends_at(*tops: int) -> OfRules:
    return lambda rules: isinstance(rules.size, ScoreRule) and [top for _, top in rules.size.cut_offs] == list(tops)


def counts(**weights: str) -> OfRules:
    """The head count weighs these categories so."""
    wanted = {FactName(f"workers_{name}"): Decimal(weight) for name, weight in weights.items()}
    return lambda rules: rules.head_count is not None and wanted.items() <= rules.head_count.weights.items()


def proofs(at_least: int, of: int) -> OfRules:
    return lambda rules: [(group.at_least, len(group.of)) for group in rules.proofs] == [(at_least, of)]


def updated_by(month: int, day: int) -> OfRules:
    return lambda rules: rules.update is not None and rules.update.by == DayOfYear(month, day)


def tolerates_calendar_years(rules: RuleSet) -> int:
    tolerance = rules.tolerance
    return tolerance.years if tolerance is not None and tolerance.counted is Counted.CALENDAR_YEARS else 0


def samples(share: str, size: SizeClass) -> OfRules:
    return lambda rules: (
        rules.sample is not None and (rules.sample.share == Decimal(share) and rules.sample.sizes == {size})
    )


def rechecks_on(event: Event) -> OfRules:
    return lambda rules: event in rules.recheck.on


def only_from(fact: FactName, *agencies: str) -> OfRules:
    """Only the word of these agencies counts for the fact."""
    return lambda rules: fact in rules.sources and rules.sources[fact].sources == set(agencies)


# --- What a certificate opens ---


def opens(name: str, shows: Callable[[EffectRule], bool]) -> OfRules:
    """There is an effect of that name, and it shows it."""
    return lambda rules: any(each.name == name and shows(each) for each in rules.effects)


def to_micro_and_small(effect: EffectRule) -> bool:
    return effect.sizes == MICRO_AND_SMALL


def to_legal_persons_on_new_years_day(effect: EffectRule) -> bool:
    return effect.on_day == DayOfYear(1, 1) and effect.identifier_kinds == {"cr.cedula_juridica"}


def under(law: str) -> Callable[[EffectRule], bool]:
    return lambda effect: effect.basis.citation.startswith(law)


def up_to(fact: FactName, most: int) -> Callable[[EffectRule], bool]:
    return lambda effect: effect.limits.get(fact) == Range(None, Decimal(most))


def to_new_firms(effect: EffectRule) -> bool:
    return effect.registered_within_days is not None
