"""A client in another language, made from the contract alone, gets its certificate over mutual TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from certsvc.core.model import ApplicationState
from certsvc.server.tls import TlsFiles
from tests.node_client import require_node, run_node_client
from tests.server import fakes
from tests.server.conftest import Running, Start

# The first test of a machine installs the packages.
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(autouse=True)
def _node() -> None:
    require_node()


async def apply(running: Running, ca: Path, folder: Path, **options: str) -> tuple[int, dict[str, Any]]:
    certificate, key = running.authority.issue_client("programme", "node").write(folder, "client")
    return await run_node_client(
        address=running.server.address,
        ca=ca,
        certificate=certificate,
        key=key,
        kind="cr.cedula_juridica",
        identifier=options.pop("identifier", "3-101-123456"),
        facts={"head_count": "7", "sector": "food"},
        **options,
    )


async def test_a_node_client_applies_and_fetches_its_certificate(
    running: Running, tls_files: TlsFiles, tmp_path: Path
) -> None:
    code, answer = await apply(running, tls_files.client_authorities, tmp_path)
    assert code == 0, answer
    assert answer["application"]["state"] == "STATE_GRANTED"
    assert answer["certificate"]["token"] == "header.payload.signature"
    request, _ = running.fakes.seen[0]
    assert request.caller == "programme/node"
    assert {str(f.name): str(f.value) for f in request.declared} == {"head_count": "7", "sector": "food"}


async def test_a_node_client_waits_for_a_pending_application(start: Start, tls_files: TlsFiles, tmp_path: Path) -> None:
    running = await start(fakes.Fakes(state=ApplicationState.PENDING))

    async def decide() -> None:
        # The change is there before the watch begins: a watch must see the last change in any case.
        request, _ = running.fakes.seen[0]
        running.fakes.changes.put_nowait(fakes.application(request, ApplicationState.GRANTED))

    running.fakes.before = decide
    code, answer = await apply(running, tls_files.client_authorities, tmp_path, within="30")
    assert code == 0, answer
    assert answer["application"]["state"] == "STATE_GRANTED"
    assert answer["certificate"]["name"] == f"certificates/{fakes.SERIAL}"


async def test_a_node_client_is_told_the_reason_of_an_error(
    running: Running, tls_files: TlsFiles, tmp_path: Path
) -> None:
    code, answer = await apply(running, tls_files.client_authorities, tmp_path, identifier="12")
    assert code == 1
    assert (answer["error"]["code"], answer["error"]["reason"]) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
