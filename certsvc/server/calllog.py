"""One structured line for each call, and the cause of each failure that an operator must look into.

No line holds a name, an identifier, an amount or an error's own message: messages may quote what a caller sent.
"""

from __future__ import annotations

import traceback
from typing import NamedTuple

import structlog

log = structlog.get_logger("certsvc.server")


class Finished(NamedTuple):
    """How a call ended. `reason` is empty unless it failed; `seconds` is the time from first to last byte handled."""

    method: str
    caller: str
    code: str
    reason: str
    seconds: float
    incident: str = ""


def log_finished(call: Finished) -> None:
    """Writes the call's line."""
    fields: dict[str, object] = {
        "method": call.method,
        "caller": call.caller,
        "code": call.code,
        "ms": round(call.seconds * 1000, 2),
    }
    if call.reason:
        fields["reason"] = call.reason
    if call.incident:
        fields["incident"] = call.incident
    log.info("call", **fields)


def log_cause(error: BaseException, method: str, incident: str) -> None:
    """Writes where the error and its causes arose: types and lines of code, no messages."""
    log.error("call_failed", method=method, incident=incident, cause=_chain(error))


def _chain(error: BaseException) -> list[str]:
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None and len(lines) < 100:
        lines.append(type(current).__qualname__)
        frames = traceback.extract_tb(current.__traceback__)[-12:]
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return lines
