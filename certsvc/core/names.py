"""When two spellings of an enterprise's name are the same name: if `fold_name` makes them equal.

Case, accents, punctuation, blanks and company forms do not count; the words and their order do.

Invariants
- Only whole words are taken off that make up a known form, and never all of a name.
- Forms are taken off the end; and off the front, where some registers write them, one at most and only from a name that
  has none at its end: `Spa Relax SpA` is no `Relax`.
- In front, two letters are a form only with dots (`S.A. Foo`), for they may as well be a word (`Me Salva`); letters
  that stand apart are initials.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LONGEST = 8
"""No form has more words."""
_AS_A_WORD = 2
"""So few letters without dots are no form in front of a name."""


def fold_suffixes(suffixes: Iterable[str]) -> frozenset[str]:
    """Company suffixes in the form that `fold_name` takes: `S.A.` and `S. A.` become the same."""
    return frozenset("".join(_words(suffix)) for suffix in suffixes) - {""}


def fold_name(name: str, suffixes: frozenset[str]) -> str:
    """The name without what does not count, its blanks included; empty if nothing is left to compare."""
    words = _words(name)
    told = len(words)
    while (length := _suffix_length(words, suffixes)) > 0:
        del words[-length:]
    if len(words) == told and suffixes:
        del words[: _prefix_length(name, told, suffixes)]
    return "".join(words)


def _words(name: str) -> list[str]:
    if name.isascii():
        return _WORD.findall(name.lower())
    # Decomposed on both sides of the case folding, for either may bring up work for the other
    # (Unicode core specification 3.13, compatibility caseless matching).
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return _WORD.findall(_NOT_ASCII.sub(_without_mark, folded))


def _without_mark(match: re.Match[str]) -> str:
    return "" if unicodedata.combining(match[0]) else match[0]


def _suffix_length(words: list[str], suffixes: frozenset[str]) -> int:
    """How many of the last words make up a suffix, the longest one; 0 if none."""
    # Joined, so that `S A`, `SA`, `S DE R L` and `S de RL` are found alike.
    found, joined = 0, ""
    for length in range(1, min(len(words), _LONGEST + 1)):
        joined = words[-length] + joined
        if joined in suffixes:
            found = length
    return found


def _prefix_length(name: str, told: int, forms: frozenset[str]) -> int:
    """How many of the first words of a name of so many make up a form, the longest one; 0 if none."""
    found, taken, joined = 0, 0, ""
    for written in name.split(maxsplit=_LONGEST)[:_LONGEST]:
        letters = _words(written)
        taken += len(letters)
        if taken >= told or (len(letters) == 1 and len(letters[0]) == 1):
            break
        joined += "".join(letters)
        if joined in forms and (len(joined) > _AS_A_WORD or len(letters) > 1):
            found = taken
    return found
