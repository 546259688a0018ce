"""Rules: the help imports no library of the service; every command exists; failures have a status and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from certsvc import __version__
from certsvc.cli.main import COMMANDS, cli, run
from certsvc.cli.output import language_from_environment

HEAVY = (
    "grpc",
    "google",
    "asyncpg",
    "sqlalchemy",
    "pydantic",
    "aiohttp",
    "cryptography",
    "asyncio",
    "ssl",
    "rich",
    "structlog",
)


def loaded_after(*arguments: str) -> set[str]:
    """The top-level modules that a fresh process holds after running the command."""
    program = (
        "import sys; from certsvc.cli.main import run; status = run(sys.argv[1:]); "
        "print(' '.join({m.partition('.')[0] for m in sys.modules}), file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["apply", "--help"],
        ["revoke", "--help"],
        ["init", "--help"],
        ["agency", "dispute", "open", "--help"],
    ],
)
def test_help_imports_no_library_of_the_service(arguments: list[str]) -> None:
    assert not loaded_after(*arguments) & set(HEAVY)


def test_completing_a_command_imports_no_library_of_the_service() -> None:
    program = (
        "import sys; from certsvc.cli.main import cli; "
        "c = cli.make_context('certsvc', [], resilient_parsing=True); "
        "print(*(i.value for i in cli.shell_complete(c, 're'))); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    names, modules = done.stdout.splitlines()
    assert names == "revoke republish"
    assert not {m.partition(".")[0] for m in modules.split()} & set(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name


def test_help_lists_every_command_with_its_summary() -> None:
    out = CliRunner().invoke(cli, ["--help"]).output
    for name, lazy in COMMANDS.items():
        assert f"{name} " in out
        assert lazy.summary in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert f"_CERTSVC_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["statsu"], ["apply"], ["--nonsense"], ["serve", "--config", "/nonexistent"]])
def test_wrong_usage_ends_in_2_without_a_traceback(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_wrong_name_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    run(["statsu"])
    assert "Did you mean 'status'?" in capsys.readouterr().err


def test_faults_of_the_configuration_end_serve_in_2_each_on_its_line(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "certsvc.toml").write_text('profil = "x"\n[service]\nissuer = "ftp://x"\n')
    assert run(["serve", "--config", str(folder)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 3
    assert all(line.startswith("certsvc: ") for line in lines)


def test_verify_passes_its_arguments_and_status_through(capsys: pytest.CaptureFixture[str]) -> None:
    # Without trust nothing can be told: the verifier's own status and words, not click's.
    assert run(["verify", "--help"]) == 0
    assert "--json" in capsys.readouterr().out
    assert run(["verify", "--no-such-option"]) == 2


def test_a_reader_that_leaves_early_causes_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "certsvc.cli", "--help"],
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "es_CR.UTF-8"}, "es"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "es_CR.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en", "LC_MESSAGES": "es"}, "es"),
    ],
)
def test_the_language_comes_from_the_environment_as_posix_says(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language_from_environment() == expected
