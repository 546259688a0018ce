"""CertificateService: translate, call, translate back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc

from certsvc.server import answers, explanations, pages, requests
from certsvc.server.call import CURRENT
from certsvc.server.usecases import UseCases
from certsvc.service.check import Question
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1.certificate_service_pb2_grpc import CertificateServiceServicer

Context = grpc.aio.ServicerContext[Any, Any]


class Certificates(CertificateServiceServicer):
    """Answers programmes."""

    def __init__(self, use_cases: UseCases) -> None:
        self._check = use_cases.check
        self._issue = use_cases.issue
        self._explain = use_cases.explain
        self._read = use_cases.read
        self._list_uri = use_cases.publish.list_uri

    async def CheckEligibility(  # noqa: N802  gRPC gives the name
        self, request: pb.CheckEligibilityRequest, _context: Context
    ) -> pb.CheckEligibilityResponse:
        """What would be decided today, or on another legal date."""
        call = CURRENT.get()
        enterprise, declared, on, language = requests.read_check(request)
        answer = await self._check(Question(enterprise, declared, on, call.caller.scope), call.within)
        return pb.CheckEligibilityResponse(
            decision=answers.decision(answer.decision, answer.evidence, language),
            stored_evidence=answer.stored,
            evidence_time=answers.timestamp(answer.newest) if answer.newest is not None else None,
        )

    async def IssueCertificate(  # noqa: N802
        self, request: pb.IssueCertificateRequest, _context: Context
    ) -> pb.IssueCertificateResponse:
        """The application as recorded."""
        call = CURRENT.get()
        applied, language = requests.read_issue(request, call.caller.id)
        application = await self._issue(applied, call.within)
        return pb.IssueCertificateResponse(application=answers.application(application, language, self._list_uri))

    async def GetApplication(self, request: pb.GetApplicationRequest, _context: Context) -> pb.Application:  # noqa: N802
        """The application as it stands."""
        application_id, language = requests.read_application_name(request.name, request.language_code)
        application = await self._read.application(CURRENT.get().caller.scope, application_id)
        return pb.Application(**answers.application(application, language, self._list_uri, inside=_sees_inside()))

    async def WatchApplication(  # noqa: N802
        self, request: pb.WatchApplicationRequest, _context: Context
    ) -> AsyncIterator[pb.WatchApplicationResponse]:
        """The application now and after each change, to its end."""
        application_id, language = requests.read_application_name(request.name, request.language_code)
        inside = _sees_inside()
        async with aclosing(self._read.watch(CURRENT.get().caller.scope, application_id)) as changes:  # type: ignore[type-var]  # a generator
            async for application in changes:
                yield pb.WatchApplicationResponse(
                    application=answers.application(application, language, self._list_uri, inside=inside)
                )

    async def ExplainApplication(  # noqa: N802
        self, request: pb.ExplainApplicationRequest, _context: Context
    ) -> pb.ExplainApplicationResponse:
        """The application's decision made once more, rule by rule."""
        application_id, language = requests.read_application_name(request.name, request.language_code)
        explained = await self._explain(CURRENT.get().caller.scope, application_id)
        return pb.ExplainApplicationResponse(
            explanation=explanations.explanation(explained, language), reproduced=explained.reproduced
        )

    async def GetCertificate(self, request: pb.GetCertificateRequest, _context: Context) -> pb.Certificate:  # noqa: N802
        """The certificate with its status now."""
        serial = requests.read_certificate_name(request.name)
        record = await self._read.certificate(CURRENT.get().caller.scope, serial)
        return pb.Certificate(**answers.certificate(record, self._list_uri))

    async def ListCertificates(  # noqa: N802
        self, request: pb.ListCertificatesRequest, _context: Context
    ) -> pb.ListCertificatesResponse:
        """One page, newest first."""
        size = pages.page_size(request.page_size)
        identifier, status = requests.read_filter(request)
        scope = CURRENT.get().caller.scope
        mark = pages.filter_mark(scope, identifier, status)
        after = pages.decode_token(request.page_token, mark)
        # One more than asked for tells whether there is a next page.
        found = await self._read.certificates(
            limit=size + 1, after=after, identifier=identifier, status=status, caller=scope
        )
        return pb.ListCertificatesResponse(
            certificates=[answers.certificate(record, self._list_uri) for record in found[:size]],
            next_page_token=pages.encode_token(found[size - 1], mark) if len(found) > size else "",
        )


def _sees_inside() -> bool:
    """True for a caller who sees every programme's applications, and may know which process is at one."""
    return CURRENT.get().caller.scope is None
