"""Attempts at pending applications, as work for the queue.

Invariants
- Every pending application has a job: it is queued in the transaction that makes or moves the application, and a
  sweep finds any that lost theirs.
- A job that was overtaken does nothing. One whose application another worker holds is looked at again, since that
  worker may die with it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from certsvc.core.model import ApplicationState
from certsvc.service.agency_records import Urgency
from certsvc.service.records import Application
from certsvc.store.jobs import ATTEMPT, Job, attempt, enqueue, read_attempt
from certsvc.store.statements import statement

if TYPE_CHECKING:
    from pgqueuer.adapters.persistence.queries import Queries

_log = logging.getLogger(__name__)

_WITHOUT_JOB = statement("pending_without_job")
_SWEEP_BATCH = 500
_LOOK_AGAIN = timedelta(seconds=2)

Complete = Callable[[str, int, Urgency], Awaitable[Application | None]]
"""The application after the next attempt (application id, attempts made, urgency); see service.complete."""


class Attempts:
    """Runs `complete` for each attempt that is due; fits `certsvc.store.queue.Work`."""

    entrypoint = ATTEMPT

    def __init__(self, complete: Complete) -> None:
        self._complete = complete

    async def run(self, payload: str, urgency: Urgency) -> timedelta | None:
        """Makes the attempt; after how long to look again if another worker holds the application, else None."""
        application_id, attempts = read_attempt(payload)
        application = await self._complete(application_id, attempts, urgency)
        if application is None or application.state is not ApplicationState.PENDING:
            return None
        return _LOOK_AGAIN if application.attempts == attempts else None

    async def sweep(self, ours: Queries) -> None:
        """Queues every pending application that has no job."""
        while True:
            values = {"entrypoint": ATTEMPT, "batch": _SWEEP_BATCH}
            rows = await ours.driver.fetch(_WITHOUT_JOB.sql, *[values[name] for name in _WITHOUT_JOB.names])
            if not rows:
                return
            _log.warning("queue: %d pending applications had no job", len(rows))
            await enqueue(ours, [_job(row) for row in rows])
            if len(rows) < _SWEEP_BATCH:
                return


def _job(row: dict[str, Any]) -> Job:
    urgency = Urgency.URGENT if row["woken"] else Urgency.LIVE
    return attempt(str(row["id"]), row["attempts"], row["execute_after"], urgency)
