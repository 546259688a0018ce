"""When two spellings of an enterprise's name are the same name: if `fold_name` makes them equal.

Case, accents, punctuation, blanks and company suffixes do not count; the words and their order do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def fold_suffixes(suffixes: Iterable[str]) -> frozenset[str]:
    """Company suffixes in the form that `fold_name` takes: `S.A.` and `S. A.` become the same."""
    return frozenset("".join(_words(suffix)) for suffix in suffixes) - {""}


def fold_name(name: str, suffixes: frozenset[str]) -> str:
    """The name without what does not count, its blanks included; empty if nothing is left to compare.

    A suffix is taken off only as whole words and never leaves an empty name.
    """
    words = _words(name)
    while (length := _suffix_length(words, suffixes)) > 0:
        del words[-length:]
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
    # Joined, so that `S A`, `SA`, `S DE R L` and `S de RL` are found alike. No suffix has more than eight words.
    found, joined = 0, ""
    for length in range(1, min(len(words), 9)):
        joined = words[-length] + joined
        if joined in suffixes:
            found = length
    return found
