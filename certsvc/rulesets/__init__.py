"""The rule sets that ship with the package, and the way to load others. The format is in README.md.

Each jurisdiction has a folder; a rule file in it is named by its first day, `costa_rica/2026-01-01.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from certsvc.core.errors import ConfigError
from certsvc.core.rules import RuleBook, RuleSet, parse_rule_set
from certsvc.core.rules.cases.reading import parse_cases
from certsvc.core.rules.cases.table import CaseTable

__all__ = ["CASES", "cases", "load", "load_cases", "load_files", "load_folder", "shipped"]

CASES = "cases.toml"
"""The case table of a folder, the one TOML file in it that holds no rules."""


def shipped() -> tuple[str, ...]:
    """The jurisdictions that ship with the package, sorted."""
    return tuple(sorted(entry.name for entry in files(__name__).iterdir() if entry.is_dir() and _rule_files(entry)))


def load(jurisdiction: str) -> RuleBook:
    """The shipped rules of a jurisdiction. Raises ConfigError with the faults of all its files."""
    if jurisdiction not in shipped():
        raise ConfigError([f"no rules for {jurisdiction!r} are shipped; write one of: {', '.join(shipped())}"])
    return _of_folder(files(__name__).joinpath(jurisdiction))


def load_folder(folder: Path) -> RuleBook:
    """The rules of one's own in this folder. Raises ConfigError with the faults of all its files."""
    return _of_folder(folder.resolve())  # "." has no name to tell faults by


def load_files(paths: Sequence[Path]) -> RuleBook:
    """The rules in these files, all of one authority. Raises ConfigError with the faults of every file."""
    return _book(("/".join(path.parts[-2:]), path) for path in paths)


def _of_folder(folder: Traversable) -> RuleBook:
    return _book((f"{folder.name}/{entry.name}", entry) for entry in _rule_files(folder))


def _rule_files(folder: Traversable) -> list[Traversable]:
    """The rule files of a folder, by name."""
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml") and entry.name != CASES]
    return sorted(found, key=lambda entry: entry.name)


def _book(named: Iterable[tuple[str, Traversable]]) -> RuleBook:
    """The book of these files. What is wrong between the files is told once each of them is sound by itself."""
    sets: list[RuleSet] = []
    faults: list[str] = []
    for source, entry in named:
        try:
            # Bytes, because reading text would change line ends and with them the digest.
            sets.append(parse_rule_set(entry.read_bytes().decode(), source))
        except ConfigError as error:
            faults += error.faults
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{source}: cannot be read as UTF-8 text: {error}")
    if faults:
        raise ConfigError(faults)
    return RuleBook(sets)


def cases(jurisdiction: str) -> CaseTable:
    """The case table that ships with a jurisdiction. Raises ConfigError with every fault."""
    return load_cases(files(__name__).joinpath(jurisdiction, CASES), f"{jurisdiction}/{CASES}")


def load_cases(file: Traversable, source: str) -> CaseTable:
    """The case table in this file. `source` names it in faults. Raises ConfigError with every fault."""
    try:
        return parse_cases(file.read_bytes().decode(), source)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{source}: cannot be read as UTF-8 text: {error}"]) from error
