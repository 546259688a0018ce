"""An adapter that cannot do harm: whatever it does, there is one finding for each of its schemes.

Invariants
- A fault in an adapter, or an answer that leaves a scheme out, is UNAVAILABLE; it is logged with its place alone, since
  its text could hold what the agency sent.
- An adapter that outlives its time is cancelled, after a grace: it should end by its own deadline, since gRPC keeps
  memory for calls that are cancelled from outside.
"""

from __future__ import annotations

import asyncio
import sys
import traceback

import structlog

from certsvc.agencies.adapter import UNKNOWN, Adapter, InMemory, Metered, Selective, Sharing, to_evidence
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome
from certsvc.service.ports import Clock

_log = structlog.get_logger(__name__)


class Contained:
    """One adapter, whose calls never raise but CancelledError."""

    def __init__(self, adapter: Adapter, clock: Clock) -> None:
        self.name = adapter.name
        self.schemes = adapter.schemes
        self._adapter = adapter
        self._clock = clock
        self._selective = adapter if isinstance(adapter, Selective) else None
        self._in_memory = adapter if isinstance(adapter, InMemory) else None
        self._metered = adapter if isinstance(adapter, Metered) else None
        self.questions_per_call = adapter.questions_per_call if isinstance(adapter, Sharing) else 1

    def unknown(self, outcome: Outcome) -> Evidence:
        """That outcome on each scheme, as of now."""
        return to_evidence(self.name, self.schemes, UNKNOWN[outcome], self._clock.now())

    def find_now(self, enterprise: Enterprise) -> Evidence | None:
        """What can be said without asking anybody; None if the agency has to be asked."""
        try:
            if self._selective is not None and not self._selective.knows(enterprise):
                return self.unknown(Outcome.NO_INFORMATION)
            answer = None if self._in_memory is None else self._in_memory.find_now(enterprise)
        except Exception:
            return self._fault()
        return None if answer is None else self._checked(answer)

    def calls_for(self, enterprise: Enterprise) -> int:
        """How many of the agency's calls one question costs."""
        return 1 if self._metered is None else self._metered.calls_for(enterprise)

    async def find(self, enterprise: Enterprise, within: float, grace: float) -> Evidence:
        """The agency's answer after at most `within` seconds, or UNAVAILABLE after the grace."""
        try:
            async with asyncio.timeout(within + grace):
                return self._checked(await self._adapter.find(enterprise, within))
        except TimeoutError:
            _log.warning("agency_did_not_answer", agency=self.name)
            return self.unknown(Outcome.UNAVAILABLE)
        except asyncio.CancelledError:
            asking = asyncio.current_task()
            if asking is not None and asking.cancelling():
                raise
            return self._fault()
        except Exception:
            return self._fault()

    async def close(self) -> None:
        """Closes the adapter."""
        await self._adapter.close()

    def _checked(self, answer: Evidence) -> Evidence:
        """The answer if it has one finding for each scheme; a scheme left out must never pass for clear."""
        if tuple([finding.scheme for finding in answer.findings]) == self.schemes:
            return answer
        _log.error("adapter_left_schemes_out", agency=self.name, alert=True)
        return self.unknown(Outcome.UNAVAILABLE)

    def _fault(self) -> Evidence:
        fault = sys.exception()
        place = traceback.extract_tb(fault.__traceback__)[-1] if fault else None
        _log.error(
            "adapter_raised",
            agency=self.name,
            alert=True,
            fault=type(fault).__name__,
            place=f"{place.name}:{place.lineno}" if place else "",
        )
        return self.unknown(Outcome.UNAVAILABLE)
