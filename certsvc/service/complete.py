"""Complete: one more attempt at an application that waits for an agency.

Invariants
- An attempt is made by whoever holds the lease, and begins with it: of several workers one asks the agencies, signs and
  records. One that has lost its lease records nothing, and signs nothing once it knows.
- A pending application moves once, to GRANTED, REFUSED or EXPIRED; whoever comes second changes nothing.
- An attempt that is cut off anywhere leaves the application pending with its next attempt in the queue, and a lease
  that runs out.
- What agencies answered in an earlier attempt is kept while it is fresh (`kept`), but for those that are waited for:
  an outage of one does not use up the quota of the rest.
- No attempt is planned for later than the deadline, so an application expires at it and not at some attempt after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from certsvc.core.errors import StoreUnavailable
from certsvc.core.model import ApplicationState, Evidence, Result
from certsvc.service.agency_records import Urgency
from certsvc.service.assess import Assess
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.ports import Clock, Store
from certsvc.service.records import Application, Lease


class CompleteApplication:
    """Asks the agencies again and records what came of it."""

    def __init__(
        self,
        *,
        assess: Assess,
        mint: Mint,
        store: Store,
        clock: Clock,
        retry: RetryPlan,
        owner: str,
        lasting: timedelta,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`owner` is a name that no other process has or had.

        A lease lasts for `lasting` and is renewed in time: for so long a dead worker's application waits for another.
        """
        self._assess = assess
        self._mint = mint
        self._store = store
        self._clock = clock
        self._retry = retry
        self._owner = owner
        self._lasting = lasting
        self._sleep = sleep

    async def __call__(
        self, application_id: str, attempts: int | None = None, urgency: Urgency = Urgency.LIVE
    ) -> Application | None:
        """The application after its next attempt; None if there is no such application.

        Returned as it is: one that is no longer pending, one that has made another number of attempts than `attempts`
        (if given), and one that another worker holds, with its owner. Raises what `issue` raises; the queue then tries
        again.
        """
        application = await self._store.get_application(application_id)
        if application is None or application.state is not ApplicationState.PENDING:
            return application
        if attempts is not None and attempts != application.attempts:
            return application
        lease = Lease(application.id, application.attempts, self._owner)
        if not await self._store.claim(lease, self._lasting):
            return await self._store.get_application(application_id)
        try:
            return await self._held(replace(application, owner=None, leased_until=None), lease, urgency)
        except BaseException:
            # Whoever tries next need not wait until the lease runs out; if this fails too, it does run out.
            await self._release(lease)
            raise

    async def _held(self, application: Application, lease: Lease, urgency: Urgency) -> Application | None:
        if self._is_over(application):
            return await self._store.resolve(self._closed(application, ApplicationState.EXPIRED), lease)
        renewing = asyncio.create_task(self._renew(lease), name="renew-lease")
        try:
            after = await self._attempt(application, lease, urgency)
        finally:
            renewing.cancel()
            # Whatever became of it: whether the lease is still ours shows when the attempt is recorded.
            await asyncio.gather(renewing, return_exceptions=True)
        if after is None:
            return await self._store.get_application(application.id)
        return await self._store.resolve(after, lease)

    async def _attempt(self, application: Application, lease: Lease, urgency: Urgency) -> Application | None:
        """What the attempt comes to, not yet recorded; None if the lease was lost before anything was signed."""
        request = application.request
        decision, evidence = await self._assess(
            request.enterprise, request.declared, former=_not_waited_for(application), urgency=urgency
        )
        now = self._clock.now()
        attempts = application.attempts + 1
        asked = replace(application, decision=decision, evidence=evidence, attempts=attempts, updated_at=now)
        if decision.result is Result.UNDECIDED:
            return self._closed(asked, ApplicationState.EXPIRED) if self._is_over(asked) else self._retry.planned(asked)
        if decision.result is Result.GRANTED:
            if not await self._store.renew(lease, self._lasting):
                return None
            asked = replace(asked, certificate=await self._mint(request.enterprise, evidence, decision, now))
        return self._closed(asked, ApplicationState(decision.result.value))

    async def _renew(self, lease: Lease) -> None:
        """Keeps the lease until it is lost; if the database is away it may still be held, and is tried again."""
        held = True
        while held:
            await self._sleep(self._lasting.total_seconds() / 3)
            with suppress(StoreUnavailable):
                held = await self._store.renew(lease, self._lasting)

    async def _release(self, lease: Lease) -> None:
        with suppress(StoreUnavailable):
            await self._store.release(lease)

    def _is_over(self, application: Application) -> bool:
        assert application.expires_at is not None
        return self._clock.now() >= application.expires_at

    def _closed(self, application: Application, state: ApplicationState) -> Application:
        # The decision stays: it names what was waited for, and so who never answered.
        return replace(application, state=state, next_attempt_at=None, expires_at=None, updated_at=self._clock.now())


def _not_waited_for(application: Application) -> Evidence:
    """What the former attempt found at agencies whose answers left nothing open."""
    waits_for, evidence = application.decision.waits_for, application.evidence
    return Evidence(
        tuple(f for f in evidence.findings if f.agency not in waits_for),
        tuple(f for f in evidence.facts if f.source not in waits_for),
    )
