"""Recall: the evidence that holds for a legal date, out of what earlier applications left.

Invariants
- Pure, and the order of the cases makes no difference.
- Nothing that speaks of a later day than the date is used.
- What one application found on one scheme at one agency is one answer: it is used whole or not at all.
- A newer answer takes the place of an older one only if it was given for the same numbers, or for those and others:
  what is known of one number says nothing of another, and the worse of the two counts.
- What is not plainly clear is not passed over for what was learned before it, though that speaks of a later day.
- An answer that is an outage, if only in part, tells nothing of any day and is not used: what is known otherwise
  counts, by its own age, and where nothing is known the evidence is missing. Only bars in it count all the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from certsvc.core.evidence import in_order
from certsvc.core.model import Evidence, Fact, Finding, Identifier
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.reported import speaks_of
from certsvc.service.records import StoredCase

CASES = 100
"""How many of the newest applications of an enterprise are looked at."""

OUTAGES = frozenset({Outcome.UNAVAILABLE, Outcome.RATE_LIMITED})
"""The outcomes by which an agency says nothing at all."""

Found = TypeVar("Found", Fact, Finding)


@dataclass(frozen=True, slots=True)
class _Answer(Generic[Found]):
    """What one application left on one question, given for these numbers.

    It speaks of `day` and was learned at `learned`; by the application there is always one newest.
    """

    question: Hashable
    numbers: frozenset[Identifier]
    day: date
    learned: datetime
    application: str
    parts: tuple[Found, ...]
    plain: bool = True

    @property
    def rank(self) -> tuple[date, datetime, str]:
        """The greater, the newer."""
        return self.day, self.learned, self.application

    def gives_way_to(self, other: _Answer[Found]) -> bool:
        """True if the other makes this one out of date."""
        newer = self.rank < other.rank and (self.plain or self.learned < other.learned)
        return newer and self.numbers <= other.numbers


def as_of(stored: Iterable[StoredCase], on: date, zone: ZoneInfo) -> Evidence:
    """The evidence on the legal date `on` of an authority in `zone`, in the order in which evidence is stored.

    For each scheme and agency the answer that speaks of the latest day; for each fact and source the latest. Of
    answers of which none takes the place of the other, all. A fact without a date holds for the legal date of its
    application, and is given that date.
    """
    cases = tuple(stored)
    findings = _newest(answer for case in cases for answer in _findings(case, on, zone))
    facts = _newest(answer for case in cases for answer in _facts(case, on))
    return in_order(Evidence(findings, facts))


def is_bar(finding: Finding) -> bool:
    """True if the finding bars, whatever else it says; what an unknown answer lists further does not."""
    if finding.standing is Standing.UNKNOWN:
        return False
    return any(outcome.standing is Standing.BARRED for outcome in (finding.outcome, *finding.further))


def _findings(case: StoredCase, on: date, zone: ZoneInfo) -> Iterator[_Answer[Finding]]:
    answers: dict[tuple[str, str], list[Finding]] = {}
    for finding in case.evidence.findings:
        answers.setdefault((finding.scheme, finding.agency), []).append(finding)
    numbers = frozenset(case.enterprise.identifiers)
    for asked, answer in answers.items():
        parts = [f for f in answer if is_bar(f)] if any(map(_is_outage, answer)) else answer
        day = max((speaks_of(f, zone) for f in parts), default=None)
        if day is not None and day <= on:
            learned = max(f.checked_at for f in parts)
            yield _Answer(asked, numbers, day, learned, case.id, tuple(parts), all(map(_is_plain, parts)))


def _is_outage(finding: Finding) -> bool:
    return not OUTAGES.isdisjoint((finding.outcome, *finding.further))


def _is_plain(finding: Finding) -> bool:
    """True if nothing in the finding could be anything but clear."""
    outcomes = (finding.outcome, *finding.further)
    return finding.account is None and all(outcome.standing is Standing.CLEAR for outcome in outcomes)


def _facts(case: StoredCase, on: date) -> Iterator[_Answer[Fact]]:
    numbers = frozenset(case.enterprise.identifiers)
    for fact in case.evidence.facts:
        day = fact.as_of or case.decision.on
        if day <= on:
            question = fact.name, fact.source
            yield _Answer(question, numbers, day, case.at, case.id, (replace(fact, as_of=day),))


def _newest(answers: Iterable[_Answer[Found]]) -> tuple[Found, ...]:
    """All parts of the answers that give way to no other, each once."""
    by_question: dict[Hashable, list[_Answer[Found]]] = {}
    for answer in answers:
        by_question.setdefault(answer.question, []).append(answer)
    kept: dict[Found, None] = {}
    for rivals in by_question.values():
        rivals.sort(key=lambda answer: answer.rank, reverse=True)  # most give way to the first
        kept |= {part: None for one in rivals if not any(map(one.gives_way_to, rivals)) for part in one.parts}
    return tuple(kept)
