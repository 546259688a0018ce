"""`certsvc agency`: import what an agency hands over, say what is done while it is out, release what is held back."""

from __future__ import annotations

import click

from certsvc.cli.lazy import Lazy, LazyGroup

COMMANDS = {
    "import": Lazy("certsvc.cli.agency.load", "Import an agency's debtor file."),
    "files": Lazy("certsvc.cli.agency.files", "List the imported files."),
    "mode": Lazy("certsvc.cli.agency.mode", "Say what is done while an agency is out."),
    "release": Lazy("certsvc.cli.agency.release", "Release what is held back of an agency; needs two persons."),
    "dispute": Lazy("certsvc.cli.agency.dispute", "Open, approve, close and list disputes."),
}


@click.group("agency", cls=LazyGroup, table=COMMANDS)
def command() -> None:
    """Import debtor files, switch degraded modes, release held answers, handle disputes."""
