"""OperationsService over real sockets and mutual TLS."""

from __future__ import annotations

import grpc
import pytest

from certsvc.core.model import CertificateStatus, RevocationReason
from certsvc.service.records import StatusChange
from certsvc.v1 import certificate_service_pb2 as certificates_pb
from certsvc.v1 import operations_service_pb2 as pb
from certsvc.v1.operations_service_pb2_grpc import OperationsServiceStub
from tests.server import fakes
from tests.server.calls import told
from tests.server.conftest import Running


async def test_a_revocation_is_recorded_under_the_operators_own_name(running: Running) -> None:
    stub = OperationsServiceStub(await running.channel("operator", "ana"))
    request = pb.RevokeCertificateRequest(
        name=f"certificates/{fakes.SERIAL}", reason=pb.REVOCATION_REASON_ARREARS, comment="file 12"
    )
    answer = await stub.RevokeCertificate(request, timeout=30)
    assert answer.certificate.status == certificates_pb.Certificate.STATUS_REVOKED
    assert answer.published_version == 42
    assert running.fakes.seen == [
        StatusChange(
            fakes.SERIAL,
            CertificateStatus.REVOKED,
            RevocationReason.ARREARS,
            "file 12",
            "operator/ana",
            fakes.NOW,
        )
    ]


async def test_revoking_what_does_not_exist_is_not_found(running: Running) -> None:
    stub = OperationsServiceStub(await running.channel("operator", "ana"))
    request = pb.RevokeCertificateRequest(name="certificates/none", reason=pb.REVOCATION_REASON_ARREARS)
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.RevokeCertificate(request, timeout=30)
    assert told(failed.value).code is grpc.StatusCode.NOT_FOUND


async def test_republishing_names_each_list_and_version(running: Running) -> None:
    stub = OperationsServiceStub(await running.channel("operator", "ana"))
    (published,) = (await stub.RepublishStatus(pb.RepublishStatusRequest(), timeout=30)).lists
    assert (published.uri, published.version) == (fakes.LIST.uri, 41)


async def test_the_status_shows_agencies_that_are_waited_for_even_if_no_longer_configured(running: Running) -> None:
    stub = OperationsServiceStub(await running.channel("auditor", "contraloria"))
    answer = await stub.GetServiceStatus(pb.GetServiceStatusRequest(), timeout=30)
    assert [(a.agency, list(a.schemes), a.pending_applications) for a in answer.agencies] == [
        ("ccss", ["social_security"], 3),
        ("gone", [], 1),
    ]
    assert answer.oldest_pending_age.ToMilliseconds() == 61_500
    assert answer.version
    assert answer.rule_set == fakes.RULES
