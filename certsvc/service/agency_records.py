"""What is kept about agencies: what they last said of whom, what holds it back, and how they are doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import sha256
from itertools import combinations

from certsvc.core.events import AgencyEvent
from certsvc.core.model import Enterprise, Finding, Identifier, Source
from certsvc.core.outcome import Outcome
from certsvc.core.rules.scheme import Degraded


class Urgency(IntEnum):
    """Whose questions go first where an agency takes only so many; the lesser, the sooner."""

    URGENT = 0
    """Somebody waits because of an event: a payment was seen, an agency is back."""
    LIVE = 1
    """Somebody has applied."""
    RECHECK = 2
    """Nobody waits."""


def subject_of(enterprise: Enterprise) -> bytes:
    """32 bytes that stand for the numbers asked about, whatever their order."""
    return _digest_of(sorted(str(i) for i in enterprise.identifiers))


def parts_of(enterprise: Enterprise) -> tuple[bytes, ...]:
    """The subjects of all who name some of its numbers and not all; of eight numbers 254, of one none."""
    numbers = sorted(str(i) for i in enterprise.identifiers)
    return tuple(_digest_of(some) for size in range(1, len(numbers)) for some in combinations(numbers, size))


def _digest_of(numbers: Sequence[str]) -> bytes:
    return sha256("\n".join(numbers).encode()).digest()


CLOCKS_APART = timedelta(minutes=1)
"""How far the clocks of two processes may differ. What was heard at a time further ahead was heard by a wrong one."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What an agency last said of an enterprise on a scheme; never an unknown outcome.

    `heard_at` is when we last heard it: an answer over the network when it was given, what stands in a file or was
    reported whenever somebody applies. `since` is when we first heard this standing (clear or barred) without another
    in between. Unless `exact`, it was said of some of the enterprise's numbers alone, and bars.
    """

    agency: str
    scheme: str
    outcome: Outcome
    data_as_of: date | None
    checked_at: datetime
    heard_at: datetime
    since: datetime
    source: Source = Source.ASKED
    exact: bool = True

    def as_finding(self) -> Finding:
        """The same as a finding, without the particulars."""
        return Finding(self.scheme, self.agency, self.outcome, self.checked_at, self.data_as_of, source=self.source)

    def is_ahead(self, now: datetime) -> bool:
        """True if it cannot have been heard by now: its clock was wrong, and it counts for nothing."""
        return max(self.checked_at, self.heard_at) > now + CLOCKS_APART


@dataclass(frozen=True, slots=True)
class Hold:
    """An agency whose new answers count for nothing, since it changed too many at once.

    `suspect_from` is the begin of the window in which they changed: what was heard before it, and is the same still,
    counts. A release is proposed by one person and carried out by another.
    """

    id: int
    agency: str
    since: datetime
    suspect_from: datetime
    asked: int
    turned: int
    proposed_by: str = ""
    proposed_at: datetime | None = None
    reason: str = ""
    released_by: str = ""
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModeSwitch:
    """What is done while an agency is out, by an operator's word instead of the rules; None goes back to the rules."""

    agency: str
    mode: Degraded | None
    reason: str
    actor: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """The claim that what an agency holds against an enterprise is wrong.

    It counts from the approval by a second person until `until`, unless it is closed before. `statement` says on what
    evidence it rests.
    """

    id: str
    agency: str
    scheme: str
    identifier: Identifier
    statement: str
    opened_by: str
    opened_at: datetime
    until: datetime
    approved_by: str = ""
    approved_at: datetime | None = None
    closed_by: str = ""
    closed_at: datetime | None = None

    def counts_at(self, now: datetime) -> bool:
        """True while it suspends the effect of what it is about."""
        return self.approved_at is not None and self.closed_at is None and now < self.until


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of an enterprise and the agencies besides what they answer now.

    `disputes` and `switches` are those that count now, `holds` those not released.
    """

    priors: Sequence[Prior] = ()
    events: Sequence[AgencyEvent] = ()
    disputes: Sequence[Dispute] = ()
    holds: Sequence[Hold] = ()
    switches: Sequence[ModeSwitch] = ()


class BreakerState(StrEnum):
    """Whether an agency is asked."""

    CLOSED = "closed"
    """It is."""
    OPEN = "open"
    """It failed so often that it is left alone for a while."""
    HALF_OPEN = "half_open"
    """One question tries whether it is back."""


@dataclass(frozen=True, slots=True)
class AgencyHealth:
    """How one agency is doing, as this process sees it. Times are in seconds.

    `data_as_of` is the newest day that its answers spoke of, `answered_at` when it last answered anything definite.
    `failing_since` is its first failure after its last answer.
    """

    agency: str
    breaker: BreakerState = BreakerState.CLOSED
    limit: int = 0
    in_flight: int = 0
    waiting: int = 0
    oldest_waiting: float = 0.0
    answered_at: datetime | None = None
    data_as_of: date | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuotaStanding:
    """What is left of an agency's quota, for all processes. `left` is None where it has none."""

    left: int | None = None
    paused_until: datetime | None = None


class FollowUpState(StrEnum):
    """What became of a provisional certificate."""

    WAITING = "WAITING"
    REPLACED = "REPLACED"
    """A certificate without reserve took its place."""
    REVOKED = "REVOKED"
    LAPSED = "LAPSED"
    """It ran out before its agencies answered."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Where the follow-up of one provisional certificate stands. It is over at `ends_at`, when the certificate is."""

    serial: str
    application_id: str
    agencies: tuple[str, ...]
    state: FollowUpState
    attempts: int
    ends_at: datetime
    replaced_by: str = ""
