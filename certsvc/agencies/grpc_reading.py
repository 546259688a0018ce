"""The strict reading of a GetFindingsResponse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol

from certsvc.agencies.adapter import is_data_date, is_text
from certsvc.core.model import Evidence, Fact, FactName, Finding, Outcome, Standing
from certsvc.v1 import agency_service_pb2 as pb
from certsvc.v1 import enterprise_pb2

MAX_FACTS = 16

_PREFIX = "OUTCOME_"

_OUTCOMES: Mapping[int, Outcome] = MappingProxyType(
    {
        value.number: Outcome[value.name.removeprefix(_PREFIX)]
        for value in enterprise_pb2.Outcome.DESCRIPTOR.values
        if value.number != 0
    }
)

_FACT_NAMES: Mapping[str, FactName] = MappingProxyType({name.value: name for name in FactName})

_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,6})?")
"""Facts count people or money: no sign, no exponent, bounded."""


class _Date(Protocol):
    """google.type.Date, which comes without types."""

    @property
    def year(self) -> int: ...
    @property
    def month(self) -> int: ...
    @property
    def day(self) -> int: ...


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
    # Bars beside a clear or unknown outcome contradict it; the answer cannot be trusted either way.
    bars = (outcome, *further)
    if further and (any(o.standing is not Standing.BARRED for o in bars) or len(set(bars)) != len(bars)):
        raise _Unreadable
    as_of = _day(message.data_as_of, at) if message.HasField("data_as_of") else None
    return Finding(message.scheme, agency, outcome, at, as_of, further)


def _outcome(number: int) -> Outcome:
    outcome = _OUTCOMES.get(number)
    if outcome is None:
        raise _Unreadable
    return outcome


def _day(message: _Date, at: datetime) -> date:
    try:
        day = date(message.year, message.month, message.day)
    except ValueError:
        raise _Unreadable from None
    if not is_data_date(day, at):
        raise _Unreadable
    return day


def _fact(message: enterprise_pb2.Fact, agency: str, at: datetime) -> Fact:
    name = _FACT_NAMES.get(message.name)
    if name is None or message.WhichOneof("value") != ("number" if name.is_number else "text"):
        raise _Unreadable
    as_of = _day(message.as_of, at) if message.HasField("as_of") else None
    if not name.is_number:
        text = message.text.strip()
        if not text or not is_text(text):
            raise _Unreadable
        return Fact(name, text, agency, as_of)
    if not _NUMBER.fullmatch(message.number.value):
        raise _Unreadable
    return Fact(name, Decimal(message.number.value), agency, as_of)
