"""What an answer tells of the agency that gave it.

An agency that says of one of its schemes what it knows is there, whatever it leaves out beside that.
"""

from __future__ import annotations

from enum import Enum

from certsvc.core.model import Evidence
from certsvc.core.outcome import Outcome


class Verdict(Enum):
    """How the agency is."""

    THERE = "there"
    """It answered, if only that it knows nothing."""
    ASKS_FOR_PEACE = "asks for peace"
    """It is there, and wants to be left alone for a while."""
    OUT = "out"
    """It did not answer; asking again may help."""
    CONFUSED = "confused"
    """What it said is no answer; asking again does not help."""


_SAYS_NOTHING = frozenset({Outcome.UNAVAILABLE, Outcome.MALFORMED, Outcome.RATE_LIMITED})


def verdict_on(answer: Evidence) -> Verdict:
    """How the agency is that gave this answer, which has at least one finding."""
    outcomes = {finding.outcome for finding in answer.findings}
    if outcomes - _SAYS_NOTHING:
        return Verdict.THERE
    if Outcome.RATE_LIMITED in outcomes:
        return Verdict.ASKS_FOR_PEACE
    return Verdict.OUT if Outcome.UNAVAILABLE in outcomes else Verdict.CONFUSED
