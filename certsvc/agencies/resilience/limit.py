"""How many questions an agency bears at once: fewer after failures, more again while it answers.

Invariants
- The limit is never below 1 nor above `most`.
- What was asked before the limit was halved does not halve it again: one bad moment is one sign, however many
  questions it met.
- It grows by at least 1 for each round of answers, and so reaches `most`; also while little is asked, since with few
  questions open it takes long to see that an agency hangs.
"""

from __future__ import annotations

_ROUNDS = 16
"""From the least to the most in at most about so many rounds of answers."""


class Limit:
    """Additive increase, multiplicative decrease. Times are seconds of one monotonic clock."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._step = max(1.0, most / _ROUNDS)
        self._limit = float(most)
        self._halved_at = float("-inf")

    @property
    def now(self) -> int:
        """The limit in force."""
        return int(self._limit)

    def answered(self) -> None:
        """Notes an answer."""
        self._limit = min(self._limit + self._step / self._limit, float(self._most))

    def failed(self, begun: float, now: float) -> None:
        """Notes a failure of a question that was asked at `begun`."""
        if begun > self._halved_at:
            self._limit = max(self._limit / 2, 1.0)
            self._halved_at = now
