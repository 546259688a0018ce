"""What one agency is allowed, as its configuration says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds and counts. Raises ValueError if one is not positive.

    `timeout` is the most that one caller waits, all tries together. Retries are at most `retry_share` of the
    questions, and `retry_burst` beyond.
    """

    timeout: float = 4.0
    try_seconds: float = 2.0
    tries: int = 2
    calls_at_once: int = 16
    waiting_at_most: int = 256
    open_after: int = 5
    open_seconds: float = 10.0
    outage_seconds: float = 2.0
    retry_share: float = 0.1
    retry_burst: int = 10
    retry_pause: float = 0.1

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is more than 0")


DEFAULT = Policy()
