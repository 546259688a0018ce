"""The service's three stubs. grpc's generator writes no types, so what they return is typed where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from certsvc.v1.certificate_service_pb2_grpc import CertificateServiceStub
from certsvc.v1.operations_service_pb2_grpc import OperationsServiceStub
from certsvc.v1.trust_service_pb2_grpc import TrustServiceStub

if TYPE_CHECKING:
    import grpc


def certificates(channel: grpc.Channel) -> Any:
    """CertificateService."""
    return CertificateServiceStub(channel)


def operations(channel: grpc.Channel) -> Any:
    """OperationsService."""
    return OperationsServiceStub(channel)


def trust(channel: grpc.Channel) -> Any:
    """TrustService."""
    return TrustServiceStub(channel)
