"""Applications that wait for agencies in any weather, and the processes that attempt them, on a clock of their own."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from certsvc.core.model import ApplicationState, Enterprise, Evidence, Finding, Identifier
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import Urgency
from certsvc.service.complete import CompleteApplication
from certsvc.service.issue import IssueCertificate
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.records import Application, Request
from certsvc.system import SystemEntropy
from tests.service.cases import an_assess
from tests.service.conftest import HandClock, OnClock, Publishing
from tests.situations import AGENCY_OF, SMALL_FACTS
from tests.trust_kit import ISSUER

RETRY = RetryPlan(timedelta(seconds=30), timedelta(hours=1), timedelta(days=30))


class Question(NamedTuple):
    """One question put to one agency."""

    enterprise: str
    agency: str
    at: datetime
    urgency: Urgency


async def _nothing(_: Enterprise) -> None: ...


@dataclass
class Weather:
    """A stand-in for the agencies: each clear with the data of the day, but for those whose weather is bad.

    `meanwhile` runs while they are being asked.
    """

    clock: HandClock
    bad: dict[str, Outcome] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)
    meanwhile: Callable[[Enterprise], Awaitable[None]] = _nothing
    schemes: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {agency: (scheme,) for scheme, agency in AGENCY_OF.items()}
    )

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> Evidence:
        now = self.clock.now()
        agencies = [agency for agency in self.schemes if only is None or agency in only]
        self.asked += [Question(enterprise.identifier.value, agency, now, urgency) for agency in agencies]
        await self.meanwhile(enterprise)
        return Evidence(tuple(self._finding(agency, now) for agency in agencies))

    def _finding(self, agency: str, now: datetime) -> Finding:
        (scheme,) = self.schemes[agency]
        bad = self.bad.get(agency)
        if bad is not None:
            return Finding(scheme, agency, bad, now)
        return Finding(scheme, agency, Outcome.CLEAR, now, now.date())

    def counts(self) -> Counter[str]:
        """How many questions each agency was asked."""
        return Counter(question.agency for question in self.asked)


@dataclass
class Process:
    """One process of the service; another one after a restart."""

    store: OnClock
    issue: IssueCertificate
    complete: CompleteApplication
    signed: list[str]
    """The serials of the certificates that it signed, whatever became of them."""


async def a_process(
    publishing: Publishing,
    weather: Weather,
    *,
    retry: RetryPlan = RETRY,
    lasting: timedelta = timedelta(minutes=1),
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Process:
    """A process with a name and connections of its own."""
    store, clock, signed = await publishing.store(), publishing.clock, []
    publish = publishing.publisher(store)

    class Entropy(SystemEntropy):
        def serial(self) -> str:
            signed.append(super().serial())
            return signed[-1]

    entropy = Entropy()
    mint = Mint(
        issuer=ISSUER,
        keys=publishing.kit.keys(),
        store=store,
        entropy=entropy,
        ensure_list=publish.ensure_list,
        list_uri=publish.list_uri,
    )
    assess = an_assess(store, weather, clock)
    complete = CompleteApplication(
        assess=assess,
        mint=mint,
        store=store,
        clock=clock,
        retry=retry,
        owner=entropy.process_name(),
        lasting=lasting,
        sleep=sleep,
    )
    issue = IssueCertificate(assess=assess, mint=mint, store=store, clock=clock, entropy=entropy, retry=retry)
    return Process(store, issue, complete, signed)


def a_request(number: int = 0) -> Request:
    """An application of the `number`-th of many enterprises."""
    enterprise = Enterprise((Identifier("cr.cedula_juridica", f"3101{number:06}"),))
    return Request("programme/test", str(uuid.uuid4()), b"d" * 32, enterprise, SMALL_FACTS)


async def pending(process: Process, weather: Weather) -> Application:
    """An application that waits for the fund; every agency was asked once."""
    application = await process.issue(a_request(), 10.0)
    assert application.state is ApplicationState.PENDING
    assert application.decision.waits_for == ("ccss",)
    assert weather.counts() == Counter(AGENCY_OF.values())
    weather.asked.clear()
    return application


async def stored(process: Process, application: Application) -> Application:
    found = await process.store.get_application(application.id)
    assert found is not None
    return found
