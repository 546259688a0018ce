"""The README's commands and programs do what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.cli.main import run
from certsvc.v1 import certificate_service_pb2 as pb
from tests.e2e.stack import Running, Stage
from tests.wire import request_for

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLEAR = next(m for m in load_scenario(shipped_text()).cast if m.key == "clear")


def block(name: str) -> str:
    """The code block after `<!-- run: name -->`."""
    found = re.search(rf"<!-- run: {name} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, f"the README has no block {name}"
    return found.group(1)


async def put_files(service: Running, folder: Path) -> None:
    """What the README assumes: the newest bundle and a certificate."""
    async with service.certificates() as stub:
        answer = await stub.IssueCertificate(request_for(CLEAR, str(uuid.uuid4())), timeout=30)
    (folder / "certificate.jwt").write_text(answer.application.certificate.token + "\n")
    (folder / "bundle.json").write_bytes(await service.fetch("/bundle.json"))


def ran(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


async def test_both_python_programs_and_the_command_find_a_certificate_valid(on_stage: Stage, tmp_path: Path) -> None:
    async with on_stage.serve() as service:
        await put_files(service, tmp_path)
    programs = {name: block(name).replace("THUMBPRINT", service.root) for name in ("library", "jose", "verify")}
    assert ran([sys.executable, "-c", programs["library"]], tmp_path).startswith("VALID")
    assert ran([sys.executable, "-c", programs["jose"]], tmp_path).strip().endswith("valid")
    arguments = programs["verify"].split()
    assert arguments[0] == "python"
    ran([sys.executable, *arguments[1:]], tmp_path)


async def test_the_plain_jose_program_sees_a_revocation(on_stage: Stage, tmp_path: Path) -> None:
    from certsvc.v1 import operations_service_pb2 as ops

    async with on_stage.serve() as service:
        await put_files(service, tmp_path)
        async with service.certificates() as stub:
            listed = await stub.ListCertificates(pb.ListCertificatesRequest())
        async with service.operations() as stub:
            reason = ops.REVOCATION_REASON_ARREARS
            await stub.RevokeCertificate(ops.RevokeCertificateRequest(name=listed.certificates[0].name, reason=reason))
        (tmp_path / "bundle.json").write_bytes(await service.fetch("/bundle.json"))
    program = block("jose").replace("THUMBPRINT", service.root)
    assert ran([sys.executable, "-c", program], tmp_path).strip().endswith("revoked")


async def test_the_command_lines_apply_list_show_and_revoke(
    on_stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    monkeypatch.chdir(tmp_path)
    lines = block("calls").replace("\\\n", " ").splitlines()
    assert [line.split()[1] for line in lines] == ["apply", "list", "status", "revoke"]
    async with on_stage.serve() as service:
        for line in lines:
            if "MSE-XXXX" in line:
                async with service.certificates() as stub:
                    listed = await stub.ListCertificates(pb.ListCertificatesRequest())
                line = line.replace("MSE-XXXX", listed.certificates[0].name.removeprefix("certificates/"))
            monkeypatch.setenv("CERTSVC__DATABASE__DSN", on_stage.environment["CERTSVC__DATABASE__DSN"])
            arguments = [*line.split()[1:], "--address", service.grpc_address]
            status = await asyncio.to_thread(run, arguments)
            assert status == 0, capsys.readouterr()
    assert (tmp_path / "certificate.jwt").read_text().count(".") == 2


async def test_the_command_lines_for_when_agencies_fail_are_accepted(
    on_stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CERTSVC__DATABASE__DSN", on_stage.environment["CERTSVC__DATABASE__DSN"])
    lines = block("agencies").replace("\\\n", " ").splitlines()
    async with on_stage.serve() as service:
        for line in lines:
            arguments = [*shlex.split(line, comments=True)[1:], "--address", service.grpc_address]
            assert await asyncio.to_thread(run, arguments) == 0, capsys.readouterr()
    assert "hacienda" in capsys.readouterr().out


def test_the_commands_on_rules_answer_as_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for line in block("rules").splitlines():
        assert run(shlex.split(line, comments=True)[1:]) == 0, capsys.readouterr()
    assert "freedonia" in capsys.readouterr().out


def test_the_two_commands_for_newcomers_are_the_ones_that_ci_reads() -> None:
    for name, end in (("demo", "certsvc demo"), ("test", "pytest")):
        found = re.search(rf"^<!-- {name} command -->\n```sh\n(.*?)\n```", README, re.MULTILINE | re.DOTALL)
        assert found
        assert found.group(1).endswith(end)


def test_every_file_that_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
