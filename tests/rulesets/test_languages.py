"""Every shipped text is written in both languages, and says the same in both as far as a test can tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from certsvc.core.model import Text
from certsvc.rulesets import load, shipped

NAME_AT_MOST = 30
"""Up to so many characters a text may be the same in both languages: it is then a name, such as that of an office."""
SPANISH_ONLY = re.compile(r"\b(?:el|los|las|una|que|según|solicite|ante|para)\b", re.IGNORECASE)
ENGLISH_ONLY = re.compile(r"\b(?:the|and|with|your|is|according|apply)\b", re.IGNORECASE)
FILES = [pytest.param(rules.text, id=rules.ref.partition("#")[0]) for name in shipped() for rules in load(name).sets]


def texts(value: object, where: str = "") -> Iterator[tuple[str, Text]]:
    """Every text in a rule file with its place."""
    if isinstance(value, dict):
        if value.keys() == {"es", "en"}:
            yield where, Text(value["es"], value["en"])
        for key, inner in value.items():
            yield from texts(inner, f"{where}.{key}" if where else key)
    if isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from texts(inner, f"{where}[{number}]")


def sentences(text: str) -> set[str]:
    return {sentence.strip() for sentence in re.split(r"[.;:]\s", text) if len(sentence) > NAME_AT_MOST}


@pytest.mark.parametrize("text", FILES)
def test_no_sentence_is_left_untranslated(text: str) -> None:
    found = list(texts(tomllib.loads(text)))
    assert len(found) > 30
    assert [where for where, each in found if sentences(each.es) & sentences(each.en)] == []


@pytest.mark.parametrize("text", FILES)
def test_each_language_stands_under_its_own_key(text: str) -> None:
    found = list(texts(tomllib.loads(text)))
    assert [where for where, each in found if ENGLISH_ONLY.search(each.es)] == []
    assert [where for where, each in found if SPANISH_ONLY.search(each.en)] == []


@pytest.mark.parametrize("text", FILES)
def test_both_languages_name_the_same_things(text: str) -> None:
    names = re.compile(r"\{\w+\}")
    found = texts(tomllib.loads(text))
    assert [where for where, each in found if set(names.findall(each.es)) != set(names.findall(each.en))] == []
