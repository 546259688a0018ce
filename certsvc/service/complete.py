"""Complete: one more attempt at an application that waits for an agency.

Invariants
- A pending application moves once, to GRANTED, REFUSED or EXPIRED; whoever comes second changes nothing.
- An attempt that is cut off anywhere leaves the application pending with its next attempt in the queue.
"""

from __future__ import annotations

from dataclasses import replace

from certsvc.core.model import ApplicationState, Result
from certsvc.service.assess import Assess
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.ports import Clock, Store
from certsvc.service.records import Application


class CompleteApplication:
    """Asks the agencies again and records what came of it."""

    def __init__(self, *, assess: Assess, mint: Mint, store: Store, clock: Clock, retry: RetryPlan) -> None:
        self._assess = assess
        self._mint = mint
        self._store = store
        self._clock = clock
        self._retry = retry

    async def __call__(self, application_id: str) -> Application | None:
        """The application after this attempt; None if there is no such application.

        One that is no longer pending is returned as it is. Raises what `issue` raises; the queue then tries again.
        """
        application = await self._store.get_application(application_id)
        if application is None or application.state is not ApplicationState.PENDING:
            return application
        assert application.expires_at is not None
        if self._clock.now() >= application.expires_at:
            return await self._store.resolve(self._closed(application, ApplicationState.EXPIRED))
        return await self._store.resolve(await self._attempt(application))

    async def _attempt(self, application: Application) -> Application:
        enterprise = application.request.enterprise
        decision, evidence = await self._assess(enterprise, application.request.declared)
        now = self._clock.now()
        attempts = application.attempts + 1
        asked = replace(application, decision=decision, evidence=evidence, attempts=attempts, updated_at=now)
        if decision.result is Result.UNDECIDED:
            return replace(asked, next_attempt_at=self._retry.next_attempt(now, attempts))
        if decision.result is Result.GRANTED:
            asked = replace(asked, certificate=await self._mint(enterprise, evidence, decision, now))
        return self._closed(asked, ApplicationState(decision.result.value))

    def _closed(self, application: Application, state: ApplicationState) -> Application:
        return replace(application, state=state, next_attempt_at=None, expires_at=None, updated_at=self._clock.now())
