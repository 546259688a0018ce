"""Issue, one way.

 1 the caller is authenticated and authorised, the request validated (the server and `identifiers`)
 2 (caller, request id) seen before: same payload, the stored answer; other payload, an error
 3 the identifier was validated when the request was parsed
 4 every agency is asked at once under one deadline; each finding is clear, barred or unknown
 5 the rule set in force on the legal date
 6 decide: pure
 7 refused or undecided: a value like any other; undecided becomes a PENDING application that completes by itself
 8 status index + claims -> exact bytes -> signature -> our own verifier (`mint`)
 9 one transaction records request, decision, evidence, certificate, status index and audit leaf
10 only then does the answer leave the process

Invariants
- No certificate leaves unrecorded: 10 follows 9, and 9 is durable on return.
- Never two for one request: 9 records the first and returns it to all others.
- Nothing acknowledged is lost: an answer is only what 9 returned.
- No transaction is open across 4 or 8.
"""

from __future__ import annotations

import asyncio

from certsvc.core.errors import RequestIdReused
from certsvc.core.model import ApplicationState, Result
from certsvc.service.assess import Assess
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.ports import Clock, Entropy, Store
from certsvc.service.records import Application, Request

RESERVE = 0.2
"""The share of a caller's time that is kept for what follows the agencies: place, signature, commit."""


class IssueCertificate:
    """Applies for a certificate and answers with the durable application."""

    def __init__(
        self, *, assess: Assess, mint: Mint, store: Store, clock: Clock, entropy: Entropy, retry: RetryPlan
    ) -> None:
        self._assess = assess
        self._mint = mint
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._retry = retry
        self._running: dict[tuple[str, str], asyncio.Future[Application | None]] = {}

    async def __call__(self, request: Request, within: float) -> Application:
        """The application as recorded: granted with its certificate, refused, or pending.

        All of it takes at most about `within` seconds: the agencies get what is left of it when their turn comes,
        less a reserve for signing and recording. Raises RequestIdReused, SigningFailed, StoreUnavailable,
        PublicationFailed; after any of them the same request may be sent again.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within * (1 - RESERVE)
        key = (request.caller, request.request_id)
        # Twins of a running call share its answer. If it fails or its caller leaves, the first twin takes
        # over: cancelling one caller never harms another.
        while (running := self._running.get(key)) is not None:
            await asyncio.wait((running,))
            if (answer := running.result()) is not None:
                return _same(request, answer)
        done = self._running[key] = loop.create_future()
        answer = None
        try:
            answer = await self._store.find_request(*key) or await self._first(request, until)  # 2, then 4 to 9
        finally:
            del self._running[key]
            done.set_result(answer)
        return _same(request, answer)

    async def _first(self, request: Request, until: float) -> Application:
        # With no time left the agencies answer nothing, and the application is recorded as pending: better than
        # a caller who asks again and again while the service is slow.
        within = max(until - asyncio.get_running_loop().time(), 0.0)
        decision, evidence = await self._assess(request.enterprise, request.declared, within)  # 4, 5, 6
        now = self._clock.now()
        granted = decision.result is Result.GRANTED
        pending = decision.result is Result.UNDECIDED
        application = Application(
            id=self._entropy.application_id(),
            request=request,
            state=ApplicationState.PENDING if pending else ApplicationState(decision.result.value),
            decision=decision,
            evidence=evidence,
            created_at=now,
            updated_at=now,
            certificate=await self._mint(request.enterprise, evidence, decision, now) if granted else None,  # 8
        )
        # Stopping before this commit leaves at most a burned status index; the caller has no answer and asks
        # again. Stopping after it leaves the answer in the store, where step 2 finds it.
        return await self._store.record(self._retry.planned(application) if pending else application)  # 9


def _same(request: Request, stored: Application) -> Application:
    if stored.request.digest != request.digest:
        raise RequestIdReused(f"request id {request.request_id} was used for another payload")
    return stored
