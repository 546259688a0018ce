"""What counts of what was found, once all is known that was reported, heard before, disputed and held back.

Invariants
- Pure. Nothing here makes a finding clear, and every answer stays in the evidence, if only as one that is unknown.
- What is clear but overtaken, by newer data that bars, counts for nothing: its agency contradicts itself. The bar is
  not put in its place, for the particulars that might lift it are not kept.
- A bar heard for some of the enterprise's numbers is a bar for all of them; what is clear for some clears nothing.
- What a held agency has said only since it became suspect takes the place of no report.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from certsvc.core.model import Finding
from certsvc.core.outcome import Standing
from certsvc.core.reported import is_overtaken, with_events
from certsvc.core.suspension import suspended, with_disputes
from certsvc.service.agency_records import Hold, Known
from certsvc.service.turns import is_held_back


def said(
    findings: Sequence[Finding], known: Known, zone: ZoneInfo, *, asked_at: datetime | None = None
) -> tuple[Finding, ...]:
    """The findings with every report that stands beside them, those suspended that are overtaken.

    `zone` is the authority's; `asked_at` is when the newest answers were asked for.
    """
    bars = [prior.as_finding() for prior in known.priors if prior.outcome.standing is Standing.BARRED]
    standing = [suspended(f) if is_overtaken(f, bars, zone) else f for f in findings] if bars else findings
    if not known.events:
        return tuple(standing)  # as for most enterprises
    heard = [(prior, prior.as_finding()) for prior in known.priors]
    trusted = [f for prior, f in heard if prior.exact and not is_held_back(f, (prior,), known.holds)]
    return with_events(standing, known.events, zone, asked_at=asked_at, heard=trusted)


def counted(findings: Sequence[Finding], known: Known, holds: Sequence[Hold]) -> tuple[Finding, ...]:
    """The findings, those suspended that are disputed or held back."""
    if not holds and not known.disputes:
        return tuple(findings)
    disputed = {(dispute.agency, dispute.scheme) for dispute in known.disputes}
    free = (suspended(f) if is_held_back(f, known.priors, holds) else f for f in findings)
    return with_disputes(free, disputed)
