"""The importing process is killed, SIGKILL, at each suspension: all of the file is current, or nothing is there."""

from __future__ import annotations

import asyncio
import multiprocessing
from pathlib import Path

import asyncpg
import pytest

from certsvc.service.import_file import Ending
from certsvc.store.files import _SPACE
from tests.debtor_files import bring, contents_now, firms
from tests.faults import import_at

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.faults.import_at"])


def killed(dsn: str, agency: str, counted: Path, at: int) -> int | None:
    process = _PROCESSES.Process(target=import_at.run, args=(dsn, agency, str(counted), at))
    process.start()
    process.join(60)
    return process.exitcode


async def gone(dsn: str, agency: str) -> None:
    """Returns once the server has noticed that the process is dead: the agency's lock is free."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _SPACE, agency)
    await connection.close()


@pytest.mark.timeout(300)
def test_killed_while_importing_leaves_all_of_the_file_or_nothing(database: str, tmp_path: Path) -> None:
    counted = tmp_path / "import.points"
    assert killed(database, "uncounted", counted, 0) == 0
    total = int(counted.read_text())
    assert total > 20
    whole = 0
    for at in range(1, total + 1):
        agency = f"agency_{at}"
        before = contents_now(database)
        assert killed(database, agency, counted, at) == -9
        asyncio.run(gone(database, agency))
        after = contents_now(database)
        if after != before:
            whole += 1
            rows = [name for name in after if name.startswith("debtor_row_") and name not in before]
            assert len(rows) == 1
            assert len(after[rows[0]]) == import_at.FIRMS
            assert len(after["debtor_file"]) == len(before["debtor_file"]) + 1
            assert len(after["audit_leaf"]) == len(before["audit_leaf"]) + 1
        ending = asyncio.run(bring(database, firms(import_at.FIRMS), agency=agency)).ending
        assert ending is (Ending.SAME if after != before else Ending.CURRENT)
    assert 0 < whole < total / 2, "the commit is near the end"
