"""The call being answered: who asks, and how long there is. Set by the interceptor, read by the servicers."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple

from certsvc.server.caller import Caller


class Call(NamedTuple):
    """One call in progress. `within` is the time in seconds that a use case may take."""

    caller: Caller
    within: float


CURRENT: ContextVar[Call] = ContextVar("certsvc_call")
