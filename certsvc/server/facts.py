"""The facts that a caller declares: closed names, one kind of value each, bounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from certsvc.core.model import DECLARED, WORKERS, Fact, FactKind, FactName, SizeClass
from certsvc.server.fields import MAX_TEXT, Faults, read_date, read_text
from certsvc.v1 import enterprise_pb2 as enterprise_pb

MAX_FACTS = 24
"""Every fact can be declared at once."""

_NAMES = {name.value: name for name in FactName}
_PERSONS = frozenset({FactName.HEAD_COUNT, *WORKERS})
_YEARS = range(1900, 2101)
_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,6})?")


def read_declared(messages: Sequence[enterprise_pb.Fact], faults: Faults) -> tuple[Fact, ...]:
    """The facts, each marked as the caller's own word."""
    if len(messages) > MAX_FACTS:
        faults.add("declared_facts", f"give at most {MAX_FACTS}")
        return ()
    found: list[Fact] = []
    for index, message in enumerate(messages):
        field = f"declared_facts[{index}]"
        fact = _fact(message, field, faults)
        if fact is None:
            continue
        if any(fact.name is other.name for other in found):
            faults.add(f"{field}.name", "give each fact once")
        found.append(fact)
    return tuple(found)


def _fact(message: enterprise_pb.Fact, field: str, faults: Faults) -> Fact | None:
    name = _NAMES.get(message.name)
    as_of = read_date(message.as_of, f"{field}.as_of", faults) if message.HasField("as_of") else None
    if name is None:
        faults.add(f"{field}.name", f"write one of {', '.join(_NAMES)}")
        return None
    value = _READERS[name.kind](message, name, field, faults)
    return Fact(name, value, DECLARED, as_of) if value is not None else None


def _number(message: enterprise_pb.Fact, name: FactName, field: str, faults: Faults) -> Decimal | None:
    if message.WhichOneof("value") != "number":
        faults.add(f"{field}.number", "give this fact as a number")
        return None
    written = message.number.value
    if not _DECIMAL.fullmatch(written):
        faults.add(f"{field}.number", "write at most 18 digits, then at most 6 after a point; no sign, no exponent")
        return None
    value = Decimal(written)
    if name in _PERSONS and value != value.to_integral_value():
        faults.add(f"{field}.number", "a number of persons is whole")
        return None
    return value


def _day(message: enterprise_pb.Fact, _name: FactName, field: str, faults: Faults) -> date | None:
    if message.WhichOneof("value") != "day":
        faults.add(f"{field}.day", "give this fact as a day")
        return None
    day = read_date(message.day, f"{field}.day", faults)
    if day is not None and day.year not in _YEARS:
        faults.add(f"{field}.day", f"write a day from {_YEARS[0]} to {_YEARS[-1]}")
        return None
    return day


def _text(message: enterprise_pb.Fact, name: FactName, field: str, faults: Faults) -> str | None:
    if message.WhichOneof("value") != "text":
        faults.add(f"{field}.text", "give this fact as text")
        return None
    text = read_text(message.text, f"{field}.text", MAX_TEXT, faults)
    if not text:
        faults.add(f"{field}.text", "write what the fact is, or leave it out")
    elif name is FactName.FORMER_SIZE and text not in SizeClass.__members__:
        faults.add(f"{field}.text", f"write one of {', '.join(SizeClass)}")
        return None
    return text or None


_Reader = Callable[[enterprise_pb.Fact, FactName, str, Faults], Decimal | str | date | None]

_READERS: Mapping[FactKind, _Reader] = MappingProxyType(
    {FactKind.NUMBER: _number, FactKind.TEXT: _text, FactKind.DAY: _day}
)
