"""`certsvc serve`: the service, until it is told to stop."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("serve")
@click.option(
    "--config",
    required=True,
    envvar="CERTSVC_CONFIG",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with certsvc.toml.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Written once everything answers: JSON with the pid and the addresses.",
)
@click.option("--die-with-parent", is_flag=True, help="End when the starting process ends (Linux).")
def command(config: Path, ready_file: Path | None, die_with_parent: bool) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    if die_with_parent:
        import os

        from certsvc import system

        system.die_with_parent(os.getppid())
    from certsvc.config import load

    settings = load(config)

    import uvloop

    from certsvc.app import serve

    uvloop.run(serve(settings, ready_file))
