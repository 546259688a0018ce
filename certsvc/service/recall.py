"""Recall: the evidence that holds for a legal date, out of what earlier applications left.

Invariants
- Pure, and the order of the cases makes no difference.
- Nothing that speaks of a later day than the date is used.
- What one application found on one scheme at one agency is one answer: it is used whole or not at all.
- An answer that is an outage, if only in part, tells nothing of any day and is not used: what is known otherwise
  counts, by its own age, and where nothing is known the evidence is missing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from certsvc.core.evidence import in_order
from certsvc.core.model import Evidence, Fact, Finding, Outcome
from certsvc.service.records import StoredCase

CASES = 100
"""How many of the newest applications of an enterprise are looked at."""

OUTAGES = frozenset({Outcome.UNAVAILABLE, Outcome.RATE_LIMITED})
"""The outcomes by which an agency says nothing at all."""

Found = TypeVar("Found", Fact, Finding)
_Rank = tuple[date, datetime, str]
"""The day that it speaks of, then when it was learned; the application last, so that there is always one newest."""


def as_of(stored: Iterable[StoredCase], on: date, zone: ZoneInfo) -> Evidence:
    """The evidence on the legal date `on` of an authority in `zone`, in the order in which evidence is stored.

    For each scheme and agency the answer that speaks of the latest day; for each fact and source the latest. A fact
    without a date holds for the legal date of its application, and is given that date.
    """
    cases = tuple(stored)
    findings = _newest(ranked for case in cases for ranked in _findings(case, on, zone))
    facts = _newest(ranked for case in cases for ranked in _facts(case, on))
    return in_order(Evidence(findings, facts))


def speaks_of(finding: Finding, zone: ZoneInfo) -> date:
    """The day up to which the finding reaches: the agency's, or that on which we asked."""
    return finding.data_as_of or finding.checked_at.astimezone(zone).date()


def _findings(case: StoredCase, on: date, zone: ZoneInfo) -> Iterator[tuple[Hashable, _Rank, Finding]]:
    answers: dict[tuple[str, str], list[Finding]] = {}
    for finding in case.evidence.findings:
        answers.setdefault((finding.scheme, finding.agency), []).append(finding)
    for asked, answer in answers.items():
        day = max(speaks_of(f, zone) for f in answer)
        if day <= on and not any(f.outcome in OUTAGES for f in answer):
            rank = (day, max(f.checked_at for f in answer), case.id)
            yield from ((asked, rank, finding) for finding in answer)


def _facts(case: StoredCase, on: date) -> Iterator[tuple[Hashable, _Rank, Fact]]:
    for fact in case.evidence.facts:
        day = fact.as_of or case.decision.on
        if day <= on:
            yield (fact.name, fact.source), (day, case.at, case.id), replace(fact, as_of=day)


def _newest(ranked: Iterable[tuple[Hashable, _Rank, Found]]) -> tuple[Found, ...]:
    """For each key all that have the highest rank."""
    best: dict[Hashable, tuple[_Rank, list[Found]]] = {}
    for key, rank, found in ranked:
        highest, kept = best.setdefault(key, (rank, []))
        if rank > highest:
            best[key] = (rank, [found])
        elif rank == highest:
            kept.append(found)
    return tuple(found for _, kept in best.values() for found in kept)
