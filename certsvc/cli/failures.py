"""gRPC errors for people: the reason, the text, and what to do (AIP-193 details)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import grpc
from google.rpc import error_details_pb2 as details
from grpc_status import rpc_status

from certsvc.cli.client import CallFailed, CallInvalid, CallRefused, Connection
from certsvc.cli.output import Output

if TYPE_CHECKING:
    from google.rpc.status_pb2 import Status

_NEGATIVE = frozenset(
    {
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.ALREADY_EXISTS,
    }
)
_INVALID = frozenset({grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.OUT_OF_RANGE})


def explain(error: grpc.RpcError, connection: Connection, output: Output) -> CallFailed:
    """The failure with its exit status: 1 negative, 4 invalid, 3 everything that may pass."""
    # Every error that a call raises is a Call too; the stubs do not say so.
    call = cast("grpc.Call", error)
    code = call.code()
    data: dict[str, object] = {"code": code.name, "message": call.details() or ""}
    lines = [f"certsvc: {call.details() or code.name}"]
    status = rpc_status.from_call(call)
    if status is not None:
        lines += _from_details(status, data, output)
    if code is grpc.StatusCode.UNAVAILABLE and "retry_after_seconds" not in data:
        lines.append("  " + output.text("unreachable", address=connection.address))
    elif code is grpc.StatusCode.DEADLINE_EXCEEDED:
        lines.append("  " + output.text("deadline", seconds=f"{connection.timeout:g}"))
    kind = CallRefused if code in _NEGATIVE else CallInvalid if code in _INVALID else CallFailed
    return kind(lines, data, as_json=output.as_json)


def _from_details(status: Status, data: dict[str, object], output: Output) -> list[str]:
    lines = []
    info, bad, retry = details.ErrorInfo(), details.BadRequest(), details.RetryInfo()
    for detail in status.details:
        if detail.Unpack(info):
            data["reason"] = info.reason
            lines.append("  " + output.text("reason", reason=info.reason))
        elif detail.Unpack(bad):
            data["fields"] = {v.field: v.description for v in bad.field_violations}
            lines += [f"  {v.field}: {v.description}" for v in bad.field_violations]
        elif detail.Unpack(retry):
            seconds = retry.retry_delay.ToTimedelta().total_seconds()
            data["retry_after_seconds"] = seconds
            lines.append("  " + output.text("retry_after", seconds=f"{seconds:g}"))
    return lines
