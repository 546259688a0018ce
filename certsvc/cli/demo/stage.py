"""The processes of the demo: each started by us, awaited by its ready file, and ended by us.

Invariant: when the stage is left, by whatever way, no process that it started is left running. If the demo
itself is killed, the kernel ends its servers (Linux).
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from certsvc.core.errors import CertsvcError

START_WITHIN = 60.0
STOP_WITHIN = 30.0


class StageError(CertsvcError):
    """A process of the demo did not start or failed; the message holds the end of its log."""


class Process:
    """One server, with its log."""

    def __init__(self, name: str, arguments: Sequence[str], work: Path) -> None:
        self.name = name
        self._log = work / f"{name}.log"
        self._ready = work / f"{name}.json"
        self._ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._process = _start([*arguments, "--ready-file", str(self._ready), "--die-with-parent"], log)

    def ready(self) -> dict[str, str]:
        """What the server wrote once it answered. Raises StageError."""
        pause, waited = threading.Event(), 0.0
        while not self._ready.exists():
            if self._process.poll() is not None or waited > START_WITHIN:
                raise StageError(f"{self.name} did not start:\n{self.log_end()}")
            # Polled, since a file is the one sign that every server gives alike; nothing is raced.
            pause.wait(0.02)
            waited += 0.02
        return {key: str(value) for key, value in json.loads(self._ready.read_bytes()).items()}

    def stop(self) -> None:
        """Asks it to end, and ends it if it does not."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log_end(self) -> str:
        """The last lines that it logged."""
        return "\n".join(self._log.read_text("utf-8", "replace").splitlines()[-20:])


def run(module: str, arguments: Sequence[str], expected: Sequence[int] = (0,)) -> tuple[int, str]:
    """Runs a module of ours in a process of its own; its status and output. Raises StageError for another status."""
    process = _start(["-m", module, *arguments], subprocess.PIPE)
    try:
        printed, failed = process.communicate(timeout=START_WITHIN)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode not in expected:
        raise StageError(f"{module} ended with {process.returncode}:\n{printed.decode()}{failed.decode()}")
    return process.returncode, printed.decode()


def _start(arguments: Sequence[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  our own modules, with arguments of our own
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        # A session of its own: Ctrl-C reaches us alone, and we end the servers in order.
        start_new_session=True,
    )
