"""How long an agency asks to be left alone in the details of a gRPC status (google.rpc.RetryInfo)."""

from __future__ import annotations

from typing import cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from grpc_status import rpc_status


def retry_delay(error: grpc.aio.AioRpcError) -> float | None:
    """The seconds of the status's RetryInfo, as they stand; None if it has none that can be read."""
    info = RetryInfo()
    try:
        status = rpc_status.from_call(cast("grpc.Call", error))  # reads what both have
        if status is None or not any(detail.Unpack(info) for detail in status.details):
            return None
    except (ValueError, DecodeError):  # a status that contradicts the call's, or no message
        return None
    return info.retry_delay.seconds + info.retry_delay.nanos / 1e9
