"""The book of what agencies said, in memory: the semantics of certsvc.store.agency_book, for use cases alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from certsvc.core.events import AgencyEvent
from certsvc.core.model import Enterprise, Finding, Source
from certsvc.core.outcome import Standing
from certsvc.service.agency_records import Dispute, Hold, Known, ModeSwitch, Prior, parts_of, subject_of

Question = tuple[bytes, str, str]


@dataclass
class MemoryBook:
    """Fits certsvc.service.agency_ports.AgencyBook. Tests write into it what others would have."""

    priors: dict[Question, Prior] = field(default_factory=dict)
    turned_at: dict[Question, datetime] = field(default_factory=dict)
    events: list[AgencyEvent] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    open_holds: list[Hold] = field(default_factory=list)
    released: dict[str, datetime] = field(default_factory=dict)
    switches: list[ModeSwitch] = field(default_factory=list)
    left_unchecked: set[str] = field(default_factory=set)
    notes: int = 0
    counted: int = 0

    async def known(self, enterprise: Enterprise, now: datetime) -> Known:
        """See agency_ports.AgencyBook."""
        subject, parts = subject_of(enterprise), parts_of(enterprise)
        exact = [prior for question, prior in self.priors.items() if question[0] == subject]
        bars = [
            replace(prior, exact=False)
            for question, prior in self.priors.items()
            if question[0] in parts and prior.outcome.standing is Standing.BARRED
        ]
        return Known(
            priors=tuple(prior for prior in (*exact, *bars) if not prior.is_ahead(now)),
            events=tuple(event for event in self.events if event.identifier in enterprise.identifiers),
            disputes=tuple(d for d in self.disputes if d.identifier in enterprise.identifiers and d.counts_at(now)),
            holds=tuple(self.open_holds),
            switches=tuple(switch for switch in self.switches if now < switch.until),
        )

    async def note(self, enterprise: Enterprise, findings: Sequence[Finding], now: datetime) -> None:
        """See agency_ports.AgencyBook."""
        self.notes += 1
        for finding in findings:
            if finding.standing is not Standing.UNKNOWN:
                self._keep((subject_of(enterprise), finding.agency, finding.scheme), finding, now)

    def _keep(self, question: Question, finding: Finding, now: datetime) -> None:
        before = self.priors.get(question)
        if before is not None and before.is_ahead(now):
            before = None
        at = finding.checked_at if finding.source is Source.ASKED else now
        if before is not None and before.heard_at >= at:
            return
        since = at
        if before is not None and before.outcome.standing is finding.standing:
            since = before.since
        elif before is not None:
            self.turned_at[question] = at
        self.priors[question] = Prior(
            finding.agency,
            finding.scheme,
            finding.outcome,
            finding.data_as_of,
            finding.checked_at,
            at,
            since,
            finding.source,
        )

    async def turned(self, agency: str, since: datetime) -> tuple[int, int]:
        """See agency_ports.AgencyBook."""
        self.counted += 1
        settled = self.released.get(agency)
        asked = {q[0] for q, prior in self.priors.items() if q[1] == agency and prior.heard_at >= since}
        turned = {
            q[0]
            for q, at in self.turned_at.items()
            if q[1] == agency and at >= since and (settled is None or at > settled)
        }
        return len(asked), len(turned)

    async def hold(self, agency: str, since: datetime, suspect_from: datetime, counts: tuple[int, int]) -> Hold:
        """See agency_ports.AgencyBook."""
        for hold in self.open_holds:
            if hold.agency == agency:
                return hold
        hold = Hold(len(self.open_holds) + 1, agency, since, suspect_from, *counts)
        self.open_holds.append(hold)
        return hold

    async def unanswered(self, enterprise: Enterprise) -> frozenset[str]:
        """See agency_ports.AgencyBook."""
        return frozenset(self.left_unchecked)

    def release(self, agency: str, at: datetime) -> None:
        """What two persons do."""
        self.open_holds = [hold for hold in self.open_holds if hold.agency != agency]
        self.released[agency] = at

    def said_before(self, enterprise: Enterprise, finding: Finding, since: datetime | None = None) -> None:
        """What the agency last said, and since when the same."""
        question = subject_of(enterprise), finding.agency, finding.scheme
        self._keep(question, finding, finding.checked_at)
        if since is not None:
            self.priors[question] = replace(self.priors[question], since=since)
