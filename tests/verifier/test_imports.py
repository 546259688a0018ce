"""The verifier starts light: it loads `cryptography` and nothing of the service."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "grpc",
    "google",
    "asyncpg",
    "asyncio",
    "ssl",
    "dataclasses",
    "socket",
    "aiohttp",
    "pydantic",
    "click",
    "datetime",
    "hashlib",
)
BASELINE = """
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
"""


def loaded(code: str) -> set[str]:
    """The top-level modules that a child process holds after this code."""
    program = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("module", ["certsvc.verifier", "certsvc.verifier.command"])
def test_importing_loads_nothing_heavy_beyond_cryptography(module: str) -> None:
    assert (loaded(f"import {module}") - loaded(BASELINE)).isdisjoint(HEAVY)


def test_importing_the_library_does_not_load_the_command() -> None:
    assert "argparse" not in loaded("import certsvc.verifier") - loaded(BASELINE)
