"""OperationsService: translate, call, translate back."""

from __future__ import annotations

from typing import Any

import grpc

from certsvc import __version__
from certsvc.core.model import CertificateStatus
from certsvc.server import answers, requests
from certsvc.server.call import CURRENT
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
            actor=CURRENT.get().caller.id,
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
        return answers.standing(await self._status(), __version__)
