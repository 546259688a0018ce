"""What a case table leaves out: changes without a case on the day and the day before, reasons and rules never met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from certsvc.core.decision import StepState
from certsvc.core.rules.book import RuleBook
from certsvc.core.rules.cases.table import Case, CaseTable
from certsvc.core.rules.cases.trial import explained
from certsvc.core.rules.model import RuleSet

_DAY = timedelta(days=1)
_IDLE = frozenset({StepState.NOT_APPLICABLE, StepState.NOT_IN_FORCE})


class Gap(Enum):
    """What is missing."""

    DAY = "day"
    """No case on this day, on which something changes, or on the day before it."""
    REASON = "reason"
    """No case ends with this reason."""
    RULE = "rule"
    """No case to which this rule applies."""


@dataclass(frozen=True, slots=True)
class Note:
    """One gap: the day, reason or rule, and for a day what changes then."""

    gap: Gap
    what: str
    day: date | None = None


def coverage(table: CaseTable, book: RuleBook) -> tuple[Note, ...]:
    """Every gap of the table. Raises NoRuleSet for a case on a day without rules."""
    explanations = [explained(case, book.in_force(case.on)) for case in table.cases]
    met = {reason.code for each in explanations for reason in each.decision.reasons}
    used = {step.rule for each in explanations for step in each.steps if step.state not in _IDLE}
    reasons = dict.fromkeys(code for rule_set in book.sets for code in _codes(rule_set))
    rules = dict.fromkeys(path for rule_set in book.sets for path, _ in rule_set.bases)
    return (
        *_missing_days(table, book),
        *(Note(Gap.REASON, code) for code in reasons if code not in met),
        *(Note(Gap.RULE, path) for path in rules if path not in used),
    )


def _codes(rule_set: RuleSet) -> Iterator[str]:
    for scheme in rule_set.schemes:
        yield from scheme.reasons
    for key in rule_set.reasons:
        yield key.partition(".")[0]


def _missing_days(table: CaseTable, book: RuleBook) -> Iterator[Note]:
    days = {case.on for case in table.cases}
    for rule_set in book.sets:
        for what, day in _changes(rule_set):
            for each in (day - _DAY, day):
                if each not in days and any(other.covers(each) for other in book.sets):
                    yield Note(Gap.DAY, what, each)
        told = {day for case in table.cases if rule_set.covers(case.on) for day in _days_of(case)}
        for what, day in _cut_offs(rule_set):
            for each in (day - _DAY, day):
                if each not in told and (rule_set.until is None or each < rule_set.until):
                    yield Note(Gap.DAY, what, each)


def _changes(rule_set: RuleSet) -> Iterator[tuple[str, date]]:
    """Where the file stands and the day, for everything that a case on that very day shows."""
    yield "from", rule_set.first
    if rule_set.until is not None:
        yield "until", rule_set.until
    for scheme in rule_set.schemes:
        for liability in scheme.liability:
            if rule_set.first < liability.since and rule_set.covers(liability.since):
                yield f"schemes.{scheme.name}.liability.{liability.name}.since", liability.since


def _cut_offs(rule_set: RuleSet) -> Iterator[tuple[str, date]]:
    """The same for amnesties, which a case may also meet by the day of a payment, of a signature or of a request."""
    for scheme in rule_set.schemes:
        for amnesty in scheme.amnesties:
            yield f"schemes.{scheme.name}.amnesties.{amnesty.name}.from", amnesty.first
            yield f"schemes.{scheme.name}.amnesties.{amnesty.name}.until", amnesty.until


def _days_of(case: Case) -> Iterator[date]:
    """The day of the case, and every day on which an amnesty may have been earned."""
    yield case.on
    yield from (fact.value for fact in case.facts if isinstance(fact.value, date))
    for account in (answer.account for answers in case.answers.values() for answer in answers if answer.account):
        arrangement = account.arrangement
        signed = arrangement.signed_on if arrangement else None
        paid = (debt.principal_paid_on for debt in account.debts)
        yield from (d for d in (account.registered_on, account.relief_requested_on, signed, *paid) if d is not None)
