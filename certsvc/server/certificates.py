"""CertificateService: translate, call, translate back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc

from certsvc.core.errors import InvalidRequest
from certsvc.server import answers, pages, requests
from certsvc.server.call import CURRENT
from certsvc.server.usecases import UseCases
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1.certificate_service_pb2_grpc import CertificateServiceServicer

Context = grpc.aio.ServicerContext[Any, Any]


class Certificates(CertificateServiceServicer):
    """Answers programmes."""

    def __init__(self, use_cases: UseCases) -> None:
        self._check = use_cases.check
        self._issue = use_cases.issue
        self._read = use_cases.read
        self._list_uri = use_cases.publish.list_uri

    async def CheckEligibility(  # noqa: N802  gRPC gives the name
        self, request: pb.CheckEligibilityRequest, _context: Context
    ) -> pb.CheckEligibilityResponse:
        """What would be decided now."""
        enterprise, declared, on, language = requests.read_check(request)
        decision, evidence = await self._check(enterprise, declared, CURRENT.get().within)
        # Only the use case knows the legal day; nothing was recorded, so refusing afterwards costs nothing.
        if on is not None and on != decision.on:
            raise InvalidRequest("legal_date", "only today, in the authority's time zone, can be asked about")
        return pb.CheckEligibilityResponse(decision=answers.decision(decision, evidence, language))

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
        return pb.Application(**answers.application(application, language, self._list_uri))

    async def WatchApplication(  # noqa: N802
        self, request: pb.WatchApplicationRequest, _context: Context
    ) -> AsyncIterator[pb.WatchApplicationResponse]:
        """The application now and after each change, to its end."""
        application_id, language = requests.read_application_name(request.name, request.language_code)
        async with aclosing(self._read.watch(CURRENT.get().caller.scope, application_id)) as changes:  # type: ignore[type-var]  # a generator
            async for application in changes:
                yield pb.WatchApplicationResponse(
                    application=answers.application(application, language, self._list_uri)
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
