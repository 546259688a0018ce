"""The Python example of the API's README runs as it is printed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from certsvc.server.tls import TlsFiles
from tests.server.conftest import Running

README = Path(__file__).resolve().parents[2] / "proto" / "README.md"


async def test_the_python_example_gets_a_certificate(running: Running, tls_files: TlsFiles, tmp_path: Path) -> None:
    _, _, after = README.read_text(encoding="utf-8").partition("```python\n")
    code, _, _ = after.partition("```")
    assert "localhost:7443" in code
    running.authority.issue_client("programme", "python").write(tmp_path, "client")
    (tmp_path / "ca.crt").write_bytes(tls_files.client_authorities.read_bytes())
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        # The folder of the example holds its certificates, so the package is found by path.
        f"import sys; sys.path.insert(0, {str(README.parent.parent)!r})\n"
        + code.replace("localhost:7443", running.server.address),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert out.decode() == "STATE_GRANTED header.payload.signature\n", err.decode()
