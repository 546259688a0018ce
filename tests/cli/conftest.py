"""A development folder, a stand-in service that uses its certificates, and the command run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from certsvc.cli.main import run
from tests.cli.standin import StandIn, serve


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `certsvc init` wrote."""
    made = tmp_path_factory.mktemp("cli") / "service"
    assert run(["init", str(made), "--json"]) == 0
    return made


@pytest.fixture
def service(folder: Path) -> Iterator[StandIn]:
    """The stand-in."""
    with serve(folder) as standin:
        yield standin


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its output as JSON."""
        return json.loads(self.out)


Certsvc = Callable[..., Ran]


@pytest.fixture
def certsvc(folder: Path, service: StandIn, capfd: pytest.CaptureFixture[str]) -> Certsvc:
    """Runs a client command against the stand-in, in English."""

    def call(*arguments: str) -> Ran:
        connection = ["--config", str(folder), "--address", service.address]
        status = run(["--lang", "en", arguments[0], *connection, *arguments[1:]])
        out, err = capfd.readouterr()
        return Ran(status, out, err)

    return call
