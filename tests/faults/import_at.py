"""Imports a small debtor file and kills its own process, SIGKILL, at the n-th suspension; see `kill_at`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.debtor_files import bring, firms
from tests.faults.kill_at import Points, Watched

FIRMS = 40


def run(dsn: str, agency: str, counted: str, at: int) -> None:
    """Imports for the agency, killed at point `at`, 0 for never; how many points there were goes to `counted`."""

    async def watched() -> None:
        await Watched(bring(dsn, firms(FIRMS), agency=agency), Points(Path(counted), at))

    asyncio.run(watched())
