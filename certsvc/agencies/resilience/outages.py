"""Enterprises on which the agency has just failed: not asked about again for a moment.

Invariants
- Only failures are kept, each for `seconds` and no more; of too many the oldest goes first.
"""

from __future__ import annotations

from collections import OrderedDict

from certsvc.core.model import Evidence

_MOST = 10_000


class Outages:
    """The newest failures by enterprise. Times are seconds of one monotonic clock."""

    def __init__(self, seconds: float, most: int = _MOST) -> None:
        self._seconds = seconds
        self._most = most
        # In the order in which they end, since each lasts as long.
        self._kept: OrderedDict[bytes, tuple[float, Evidence]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, subject: bytes, evidence: Evidence, now: float) -> None:
        """Keeps this failure from now on."""
        self._kept[subject] = (now + self._seconds, evidence)
        self._kept.move_to_end(subject)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def recall(self, subject: bytes, now: float) -> Evidence | None:
        """The failure on this enterprise, if it still counts. Also lets go of those that do not."""
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)
        kept = self._kept.get(subject)
        return None if kept is None else kept[1]

    def forget(self, subject: bytes) -> None:
        """The agency has answered on this enterprise."""
        self._kept.pop(subject, None)
