"""How far each agency is with one application, told from its record alone.

Invariants
- An agency whose answer leaves the application open is never shown as having answered.
- The owner of a lease is seen by nobody from here: only that somebody is asking.
- Of an application that has ended it is told how it ended: who never answered still waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from certsvc.core.model import ApplicationState, Finding, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.service.records import Application
from certsvc.v1 import certificate_service_pb2 as pb

# The generated stubs want their own enumeration type, which does not exist at run time: hence Any.
ANSWERED: Any = pb.AgencyProgress.STATE_ANSWERED
ASKING: Any = pb.AgencyProgress.STATE_ASKING
WAITING: Any = pb.AgencyProgress.STATE_WAITING
PAUSED: Any = pb.AgencyProgress.STATE_PAUSED
DISPUTED: Any = pb.AgencyProgress.STATE_DISPUTED


class Progress(NamedTuple):
    """Where one agency stands. `asked_at` is None if it was never asked."""

    agency: str
    schemes: tuple[str, ...]
    state: Any
    asked_at: datetime | None


def progress(record: Application) -> Sequence[Progress]:
    """Each agency, in the order of the findings; then those waited for of which there is no finding at all."""
    answers: dict[str, list[Finding]] = {}
    for finding in record.evidence.findings:
        answers.setdefault(finding.agency, []).append(finding)
    pending = record.state is ApplicationState.PENDING
    # Of one that was decided only its findings tell: nothing is open any more.
    open_still = record.decision.waits_for
    for agency in open_still:
        answers.setdefault(agency, [])
    asking = pending and record.owner is not None
    return [
        Progress(
            agency,
            tuple(dict.fromkeys(f.scheme for f in findings)),
            _state(findings, is_open=agency in open_still, asking=asking),
            max((f.checked_at for f in findings if f.source is not Source.EVENT), default=None),
        )
        for agency, findings in answers.items()
    ]


def _state(findings: Sequence[Finding], *, is_open: bool, asking: bool) -> Any:
    unknown = {f.outcome for f in findings if f.standing is Standing.UNKNOWN}
    if not unknown and not is_open:
        return ANSWERED
    if asking:
        return ASKING
    if Outcome.DISPUTED in unknown:
        return DISPUTED
    return PAUSED if unknown == {Outcome.RATE_LIMITED} else WAITING
