"""Rule: whatever fails in the process, its exit code is never that of a verdict, and it says one line at most."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from certsvc.verifier import __main__ as program
from certsvc.verifier.verdict import rfc3339
from tests.trust_kit import NOW, TrustKit

KIT = TrustKit()
TOKEN = KIT.certificate()


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("bundle") / "bundle.json"
    path.write_bytes(KIT.bundle())
    return ["--root", KIT.pin, "--bundle", str(path), "--at", rfc3339(NOW)]


def raising(error: BaseException) -> Callable[..., int]:
    def run(*_: object) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RuntimeError("a\nb\x1b[2J\u00f1"), 2, "certsvc verify: RuntimeError('a\\nb\\x1b[2J\\xf1')\n"),
        (MemoryError(), 2, "certsvc verify: MemoryError()\n"),
        (RecursionError("deep"), 2, "certsvc verify: RecursionError('deep')\n"),
        (OSError(errno.ENOSPC, "full"), 2, f"certsvc verify: OSError({errno.ENOSPC}, 'full')\n"),
        (BrokenPipeError(), 2, ""),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_error_ends_in_a_code_that_is_no_verdict(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "run", raising(error))
    assert program.main([]) == code
    assert capsys.readouterr() == ("", said)


def test_it_runs_on_the_arguments_given_or_on_those_of_the_process(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main([*arguments, TOKEN]) == 0
    monkeypatch.setattr(sys, "argv", ["verify", *arguments, TOKEN])
    assert program.main() == 0
    first, second = capsys.readouterr().out.split("V\u00c1LIDO")[1:]
    assert first == second


@pytest.mark.parametrize(("closed", "code"), [("stdin", 2), ("stdout", 2), ("stderr", 2)])
def test_a_stream_that_was_closed_before_the_start_is_an_error_of_the_call(
    arguments: list[str], closed: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, closed, None)
    assert program.main(arguments) == code


def test_a_token_given_as_argument_needs_no_standard_input(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert program.main([*arguments, TOKEN]) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("streams", [("stdout",), ("stderr",), ("stdout", "stderr")], ids="+".join)
def test_an_output_that_is_full_is_no_verdict(arguments: list[str], streams: tuple[str, ...], tmp_path: Path) -> None:
    """A process of its own, since Python tries once more at exit, and would end with 120."""
    bad = tmp_path / "bad.json"
    bad.write_bytes(b"{}")  # refused, so that something is said on standard error
    command = [sys.executable, "-m", "certsvc.verifier", "--root", KIT.pin, "--bundle", str(bad), TOKEN]
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=full if "stdout" in streams else subprocess.DEVNULL,
            stderr=full if "stderr" in streams else subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 2
    if "stderr" not in streams:
        assert b"Traceback" not in ran.stderr
        assert ran.stderr.endswith(b"No space left on device')\n")


def test_an_input_that_breaks_off_is_no_verdict(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(io.BytesIO):
        lines = 1

        def readline(self, size: int | None = -1, /) -> bytes:
            self.lines -= 1
            if self.lines < 0:
                raise OSError(errno.EIO, "Input/output error")
            return TOKEN.encode() + b"\n"

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Broken()))
    assert program.main(arguments) == 2
    assert capsys.readouterr().err == "certsvc verify: standard input: Input/output error\n"
