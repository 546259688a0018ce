"""What a bench ran on, and the CPU time that processes have used, from /proc."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend

from certsvc.store.embedded_process import VERSION

_TICK = os.sysconf("SC_CLK_TCK")
_PACKAGES = ("grpcio", "protobuf", "asyncpg", "uvloop", "cryptography", "orjson", "aiohttp")


def describe() -> dict[str, str]:
    """The machine, and the versions of what is measured."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    return {
        "machine": f"{processor}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "versions": ", ".join(
            [f"Python {platform.python_version()}", f"PostgreSQL {VERSION}", backend.openssl_version_text()]
            + [f"{name} {version(name)}" for name in _PACKAGES]
        ),
    }


def process_cpu(pid: int) -> float:
    """CPU seconds of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def postgres_cpu(postmaster: int) -> float:
    """CPU seconds of the live processes of the server, and of those it has waited for."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(path.parent.name) == postmaster:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == postmaster:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK
