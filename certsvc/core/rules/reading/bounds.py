"""Bounds of a TOML text and of its values, checked before anything is made of them.

Invariants
- Nothing here takes longer than one walk over the text or the values.
- What keeps these bounds can be quoted in a fault and read in time that grows with the text alone.
"""

from __future__ import annotations

import re

from certsvc.core.rules.reading.faults import Fault, Faults, place
from certsvc.core.rules.reading.lines import PART, Keys

DEEPEST = 16
"""Keys and items on the way to a value."""
MOST_KEYS = 2000
"""Keys of one table."""
_WIDEST = 64
"""Bits of a whole number: all of 19 digits."""

# Whole strings and comments are stepped over; a string without an end takes the rest, which is then no TOML.
_TOKENS = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r"(?:\"\"\"|''').*|#[^\n]*|"
    rf"(?P<deep>{PART}(?:[ \t]*\.[ \t]*{PART}){{{DEEPEST},}})|{PART}|[\"'].*",
    re.DOTALL,
)


def deep_key(text: str) -> int | None:
    """The line of the first key of more than DEEPEST parts, None if there is none. `text` need not be TOML."""
    for token in _TOKENS.finditer(text):
        if token["deep"] is not None:
            return text.count("\n", 0, token.start()) + 1
    return None


def check(values: dict[str, object], faults: Faults) -> None:
    """Reports every table with too many keys, value that lies too deep, and whole number of too many digits."""
    waiting: list[tuple[Keys, object]] = [((), values)]
    while waiting:
        keys, inside = waiting.pop()
        if isinstance(inside, dict) and len(inside) > MOST_KEYS:
            faults.add(Fault(keys, place(keys), f"{len(inside)} keys are too many; write at most {MOST_KEYS}"))
        elif len(keys) == DEEPEST:
            faults.add(Fault(keys, place(keys), f"is nested too deeply; write at most {DEEPEST} keys and lists"))
        else:
            _look_into(keys, inside, waiting, faults)


def _look_into(keys: Keys, inside: object, waiting: list[tuple[Keys, object]], faults: Faults) -> None:
    members = inside.items() if isinstance(inside, dict) else enumerate(inside) if isinstance(inside, list) else ()
    for key, value in members:
        if isinstance(value, dict | list):
            waiting.append(((*keys, key), value))
        elif isinstance(value, int) and value.bit_length() > _WIDEST:
            here = (*keys, key)
            faults.add(Fault(here, place(here), "has more digits than can be read; write at most 19"))
