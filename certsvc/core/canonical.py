"""One spelling for each stored value: ASCII JSON without blanks, no floats, keys in the order they are written.

Readers here take only that spelling: what they accept, the writer would write again byte for byte.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import TypeVar

from certsvc.core.errors import MalformedRecord

CAP = 1 << 20
"""No stored record is longer than this many bytes."""

# Escapes keep every text encodable, even half a surrogate pair from a sloppy agency.
_write = json.JSONEncoder(ensure_ascii=True, allow_nan=False, check_circular=False, separators=(",", ":")).encode
_EXACT = Context(prec=2000, traps=[])
_PLAIN_DIGITS = 30

T = TypeVar("T")


def write(value: object) -> bytes:
    """The bytes of nested lists, tuples, dicts, texts, whole numbers, booleans and None."""
    return _write(value).encode("ascii")


def read(data: bytes) -> object:
    """The value of the bytes. Raises MalformedRecord for what is too long or no JSON."""
    if len(data) > CAP:
        raise MalformedRecord(f"longer than {CAP} bytes")
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedRecord("not JSON") from error
    return value


def digest(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def write_decimal(value: Decimal) -> str:
    """One text for all equal numbers. Raises ValueError if not finite, or too long or too far from 1 to be written."""
    if not value.is_finite():
        raise ValueError("only a finite number can be recorded")
    if not value:
        return "0"
    shortest = _EXACT.normalize(value)
    if shortest != value:
        raise ValueError("a number of so many digits cannot be recorded")
    return format(shortest, "f") if abs(shortest.adjusted()) < _PLAIN_DIGITS else str(shortest)


def write_instant(value: datetime) -> str:
    """An aware instant in UTC to the microsecond."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def write_day(value: date | None) -> str:
    """ISO 8601, empty for none."""
    return value.isoformat() if value is not None else ""


def read_day(text: str) -> date | None:
    """The reverse of `write_day`. Raises ValueError."""
    return date.fromisoformat(text) if text else None


def of_type(value: object, kind: type[T]) -> T:
    """The value if it is exactly of this type. Raises MalformedRecord."""
    if type(value) is not kind:
        raise MalformedRecord(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def row(value: object, length: int) -> list[object]:
    """The value if it is a list of this length. Raises MalformedRecord."""
    cells: list[object] = of_type(value, list)
    if len(cells) != length:
        raise MalformedRecord(f"expected {length} cells, found {len(cells)}")
    return cells
