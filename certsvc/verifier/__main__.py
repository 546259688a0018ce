"""`python -m certsvc.verifier`: verifies certificates offline."""

from __future__ import annotations

import os
import sys
import time

from certsvc.verifier.command import USAGE, run


def main() -> int:
    """Runs the command on this process's arguments, streams and clock."""
    try:
        code = run(sys.argv[1:], sys.stdin.buffer, sys.stdout, sys.stderr, int(time.time()))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader left. Python would complain again when it closes the stream at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
