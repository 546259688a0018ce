"""Faults of single keys, said in one line: where, what is wrong, what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from certsvc.config.section import Section

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

S = TypeVar("S", bound=Section)

_SECRET = frozenset({"dsn"})
"""Keys whose value may hold a password and is never repeated."""


def checked(model: type[S], values: object, where: str, folder: Path) -> tuple[S | None, list[str]]:
    """The section, or None and its faults. `where` stands before each key, `folder` is where paths start."""
    if not isinstance(values, dict):
        return None, [f"{where.rstrip('.')}: is not a table; write [{where.rstrip('.')}] and its keys below"]
    try:
        return model.model_validate(values, context={"folder": folder}), []
    except ValidationError as error:
        return None, [_say(model, details, where) for details in error.errors(include_url=False)]


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The fault of a key that does not exist, with the nearest one that does."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
    _, dot, last = key.rpartition(".")
    if not near and dot:
        near = difflib.get_close_matches(last, [n.rpartition(".")[2] for n in names], n=1)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(n.rpartition('.')[2] for n in names)}"
    return f"{key}: is not known; {hint}"


def _say(model: type[Section], details: ErrorDetails, where: str) -> str:
    name = str(details["loc"][0]) if details["loc"] else ""
    key = where + ".".join(str(part) for part in details["loc"])
    if details["type"] == "extra_forbidden":
        return unknown_key(key, [where + known for known in model.model_fields])
    instead = _instead(model.model_fields[name].examples if name in model.model_fields else None)
    if details["type"] == "missing":
        return f"{key}: is missing{instead}"
    problem = details["msg"][:1].lower() + details["msg"][1:]
    said = "" if name in _SECRET else f"{_short(details['input'])}: "
    return f"{key}: {said}{problem}{instead}"


def _instead(examples: Sequence[object] | None) -> str:
    if not examples:
        return ""
    example = examples[0]
    return f"; write for example {_toml(example)}"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _short(value: object) -> str:
    text = _toml(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
