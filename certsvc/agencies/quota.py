"""The published limits of an agency, and the pause that it asks for, as whoever asks it meets them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from certsvc.service.agency_records import QuotaStanding, Urgency
from certsvc.service.quota import LONGEST_PAUSE

DEFAULT_PAUSE = 600.0
"""Seconds. The tax ministry blocks an address for ten minutes."""


def bounded_pause(seconds: float | None) -> float:
    """The seconds that an agency is left alone if it asks for these; ten minutes if it says nothing usable.

    At least one second and at most an hour: a mistaken answer must not silence an agency for a day.
    """
    return DEFAULT_PAUSE if seconds is None else min(max(seconds, 1.0), LONGEST_PAUSE)


Pause = Callable[[float], Awaitable[None]]
"""Told by an adapter for how many seconds its agency wants to be left alone."""


async def no_pause(seconds: float) -> None:
    """Leaves nobody alone: for an adapter that nobody guards."""


Again = Callable[[int], Awaitable[bool]]
"""Asked by an adapter whose call failed for several enterprises at once, before it asks about so many of them again:
true if that is counted, false if there is no room for it now, and nothing may be asked."""


async def no_limit(calls: int) -> bool:  # noqa: ARG001  nothing is counted
    """As often as it likes: for an adapter that nobody guards."""
    return True


class Quota(Protocol):
    """Permission to call one agency, kept by all processes together."""

    async def take(self, calls: int, urgency: Urgency, within: float) -> bool:
        """True if so many calls may be made now: they are counted. At most `within` seconds are waited for their turn,
        and for the question itself a moment. With no time to wait, what is there at once can be had.

        Taken last, when nothing else is waited for: a call that leaves late counts for a moment that is past.
        """
        ...

    async def again(self, calls: int) -> bool:
        """True if so many calls more may be made now, for what was counted already and failed: they are counted too."""
        ...

    async def pause(self, seconds: float) -> None:
        """Lets no process call the agency for so long, since it asked to be left alone. Never shortens a pause."""
        ...

    async def standing(self) -> QuotaStanding:
        """What is left, and until when the agency is left alone."""
        ...


class NoQuota:
    """An agency without published limits: only a pause that it asks for holds, in this process."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._paused_until = float("-inf")

    async def take(self, calls: int, urgency: Urgency, within: float) -> bool:  # noqa: ARG002  nothing is counted
        """True unless the agency is left alone."""
        return self._monotonic() >= self._paused_until

    async def again(self, calls: int) -> bool:  # noqa: ARG002  nothing is counted
        """True unless the agency is left alone."""
        return self._monotonic() >= self._paused_until

    async def pause(self, seconds: float) -> None:
        """See Quota."""
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)

    async def standing(self) -> QuotaStanding:
        """No limit."""
        return QuotaStanding()
