"""Requests that are good, and what a failed call says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from google.type.decimal_pb2 import Decimal as DecimalMessage

from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2 as enterprise_pb


def an_enterprise() -> enterprise_pb.Enterprise:
    """A well-formed enterprise."""
    identifier = enterprise_pb.Identifier(kind="cr.cedula_juridica", value="3-101-123456")
    return enterprise_pb.Enterprise(identifiers=[identifier], name="Panadería Ñandú S.A.")


def number(name: str, value: str) -> enterprise_pb.Fact:
    """A declared number."""
    return enterprise_pb.Fact(name=name, number=DecimalMessage(value=value))


def an_application(request_id: str = "") -> pb.IssueCertificateRequest:
    """A well-formed application, under a fresh id unless one is given."""
    return pb.IssueCertificateRequest(
        enterprise=an_enterprise(),
        declared_facts=[number("head_count", "7")],
        request_id=request_id or str(uuid4()),
        language_code="en",
    )


async def send(channel: grpc.aio.Channel, method: str, message: bytes = b"") -> bytes:
    """The raw answer to a raw message."""
    call: Any = channel.unary_unary  # the stubs demand serialisers
    answer: bytes = await call(method)(message, timeout=30)
    return answer


@dataclass
class Told:
    """A failed call as its client sees it."""

    code: grpc.StatusCode
    text: str
    size: int
    info: ErrorInfo
    retry: RetryInfo | None
    bad: BadRequest | None


T = TypeVar("T", bound=Message)


def told(error: grpc.aio.AioRpcError) -> Told:
    """What the client was told; fails unless there is exactly one ErrorInfo and code and text agree."""
    trailers: Any = error.trailing_metadata()
    (raw,) = (value for key, value in trailers if key == "grpc-status-details-bin")
    status = Status.FromString(raw)
    assert (status.code, status.message) == (error.code().value[0], error.details())
    (info,) = _of_type(status, ErrorInfo)
    assert info.domain == "certsvc"
    retry, bad = _of_type(status, RetryInfo), _of_type(status, BadRequest)
    return Told(error.code(), status.message, len(raw), info, retry[0] if retry else None, bad[0] if bad else None)


def _of_type(status: Status, kind: type[T]) -> list[T]:
    unpacked = ((detail, kind()) for detail in status.details)
    return [message for detail, message in unpacked if detail.Unpack(message)]
