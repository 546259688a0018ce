"""Answers whose effect is suspended: bars under dispute, and whatever an agency says that is held back.

Invariants
- What is suspended is unknown: it refuses nothing and clears nothing. What it said as a bar stays on record.
- A dispute suspends bars alone: what is clear stays clear, so that no dispute makes matters worse.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from certsvc.core.model import Finding
from certsvc.core.outcome import Outcome, Standing


def suspended(finding: Finding) -> Finding:
    """The finding without effect: disputed, its bars listed further. One that is unknown anyway stays as it is."""
    if finding.standing is Standing.UNKNOWN:
        return finding
    return replace(finding, outcome=Outcome.DISPUTED, further=_bars(finding))


def with_disputes(findings: Iterable[Finding], disputed: Collection[tuple[str, str]]) -> tuple[Finding, ...]:
    """The findings, those suspended that bar and whose agency and scheme are among these pairs.

    What the agency calls clear is not disputed, whatever rules make of its particulars.
    """
    return tuple(
        suspended(each) if (each.agency, each.scheme) in disputed and _bars(each) else each for each in findings
    )


def _bars(finding: Finding) -> tuple[Outcome, ...]:
    return tuple(o for o in (finding.outcome, *finding.further) if o.standing is Standing.BARRED)
