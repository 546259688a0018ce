"""Turns: whether an agency has changed its word on too many enterprises at once, and what is held back then.

An agency that calls half of its debtors clear in one night, or half of the clear debtors, is rather broken than right.
Then its answers count for nothing, save those that it gave before the change and gives still, until two persons have
released it.

Invariants
- A turn is noted before turns are counted: the very question that makes them too many is held back as well.
- A hold counts in every process with the next question that reads the book.
- What is held back is unknown: it neither clears nor bars, and nothing is issued or revoked on it (`is_held_back`).
- Reports count as answers do, since they reach us from the same agency: what is compared is what an agency comes to.
- A file and a report turn when they are heard, however long ago they came.
- Compared is what was said of exactly the same numbers; what is known of some of them alone is no turn.
- An answer that says nothing new is noted again only after a tenth of the window (`REFRESHES`). So of the enterprises
  asked about, those not heard of since the first tenth of the window may be left out of the count: turns then make a
  greater share of fewer, and an agency is held back rather too early than too late.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from certsvc.core.model import Enterprise, Finding
from certsvc.core.outcome import Standing
from certsvc.service.agency_ports import AgencyBook
from certsvc.service.agency_records import Hold, Known, Prior

log = structlog.get_logger(__name__)

REFRESHES = 10
"""How often within the window what an agency says is noted though it says nothing new."""

_USUAL_REFRESH = timedelta(hours=2)
"""The same for an agency without a limit of turns."""


@dataclass(frozen=True, slots=True)
class TurnLimit:
    """An agency is held back that turned on more than `share` of the enterprises asked about within `window`.

    Fewer turns than `least` hold nothing back.
    """

    share: Decimal
    window: timedelta
    least: int


def is_held_back(finding: Finding, priors: Collection[Prior], holds: Collection[Hold]) -> bool:
    """True for a definite finding that counts for nothing because its agency is held.

    One counts all the same if the agency said so already before the time from which it is suspect, and ever since.
    """
    hold = next((each for each in holds if each.agency == finding.agency), None)
    if hold is None or finding.standing is Standing.UNKNOWN:
        return False
    asked = finding.agency, finding.scheme
    prior = next((each for each in priors if each.exact and (each.agency, each.scheme) == asked), None)
    return prior is None or prior.outcome.standing is not standing_of(finding) or prior.since >= hold.suspect_from


def standing_of(finding: Finding) -> Standing:
    """Barred if a definite finding lists any bar; unknown if any part of it is unknown and none bars."""
    if not finding.further or finding.standing is Standing.UNKNOWN:
        return finding.standing
    standings = {outcome.standing for outcome in (finding.outcome, *finding.further)}
    return next(each for each in (Standing.BARRED, Standing.UNKNOWN, Standing.CLEAR) if each in standings)


class TurnWatch:
    """Keeps what agencies say, and holds one back that turns on too many enterprises."""

    def __init__(self, book: AgencyBook, limits: Mapping[str, TurnLimit]) -> None:
        """`limits` by agency; one without is never held back."""
        self._book = book
        self._limits = limits

    async def __call__(
        self, enterprise: Enterprise, said: Sequence[Finding], known: Known, now: datetime
    ) -> tuple[Hold, ...]:
        """The holds in force once this has been noted. `known` is what was known before. Raises StoreUnavailable."""
        priors = {(prior.agency, prior.scheme): prior for prior in known.priors if prior.exact}
        words = [(finding, priors.get((finding.agency, finding.scheme))) for finding in _last_words(said)]
        if news := [finding for finding, prior in words if self._is_news(finding, prior, now)]:
            await self._book.note(enterprise, news, now)
        held = {hold.agency for hold in known.holds}
        turned = dict.fromkeys(f.agency for f, prior in words if f.agency not in held and _is_turned(f, prior))
        found = [await self._counted(agency, now) for agency in turned]
        return (*known.holds, *(hold for hold in found if hold is not None))

    async def _counted(self, agency: str, now: datetime) -> Hold | None:
        """The hold of an agency that has turned on somebody, if it has turned on too many."""
        limit = self._limits.get(agency)
        if limit is None:
            return None
        suspect_from = now - limit.window
        asked, turned = await self._book.turned(agency, suspect_from)
        if turned < limit.least or turned <= limit.share * asked:
            return None
        hold = await self._book.hold(agency, now, suspect_from, (asked, turned))
        if hold.since == now:  # else another question was first, and has told
            log.error("agency_held_back", agency=agency, asked=asked, turned=turned, alert=True)
        return hold

    def _refresh(self, agency: str) -> timedelta:
        limit = self._limits.get(agency)
        return limit.window / REFRESHES if limit is not None else _USUAL_REFRESH

    def _is_news(self, finding: Finding, prior: Prior | None, now: datetime) -> bool:
        if prior is None or (prior.outcome, prior.data_as_of) != (finding.outcome, finding.data_as_of):
            return True
        return now - prior.heard_at >= self._refresh(finding.agency)


def _last_words(said: Sequence[Finding]) -> tuple[Finding, ...]:
    """What each agency comes to on each scheme: a bar before what is clear; nothing, if no part is definite."""
    words: dict[tuple[str, str], Finding] = {}
    for finding in sorted(said, key=lambda finding: finding.checked_at):
        standing = standing_of(finding)
        if standing is Standing.UNKNOWN:
            continue
        question = finding.agency, finding.scheme
        if question not in words or standing is Standing.BARRED or words[question].standing is Standing.CLEAR:
            bar = next(o for o in (finding.outcome, *finding.further) if o.standing is standing)
            words[question] = finding if finding.standing is standing else replace(finding, outcome=bar, further=())
    return tuple(words.values())


def _is_turned(finding: Finding, prior: Prior | None) -> bool:
    return prior is not None and prior.outcome.standing is not finding.standing
