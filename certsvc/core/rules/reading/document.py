"""A TOML text as a table to read from, whose faults are all told together, each with its line."""

from __future__ import annotations

import re
import tomllib
from decimal import Context, Decimal

from certsvc.core.errors import ConfigError
from certsvc.core.rules.reading import bounds
from certsvc.core.rules.reading.faults import MOST_FAULTS, Faults
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.reading.lines import Lines

LONGEST_TEXT = 1_000_000
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_NO_TRAPS = Context(traps=[])


class Document:
    """One file text. Read it from `root`, then `check` it before the result is used."""

    def __init__(self, text: str, source: str) -> None:
        """`source` names the file in faults. Raises ConfigError if the text is not TOML, or too much of it."""
        self._text = text
        self._source = source
        self._faults = Faults()
        values = _values(text, source)
        bounds.check(values, self._faults)
        self._tell()
        self.root = Table(values, "", self._faults)

    def check(self) -> None:
        """Raises ConfigError with every fault as `source:line: place: why`, by line; unknown keys are faults."""
        self.root.close()
        self._tell()

    def _tell(self) -> None:
        if not self._faults.found:
            return
        lines = Lines(self._text)
        told = sorted(((lines.of(fault.keys), fault) for fault in self._faults.found), key=lambda pair: pair[0])
        rest = [f"{self._source}: has more faults than these {MOST_FAULTS}; mend these first"]
        raise ConfigError(
            [f"{self._source}:{line}: {fault}" for line, fault in told] + (rest if self._faults.more else [])
        )


def _values(text: str, source: str) -> dict[str, object]:
    if len(text) > LONGEST_TEXT:
        raise ConfigError([f"{source}: has {len(text):,} characters; write at most {LONGEST_TEXT:,}"])
    if (deep := bounds.deep_key(text)) is not None:
        raise ConfigError(
            [f"{source}:{deep}: has a key of many parts; write at most {bounds.DEEPEST} with dots between"]
        )
    try:
        # What is too great for a Decimal becomes NaN, which no key takes.
        return tomllib.loads(text, parse_float=lambda number: Decimal(number, _NO_TRAPS))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_fault(str(error), text, source)]) from error
    except RecursionError as error:
        raise ConfigError([f"{source}: is nested too deeply; write no list in a list"]) from error
    except ValueError as error:
        raise ConfigError([f"{source}: holds a number of more digits than can be read; write at most 19"]) from error


def _syntax_fault(said: str, text: str, source: str) -> str:
    place = _PLACE.search(said)
    if place is None or place[1] is None:
        return f"{source}:{text.count(chr(10)) + 1}: is not TOML: {_PLACE.sub('', said)} at the end of the file"
    return f"{source}:{place[1]}: is not TOML: {_PLACE.sub('', said)} (column {place[2]})"
