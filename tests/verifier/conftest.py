"""The Node oracle, installed once for all test processes; and the profile of the property tests."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests import strategies as strategies
from tests.node_client import require_node

NODE = Path(__file__).resolve().parent.parent / "vectors" / "node"
FILES = ("package.json", "package-lock.json", "verify.mjs")

Verifier = Callable[[Sequence[tuple[str, dict[str, str]]]], list[dict[str, str]]]


@pytest.fixture(scope="session")
def npm_jose() -> Verifier:
    """Verifies pairs of token and public JWK with npm jose: `payload` in base64url, or `error`."""
    require_node()
    folder = _installed()

    def verify(pairs: Sequence[tuple[str, dict[str, str]]]) -> list[dict[str, str]]:
        asked = json.dumps([{"token": token, "jwk": jwk} for token, jwk in pairs])
        ran = subprocess.run(
            ["node", "verify.mjs"], cwd=folder, input=asked, capture_output=True, text=True, timeout=60, check=True
        )
        verdicts: list[dict[str, str]] = json.loads(ran.stdout)
        return verdicts

    return verify


def _installed() -> Path:
    """The oracle with its package, in a folder that is named by its content and never changed once complete."""
    digest = hashlib.sha256(b"".join((NODE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"certsvc-jose-{os.getuid()}-{digest}"
    folder.mkdir(exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for name in FILES:
                shutil.copy(NODE / name, folder)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
            assert ran.returncode == 0, ran.stderr
            (folder / "complete").touch()
    return folder
