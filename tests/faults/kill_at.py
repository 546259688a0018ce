"""Runs the service and kills it, SIGKILL, at the n-th point where a chosen coroutine is suspended.

    python -m tests.faults.kill_at DIR READY POINT N

POINT is a name in `POINTS`. A suspension is counted twice: when the coroutine gives up control (what it waits
for may or may not happen) and when it gets control back (it has happened). Counting begins at the first call
after the file READY.arm exists. At the end of each counted call the count is written to READY.points; with
N = 0 nothing is killed.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

from certsvc import app
from certsvc.config import load
from certsvc.service.complete import CompleteApplication
from certsvc.service.follow import FollowAgency, Patience
from certsvc.service.issue import IssueCertificate
from certsvc.service.publish import PublishStatus
from certsvc.service.receive_events import ReceiveEvents
from certsvc.service.revoke import RevokeCertificate
from certsvc.store.places import Places
from certsvc.store.postgres import PostgresStore
from certsvc.store.queue import Queue
from certsvc.store.recorder import Recorder

POINTS: dict[str, tuple[type, str]] = {
    "issue": (IssueCertificate, "__call__"),
    "commit": (Recorder, "_flush"),
    "lease": (Places, "lease"),
    "complete": (CompleteApplication, "__call__"),
    "claim": (PostgresStore, "claim"),
    "renew": (PostgresStore, "renew"),
    "revoke": (RevokeCertificate, "__call__"),
    "publish": (PublishStatus, "_run"),
    "receive": (ReceiveEvents, "__call__"),
    "follow": (FollowAgency, "_record"),
}


class Points:
    """Counts suspension points once armed, and ends the process at the chosen one."""

    def __init__(self, ready: Path, at: int) -> None:
        self.at = at
        self.count = 0
        self._arm = ready.with_suffix(".arm")
        self._log = ready.with_suffix(".points")

    @property
    def armed(self) -> bool:
        return self._arm.exists()

    def reached(self) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def ended(self) -> None:
        self._log.write_text(str(self.count))


class Watched:
    """An awaitable that counts every suspension of the coroutine it drives."""

    def __init__(self, inner: Awaitable[Any], points: Points) -> None:
        self.inner = inner
        self.points = points

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self.inner.__await__()
        resume: Callable[[], Any] = functools.partial(next, steps)
        self.points.reached()
        while True:
            try:
                waited_for = resume()
            except StopIteration as ended:
                self.points.reached()
                self.points.ended()
                return ended.value
            self.points.reached()
            try:
                value = yield waited_for
            except BaseException as error:
                resume = functools.partial(steps.throw, error)
            else:
                resume = functools.partial(steps.send, value)
            self.points.reached()


def watch(owner: type, method: str, points: Points) -> None:
    """Makes every call of this coroutine method count its suspensions."""
    original = getattr(owner, method)

    @functools.wraps(original)
    async def counted(*args: Any, **kwargs: Any) -> Any:
        call = original(*args, **kwargs)
        return await (Watched(call, points) if points.armed else call)

    setattr(owner, method, counted)


def main() -> None:
    """Serves, watched. A dead worker's job, lease or stream is taken up after a second instead of half a minute."""
    directory, ready, point, at = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    owner, method = POINTS[point]
    watch(owner, method, Points(ready, at))
    setattr(app, "LEASE", timedelta(seconds=1))  # noqa: B010  in this process only
    setattr(app, "Queue", functools.partial(Queue, heartbeat=1.0, look_every=0.5))  # noqa: B010  in this process only
    quick = Patience(first=0.05, last=0.5, lease=1.0)
    setattr(app.events, "FollowAgency", functools.partial(FollowAgency, patience=quick))  # noqa: B010
    asyncio.run(app.serve(load(directory), ready))


if __name__ == "__main__":
    main()
