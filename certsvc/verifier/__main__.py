"""`python -m certsvc.verifier`: verifies certificates offline."""

from __future__ import annotations

import io
import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

from certsvc.verifier.command import USAGE, run

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command on this process's streams and clock; the exit code. `argv`: this process's if None.

    Whatever fails, it raises nothing and never ends in a verdict's code: the code is then USAGE, 130 if interrupted.
    """
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        pass  # the reader left, and wants to hear no more
    except Exception as error:
        _say(error)  # uncaught, it would end the process with 1, the code of REVOKED
    _flush(sys.stdout)
    _flush(sys.stderr)
    return USAGE


def _run(argv: Sequence[str]) -> int:
    # A stream that was closed before the start is None. The next file opened takes its number, and what a library
    # writes to it would end up in that file; so only the input may be missing.
    stdin = sys.stdin.buffer if sys.stdin is not None else io.BytesIO()
    if sys.stdout is None or sys.stderr is None:
        raise OSError("standard output or standard error is closed")
    code = run(argv, stdin, sys.stdout, sys.stderr, int(time.time()))
    # Here and not at the end of the process, where a failure is past catching.
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _say(error: Exception) -> None:
    """One line on standard error, if that can be written; `ascii` leaves no character that commands a terminal."""
    try:
        print("certsvc verify:", ascii(error), file=sys.stderr)
    except (OSError, ValueError):
        return  # the exit code says it


def _flush(stream: TextIO | None) -> None:
    """Writes what waits in the stream, or drops it: Python would try again at exit, and end with 120."""
    if stream is None:
        return
    try:
        stream.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
