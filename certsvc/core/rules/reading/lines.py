"""On which line of a TOML text each value stands, since the reader of the standard library does not say.

Invariants
- Only for a text that `tomllib` has taken: what it would refuse is not looked at here.
- Every table, list, item and key is found: where its own header or key stands, else where it is first named.
- No recursion: what `tomllib` could nest, this can walk.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Keys = tuple[str | int, ...]
"""A place in a file: the keys from the root down, with the number of the item (from 0) in a list."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
"""The pattern of one part of a dotted key."""
_KEY = re.compile(rf"{PART}(?:[ \t]*\.[ \t]*{PART})*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\])*"|' + r"'[^']*'|" + r"[^\]},#\n]+", re.DOTALL
)


class Lines:
    """The lines of one text. Line 1 is the first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._at = 0
        self._found: dict[Keys, int] = {(): 1}
        self._sizes: dict[Keys, int] = {}
        self._scan()

    def of(self, keys: Keys) -> int:
        """The line of that place; of what is not there, the line of the nearest table around it."""
        while keys not in self._found:
            keys = keys[:-1]
        return self._found[keys]

    def _scan(self) -> None:
        table: Keys = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._value(self._assigned(table))

    def _header(self) -> Keys:
        """The table that begins here. A name on the way that is a list means its last table."""
        is_list = self._text.startswith("[[", self._at)
        start = self._at
        self._at += 2 if is_list else 1
        table: Keys = ()
        keys = self._key()
        for number, key in enumerate(keys, start=1):
            table = (*table, key)
            self._note(table, start)
            if is_list and number == len(keys):
                self._sizes[table] = self._sizes.get(table, 0) + 1
            if table in self._sizes:
                table = (*table, self._sizes[table] - 1)
        self._found[table] = self._line(start)
        self._skip(_BLANK)
        self._at += 2 if is_list else 1
        return table

    def _assigned(self, table: Keys) -> Keys:
        """The place of a key that stands here, with every table that its dots make; leaves off before the value."""
        start = self._at
        for key in self._key():
            table = (*table, key)
            self._note(table, start)
        self._skip(_BLANK)
        self._at += 1  # the equals sign
        return table

    def _key(self) -> list[str]:
        start = self._skip(_BLANK)
        written = self._text[start : self._skip(_KEY)]
        if _BARE_KEY.fullmatch(written):  # nearly every key, and the other way costs ten times as much
            return written.split(".")
        keys: list[str] = []
        inner: object = tomllib.loads(f"{written} = 0")
        while isinstance(inner, dict):
            ((key, inner),) = inner.items()
            keys.append(key)
        return keys

    def _value(self, keys: Keys) -> None:
        """Walks over the value that follows and everything in it. `opened` holds the lists and tables around."""
        opened: list[Keys] = []
        following: Keys | None = keys
        while following is not None:
            self._skip(_BLANK)
            self._note(following, self._at)
            if self._text[self._at] in "[{":
                if self._text[self._at] == "[":
                    self._sizes[following] = 0
                opened.append(following)
                self._at += 1
            else:
                self._skip(_SCALAR)
            following = self._next(opened)

    def _next(self, opened: list[Keys]) -> Keys | None:
        """The place of the next item or key in what is open, None once all of it is closed."""
        while opened:
            self._skip(_BETWEEN)
            if self._text[self._at] in "]}":
                self._at += 1
                opened.pop()
            elif opened[-1] in self._sizes:
                self._sizes[opened[-1]] += 1
                return (*opened[-1], self._sizes[opened[-1]] - 1)
            else:
                return self._assigned(opened[-1])
        return None

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _note(self, keys: Keys, at: int) -> None:
        self._found.setdefault(keys, self._line(at))

    def _line(self, at: int) -> int:
        return bisect_right(self._ends, at) + 1
