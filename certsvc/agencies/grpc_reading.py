"""The strict reading of a GetFindingsResponse: one part outside the contract, and the whole answer counts for nothing.

What rules weigh in an account can lift a bar, so nothing in it is guessed: no state is taken for another, no day
lies ahead, and a debt without its principal is no debt of nought.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Protocol

from google.protobuf.message import Message

from certsvc.agencies.adapter import is_data_date, is_event_date, is_text
from certsvc.core.account import Account, Arrangement, Debt, DebtState, Discharge
from certsvc.core.account_rows import MAX_DEBTS, MAX_DISCHARGES
from certsvc.core.model import Evidence, Fact, FactKind, FactName, Finding, SizeClass
from certsvc.core.outcome import Outcome, Standing
from certsvc.v1 import agency_service_pb2 as pb
from certsvc.v1 import enterprise_pb2

MAX_FACTS = 24
MAX_LATE_INSTALMENTS = 10_000

_PREFIX = "OUTCOME_"

_OUTCOMES: Mapping[int, Outcome] = MappingProxyType(
    {
        value.number: Outcome[value.name.removeprefix(_PREFIX)]
        for value in enterprise_pb2.Outcome.DESCRIPTOR.values
        if value.number != 0
    }
)

_DEBT_STATES: Mapping[int, DebtState] = MappingProxyType(
    {
        value.number: DebtState[value.name.removeprefix("STATE_")]
        for value in enterprise_pb2.Debt.State.DESCRIPTOR.values
        if value.number != 0
    }
)

_FACT_NAMES: Mapping[str, FactName] = MappingProxyType({name.value: name for name in FactName})

_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,6})?")
"""Facts and debts count people or money: no sign, no exponent, bounded."""

_FIELDS: Mapping[FactKind, str] = MappingProxyType(
    {FactKind.NUMBER: "number", FactKind.TEXT: "text", FactKind.DAY: "day"}
)


class _Date(Protocol):
    """google.type.Date, which comes without types."""

    @property
    def year(self) -> int: ...
    @property
    def month(self) -> int: ...
    @property
    def day(self) -> int: ...


class _Number(Protocol):
    """google.type.Decimal, the same."""

    @property
    def value(self) -> str: ...


class _Unreadable(Exception):
    """The answer is outside its contract."""


def read_response(
    response: pb.GetFindingsResponse, agency: str, schemes: tuple[str, ...], at: datetime
) -> Evidence | None:
    """The answer as evidence, findings in the order of `schemes`; None if any part is outside the contract."""
    if len(response.findings) != len(schemes) or len(response.facts) > MAX_FACTS:
        return None
    try:
        findings = {f.scheme: _finding(f, agency, at) for f in response.findings}
        facts = {f.name: _fact(f, agency, at) for f in response.facts}
    except _Unreadable:
        return None
    if findings.keys() != set(schemes) or len(facts) != len(response.facts):
        return None
    return Evidence(tuple(findings[s] for s in schemes), tuple(facts.values()))


def _finding(message: enterprise_pb2.Finding, agency: str, at: datetime) -> Finding:
    outcome = _outcome(message.outcome)
    further = tuple(_outcome(number) for number in message.further_outcomes)
    if further and not _may_stand_beside(outcome, further):
        raise _Unreadable
    as_of = _day(message.data_as_of, at) if message.HasField("data_as_of") else None
    account = _account(message.account, at) if message.HasField("account") else None
    return Finding(message.scheme, agency, outcome, at, as_of, further, account)


def _may_stand_beside(outcome: Outcome, further: tuple[Outcome, ...]) -> bool:
    """True for other bars beside a bar, and at most one unknown outcome for what is not known besides.

    Anything beside a clear or an unknown outcome contradicts it; such an answer cannot be trusted either way.
    """
    standings = [o.standing for o in further]
    return (
        outcome.standing is Standing.BARRED
        and Standing.CLEAR not in standings
        and standings.count(Standing.UNKNOWN) <= 1
        and len({outcome, *further}) == 1 + len(further)
    )


def _outcome(number: int) -> Outcome:
    outcome = _OUTCOMES.get(number)
    if outcome is None:
        raise _Unreadable
    return outcome


def _day(message: _Date, at: datetime) -> date:
    """A day that data can be of."""
    day = _real_day(message)
    if not is_data_date(day, at):
        raise _Unreadable
    return day


def _real_day(message: _Date) -> date:
    try:
        return date(message.year, message.month, message.day)
    except ValueError:
        raise _Unreadable from None


def _event(message: _Date, at: datetime) -> date:
    """A day on which something happened; an absent one is no day, so it is refused too."""
    day = _real_day(message)
    if not is_event_date(day, at):
        raise _Unreadable
    return day


def _number(message: _Number) -> Decimal:
    if not _NUMBER.fullmatch(message.value):
        raise _Unreadable
    return Decimal(message.value)


def _fact(message: enterprise_pb2.Fact, agency: str, at: datetime) -> Fact:
    name = _FACT_NAMES.get(message.name)
    if name is None or message.WhichOneof("value") != _FIELDS[name.kind]:
        raise _Unreadable
    as_of = _day(message.as_of, at) if message.HasField("as_of") else None
    return Fact(name, _value(message, name, at), agency, as_of)


def _value(message: enterprise_pb2.Fact, name: FactName, at: datetime) -> Decimal | str | date:
    if name.kind is FactKind.NUMBER:
        return _number(message.number)
    if name.kind is FactKind.DAY:
        return _event(message.day, at)
    text = message.text.strip()
    if not text or not is_text(text) or (name is FactName.FORMER_SIZE and text not in SizeClass.__members__):
        raise _Unreadable
    return text


def _account(message: enterprise_pb2.Account, at: datetime) -> Account:
    if len(message.debts) > MAX_DEBTS or len(message.discharges) > MAX_DISCHARGES:
        raise _Unreadable
    event = partial(_optional_event, message, at)
    return Account(
        registered_on=event("registered_on"),
        debts=tuple(_debt(debt, at) for debt in message.debts),
        arrangement=_arrangement(message.arrangement, at) if message.HasField("arrangement") else None,
        relief_requested_on=event("relief_requested_on"),
        last_payment_on=event("last_payment_on"),
        discharges=tuple(_discharge(discharge, at) for discharge in message.discharges),
    )


def _debt(message: enterprise_pb2.Debt, at: datetime) -> Debt:
    state = _DEBT_STATES.get(message.state)
    if state is None:
        raise _Unreadable
    return Debt(
        period_end=_event(message.period_end, at),
        principal=_number(message.principal),
        penalty=_number(message.penalty) if message.HasField("penalty") else Decimal(0),
        interest=_number(message.interest) if message.HasField("interest") else Decimal(0),
        state=state,
        principal_paid_on=_optional_event(message, at, "principal_paid_on"),
    )


def _arrangement(message: enterprise_pb2.Arrangement, at: datetime) -> Arrangement:
    if not 0 <= message.late_instalments <= MAX_LATE_INSTALMENTS:
        raise _Unreadable
    event = partial(_optional_event, message, at)
    return Arrangement(
        signed_on=_event(message.signed_on, at),
        first_paid_on=event("first_paid_on"),
        late_instalments=message.late_instalments,
        broken_on=event("broken_on"),
        completed_on=event("completed_on"),
    )


def _discharge(message: enterprise_pb2.Discharge, at: datetime) -> Discharge:
    bar = _outcome(message.bar)
    if bar.standing is not Standing.BARRED:
        raise _Unreadable
    event = partial(_optional_event, message, at)
    return Discharge(
        bar=bar,
        imposed_on=_event(message.imposed_on, at),
        requested_on=_event(message.requested_on, at),
        regularised_on=event("regularised_on"),
        trained_on=event("trained_on"),
        previous_on=event("previous_on"),
    )


def _optional_event(message: Message, at: datetime, field: str) -> date | None:
    """The day in this field of the message, None if it is not set."""
    return _event(getattr(message, field), at) if message.HasField(field) else None
