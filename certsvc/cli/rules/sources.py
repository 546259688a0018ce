"""Which rules a command is about: a shipped jurisdiction, one of its versions, a folder of one's own, or a file.

What ships comes first: a folder of one's own that is called like it is written `./chile`.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from certsvc.core.errors import ConfigError
from certsvc.core.rules import RuleBook, RuleSet
from certsvc.core.rules.cases.table import CaseTable
from certsvc.rulesets import CASES, load_cases, load_files, load_folder, shipped


class Source(NamedTuple):
    """Where rules are, under the name that the user gave. `is_folder` means all rule files of it, and its cases."""

    name: str
    path: Path
    is_folder: bool

    def book(self) -> RuleBook:
        """Its rules. Raises ConfigError with every fault."""
        return load_folder(self.path) if self.is_folder else load_files([self.path])

    def rule_set(self) -> RuleSet:
        """Its one rule set. Raises ConfigError, also if it holds several."""
        sets = self.book().sets
        if len(sets) > 1:
            days = ", ".join(str(rule_set.first) for rule_set in sets)
            raise ConfigError([f"{self.name}: has {len(sets)} versions ({days}); write the file of one of them"])
        return sets[0]

    def cases(self) -> CaseTable | None:
        """The case table of a folder; None if it has none, as a single file. Raises ConfigError with every fault."""
        return self.cases_beside() if self.is_folder else None

    def cases_beside(self) -> CaseTable | None:
        """The case table of the folder that these rules stand in. Raises ConfigError with every fault."""
        file = (self.path if self.is_folder else self.path.parent) / CASES
        return read_cases(file) if file.is_file() else None


def read_cases(file: Path) -> CaseTable:
    """The case table in this file. Raises ConfigError with every fault."""
    return load_cases(file, "/".join(file.absolute().parts[-2:]))


def find(argument: str) -> Source:
    """The rules that the user means. Raises ConfigError if there are none."""
    if argument in shipped():
        return Source(argument, _shipped_folder() / argument, is_folder=True)
    version = _shipped_folder() / f"{argument}.toml"
    if argument.partition("/")[0] in shipped() and version.is_file():
        return Source(argument, version, is_folder=False)
    path = Path(argument)
    if not path.exists():
        names = ", ".join(shipped())
        raise ConfigError([f"{argument}: is no file or folder, and not shipped; write a path or one of: {names}"])
    return Source(argument, path, is_folder=path.is_dir())


def everything() -> list[Source]:
    """All that ships."""
    return [find(jurisdiction) for jurisdiction in shipped()]


def _shipped_folder() -> Path:
    return Path(str(files("certsvc.rulesets")))
