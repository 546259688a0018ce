"""The committed contract, the generated code, the README and the server say the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from certsvc.server.errors import ANSWERS, INTERNAL, Answer

PROTO = Path(__file__).resolve().parents[2] / "proto"


def check(proto: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(proto / "check.py")]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_generated_code_lint_and_compatibility_hold() -> None:
    ran = check(PROTO)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("proto/certsvc/v1/enterprise.proto", "string citation = 6", "string citation = 99", "buf breaking"),
        ("proto/certsvc/v1/enterprise.proto", "string citation = 6", "string Citation = 6", "buf lint"),
        ("certsvc/v1/enterprise_pb2.pyi", "class Reason", "class Grund", "certsvc/v1 differs"),
    ],
)
def test_a_break_of_the_contract_is_noticed(tmp_path: Path, name: str, old: str, new: str, complaint: str) -> None:
    for folder in ("proto", "certsvc/v1"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(PROTO.parent / folder, tmp_path / folder, ignore=ignored)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    ran = check(tmp_path / "proto")
    assert ran.returncode == 1
    assert complaint in ran.stderr


def row(answer: Answer) -> str:
    wait = f"{answer.retry_after:g} s" if answer.retry_after is not None else ""
    return f"| {answer.code.name} | `{answer.reason}` | {answer.text} | {wait} |"


def error_table() -> str:
    """The table as the README must have it."""
    head = ["| code | reason | text | retry after |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *map(row, (*ANSWERS.values(), INTERNAL))])


def test_the_readme_lists_every_error_as_it_is_sent() -> None:
    readme = (PROTO / "README.md").read_text(encoding="utf-8")
    _, _, after = readme.partition("compares -->\n")
    table, _, _ = after.partition("\n<!-- end of errors -->")
    assert table == error_table(), f"put this into proto/README.md:\n{error_table()}"
