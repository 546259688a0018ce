"""Faults of a file, as many as people read at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from certsvc.core.rules.reading.lines import Keys

MOST_FAULTS = 200
_BARE = re.compile(r"[A-Za-z0-9_.-]{1,80}", re.ASCII)
_LONGEST_QUOTE = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where it stands (for the line), and what people call the place."""

    keys: Keys
    place: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.why}" if self.place else self.why


class Faults:
    """The faults found first, at most MOST_FAULTS; `more` if there were others."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.more = False

    def add(self, fault: Fault) -> None:
        """Keeps the fault while there is room."""
        if len(self.found) < MOST_FAULTS:
            self.found.append(fault)
        else:
            self.more = True


def place(keys: Keys) -> str:
    """What people call the place: keys with dots between, and the number of an item, from 1, in brackets."""
    parts = (f"[{key + 1}]" if isinstance(key, int) else f".{name(key)}" for key in keys)
    return "".join(parts).removeprefix(".")


def name(key: str) -> str:
    """The key as a fault names it: quoted where it is not bare."""
    return key if _BARE.fullmatch(key) else shown(key)


def shown(value: object) -> str:
    """The value as a fault quotes it: what a file holds may be of any length."""
    told = repr(value) if isinstance(value, str) else str(value)
    return told if len(told) <= _LONGEST_QUOTE else f"{told[:_LONGEST_QUOTE]}..."
