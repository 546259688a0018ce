"""Rule: `certsvc verify` is the verifier's own command; nothing between takes or adds an argument."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from certsvc.cli.main import run
from certsvc.verifier import __main__ as program
from certsvc.verifier.verdict import rfc3339
from tests.trust_kit import NOW, TrustKit

KIT = TrustKit()
TOKEN = KIT.certificate()


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("bundle") / "bundle.json"
    path.write_bytes(KIT.bundle(lists=[KIT.status_list({8: 1})]))
    return ["--root", KIT.pin, "--bundle", str(path), "--at", rfc3339(NOW)]


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["--help"],
        ["-h"],
        ["--"],
        ["--", "--help"],
        ["--", "--"],
        ["x", "--", "-h", "--"],
        ["--version", "--lang=en"],
    ],
    ids=" ".join,
)
def test_every_argument_arrives_as_it_was_given(given: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def main(argv: tuple[str, ...]) -> int:
        seen.append(list(argv))
        return 3

    monkeypatch.setattr(program, "main", main)
    assert run(["verify", *given]) == 3
    assert seen == [given]


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_alone_ends_in_0_and_a_token_that_asks_for_help_in_2(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", word]) == 0
    assert "--trust-store" in capsys.readouterr().out
    assert run(["verify", *arguments, word]) == 2
    assert run(["verify", *arguments, "--", word]) == 4


@pytest.mark.parametrize(("index", "code"), [(7, 0), (8, 1)])
def test_the_verdict_gives_the_exit_status(arguments: list[str], index: int, code: int) -> None:
    assert run(["verify", *arguments, KIT.certificate(status_index=index)]) == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_output_that_is_full_does_not_end_as_a_verdict_does(arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "certsvc.cli", "verify", *arguments, TOKEN],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 2
    assert ran.stderr.count(b"\n") == 1


def test_a_reader_that_leaves_does_not_end_as_a_verdict_does(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "certsvc.cli", "verify", *arguments, TOKEN]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 2
