"""OperationsService: translate, call, translate back."""

from __future__ import annotations

from typing import Any

import grpc

from certsvc import __version__
from certsvc.core.model import CertificateStatus
from certsvc.server import acts, answers, requests
from certsvc.server.call import CURRENT
from certsvc.server.standing import standing
from certsvc.server.usecases import UseCases
from certsvc.service.records import StatusChange
from certsvc.v1 import operations_service_pb2 as pb
from certsvc.v1.operations_service_pb2_grpc import OperationsServiceServicer

Context = grpc.aio.ServicerContext[Any, Any]


class Operations(OperationsServiceServicer):
    """Answers operators."""

    def __init__(self, use_cases: UseCases) -> None:
        self._revoke = use_cases.revoke
        self._publish = use_cases.publish
        self._switch_mode = use_cases.switch_mode
        self._release_hold = use_cases.release_hold
        self._disputes = use_cases.disputes
        self._status = use_cases.status
        self._clock = use_cases.clock

    async def RevokeCertificate(  # noqa: N802  gRPC gives the name
        self, request: pb.RevokeCertificateRequest, _context: Context
    ) -> pb.RevokeCertificateResponse:
        """The certificate as it now stands, and the published version that carries the revocation."""
        serial, reason, comment, request_id = requests.read_revocation(request)
        change = StatusChange(
            serial=serial,
            status=CertificateStatus.REVOKED,
            reason=reason,
            comment=comment,
            actor=_actor(),
            at=self._clock.now(),
            request_id=request_id,
        )
        record, version = await self._revoke(change)
        certificate = answers.certificate(record, self._publish.list_uri)
        return pb.RevokeCertificateResponse(certificate=certificate, published_version=version)

    async def RepublishStatus(  # noqa: N802
        self, _request: pb.RepublishStatusRequest, _context: Context
    ) -> pb.RepublishStatusResponse:
        """The lists as published."""
        return pb.RepublishStatusResponse(lists=map(answers.published_list, await self._publish()))

    async def GetServiceStatus(  # noqa: N802
        self, _request: pb.GetServiceStatusRequest, _context: Context
    ) -> pb.GetServiceStatusResponse:
        """How the service stands."""
        return standing(await self._status(), __version__)

    async def SwitchAgencyMode(  # noqa: N802
        self, request: pb.SwitchAgencyModeRequest, _context: Context
    ) -> pb.SwitchAgencyModeResponse:
        """The switch as recorded."""
        agency, mode, reason, until = acts.read_switch(request)
        switch = await self._switch_mode(agency, mode, reason, _actor(), until)
        return pb.SwitchAgencyModeResponse(mode=acts.mode(switch))

    async def ReleaseAgencyHold(  # noqa: N802
        self, request: pb.ReleaseAgencyHoldRequest, _context: Context
    ) -> pb.ReleaseAgencyHoldResponse:
        """The hold as it now stands: proposed for release, or released."""
        agency, reason = acts.read_release(request)
        hold = await self._release_hold(agency, _actor(), reason)
        return pb.ReleaseAgencyHoldResponse(hold=acts.hold(hold))

    async def OpenDispute(self, request: pb.OpenDisputeRequest, _context: Context) -> pb.OpenDisputeResponse:  # noqa: N802
        """The dispute as opened, or the one that was open."""
        agency, scheme, identifier, statement, until = acts.read_claim(request)
        dispute = await self._disputes.open(agency, scheme, identifier, statement, _actor(), until)
        return pb.OpenDisputeResponse(dispute=acts.dispute(dispute, self._clock.now()))

    async def ApproveDispute(  # noqa: N802
        self, request: pb.ApproveDisputeRequest, _context: Context
    ) -> pb.ApproveDisputeResponse:
        """The dispute, approved."""
        dispute = await self._disputes.approve(acts.read_dispute_name(request.name), _actor())
        return pb.ApproveDisputeResponse(dispute=acts.dispute(dispute, self._clock.now()))

    async def CloseDispute(self, request: pb.CloseDisputeRequest, _context: Context) -> pb.CloseDisputeResponse:  # noqa: N802
        """The dispute, closed."""
        dispute = await self._disputes.close(acts.read_dispute_name(request.name), _actor())
        return pb.CloseDisputeResponse(dispute=acts.dispute(dispute, self._clock.now()))

    async def ListDisputes(self, request: pb.ListDisputesRequest, _context: Context) -> pb.ListDisputesResponse:  # noqa: N802
        """The newest disputes."""
        closed_too, identifier, limit = acts.read_listing(request)
        found = await self._disputes.list(closed_too=closed_too, limit=limit, identifier=identifier)
        now = self._clock.now()
        return pb.ListDisputesResponse(disputes=[pb.Dispute(**acts.dispute(each, now)) for each in found])


def _actor() -> str:
    """Who acts, as the client certificate says."""
    return CURRENT.get().caller.id
