"""`certsvc agency files list`: the versions of an agency's file."""

from __future__ import annotations

from pathlib import Path

import click

from certsvc.cli.agency.file_texts import TEXTS, file_data
from certsvc.cli.database import database
from certsvc.cli.output import Output, output_options


@click.command("list")
@click.argument("agency")
@click.option(
    "--config",
    envvar="CERTSVC_CONFIG",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with certsvc.toml, which names the database.",
)
@click.option("--dsn", help="The database itself.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@output_options
def command(agency: str, config: Path | None, dsn: str | None, limit: int, output: Output) -> None:
    """List an agency's versions, newest first."""
    import asyncio

    from certsvc.store.files import FileBook

    output = output._replace(texts=TEXTS)
    with database(config, dsn) as address:
        found = asyncio.run(FileBook(address).files(agency, limit=limit))
    output.data({"files": [file_data(file) for file in found]})
    if not found:
        output.say("none")
        return
    rows = [
        [
            str(file.id),
            file.state.value,
            str(file.extent.firms),
            file.extent.as_of.isoformat(),
            file.imported_at.isoformat(" ", timespec="minutes"),
            file.imported_by,
            f"{file.turned}/{file.known}",
            ", ".join(filter(None, (file.proposed_by, file.released_by))),
        ]
        for file in found
    ]
    output.table(("file", "state", "firms", "as_of", "imported", "by", "turns", "released"), rows)
