"""`python -m certsvc.agencies.sandbox`: the agencies as a process."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

from certsvc.agencies.sandbox.limits import PUBLISHED, Limits
from certsvc.agencies.sandbox.server import run
from certsvc.system import die_with_parent


def main() -> None:
    """Parses the arguments and serves until told to end."""
    parent = os.getppid()
    parser = argparse.ArgumentParser(prog="python -m certsvc.agencies.sandbox", description=__doc__)
    parser.add_argument("--scenario", type=Path, help="scenario in TOML; the shipped one if absent")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="HTTP port, gRPC takes the next two; 0 for free ones")
    parser.add_argument("--ready-file", type=Path, help="is written, with the addresses, once all agencies answer")
    parser.add_argument("--die-with-parent", action="store_true", help="end when the starting process ends")
    parser.add_argument("--unlimited", action="store_true", help="hacienda blocks nobody, however often it is asked")
    options = parser.parse_args()
    if options.die_with_parent:
        die_with_parent(parent)
    limits = Limits() if options.unlimited else PUBLISHED
    asyncio.run(run(options.scenario, options.host, options.port, options.ready_file, limits))


if __name__ == "__main__":
    main()
