"""A stage for each test: agencies, a configured folder, a fresh database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.stack import Stage, stage


@pytest.fixture
async def on_stage(tmp_path: Path, database: str) -> AsyncIterator[Stage]:
    """Everything but the service itself."""
    async with stage(tmp_path, database) as made:
        yield made
