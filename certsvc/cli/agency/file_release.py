"""`certsvc agency files release`: a version that is held becomes current by the word of two persons."""

from __future__ import annotations

from pathlib import Path

import click

from certsvc.cli.agency.file_texts import TEXTS, file_data
from certsvc.cli.agency.persons import account, actor_option
from certsvc.cli.database import database
from certsvc.cli.output import Output, output_options


@click.command("release")
@click.argument("file_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@click.option(
    "--config",
    envvar="CERTSVC_CONFIG",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with certsvc.toml, which names the database.",
)
@click.option("--dsn", help="The database itself.")
@actor_option
@output_options
def command(file_id: int, config: Path | None, dsn: str | None, actor: str, output: Output) -> int:
    """Release a version that is held. The first person proposes, another one makes it current.

    Each does so from an account of their own. Ends with 0 if either was recorded, with 1 if the version is unknown or
    not held, or the other name is given under the same account.
    """
    import asyncio

    from certsvc.service.debtor_files import FileState, NotHeld, OneAccount
    from certsvc.store.files import FileBook
    from certsvc.system import SystemClock

    output = output._replace(texts=TEXTS)
    with database(config, dsn) as address:
        try:
            file = asyncio.run(FileBook(address).release(file_id, actor, account(), SystemClock().now()))
        except NotHeld as error:
            return _refused(output, output.text("not_held", id=file_id, state=error.state.value))
        except OneAccount:
            return _refused(output, output.text("one_account", id=file_id))
    if file is None:
        return _refused(output, output.text("unknown_file", id=file_id))
    output.data({"file": file_data(file)})
    if file.state is FileState.HELD:
        output.say("proposed", actor=file.proposed_by, id=file.id)
    else:
        output.say("is_released", first=file.proposed_by, second=file.released_by, id=file.id, agency=file.agency)
    return 0


def _refused(output: Output, why: str) -> int:
    output.data({"error": {"message": why}})
    if not output.as_json:
        click.echo(f"certsvc: {why}", err=True)
    return 1
