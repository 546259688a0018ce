"""Whether what was decided is right: each decision held against what was true and what was said at the time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from certsvc.core.evidence import decode_evidence
from certsvc.core.model import Evidence, Finding, Identifier, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.model import Event
from certsvc.store.rows import decode_payload
from tests.faults.weather.simulation import KEEP
from tests.faults.weather.world import HARD, World, firm_of, identifier
from tests.situations import BOOK

ZONE = BOOK.sets[0].time_zone
OUTAGES = (Outcome.UNAVAILABLE, Outcome.RATE_LIMITED)


@dataclass
class Judgement:
    """What came of a run. `wrong` says of each wrong decision why; `on_lies` counts those that a lie explains."""

    states: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    on_lies: int = 0


@dataclass(frozen=True)
class _Case:
    id: str
    state: str
    firm: int
    numbers: frozenset[Identifier]
    at: datetime
    evidence: Evidence
    unchecked: frozenset[str]


async def judge(world: World, sql: asyncpg.Connection) -> Judgement:
    """Every application that the database holds."""
    made, cases = Judgement(), []
    rows = await sql.fetch(
        "SELECT a.id, a.state, a.payload, a.evidence, a.updated_at, c.kind, f.agencies"
        " FROM application a LEFT JOIN certificate c USING (serial) LEFT JOIN follow_up f USING (serial)"
    )
    for row in rows:
        made.states[row["state"]] += 1
        made.kinds[row["kind"] or ""] += 1
        named, _ = decode_payload(row["payload"])
        evidence = decode_evidence(row["evidence"])
        unchecked = frozenset(row["agencies"] or ())
        cases.append(
            _Case(
                str(row["id"]),
                row["state"],
                firm_of(named),
                frozenset(named.identifiers),
                row["updated_at"],
                evidence,
                unchecked,
            )
        )
    first_hold = await sql.fetchval("SELECT min(since) FROM agency_hold")
    for case in cases:
        _judge(case, world, cases, first_hold, made)
    return made


def _judge(case: _Case, world: World, cases: list[_Case], held_since: datetime | None, made: Judgement) -> None:
    lied, news = False, False
    for finding in case.evidence.findings:
        if finding.source is not Source.ASKED or finding.standing is Standing.UNKNOWN or finding.agency not in HARD:
            continue
        if finding.standing is not world.says(finding.agency, case.firm, finding.checked_at):
            made.wrong.append(f"{case.id}: {finding.agency} never said so")
        if finding.standing is not world.truth(finding.agency, case.firm, finding.checked_at):
            lied, news = True, news or not world.said_before_lying(case.firm, finding.standing)
    if lied and case.state in ("GRANTED", "REFUSED"):
        made.on_lies += 1
        # A lie that repeats what was true before cannot be told from the truth.
        if news and held_since is not None and case.at > held_since:
            made.wrong.append(f"{case.id}: decided on a lie after the agency was held back")
        return
    if case.state == "GRANTED":
        made.wrong += [f"{case.id}: {why}" for agency in HARD for why in _against_grant(case, agency, world, cases)]
    if case.state == "REFUSED" and not any(_bars(f) for f in case.evidence.findings):
        made.wrong.append(f"{case.id}: refused though nobody bars")


def _against_grant(case: _Case, agency: str, world: World, cases: list[_Case]) -> list[str]:
    """Why this agency's part in the evidence carries no grant."""
    findings = [f for f in case.evidence.findings if f.agency == agency]
    if any(_bars(finding) for finding in findings):
        return [f"granted over a bar of {agency}"]
    clear = [f for f in findings if f.standing is Standing.CLEAR]
    out = any(f.outcome in OUTAGES for f in findings)
    if not clear:
        if agency not in case.unchecked or not out:
            return [f"granted without an answer of {agency}"]
        barred = _last_heard(agency, case, cases) is Standing.BARRED
        return [f"granted unchecked though {agency} had barred last"] if barred else []
    against = []
    for finding in clear:
        age = case.at - finding.checked_at
        if age > (timedelta(days=94) if out and agency == "fodesaf" else KEEP + timedelta(minutes=1)):
            against.append(f"granted on an answer of {agency} that was {age} old")
        if _reported_since(finding, case, world):
            against.append(f"granted over a report of {agency}")
        if _heard_since(finding, case, cases):
            against.append(f"granted over what {agency} had told another application")
    return against


def _reported_since(finding: Finding, case: _Case, world: World) -> bool:
    """True if a bar had been reported that speaks of the day of the answer or a later one, and no payment after it."""
    assert finding.data_as_of is not None
    reported = [
        event
        for event in world.reported
        if event.agency == finding.agency
        and event.identifier == identifier(case.firm)
        and event.received_at < case.at - timedelta(minutes=5)
    ]
    return any(
        event.kind is Event.ARREARS
        and event.occurred_at.astimezone(ZONE).date() >= finding.data_as_of
        and not any(other.kind is Event.PAYMENT and other.occurred_at > event.occurred_at for other in reported)
        for event in reported
    )


def _last_heard(agency: str, case: _Case, cases: list[_Case]) -> Standing | None:
    """What the agency had last said of the enterprise to anybody, well before the decision."""
    heard = [
        (finding.checked_at, finding.standing)
        for other in cases
        if other.numbers <= case.numbers and other.id != case.id
        for finding in other.evidence.findings
        if finding.agency == agency
        and finding.standing is not Standing.UNKNOWN
        and finding.source is Source.ASKED
        and finding.checked_at < case.at - timedelta(minutes=5)
    ]
    return max(heard, key=lambda pair: pair[0])[1] if heard else None


def _heard_since(finding: Finding, case: _Case, cases: list[_Case]) -> bool:
    """True if the agency had barred the enterprise after this answer, and well before the decision."""
    return any(
        _bars(other) and finding.checked_at < other.checked_at < case.at - timedelta(minutes=5)
        for heard in cases
        if heard.numbers <= case.numbers and heard.id != case.id  # of a number that was not named it may not be true
        for other in heard.evidence.findings
        if other.agency == finding.agency and other.source is Source.ASKED
    )


def _bars(finding: Finding) -> bool:
    return finding.standing is Standing.BARRED
