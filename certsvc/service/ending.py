"""Ending what runs beside: asked again until it ends, and never waited for longer than was agreed.

A library may take a cancel for a failure of its own, and whatever retries failures then goes on: after one cancel alone
it might run for ever. While a database hangs, even what heard the cancel takes its time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import structlog

_log = structlog.get_logger(__name__)

WITHIN = 5.0
"""Seconds that are waited for what was cancelled."""


async def ended(tasks: Collection[asyncio.Task[Any]], *, within: float = WITHIN, again: float = 1.0) -> bool:
    """Cancels the tasks each `again` seconds until they have ended; False, and a line in the log, if any has not then.

    What they raised is taken notice of and dropped.
    """
    time = asyncio.get_running_loop().time
    until = time() + within
    left = {task for task in tasks if not task.done()}
    while left and (rest := until - time()) > 0:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=min(again, rest))
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()
    if left:
        _log.error("work_left_running", tasks=sorted(task.get_name() for task in left), alert=True)
    return not left
