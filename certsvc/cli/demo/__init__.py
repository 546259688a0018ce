"""`certsvc demo`: the whole job on one machine, and a check that every step ends as it must."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from certsvc.cli.output import Output, output_options


@click.command("demo")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Keep certificates and bundle there.")
@output_options
def command(out: Path | None, output: Output) -> None:
    """Show the whole job with eleven invented enterprises.

    Starts a database, four agencies and the service; applies; stops them all and verifies offline;
    then revokes one certificate and tries to cheat. Exit status 1 if anything ends otherwise than it must.
    """
    from certsvc.cli.demo.acts import Play
    from certsvc.cli.demo.show import Show

    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="certsvc-demo-")))
        show = Show(output)
        play = stack.enter_context(Play(work, out or work / "out", show))
        play.first_act()
        play.second_act()
        show.end(None if out is None else out)
    if show.surprises:
        raise click.exceptions.Exit(1)
