"""A configured service folder, with agencies and a database that outlive each server process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from certsvc.cli.main import run
from tests.faults.service import SCENARIO, Child


class World(NamedTuple):
    """What every server process of a test shares."""

    data: Path
    work: Path
    dsn: str
    environment: dict[str, str]

    def serve(self, point: str, at: int) -> Child:
        """A server that is killed at the `at`-th suspension of `point`, 0 for never."""
        ready = self.work / "serve.json"
        for suffix in (".arm", ".points"):
            ready.with_suffix(suffix).unlink(missing_ok=True)
        arguments = ["-m", "tests.faults.kill_at", str(self.data), str(ready), point, str(at)]
        return Child(arguments, ready, self.environment)


@pytest.fixture
def world(tmp_path: Path, database: str) -> Iterator[World]:
    """Agencies run; the folder is written; no server runs yet."""
    agencies = tmp_path / "agencies.json"
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    options = ["--scenario", str(scenario), "--ready-file", str(agencies)]
    with Child(["-m", "certsvc.agencies.sandbox", *options], agencies) as sandbox:
        sandbox.ready()
        data = tmp_path / "data"
        listen = ["--listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0", "--issuer", "https://certs.example"]
        assert run(["init", str(data), "--json", "--sandbox-agencies", str(agencies), *listen]) == 0
        environment = {
            "CERTSVC__DATABASE__DSN": database,
            "CERTSVC__PENDING__FIRST_RETRY_SECONDS": "0.1",
            "CERTSVC__PENDING__LAST_RETRY_SECONDS": "0.5",
        }
        yield World(data, tmp_path, database, environment)
