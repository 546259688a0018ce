"""`certsvc sandbox`: the agencies, as real servers on one's own machine."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("sandbox")
@click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A cast of one's own.  [default: the shipped one]",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", type=click.IntRange(0, 65533), default=0, help="For HTTP; gRPC takes the next two.  [default: free ones]"
)
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Written once all answer: JSON.")
@click.option("--unlimited", is_flag=True, help="hacienda blocks nobody, however often it is asked.")
def command(scenario: Path | None, host: str, port: int, ready_file: Path | None, *, unlimited: bool) -> None:
    """Run stand-in agencies from a scenario until SIGTERM or Ctrl-C."""
    import asyncio

    from certsvc.agencies.sandbox import PUBLISHED, Limits, run

    asyncio.run(run(scenario, host, port, ready_file, Limits() if unlimited else PUBLISHED))
