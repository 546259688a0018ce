"""Runs the Node example of `proto/examples/node` against any running server."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

PROTO = Path(__file__).resolve().parent.parent / "proto"
EXAMPLE = PROTO / "examples" / "node"


def require_node() -> None:
    """Skips the test where there is no Node, but never in CI."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have node and npm")
        pytest.skip("node or npm is not installed")


def installed_example() -> Path:
    """The example with its packages installed, in a folder shared by all test processes of this machine and user."""
    parts = [*(EXAMPLE / name for name in ("package.json", "package-lock.json", "apply.js")), PROTO / "baseline.binpb"]
    version = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    # Named by its content and never changed once complete, so that parallel tests can share it.
    root = Path(tempfile.gettempdir()) / f"certsvc-node-{os.getuid()}-{version}"
    folder = root / "examples" / "node"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "complete").exists():
            for part in parts:
                shutil.copy(part, root / part.relative_to(PROTO))
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
            assert ran.returncode == 0, ran.stderr
            (root / "complete").touch()
    return folder


async def run_node_client(
    *,
    address: str,
    ca: Path,
    certificate: Path,
    key: Path,
    kind: str,
    identifier: str,
    facts: Mapping[str, str],
    **options: str,
) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON that the example prints. Further options are passed on: `within="5"`."""
    folder = await asyncio.to_thread(installed_example)
    values = {
        "address": address,
        "ca": str(ca),
        "cert": str(certificate),
        "key": str(key),
        "kind": kind,
        "id": identifier,
        "facts": json.dumps(dict(facts)),
        **{name.replace("_", "-"): value for name, value in options.items()},
    }
    arguments = [text for name, value in values.items() for text in (f"--{name}", value)]
    process = await asyncio.create_subprocess_exec(
        "node", "apply.js", *arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert out, err.decode()
    return process.returncode or 0, json.loads(out)
