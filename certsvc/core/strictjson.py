"""Strict JSON (RFC 8259): one text has one meaning for every reader.

Invariants
- The text is UTF-8 and holds one object, at most MAX_DEPTH levels deep.
- No duplicate members at any depth, no NaN, no infinity, no half of a surrogate pair.
- No text can exhaust the stack: depth is checked before anything recurses.
- No text can exhaust the memory: items are counted before anything is parsed, in one pass that copies nothing. The
  parser then holds the text and its strings, so twice the input if that is ASCII without escapes, and a few
  megabytes for MAX_ITEMS.
- Whatever the text, only VerificationError leaves `read_json`.
"""

from __future__ import annotations

from functools import cache
from json import JSONDecoder, JSONEncoder
from json.scanner import make_scanner
from typing import TYPE_CHECKING

from certsvc.core.errors import VerificationError

if TYPE_CHECKING:
    import re

MAX_DEPTH = 16
MAX_ITEMS = 16_384
"""Commas and opening brackets in one text, those within its strings as well, so that counting needs no parsing.

The fullest text that we read, the file of a trust store, has 5,000. A certificate's is shorter than that in bytes.
"""

_WHITE = " \t\n\r"


def write_json(obj: object) -> bytes:
    """Compact UTF-8 JSON, members in the order given. Raises ValueError for what is not JSON."""
    return _ENCODER.encode(obj).encode("utf-8")


def read_json(data: bytes) -> dict[str, object]:
    """The object that strict JSON holds."""
    # Structure first: the parser below recurses, and makes an object of each item.
    opened = data.count(b"{") + data.count(b"[")
    if len(data) > MAX_ITEMS and opened + data.count(b",") > MAX_ITEMS:
        raise VerificationError("json_too_crowded")
    if opened > MAX_DEPTH:
        _check_depth(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise VerificationError("json_not_utf8") from None
    if text[:1] != "{":
        text = text.lstrip(_WHITE)
    try:
        value, end = _SCAN(text, 0)
    except (ValueError, StopIteration):
        raise VerificationError("json_malformed") from None
    if end != len(text) and text[end:].strip(_WHITE):
        raise VerificationError("json_malformed", "text after the value")
    if value.__class__ is not dict:
        raise VerificationError("json_not_an_object")
    if b"\\" in data and b"\\u" in data:  # one byte is found four times as fast as two
        _check_surrogates(value)
    return value


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The members of one JSON object, each name once."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise VerificationError("json_duplicate_member")
    return members


def _number(text: str) -> float:
    """A finite number; 1e400 would read as infinity."""
    number = float(text)
    if number - number != 0:
        raise VerificationError("json_not_finite")
    return number


def _constant(name: str) -> float:
    """Refuses NaN and the infinities, which are not JSON (RFC 8259, section 6)."""
    raise VerificationError("json_not_finite", name)


_DECODER = JSONDecoder(object_pairs_hook=_members, parse_float=_number, parse_constant=_constant)
# The decoder's inner step: the value at an offset, and where it ends.
_SCAN = make_scanner(_DECODER)  # type: ignore[arg-type]  # the stub names the C type, which takes any context
_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@cache
def _marks() -> re.Pattern[bytes]:
    """Matches brackets and whole strings, in linear time; group 1 is empty for a string that never closes."""
    import re  # compiled when first needed: few texts are nested so often

    return re.compile(rb'[][{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+("?)', re.DOTALL)


def _check_depth(data: bytes) -> None:
    """Refuses more than MAX_DEPTH levels, without recursion and without copies."""
    depth = 0
    # JSON that passed the count of items has no more than four marks for each: bracket, bracket, name and text.
    for seen, mark in enumerate(_marks().finditer(data)):
        byte = data[mark.start()]
        if byte in b"[{":
            depth += 1
        elif byte in b"]}":
            depth -= 1
        elif not mark[1] or seen > 4 * MAX_ITEMS:
            raise VerificationError("json_malformed")
        if not 0 <= depth <= MAX_DEPTH:
            raise VerificationError("json_too_deep" if depth > 0 else "json_malformed")


def _check_surrogates(value: object) -> None:
    """Refuses half a surrogate pair, which no UTF-8 text can hold (RFC 8259, section 8.2)."""
    waiting = [value]
    try:
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                waiting.extend(part)
                waiting.extend(part.values())
            elif isinstance(part, list):
                waiting.extend(part)
            elif isinstance(part, str):
                part.encode("utf-8")  # one string at a time, so that a long text is not held once more
    except UnicodeEncodeError:
        raise VerificationError("json_lone_surrogate") from None
