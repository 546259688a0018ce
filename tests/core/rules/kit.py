"""Rule texts to change in one place, and the faults that come of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from certsvc.core.errors import ConfigError
from certsvc.core.rules import RuleSet, parse_rule_set

_TEXTS = Path(__file__).with_name("texts")
EVERY_KEY = (_TEXTS / "every_key.toml").read_bytes().decode()
FIRST_EDITION = (_TEXTS / "first_edition.toml").read_bytes().decode()


def changed(text: str, *changes: tuple[str, str]) -> str:
    """The text with each passage replaced where it first stands."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def faults_of(text: str) -> list[str]:
    """Every fault of a rule file with this text."""
    with pytest.raises(ConfigError) as caught:
        parse_rule_set(text, "x.toml")
    return caught.value.faults


@cache
def period(first: str, until: str | None, zone: str = "America/Costa_Rica", jurisdiction: str = "example") -> RuleSet:
    """A rule set for these days."""
    dates = f"from = {first}\n" + (f"until = {until}\n" if until else "")
    text = changed(
        FIRST_EDITION,
        ("from = 2026-01-01\nuntil = 2027-01-01\n", dates),
        ('"America/Costa_Rica"', f'"{zone}"'),
        ('jurisdiction = "example"', f'jurisdiction = "{jurisdiction}"'),
    )
    return parse_rule_set(text, "x.toml")
