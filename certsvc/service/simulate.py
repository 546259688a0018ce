"""Simulate: what a new version of the rules would make of cases that were decided by others. Nothing is changed.

Invariants
- Each case is decided on its own legal date, from its own evidence, as if the new rules had been in force on it.
- Memory does not grow with the number of cases, only with that of different transitions and reasons.
- The same cases give the same samples, in whatever order they come: those whose ids have the least digests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from heapq import heappush, heappushpop

from certsvc.core.decision import decide
from certsvc.core.model import Decision
from certsvc.core.rules import RuleSet
from certsvc.service.records import StoredCase, UnreadableCase


@dataclass(frozen=True, slots=True)
class Transition:
    """From one standing to another (`standing`), how often, and the ids of some applications."""

    before: str
    after: str
    cases: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the cases. Transitions come by number, greatest first; so do the reasons that are new."""

    cases: int
    transitions: tuple[Transition, ...]
    reasons_gained: tuple[tuple[str, int], ...]
    unreadable: int
    unreadable_samples: tuple[str, ...]

    @property
    def changed(self) -> int:
        """How many cases would have another standing."""
        return sum(t.cases for t in self.transitions if t.before != t.after)


async def simulate(cases: AsyncIterator[StoredCase | UnreadableCase], rule_set: RuleSet, *, samples: int) -> Tally:
    """What this version would make of the cases, with at most `samples` ids for each transition."""
    # In force always: whether a version covers a case's day is not the question.
    always = replace(rule_set, first=date.min, until=None)
    counting = _Counting(samples)
    async for case in cases:
        if isinstance(case, UnreadableCase):
            counting.unreadable(case.id)
        else:
            counting.add(case.id, case.decision, decide(case.enterprise, case.evidence, always, case.decision.on))
    return counting.tally()


def standing(decision: Decision) -> str:
    """The outcome in a few words: `GRANTED FULL MICRO`, `REFUSED`, `UNDECIDED`."""
    if decision.kind is None:
        return decision.result.value
    return " ".join((decision.result.value, decision.kind.value, decision.size.value if decision.size else "")).strip()


class _Counting:
    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._cases: Counter[tuple[str, str]] = Counter()
        self._chosen: dict[tuple[str, str], _Sample] = {}
        self._gained: Counter[str] = Counter()
        self._unreadable = 0
        self._unreadable_chosen = _Sample(samples)

    def add(self, case: str, before: Decision, after: Decision) -> None:
        step = standing(before), standing(after)
        self._cases[step] += 1
        if step[0] != step[1]:
            self._chosen.setdefault(step, _Sample(self._samples)).offer(case)
        self._gained.update(_reasons(after) - _reasons(before))

    def unreadable(self, case: str) -> None:
        self._unreadable += 1
        self._unreadable_chosen.offer(case)

    def tally(self) -> Tally:
        transitions = (
            Transition(*step, count, self._chosen[step].ids if step in self._chosen else ())
            for step, count in self._cases.items()
        )
        return Tally(
            cases=self._cases.total(),
            transitions=tuple(sorted(transitions, key=lambda t: (-t.cases, t.before, t.after))),
            reasons_gained=tuple(sorted(self._gained.items(), key=lambda pair: (-pair[1], pair[0]))),
            unreadable=self._unreadable,
            unreadable_samples=self._unreadable_chosen.ids,
        )


class _Sample:
    """The ids with the least digests among those offered."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[tuple[int, str]] = []

    def offer(self, case: str) -> None:
        # Negative, since the heap gives up its least.
        entry = (-int.from_bytes(sha256(case.encode()).digest()[:16]), case)
        if len(self._kept) < self._size:
            heappush(self._kept, entry)
        elif self._size:
            heappushpop(self._kept, entry)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(case for _, case in sorted(self._kept, reverse=True))


def _reasons(decision: Decision) -> set[str]:
    return {f"{reason.scheme}:{reason.code}" if reason.scheme else reason.code for reason in decision.reasons}
