"""A folder that `certsvc init` wrote, and a way to change its configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from certsvc.cli.main import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fresh development folder."""
    made = tmp_path / "service"
    assert run(["init", str(made), "--json"]) == 0
    return made


@pytest.fixture
def edit(folder: Path) -> Callable[[str, str], None]:
    """Replaces one piece of the configuration's text."""

    def replace(old: str, new: str) -> None:
        file = folder / "certsvc.toml"
        text = file.read_text()
        assert text.count(old) == 1, old
        file.write_text(text.replace(old, new))

    return replace
