"""What every adapter is, and how an agency's answer becomes evidence.

Invariants
- An adapter gives exactly one finding for each of its schemes, whatever the agency does.
- An adapter raises nothing but CancelledError: what goes wrong is an unknown outcome.
- Neither identifiers nor names nor amounts reach the log; an answer shows no debts where it is printed.
- Of several answers on one enterprise the worst counts, so that nobody is clear by choosing what is asked.
- A bar does not hide that something is not known: rules may not let that bar refuse by itself, or may lift it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from certsvc.core.account import Account, Debt
from certsvc.core.account_rows import MAX_DEBTS
from certsvc.core.model import Enterprise, Evidence, Fact, FactName, Finding, Source
from certsvc.core.outcome import Outcome, Standing

MAX_NAME = 200
"""Characters of an enterprise's name; longer ones are no names."""

EARLIEST = date(2000, 1, 1)
"""No agency's data is older; an earlier day is a fault in the answer."""

EARLIEST_EVENT = date(1900, 1, 1)
"""Nothing that an agency tells of an enterprise happened earlier."""


class Adapter(Protocol):
    """One agency, asked on one enterprise at a time."""

    @property
    def name(self) -> str:
        """The agency's name in findings, facts and configuration."""
        ...

    @property
    def schemes(self) -> tuple[str, ...]:
        """The duties it answers for, in the order of its findings."""
        ...

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        """One finding for each scheme, after at most `within` seconds. Never raises but CancelledError."""
        ...

    async def close(self) -> None:
        """Ends connections and background work; the adapter is not used afterwards."""
        ...


@runtime_checkable
class InMemory(Protocol):
    """An adapter that can often answer without waiting."""

    def find_now(self, enterprise: Enterprise) -> Evidence | None:
        """The same as `find`, or None if that has to wait."""
        ...


@runtime_checkable
class Selective(Protocol):
    """An adapter that can tell beforehand of whom its agency knows nothing. Others may be asked about anybody."""

    def knows(self, enterprise: Enterprise) -> bool:
        """False if the agency has none of the enterprise's kinds of number: it is then not asked."""
        ...


@runtime_checkable
class Metered(Protocol):
    """An adapter that may need several calls for one question. Others need one."""

    def calls_for(self, enterprise: Enterprise) -> int:
        """How many calls the agency counts for one `find`, at least 1."""
        ...


@runtime_checkable
class Sharing(Protocol):
    """An adapter that asks several questions in one call while load is high, and itself bounds its calls."""

    @property
    def questions_per_call(self) -> int:
        """How many questions may be open for each of its calls, at least 1."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What one agency says of one enterprise, the same for all its schemes.

    `further` holds the other bars and, beside a bar, the gravest unknown outcome.
    `name` is empty if it gives none; `other_names` are those that it holds under further numbers of the enterprise.
    `debts` are all that is overdue, or none where the agency does not list it.
    """

    outcome: Outcome
    further: tuple[Outcome, ...] = ()
    data_as_of: date | None = None
    name: str = ""
    other_names: tuple[str, ...] = ()
    debts: tuple[Debt, ...] = field(default=(), repr=False)


UNKNOWN: Mapping[Outcome, Answer] = MappingProxyType(
    {outcome: Answer(outcome) for outcome in Outcome if outcome.standing is Standing.UNKNOWN}
)
"""The bare answer of each unknown outcome."""


GRAVITY: tuple[Outcome, ...] = (
    Outcome.BARRED_ARREARS,
    Outcome.BARRED_ARRANGEMENT_BROKEN,
    Outcome.BARRED_MISSING_RETURN,
    Outcome.BARRED_DEREGISTERED,
    Outcome.BARRED_NOT_REGISTERED,
    Outcome.MALFORMED,
    Outcome.RATE_LIMITED,
    Outcome.UNAVAILABLE,
    Outcome.DISPUTED,
    Outcome.NO_INFORMATION,
    Outcome.CLEAR_UNDER_ARRANGEMENT,
    Outcome.CLEAR_BELOW_THRESHOLD,
    Outcome.CLEAR_NOT_LIABLE,
    Outcome.CLEAR,
)
"""Of several outcomes the first in this order counts: a bar is definite, unknown is worse than clear."""

_RANK: Mapping[Outcome, int] = MappingProxyType({outcome: rank for rank, outcome in enumerate(GRAVITY)})


def by_gravity(outcomes: Iterable[Outcome]) -> tuple[Outcome, tuple[Outcome, ...]]:
    """The outcome that counts, every other bar, and the gravest unknown beside a bar. There must be at least one."""
    first, *others = sorted(set(outcomes), key=_RANK.__getitem__)
    if first.standing is not Standing.BARRED:
        return first, ()
    bars = [outcome for outcome in others if outcome.standing is Standing.BARRED]
    unknown = [outcome for outcome in others if outcome.standing is Standing.UNKNOWN]
    return first, (*bars, *unknown[:1])


_OWES_NOTHING = frozenset({Outcome.CLEAR, Outcome.CLEAR_NOT_LIABLE})


def may_list(outcomes: Iterable[Outcome]) -> bool:
    """True if debts may be listed beside these outcomes: each is a bar, or says that nothing is owed.

    Rules that weigh the debts may lift the arrears. An arrangement would then vanish with them, since the arrears
    are what was handed on in its place; and beside an unknown, the debts may not be all.
    """
    return all(o in _OWES_NOTHING or o.standing is Standing.BARRED for o in outcomes)


def worst_of(answers: Sequence[Answer]) -> Answer:
    """One answer for all numbers of an enterprise: the worst counts, the oldest date holds. At least one answer."""
    outcome, further = by_gravity(o for answer in answers for o in (answer.outcome, *answer.further))
    name, *others = [*dict.fromkeys(answer.name for answer in answers if answer.name)] or [""]
    days = [answer.data_as_of for answer in answers if answer.data_as_of is not None]
    return Answer(outcome, further, min(days, default=None), name, tuple(others), _all_debts(answers))


def _all_debts(answers: Sequence[Answer]) -> tuple[Debt, ...]:
    """The debts of all, or none if one that may owe something does not list it."""
    debts = tuple([debt for answer in answers for debt in answer.debts])
    listed = all(answer.debts or answer.outcome in _OWES_NOTHING for answer in answers)
    return debts if listed and len(debts) <= MAX_DEBTS else ()


def to_evidence(
    agency: str, schemes: tuple[str, ...], answer: Answer, at: datetime, source: Source = Source.ASKED
) -> Evidence:
    """The answer as evidence: one finding for each scheme, and each name that the agency gave."""
    account = Account(debts=answer.debts) if answer.debts else None
    findings = tuple(
        Finding(scheme, agency, answer.outcome, at, answer.data_as_of, answer.further, account, source)
        for scheme in schemes
    )
    if not answer.name:
        return Evidence(findings)
    names = (answer.name, *answer.other_names)
    return Evidence(findings, tuple([Fact(FactName.NAME, name, agency, answer.data_as_of) for name in names]))


def is_data_date(day: date, at: datetime) -> bool:
    """True if an agency's data can be of `day` when read at `at`.

    A day ahead of ours is allowed, since the agency's zone may be ahead of UTC.
    """
    return EARLIEST <= day <= at.date() + timedelta(days=1)


def is_event_date(day: date, at: datetime) -> bool:
    """True if an agency that is asked at `at` can tell of something on `day`, which may be ahead as its data may."""
    return EARLIEST_EVENT <= day <= at.date() + timedelta(days=1)


def is_text(value: object) -> bool:
    """True for printable text of a bearable length, such as a name."""
    return isinstance(value, str) and len(value) <= MAX_NAME and value.isprintable()
