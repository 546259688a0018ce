"""The rule sets that ship with the package, and the way to load others. The format is in README.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from certsvc.core.errors import ConfigError
from certsvc.core.rules import RuleBook, RuleSet, parse_rule_set

__all__ = ["load", "load_files", "shipped"]


def shipped() -> tuple[str, ...]:
    """The jurisdictions that ship with the package, sorted."""
    return tuple(sorted({_jurisdiction(entry) for entry in _files()}))


def load(jurisdiction: str) -> RuleBook:
    """The shipped rules of a jurisdiction. Raises ConfigError with the fault of every file."""
    entries = [entry for entry in _files() if _jurisdiction(entry) == jurisdiction]
    if not entries:
        raise ConfigError([f"no rules for {jurisdiction!r} are shipped; write one of: {', '.join(shipped())}"])
    return _book(entries)


def load_files(paths: Sequence[Path]) -> RuleBook:
    """The rules in these files, all of one authority. Raises ConfigError with the faults of every file."""
    return _book(paths)


def _files() -> list[Traversable]:
    return [entry for entry in files(__name__).iterdir() if entry.name.endswith(".toml")]


def _jurisdiction(entry: Traversable) -> str:
    """`costa_rica` for `costa_rica_2026.toml`."""
    return entry.name.removesuffix(".toml").rpartition("_")[0]


def _book(entries: Iterable[Traversable | Path]) -> RuleBook:
    sets: list[RuleSet] = []
    faults: list[str] = []
    for entry in entries:
        try:
            # Bytes, because reading text would change line ends and with them the digest.
            sets.append(parse_rule_set(entry.read_bytes().decode(), entry.name))
        except ConfigError as error:
            faults += error.faults
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{entry}: cannot be read as UTF-8 text: {error}")
    if faults:
        raise ConfigError(faults)
    return RuleBook(sets)
