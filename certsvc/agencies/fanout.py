"""Every agency asked at once, under one deadline.

Invariants
- Each adapter yields exactly one finding for each of its schemes: its own, or UNAVAILABLE.
- No adapter can delay the answer beyond the deadline, not even one that ignores being cancelled.
- What an adapter can answer from memory costs no task.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import structlog

from certsvc.agencies.adapter import UNKNOWN, Adapter, InMemory, to_evidence
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import AgencyHealth, QuotaStanding, Urgency
from certsvc.service.ports import Clock

_log = structlog.get_logger(__name__)

_NO_LIMITS: Mapping[str, float] = MappingProxyType({})


class Panel:
    """All configured agencies; fits `certsvc.service.ports.Agencies`."""

    def __init__(self, adapters: Sequence[Adapter], clock: Clock, limits: Mapping[str, float] = _NO_LIMITS) -> None:
        """`limits` caps the seconds of single agencies, by name."""
        self._adapters = tuple(adapters)
        self._limits = tuple(limits.get(a.name, float("inf")) for a in self._adapters)
        self._clock = clock
        self._schemes = MappingProxyType({a.name: a.schemes for a in self._adapters})
        if len(self._schemes) != len(self._adapters):
            raise ValueError("two agencies have the same name")
        self._in_memory = tuple(a if isinstance(a, InMemory) else None for a in self._adapters)
        self._left_behind: set[asyncio.Task[Evidence]] = set()

    @property
    def schemes(self) -> Mapping[str, tuple[str, ...]]:
        """Agency name -> the schemes it answers for."""
        return self._schemes

    async def health(self) -> Sequence[tuple[AgencyHealth, QuotaStanding]]:
        """See certsvc.service.ports.Agencies."""
        return [(AgencyHealth(adapter.name), QuotaStanding()) for adapter in self._adapters]

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,  # noqa: ARG002  the adapters do not yet queue
    ) -> Evidence:
        """One finding for each scheme of each agency, in their order, after at most `within` seconds."""
        asked = [n for n, a in enumerate(self._adapters) if only is None or a.name in only]
        answers: dict[int, Evidence | None] = {n: self._from_memory(n, enterprise) for n in asked}
        # Adapters get a little less: one that ends by its own deadline leaves a closed call behind, and
        # gRPC keeps memory for calls that are cancelled from outside.
        theirs = within - min(within * 0.1, 0.05)
        tasks = {
            asyncio.create_task(self._adapters[n].find(enterprise, min(theirs, self._limits[n]))): n
            for n, answer in answers.items()
            if answer is None
        }
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=within)
        finally:
            self._leave([task for task in tasks if not task.done()])
        for task, n in tasks.items():
            answers[n] = self._result(task, self._adapters[n])
        return _merge([answer for answer in answers.values() if answer is not None])

    async def close(self) -> None:
        """Closes every adapter, and ends what they left running."""
        for adapter in self._adapters:
            await adapter.close()
        if self._left_behind:
            await asyncio.wait(self._left_behind, timeout=1.0)

    def _from_memory(self, n: int, enterprise: Enterprise) -> Evidence | None:
        adapter = self._in_memory[n]
        if adapter is None:
            return None
        try:
            answer = adapter.find_now(enterprise)
        except Exception:
            return self._bug(self._adapters[n])
        return None if answer is None else self._checked(answer, self._adapters[n])

    def _result(self, task: asyncio.Task[Evidence], adapter: Adapter) -> Evidence:
        if not task.done():
            _log.warning("agency_did_not_answer", agency=adapter.name)
            return self._unavailable(adapter)
        try:
            return self._checked(task.result(), adapter)
        except (Exception, asyncio.CancelledError):
            return self._bug(adapter)

    def _checked(self, answer: Evidence, adapter: Adapter) -> Evidence:
        """The answer if it has one finding for each scheme; a scheme left out must never pass for clear."""
        if tuple(f.scheme for f in answer.findings) == adapter.schemes:
            return answer
        _log.error("adapter_left_schemes_out", agency=adapter.name, alert=True)
        return self._unavailable(adapter)

    def _bug(self, adapter: Adapter) -> Evidence:
        # Type and place only: the message of an exception could hold what the agency sent.
        fault = sys.exception()
        place = traceback.extract_tb(fault.__traceback__)[-1] if fault else None
        _log.error(
            "adapter_raised",
            agency=adapter.name,
            alert=True,
            fault=type(fault).__name__,
            place=f"{place.name}:{place.lineno}" if place else "",
        )
        return self._unavailable(adapter)

    def _unavailable(self, adapter: Adapter) -> Evidence:
        return to_evidence(adapter.name, adapter.schemes, UNKNOWN[Outcome.UNAVAILABLE], self._clock.now())

    def _leave(self, tasks: Sequence[asyncio.Task[Evidence]]) -> None:
        """Cancels without waiting: an adapter that ignores it must not hold the answer up."""
        for task in tasks:
            task.cancel()
            self._left_behind.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Evidence]) -> None:
        self._left_behind.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that the loop does not report it; the finding was UNAVAILABLE


def _merge(answers: Sequence[Evidence]) -> Evidence:
    return Evidence(
        tuple(finding for answer in answers for finding in answer.findings),
        tuple(fact for answer in answers for fact in answer.facts),
    )
