"""Rules: no connection without mutual TLS and a stated address; a failure to connect says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from certsvc.cli.development import Authority
from certsvc.cli.main import run
from certsvc.v1 import operations_service_pb2 as pb
from tests.cli.conftest import Certsvc
from tests.cli.standin import StandIn

STATUS = pb.GetServiceStatusResponse(version="1", rule_set="r")


@pytest.mark.parametrize(
    ("caller", "identity"),
    [
        ("programme", "programme/demo"),
        ("operator", "operator/demo"),
        ("approver", "operator/approver"),
        ("auditor", "auditor/demo"),
    ],
)
def test_each_caller_of_init_has_its_own_identity(
    certsvc: Certsvc, service: StandIn, caller: str, identity: str
) -> None:
    service.answers["GetServiceStatus"] = STATUS
    assert certsvc("status", "--as", caller).status == 0
    assert service.callers == [f"spiffe://certsvc.localhost/{identity}"]


def test_files_can_be_named_instead_of_a_folder(
    folder: Path, service: StandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    service.answers["GetServiceStatus"] = STATUS
    tls = folder / "tls"
    files = ["--ca", tls / "ca.pem", "--cert", tls / "auditor.pem", "--key", tls / "auditor.key.pem"]
    assert run(["status", "--address", service.address, *map(str, files)]) == 0
    assert service.callers == ["spiffe://certsvc.localhost/auditor/demo"]


def test_without_an_address_it_is_wrong_usage(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["status"]) == 2
    assert "--config DIR" in capfd.readouterr().err


def test_a_server_of_another_authority_is_not_talked_to(certsvc: Certsvc, service: StandIn, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    other = tmp_path / "other.pem"
    other.write_bytes(Authority(datetime.now(UTC)).files()["tls/ca.pem"])
    ran = certsvc("status", "--ca", str(other))
    assert ran.status == 3
    assert "No answer at" in ran.err
    assert not service.calls


def test_a_service_that_does_not_run_is_unavailable(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    # Port 9 is discard (RFC 863): nobody listens there.
    assert run(["--lang", "en", "status", "--config", str(folder), "--address", "127.0.0.1:9"]) == 3
    assert "Is the service running" in capfd.readouterr().err
