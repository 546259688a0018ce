"""How a decision came about: one step or more for every rule of the rule set.

Invariants
- A step names its rule by the path in the file, and says what the rule rests on and whether a source confirms it.
- What stands under a rule without citation of its own rests on the rule that it belongs to.
- Debts are tax secrets: a step may say on which side of a limit they lie, and how many they are, never how high.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from certsvc.core.model import Decision


class StepState(StrEnum):
    """What became of a rule."""

    PASSED = "PASSED"
    """It asks for something, and that is there."""
    FAILED = "FAILED"
    OPEN = "OPEN"
    """What it asks for is not known."""
    APPLIED = "APPLIED"
    """It gives or settles something, and did."""
    NOT_APPLICABLE = "NOT_APPLICABLE"
    NOT_IN_FORCE = "NOT_IN_FORCE"
    """Its first day lies ahead, or its last behind."""


class RuleKind(StrEnum):
    """What a rule is about; the value is its path in the file without the names."""

    SCHEME = "schemes"
    EVIDENCE = "schemes.evidence"
    ARRANGEMENT = "schemes.arrangement"
    LIABILITY = "schemes.liability"
    DE_MINIMIS = "schemes.de_minimis"
    SECURED = "schemes.secured"
    AMNESTY = "schemes.amnesties"
    PRESUMED = "schemes.presumed"
    POSTING = "schemes.posting"
    DISCHARGE = "schemes.discharges"
    NEWLY_REGISTERED = "schemes.newly_registered"
    DEGRADED = "schemes.degraded"
    PROOF = "proofs"
    REGIME = "regimes"
    NAMES = "names"
    HEAD_COUNT = "head_count"
    SOURCE = "sources"
    EXCLUDED = "excluded"
    SIZE = "size"
    WEIGHTS = "size.weights"
    CUT_OFFS = "size.cut_offs"
    SECTOR = "size.sectors"
    CLASS = "size.classes"
    TOLERANCE = "tolerance"
    UPDATE = "update"
    VALIDITY = "validity"
    EFFECT = "effects"
    APPEAL = "appeal"
    RECHECK = "recheck"
    SAMPLE = "sample"

    @classmethod
    def of(cls, path: str) -> RuleKind:
        """The kind of the rule at this path. Raises ValueError for a path of no rule."""
        parts = path.split(".")
        if parts[0] == "schemes":
            return cls(".".join((parts[0], *parts[2:3])))
        return cls(".".join(parts[:2])) if parts[0] == "size" else cls(parts[0])

    def path(self, *names: str) -> str:
        """The path of the rule of this kind with these names, the scheme's first."""
        first, *rest = self.value.split(".")
        if first == "schemes":
            return ".".join((first, names[0], *rest, *names[1:]))
        return ".".join((self.value, *names))


Details = tuple[tuple[str, str], ...]
"""What else there is to say, as pairs of a key and a value in words of the vocabulary."""


class Because(StrEnum):
    """Why a rule ended as it did, where that does not follow from its kind and state."""

    NOT_LIABLE = "not_liable"
    NOT_JOINED = "not_joined"
    SATISFIED = "satisfied"
    NEWLY_REGISTERED = "newly_registered"
    OLD_DEBTS = "old_debts"
    NO_DEBT_COVERED = "no_debt_covered"
    NOT_REQUESTED = "not_requested"
    CONDITION_NOT_MET = "condition_not_met"
    OTHER_SIZE = "other_size"
    REQUESTED_LATE = "requested_late"
    REQUESTED_AGAIN = "requested_again"
    ACTS_MISSING = "acts_missing"
    EXPIRED = "expired"
    TWO_NAMES = "two_names"
    SWITCHED = "switched"
    """An operator switched the degraded mode."""

    def details(self) -> Details:
        """This as the only detail."""
        return (("because", self.value),)


class Note(NamedTuple):
    """What became of one rule while an outcome was read, before it is known whose outcome it was."""

    kind: RuleKind
    name: str
    state: StepState
    details: Details = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one rule; `age_days` is the age of the data on the legal date.

    `code` is the outcome or reason that the step ended with, empty if none. `scheme`, `agency`, `data_as_of` and
    `checked_at` name the evidence used, where there is one.
    """

    rule: str
    kind: RuleKind
    state: StepState
    citation: str
    confirmed: bool
    scheme: str = ""
    agency: str = ""
    code: str = ""
    data_as_of: date | None = None
    checked_at: datetime | None = None
    age_days: int | None = None
    details: Details = ()

    def detail(self, key: str) -> str:
        """The value under this key, empty if there is none."""
        return dict(self.details).get(key, "")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with every step that led to it, in the order of the rule set."""

    decision: Decision
    steps: tuple[Step, ...]
