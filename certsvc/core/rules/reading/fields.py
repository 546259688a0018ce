"""A strict reader of TOML tables that collects every fault and never stops at the first.

Invariants
- A fault says where, what is wrong, and what to write instead.
- After a fault the reader hands out a harmless value, and the whole result is thrown away in the end.
- A key that nobody asked for is a fault.
- Every text, number and list has a greatest size.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from certsvc.core.facts import is_amount
from certsvc.core.model import Text
from certsvc.core.rules.reading.faults import Fault, Faults, name, shown
from certsvc.core.rules.reading.lines import Keys

MOST_TABLES = 2000
MOST_ITEMS = 512
_LONGEST_TEXT = 1000
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_ABSENT = object()

Choice = TypeVar("Choice", bound=Enum)
Value = TypeVar("Value")


class Table:
    """One table of the file. `path` is what people call it, `faults` what all tables share."""

    def __init__(self, values: dict[str, object], path: str, faults: Faults, keys: Keys = ()) -> None:
        self.path = path
        self._values = values
        self._faults = faults
        self._keys = keys
        self._bad: set[str] = set()
        self._asked: dict[str, None] = {}
        self._children: list[Table] = []

    def sound(self, *keys: str) -> bool:
        """True if none of these keys had a fault, so that a relation between them can be checked."""
        return self._bad.isdisjoint(keys)

    def fault(self, key: str, why: str) -> None:
        """Reports a fault of one key (or of one below it, `key.es`), or of the whole table if the key is empty."""
        self._bad.add(key)
        below = (key,) if key in self._values else tuple(filter(None, key.split(".")))
        self._faults.add(Fault((*self._keys, *below), self._at(key), why))

    def has(self, key: str) -> bool:
        """True if the key is present; asking makes it known."""
        self._ask(key)
        return key in self._values

    def maybe(self, key: str, read: Callable[[str], Value]) -> Value | None:
        """What `read` gives for the key, None if it is not there."""
        return read(key) if self.has(key) else None

    def peek(self, key: str) -> object | None:
        """The value as it stands, for keys that take several types; asking makes it known."""
        self._ask(key)
        return self._values.get(key)

    def written(self) -> tuple[str, ...]:
        """The keys as written, for tables whose keys are data. Makes all of them known."""
        self._asked.update(dict.fromkeys(self._values))
        return tuple(self._values)

    def close(self) -> None:
        """Reports every key that nobody asked for, here and below."""
        asked = ", ".join(self._asked)
        for key in self._values:
            if key not in self._asked:
                self.fault(key, f"unknown key; write one of: {asked}")
        for child in self._children:
            child.close()

    # --- Texts and choices ---

    def text(self, key: str, *, empty: bool = False) -> str:
        """A text without outer blanks and control characters, at most 1,000 characters."""
        value = self._get(key, str, 'a text in quotes, such as "..."')
        if not isinstance(value, str):
            return "?"
        if not value and not empty:
            self.fault(key, "is empty; write the text")
        elif not _is_line(value):
            self.fault(key, f"write one line of at most {_LONGEST_TEXT} characters, without blanks at either end")
        return value

    def word(self, key: str) -> str:
        """A name for programs: lower case, digits and underscores."""
        value = self._get(key, str, 'a name in quotes, such as "social_security"')
        if isinstance(value, str) and not _WORD.fullmatch(value):
            self.fault(key, f"{shown(value)} is no name; write lower-case letters a-z, digits and _ (at most 40)")
        return value if isinstance(value, str) else "?"

    def both(self, key: str) -> Text:
        """A text in Spanish and English."""
        table = self.table(key, 'a text in both languages: { es = "...", en = "..." }')
        return Text(table.text("es"), table.text("en"))

    def truth(self, key: str) -> bool:
        """true or false."""
        return self._get(key, bool, "true or false") is True

    def choice(self, key: str, *allowed: Choice) -> Choice:
        """One of the given values, by its text."""
        words = _either(allowed)
        value = self._get(key, str, words)
        found = next((choice for choice in allowed if choice.value == value), None)
        if found is None and value is not None:
            self.fault(key, f"{shown(value)} is not known here; write {words}")
        return found if found is not None else allowed[0]

    def texts(self, key: str, *, empty: bool = True) -> tuple[str, ...]:
        """A list of texts, none twice."""
        what = 'a list of texts, such as ["A", "B"]'
        value = self._get(key, list, what)
        if not isinstance(value, list):
            return ()
        texts = tuple(item for item in value if type(item) is str and item and _is_line(item))
        if len(texts) != len(value):
            self.fault(key, f"write {what}, each without blanks at either end")
        elif len(texts) > MOST_ITEMS:
            self.fault(key, f"{len(texts)} texts are too many; write at most {MOST_ITEMS}")
            return texts[:MOST_ITEMS]
        elif len(set(texts)) != len(texts):
            self.fault(key, "names the same value twice; write each once")
        elif not texts and not empty:
            self.fault(key, "is empty; write at least one")
        return texts

    def choices(self, key: str, *allowed: Choice) -> tuple[Choice, ...]:
        """A list of the given values, at least one, none twice."""
        texts = self.texts(key, empty=False)
        for text in texts:
            if text not in [choice.value for choice in allowed]:
                self.fault(key, f"{shown(text)} is not known here; write {_either(allowed)}")
        return tuple(choice for choice in allowed if choice.value in texts)

    # --- Days and numbers ---

    def day(self, key: str) -> date:
        """A date without time."""
        value = self._get(key, date, "a date without quotes, such as 2026-01-01")
        return value if isinstance(value, date) else date.min

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number in `low..high`."""
        value = self._get(key, int, f"a whole number from {low} to {high}")
        if not isinstance(value, int):
            return low
        if not low <= value <= high:
            self.fault(key, f"{shown(value)} is out of range; write a whole number from {low} to {high}")
            return low
        return value

    def amount(self, key: str) -> Decimal:
        """A number greater than 0, with at most 19 digits before the point and 9 after it."""
        return self._number(key, "a number greater than 0", lambda number: number > 0)

    def number(self, key: str) -> Decimal:
        """A number of 0 or more, with at most 19 digits before the point and 9 after it."""
        return self._number(key, "a number of 0 or more", lambda number: number >= 0)

    def share(self, key: str) -> Decimal:
        """A number greater than 0, at most 1, with at most 9 decimals."""
        return self._number(key, "a number greater than 0 and at most 1", lambda number: 0 < number <= 1)

    def weight(self, key: str) -> Decimal:
        """A number from 0 to 1 with at most 9 decimals."""
        return self._number(key, "a number from 0 to 1", lambda number: number <= 1)

    # --- Tables ---

    def table(self, key: str, what: str = "") -> Table:
        """The table under this key. If there is none, that is the one fault reported of it."""
        value = self._get(key, dict, what or f"the table [{self._at(key)}]")
        return self._child(value, self._at(key), key)

    def tables(self, key: str, most: int = MOST_TABLES) -> tuple[Table, ...]:
        """The tables of a list, at least one, each known by its `name` where it has one."""
        what = f"at least one table [[{self._at(key)}]]"
        value = self._get(key, list, what)
        if value is not None and not value:
            self.fault(key, f"is empty; write {what}")
        items: list[object] = value if isinstance(value, list) else []
        if len(items) > most:
            self.fault(key, f"{len(items)} are too many; write at most {most}")
        return tuple(self._item(key, number, item, what) for number, item in enumerate(items[:most]))

    def rows(self, key: str, most: int) -> tuple[Table, ...]:
        """The tables of a list that need not be there."""
        return self.tables(key, most) if self.has(key) else ()

    def _item(self, key: str, number: int, item: object, what: str) -> Table:
        name = item.get("name") if isinstance(item, dict) else None
        named = isinstance(name, str) and _WORD.fullmatch(name)
        path = f"{self._at(key)}.{name}" if named else f"{self._at(key)}[{number + 1}]"
        if not isinstance(item, dict):
            self._faults.add(Fault((*self._keys, key, number), path, f"is not a table; write {what}"))
        return self._child(item, path, key, number)

    def _child(self, value: object, path: str, *keys: str | int) -> Table:
        # A table that is not there is one fault already; what it lacks goes to a list that nobody reads.
        known = isinstance(value, dict)
        faults = self._faults if known else Faults()
        child = Table(value if isinstance(value, dict) else {}, path, faults, (*self._keys, *keys))
        if known:
            self._children.append(child)
        return child

    def _number(self, key: str, what: str, fits: Callable[[Decimal], bool]) -> Decimal:
        value = self._get(key, (int, Decimal), f"{what}, such as 0.6")
        if value is None:
            return Decimal(1)
        number = Decimal(str(value))
        if not is_amount(number) or not fits(number):
            self.fault(key, f"{shown(value)} cannot be used; write {what} with at most 9 decimals")
            return Decimal(1)
        return number

    def _get(self, key: str, kind: type | tuple[type, ...], what: str) -> object | None:
        """The value if it is exactly of that type (true is no number, a time is no date), else None and a fault."""
        self._ask(key)
        value = self._values.get(key, _ABSENT)
        if value is _ABSENT:
            self.fault(key, f"is missing; write {what}")
            return None
        if type(value) not in (kind if isinstance(kind, tuple) else (kind,)):
            self.fault(key, f"is of the wrong type; write {what}")
            return None
        return value

    def _ask(self, key: str) -> None:
        self._asked[key] = None

    def _at(self, key: str) -> str:
        told = name(key) if key else ""
        return f"{self.path}.{told}" if self.path and told else self.path or told


def _is_line(text: str) -> bool:
    return text == text.strip() and text.isprintable() and len(text) <= _LONGEST_TEXT


def _either(choices: tuple[Enum, ...]) -> str:
    return " or ".join(f'"{choice.value}"' for choice in choices)
