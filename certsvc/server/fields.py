"""What every message has: faults collected for one answer, texts and days read strictly."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date

from certsvc.core.errors import InvalidRequest

MAX_TEXT = 200

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Faults:
    """Collects what is wrong with one request."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []

    def add(self, field: str, why: str) -> None:
        """Notes one fault."""
        self._found.append((field, why))

    def refuse_if_any(self) -> None:
        """Raises InvalidRequest with all faults noted."""
        if self._found:
            (field, why), *others = self._found
            raise InvalidRequest(field, why, *others)


def read_text(written: str, field: str, limit: int, faults: Faults) -> str:
    """The text in Unicode's composed form, with blanks around it removed."""
    if len(written) > limit:
        faults.add(field, f"write at most {limit} characters")
        return ""
    # Control, format, surrogate and unassigned characters and line ends change what people see, not what they read.
    # `isprintable` knows them all, and takes other blanks than the ASCII one for such too.
    if not written.isprintable() and any(unicodedata.category(c) in _UNSEEN for c in written):
        faults.add(field, "write no control or invisible characters")
        return ""
    return unicodedata.normalize("NFC", written).strip()


def read_required_text(written: str, field: str, limit: int, faults: Faults) -> str:
    """As `read_text`, and not empty."""
    if not written.strip():
        faults.add(field, f"is missing; write at most {limit} characters on one line")
        return ""
    return read_text(written, field, limit, faults)


def read_instant(message: Timestamp, field: str, faults: Faults) -> datetime | None:
    """An instant that the calendar has, to the microsecond."""
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        faults.add(field, "write a real instant")
        return None


def read_date(message: Date, field: str, faults: Faults) -> date | None:
    """A day that exists."""
    try:
        return date(message.year, message.month, message.day)
    except (ValueError, OverflowError):
        faults.add(field, "write a real day with year, month and day")
        return None
