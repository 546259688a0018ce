"""Follow up: what becomes of a provisional certificate once the agencies that it left unchecked answer.

If they find the enterprise clear, a certificate without reserve takes its place, under an application of its own that
nobody else can make; the provisional one then runs out by itself. If an agency bars, it is revoked and that is
published. Until either, it is tried again; when it has run out, it has lapsed.

Invariants
- A provisional certificate is followed up from its issue on: the row comes with the certificate, in one commit.
- It ends once, in one of those ways. Whoever comes second, or after a crash, finds what was recorded and ends it so:
  never two certificates in the place of one, never a revocation without its follow-up ended in the end.
- Only a bar revokes. What is unknown, disputed or held back does not, nor does a refusal for want of an answer.
- No certificate in its place is more than the rules grant on that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import structlog

from certsvc.core.model import (
    ApplicationState,
    CertificateKind,
    CertificateStatus,
    Decision,
    Evidence,
    Result,
    RevocationReason,
)
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import FollowUp, FollowUpState, Urgency
from certsvc.service.assess import Assess
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.ports import Clock, Entropy, FollowUps, Store
from certsvc.service.records import Application, StatusChange
from certsvc.service.revoke import RevokeCertificate

log = structlog.get_logger(__name__)

ACTOR = "service/follow_up"
"""Who revokes, in the record."""

_REASONS: Mapping[str, RevocationReason] = MappingProxyType(
    {
        Outcome.BARRED_ARREARS: RevocationReason.ARREARS,
        Outcome.BARRED_MISSING_RETURN: RevocationReason.MISSING_RETURN,
        Outcome.BARRED_ARRANGEMENT_BROKEN: RevocationReason.ARRANGEMENT_BROKEN,
        Outcome.BARRED_NOT_REGISTERED: RevocationReason.MISDECLARED,
        Outcome.BARRED_DEREGISTERED: RevocationReason.DISSOLVED,
    }
)
"""The bar that refuses -> why the certificate is revoked."""


def request_id_of(serial: str) -> str:
    """The request id of the application that takes a provisional certificate's place; no caller can send it."""
    return f"replaces {serial}"


class FollowUpCertificate:
    """Asks again on a provisional certificate, and replaces or revokes it."""

    def __init__(
        self,
        *,
        assess: Assess,
        mint: Mint,
        revoke: RevokeCertificate,
        store: Store,
        follow_ups: FollowUps,
        clock: Clock,
        entropy: Entropy,
        retry: RetryPlan,
    ) -> None:
        self._assess = assess
        self._mint = mint
        self._revoke = revoke
        self._store = store
        self._follow_ups = follow_ups
        self._clock = clock
        self._entropy = entropy
        self._retry = retry

    async def __call__(
        self, serial: str, attempts: int | None = None, urgency: Urgency = Urgency.RECHECK
    ) -> FollowUp | None:
        """The follow-up after its next attempt; None if there is none of this certificate.

        Returned as it is: one that has ended, and one that has made another number of attempts than `attempts` (if
        given). Raises what `issue` raises; whoever calls tries again.
        """
        found = await self._follow_ups.get(serial)
        if found is None or found.state is not FollowUpState.WAITING or attempts not in (None, found.attempts):
            return found
        await self._attempt(found, urgency)
        return await self._follow_ups.get(serial)

    async def _attempt(self, found: FollowUp, urgency: Urgency) -> None:
        provisional = await self._store.get_application(found.application_id)
        assert provisional is not None
        assert provisional.certificate is not None
        if provisional.certificate.status is CertificateStatus.REVOKED:
            # By us before a crash, or by an operator: there is nothing left to follow up.
            await self._follow_ups.end(found, FollowUpState.REVOKED)
            return
        if provisional.certificate.status is CertificateStatus.SUSPENDED and self._clock.now() < found.ends_at:
            # Whoever suspended it decides what becomes of it: nothing takes its place meanwhile.
            await self._put_off(found, provisional)
            return
        request = replace(provisional.request, request_id=request_id_of(found.serial))
        earlier = await self._store.find_request(request.caller, request.request_id)
        if earlier is not None and earlier.certificate is not None:
            await self._follow_ups.end(found, FollowUpState.REPLACED, earlier.certificate.serial)
            return
        if self._clock.now() >= found.ends_at:
            await self._follow_ups.end(found, FollowUpState.LAPSED)
            return
        decision, evidence = await self._assess(
            request.enterprise, request.declared, former=_checked(provisional), urgency=urgency
        )
        if decision.result is Result.GRANTED and decision.kind is not CertificateKind.PROVISIONAL:
            await self._replace(found, replace(provisional, request=request), decision, evidence)
        elif (reason := revocation_reason(decision)) is not None:
            await self._end_barred(found, reason)
        else:
            if decision.result is Result.REFUSED:
                log.warning("provisional_not_replaced", serial=found.serial, alert=True)
            await self._put_off(found, provisional)

    async def _put_off(self, found: FollowUp, provisional: Application) -> None:
        await self._follow_ups.put_off(found, self._retry.wait(replace(provisional, attempts=found.attempts + 1)))

    async def _replace(self, found: FollowUp, provisional: Application, decision: Decision, evidence: Evidence) -> None:
        now = self._clock.now()
        standing = await self._store.get_certificate(found.serial)
        if standing is None or standing.status is not CertificateStatus.VALID:
            # An operator acted while the agencies were asked; the next attempt sees it.
            await self._put_off(found, provisional)
            return
        certificate = await self._mint(provisional.request.enterprise, evidence, decision, now)
        # Stopping after this commit leaves the follow-up waiting; the next attempt finds the certificate by its
        # request.
        recorded = await self._store.record(
            Application(
                id=self._entropy.application_id(),
                request=provisional.request,
                state=ApplicationState.GRANTED,
                decision=decision,
                evidence=evidence,
                created_at=now,
                updated_at=now,
                certificate=certificate,
            )
        )
        assert recorded.certificate is not None
        await self._follow_ups.end(found, FollowUpState.REPLACED, recorded.certificate.serial)

    async def _end_barred(self, found: FollowUp, reason: RevocationReason) -> None:
        await self._revoke(
            StatusChange(
                serial=found.serial,
                status=CertificateStatus.REVOKED,
                reason=reason,
                comment="an agency that was left unchecked has answered",
                actor=ACTOR,
                at=self._clock.now(),
            )
        )
        await self._follow_ups.end(found, FollowUpState.REVOKED)


def revocation_reason(decision: Decision) -> RevocationReason | None:
    """Why a certificate is revoked on this decision: its first bar; None if it does not refuse for one."""
    if decision.result is not Result.REFUSED:
        return None
    return next((_REASONS[reason.code] for reason in decision.reasons if reason.code in _REASONS), None)


def _checked(provisional: Application) -> Evidence:
    """What was found at agencies that were not left unchecked."""
    unchecked = {agency for _, agency in provisional.decision.unchecked}
    evidence = provisional.evidence
    return Evidence(
        tuple(f for f in evidence.findings if f.agency not in unchecked),
        tuple(f for f in evidence.facts if f.source not in unchecked),
    )
