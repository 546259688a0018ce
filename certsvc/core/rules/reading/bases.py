"""What each rule of a file rests on, and how optional rules are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.terms import Basis

Rule = TypeVar("Rule")


class Bases:
    """Collects what each rule rests on, with where it stands in the file."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Basis]] = []

    def read(self, table: Table) -> Basis:
        """The basis of the rule in this table: `citation`, `confirmed`, and `note` if not confirmed."""
        citation, confirmed = table.text("citation"), table.truth("confirmed")
        note = table.maybe("note", table.text) or ""
        if table.sound("confirmed", "note") and not confirmed and not note:
            table.fault("note", "is missing; write what is not confirmed, or confirmed = true")
        basis = Basis(citation, confirmed, note)
        self.found.append((table.path, basis))
        return basis


def part(table: Table, key: str, read: Callable[[Table, Bases], Rule], bases: Bases) -> Rule | None:
    """The rule in the table under this key, None if the file leaves it out."""
    return read(table.table(key), bases) if table.has(key) else None


def refuse_twins(tables: Iterable[Table], names: Iterable[str]) -> None:
    """Reports every table whose name an earlier one has."""
    seen: set[str] = set()
    for table, name in zip(tables, names, strict=True):
        if name in seen and table.sound("name"):
            table.fault("name", f"{name!r} is there twice; write each name once")
        seen.add(name)
