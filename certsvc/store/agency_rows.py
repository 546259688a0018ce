"""What is kept about agencies as columns, rows and audit leaves.

Leaves name agencies, persons who act and times. What an operator wrote, and whom it is about, stand in them as digests:
leaves outlive the retention of what they prove.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from certsvc.core import canonical
from certsvc.core.canonical import digest
from certsvc.core.events import AgencyEvent
from certsvc.core.evidence import encode_evidence
from certsvc.core.model import Evidence, Finding, Identifier, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.model import Event
from certsvc.core.rules.scheme import Degraded
from certsvc.service.agency_records import Dispute, Hold, ModeSwitch, Prior

if TYPE_CHECKING:
    from asyncpg import Record as Row  # its names and types are those of `queries/`


class FindingColumns(NamedTuple):
    """One definite finding in the order that `note_findings` takes, each field one array there."""

    agency: str
    subject: bytes
    scheme: str
    outcome: str
    data_as_of: date | None
    checked_at: datetime
    source: str
    digest: bytes
    heard_at: datetime

    @property
    def key(self) -> tuple[bytes, str, str]:
        """What it is the last word on."""
        return self.subject, self.agency, self.scheme

    @property
    def rank(self) -> tuple[tuple[bytes, str, str], datetime, bool]:
        """By key, and of one key by time; of one time the bar comes last."""
        return self.key, self.heard_at, self.outcome.startswith("BARRED")


def finding_columns(subject: bytes, findings: Iterable[Finding], now: datetime) -> list[FindingColumns]:
    """Those of the definite findings. Raises ValueError for one that cannot be recorded.

    An answer was heard when it was given; what is in a file or was reported is heard now.
    """
    return [
        FindingColumns(
            agency=f.agency,
            subject=subject,
            scheme=f.scheme,
            outcome=f.outcome.value,
            data_as_of=f.data_as_of,
            checked_at=f.checked_at,
            source=f.source.value,
            digest=digest(encode_evidence(Evidence((f,)))),
            heard_at=f.checked_at if f.source is Source.ASKED else now,
        )
        for f in findings
        if f.standing is not Standing.UNKNOWN
    ]


def read_prior(row: Row, *, exact: bool) -> Prior:
    """Of a row of `agencies_known`; `exact` if it is of all the numbers that were asked about."""
    outcome, source = row["words"]
    checked_at, heard_at, since = row["times"]
    return Prior(
        agency=row["agency"],
        scheme=row["scheme"],
        outcome=Outcome(outcome),
        data_as_of=row["day"],
        checked_at=checked_at,
        heard_at=heard_at,
        since=since,
        source=Source(source),
        exact=exact,
    )


def read_event(row: Row) -> AgencyEvent:
    """Of a row of `agencies_known`."""
    event_id, kind, number = row["words"]
    occurred_at, received_at = row["times"]
    return AgencyEvent(
        row["agency"], event_id, Event(kind), row["scheme"], read_identifier(number), occurred_at, received_at
    )


def read_known_dispute(row: Row) -> Dispute:
    """Of a row of `agencies_known`: one that is approved and not closed."""
    dispute_id, number, statement, opened_by, approved_by = row["words"]
    opened_at, until, approved_at = row["times"]
    return Dispute(
        id=dispute_id,
        agency=row["agency"],
        scheme=row["scheme"],
        identifier=read_identifier(number),
        statement=statement,
        opened_by=opened_by,
        opened_at=opened_at,
        until=until,
        approved_by=approved_by,
        approved_at=approved_at,
    )


def read_known_hold(row: Row) -> Hold:
    """Of a row of `agencies_known`: one that is not released."""
    proposed_by, reason = row["words"]
    since, suspect_from, proposed_at = row["times"]
    hold_id, asked, turned = row["numbers"]
    return Hold(
        hold_id, row["agency"], since, suspect_from, asked, turned, proposed_by or "", proposed_at, reason or ""
    )


def read_known_switch(row: Row) -> ModeSwitch:
    """Of a row of `agencies_known`."""
    mode, reason, actor = row["words"]
    at, until = row["times"]
    return ModeSwitch(row["agency"], Degraded(mode) if mode is not None else None, reason, actor, at, until)


def read_hold(row: Row) -> Hold:
    """Of a row of the table."""
    return Hold(
        id=row["id"],
        agency=row["agency"],
        since=row["since"],
        suspect_from=row["suspect_from"],
        asked=row["asked"],
        turned=row["turned"],
        proposed_by=row["proposed_by"] or "",
        proposed_at=row["proposed_at"],
        reason=row["reason"] or "",
        released_by=row["released_by"] or "",
        released_at=row["released_at"],
    )


def read_switch(row: Row) -> ModeSwitch:
    """Of a row of the table."""
    mode = Degraded(row["mode"]) if row["mode"] is not None else None
    return ModeSwitch(row["agency"], mode, row["reason"], row["actor"], row["at"], row["until"])


def read_dispute(row: Row) -> Dispute:
    """Of a row of the table."""
    return Dispute(
        id=str(row["id"]),
        agency=row["agency"],
        scheme=row["scheme"],
        identifier=read_identifier(row["identifier"]),
        statement=row["statement"],
        opened_by=row["opened_by"],
        opened_at=row["opened_at"],
        until=row["until"],
        approved_by=row["approved_by"] or "",
        approved_at=row["approved_at"],
        closed_by=row["closed_by"] or "",
        closed_at=row["closed_at"],
    )


def read_identifier(number: str) -> Identifier:
    """The reverse of an identifier's text; a kind holds no colon."""
    kind, _, value = number.partition(":")
    return Identifier(kind, value)


def hold_leaf(agency: str, since: datetime, suspect_from: datetime, counts: Sequence[int]) -> bytes:
    """The leaf of an agency being held."""
    asked, turned = counts
    return canonical.write(
        {
            "v": 1,
            "act": "hold",
            "agency": agency,
            "suspect_from": canonical.write_instant(suspect_from),
            "asked": asked,
            "turned": turned,
            "at": canonical.write_instant(since),
        }
    )


def release_leaf(hold: Hold, act: str, actor: str, reason: str, at: datetime) -> bytes:
    """The leaf of a release that is proposed (`propose`) or carried out (`release`)."""
    return canonical.write(
        {
            "v": 1,
            "act": act,
            "agency": hold.agency,
            "held_at": canonical.write_instant(hold.since),
            "reason_digest": digest(reason.encode()).hex(),
            "actor": actor,
            "at": canonical.write_instant(at),
        }
    )


def switch_leaf(switch: ModeSwitch) -> bytes:
    """The leaf of a switch."""
    return canonical.write(
        {
            "v": 1,
            "agency": switch.agency,
            "mode": switch.mode.value if switch.mode is not None else None,
            "reason_digest": digest(switch.reason.encode()).hex(),
            "actor": switch.actor,
            "at": canonical.write_instant(switch.at),
            "until": canonical.write_instant(switch.until),
        }
    )


def dispute_leaf(dispute: Dispute, act: str, actor: str, at: datetime) -> bytes:
    """The leaf of a dispute that is opened, approved or closed (`act`).

    Number and statement have one digest together: that of a number alone could be guessed.
    """
    claim = canonical.write([str(dispute.identifier), dispute.statement])
    return canonical.write(
        {
            "v": 1,
            "act": act,
            "id": dispute.id,
            "agency": dispute.agency,
            "scheme": dispute.scheme,
            "claim_digest": digest(claim).hex(),
            "until": canonical.write_instant(dispute.until),
            "actor": actor,
            "at": canonical.write_instant(at),
        }
    )
