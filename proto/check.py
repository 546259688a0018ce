"""Holds the API contract: `python proto/check.py` exits 1 and says why if any of this fails.

1 `certsvc/v1` is, byte for byte, what the proto files generate.
2 The proto files pass `buf lint` with the rules of `buf.yaml`.
3 Nothing breaks callers of the committed baseline, `baseline.binpb` (`buf breaking`).

`python proto/check.py --renew-baseline` makes the present files the baseline. Do so when a version is
released, never to silence a failure of step 3.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from generate import PACKAGE, PROTO, build_image, generate

BASELINE = PROTO / "baseline.binpb"
CONFIG = PROTO / "buf.yaml"


def stale(scratch: Path) -> list[str]:
    """The files of `certsvc/v1` that differ from what is generated now."""
    generate(scratch)
    fresh, kept = scratch / PACKAGE, PROTO.parent / PACKAGE
    names = {p.name for folder in (fresh, kept) for p in folder.glob("*.py*") if p.is_file()}
    return sorted(name for name in names if _read(fresh / name) != _read(kept / name))


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def buf(*arguments: str) -> str:
    """What buf complains of; empty if nothing."""
    command = [str(Path(sysconfig.get_path("scripts")) / "buf"), *arguments, "--config", str(CONFIG)]
    ran = subprocess.run(command, cwd=PROTO, capture_output=True, text=True, check=False)  # noqa: S603  our own arguments
    return "" if ran.returncode == 0 else (ran.stdout + ran.stderr).strip() or f"buf exited {ran.returncode}"


def faults() -> list[str]:
    """One text for each of the three rules that is broken."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        if differing := stale(scratch):
            found.append(f"certsvc/v1 differs from what proto/generate.py writes; run it: {', '.join(differing)}")
        image = scratch / "image.binpb"
        build_image(image, comments=True)
        if complaint := buf("lint", str(image)):
            found.append(f"buf lint:\n{complaint}")
        if complaint := buf("breaking", str(image), "--against", str(BASELINE)):
            found.append(f"buf breaking, against proto/baseline.binpb:\n{complaint}")
    return found


def main(arguments: list[str]) -> int:
    """The exit code."""
    if arguments == ["--renew-baseline"]:
        build_image(BASELINE, comments=False)
        return 0
    if arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    found = faults()
    for fault in found:
        sys.stderr.write(f"proto: {fault}\n")
    if not found:
        sys.stdout.write("proto: generated code, lint and compatibility are in order\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
