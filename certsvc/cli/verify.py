"""`certsvc verify`: the offline verifier, the same as `python -m certsvc.verifier`."""

from __future__ import annotations

import sys
import time

import click


# The verifier reads its own options, so that both commands are one.
@click.command("verify", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Verify certificates offline. See: certsvc verify --help."""
    from certsvc.verifier.command import run

    raise click.exceptions.Exit(run(arguments, sys.stdin.buffer, sys.stdout, sys.stderr, int(time.time())))
