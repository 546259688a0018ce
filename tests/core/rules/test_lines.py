"""Invariant tested: whatever is written, in whatever style of TOML, is found on the line where it was written."""

from __future__ import annotations

import random
import tomllib
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.rules.reading.lines import Keys, Lines

KEYS = st.text("ab1_-. #\"'[]{}=,\\é\n", max_size=4)
STRINGS = st.text("ab #\"'[]{}=,\\é\n", max_size=8)
SCALARS = st.one_of(
    STRINGS,
    st.integers(-9, 9),
    st.booleans(),
    st.sampled_from([0.5, date(2026, 1, 1), datetime(2026, 1, 1, 7, 30)]),  # noqa: DTZ001  a TOML local date-time
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=5)


class Writer:
    """Writes data as TOML in a style chosen by lot, and keeps the line of every place."""

    def __init__(self, data: dict[str, Any], lot: random.Random) -> None:
        self.lot = lot
        self.text = ""
        self.lines: dict[Keys, int] = {(): 1}
        self._inline = 0
        self._table(data, ())

    def _table(self, data: dict[str, Any], path: Keys, header: str = "") -> None:
        """The plain keys of a table, then those that have a header of their own."""
        later: list[tuple[str, Any]] = []
        for key, value in data.items():
            if self._has_header(value) and self.lot.random() < 0.7:
                later.append((key, value))
            else:
                self._gap()
                self._assign(key, value, path, "")
                self._end()
        for key, value in later:
            name = f"{header}{self._key(key)}"
            if isinstance(value, dict):
                self._headed(value, (*path, key), name, f"[{name}]")
            for number, item in enumerate(value if isinstance(value, list) else ()):
                self._headed(item, (*path, key, number), name, f"[[{name}]]")

    def _headed(self, data: dict[str, Any], path: Keys, name: str, line: str) -> None:
        self._gap()
        for length in range(len(path) + 1):
            self._note(path[:length])
        self._put(line)
        self._end()
        self._table(data, path, f"{name} . " if self.lot.random() < 0.5 else f"{name}.")

    def _assign(self, key: str, value: Any, path: Keys, dotted: str) -> None:
        self._note((*path, key))
        name = f"{dotted}{self._key(key)}"
        if isinstance(value, dict) and value and self.lot.random() < 0.5:
            for number, (inner, of_it) in enumerate(value.items()):
                if number:
                    self._put("\n" if not self._inline else ", ")
                self._assign(inner, of_it, (*path, key), f"{name}.")
            return
        self._put(f"{name} = ")
        self._value(value, (*path, key))

    def _value(self, value: Any, path: Keys) -> None:
        self._note(path)
        if isinstance(value, dict):
            self._inline += 1
            self._put("{ ")
            for number, (key, item) in enumerate(value.items()):
                self._put(", " if number else "")
                self._assign(key, item, path, "")
            self._put(" }")
            self._inline -= 1
        elif isinstance(value, list):
            self._put("[")
            for number, item in enumerate(value):
                self._put(self.lot.choice(["", " ", "\n", " # ] } , not the end\n\n"]))
                self._value(item, (*path, number))
                self._put(self.lot.choice([",", " ,", "\n,"]))
            self._put("]")
        else:
            self._put(self._string(value) if isinstance(value, str) else self._plain(value))

    def _plain(self, value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _string(self, text: str) -> str:
        escaped = text.replace("\\", "\\\\")
        ways = ['"' + escaped.replace('"', '\\"').replace("\n", "\\n") + '"']
        ways.append('"""\n' + escaped.replace('"""', '""\\"') + '"""')
        if "'''" not in text:
            ways.append("'''\n" + text + "'''")
        if "'" not in text and "\n" not in text:
            ways.append(f"'{text}'")
        return self.lot.choice(ways)

    def _key(self, key: str) -> str:
        ways = ['"' + key.replace("\\", "\\\\").replace('"', "\\u0022").replace("\n", "\\n") + '"']
        if "'" not in key and "\n" not in key:
            ways.append(f"'{key}'")
        if key and key.isascii() and key.replace("-", "a").replace("_", "a").isalnum():
            ways.append(key)
        return self.lot.choice(ways)

    def _has_header(self, value: Any) -> bool:
        if isinstance(value, list):
            return bool(value) and all(isinstance(item, dict) for item in value)
        return isinstance(value, dict)

    def _gap(self) -> None:
        self._put(self.lot.choice(["", "", "\n", "# [not.a.header]\n", "  "]))

    def _end(self) -> None:
        self._put(self.lot.choice(["\n", " # a word = 1\n"]))

    def _put(self, text: str) -> None:
        self.text += text

    def _note(self, path: Keys) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)


@given(TABLES, st.integers(0, 2**32), st.booleans())
def test_every_place_is_found_on_the_line_where_it_was_written(data: dict[str, Any], seed: int, windows: bool) -> None:
    writer = Writer(data, random.Random(seed))
    text = writer.text.replace("\n", "\r\n") if windows else writer.text
    assert tomllib.loads(text) == data, "the writer of this test is right"
    lines = Lines(text)
    assert {path: lines.of(path) for path in writer.lines} == writer.lines


TEXT = """\
[a.b]           # 1
x = 1

[[c]]           # 4
y.z = [
  1,
  { w = 2 },    # 7
]
[[c]]           # 9
[c.d]           # 10
[a]             # 11
"e.f" = '''
'''
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("a", "b", "x"), 2),
        (("c",), 4),
        (("c", 0), 4),
        (("c", 0, "y"), 5),
        (("c", 0, "y", "z", 0), 6),
        (("c", 0, "y", "z", 1, "w"), 7),
        (("c", 1), 9),
        (("c", 1, "d"), 10),
        (("a", "e.f"), 12),
    ],
)
def test_a_place_has_a_line(keys: Keys, line: int) -> None:
    assert Lines(TEXT).of(keys) == line


@pytest.mark.parametrize(
    ("keys", "line"), [((), 1), (("nowhere",), 1), (("a", "missing"), 11), (("c", 0, "y", "z", 2), 5)]
)
def test_what_is_not_there_has_the_line_of_the_table_around_it(keys: Keys, line: int) -> None:
    assert Lines(TEXT).of(keys) == line


def test_deep_nesting_is_walked_without_recursion() -> None:
    depth = 200
    lines = Lines("x = " + "[\n" * depth + "]" * depth)
    assert lines.of(("x", *(0 for _ in range(depth - 1)))) == depth
