"""How often an agency may be asked again: little in all, so that an outage does not multiply the load."""

from __future__ import annotations


class RetryBudget:
    """A bucket of retries. Over any time, retries <= questions * share + burst."""

    def __init__(self, share: float, burst: int) -> None:
        self._share = share
        self._burst = float(burst)
        self._left = float(burst)

    def earn(self) -> None:
        """Notes one question."""
        self._left = min(self._left + self._share, self._burst)

    def spend(self) -> bool:
        """True if one more retry may be made; it is then counted."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def backoff(pause: float, retry: int, jitter: float) -> float:
    """Seconds before the retry of this number, from 1: doubled each time, of which at least half.

    `jitter` is drawn from [0, 1), so that those who failed together do not come back together.
    """
    return pause * 2.0 ** (retry - 1) * (0.5 + jitter / 2)
