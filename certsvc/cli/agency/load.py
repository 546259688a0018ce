"""`certsvc agency import`: an operator brings an agency's debtor file."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from certsvc.cli.agency.persons import account, actor_option, short_text
from certsvc.cli.database import database
from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from certsvc.config import ImportedAgency
    from certsvc.service.debtor_files import BadFile
    from certsvc.service.import_file import Act, Imported, Terms

Moved = Callable[[int, int], None]


def _day(_context: click.Context, option: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day; write 2026-09-30", param=option) from None


@click.command("import")
@click.argument("agency")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--config",
    required=True,
    envvar="CERTSVC_CONFIG",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with certsvc.toml, which says what the agency's files are.",
)
@click.option("--dsn", help="The database, if it is not the one of certsvc.toml.")
@click.option(
    "--as-of", callback=_day, metavar="DAY", help="The day of the file, if neither its rows nor its name has one."
)
@click.option("--accept-shrink", is_flag=True, help="The agency has confirmed that most of its debtors are gone.")
@click.option("--note", default="", callback=short_text, help="Kept with the file.")
@click.option("--dry-run", is_flag=True, help="Make every check and keep nothing.")
@actor_option
@output_options
def command(
    agency: str,
    file: Path,
    config: Path,
    dsn: str | None,
    as_of: date | None,
    accept_shrink: bool,
    note: str,
    dry_run: bool,
    actor: str,
    output: Output,
) -> int:
    """Import an agency's debtor file; FILE is a path, or - for standard input.

    Ends with 0 if the file is current, or was already; with 1 if it was refused, which changes nothing, or is held.
    """
    import asyncio

    from certsvc.cli.agency.file_texts import TEXTS
    from certsvc.service.debtor_files import BadFile
    from certsvc.service.import_file import Act
    from certsvc.system import SystemClock

    output = output._replace(texts=TEXTS)
    settings = _imported_agency(config, agency)
    day = _file_day(settings, file, as_of)
    act = Act(actor, account(), SystemClock().now(), note, accept_shrink)
    try:
        with database(config, dsn) as address, _opened(file) as stream, _bar(stream, output) as moved:
            imported = asyncio.run(_run(address, _terms(settings), stream, day, act, moved, output, dry_run))
    except BadFile as fault:
        return _refused(fault, dry_run, output)
    return _report(imported, dry_run, output)


async def _run(
    dsn: str,
    terms: Terms,
    stream: BinaryIO,
    day: date | None,
    act: Act,
    moved: Moved,
    output: Output,
    dry_run: bool,
) -> Imported:
    from certsvc.agencies.brought_file import BroughtFile
    from certsvc.service.import_file import import_file
    from certsvc.store.files import FileBook

    brought = BroughtFile(stream, terms.layout, file_day=day, at=act.at, moved=moved)

    def waiting() -> None:
        click.echo(output.text("waiting"), err=True)

    return await import_file(FileBook(dsn), terms, brought, act, dry_run=dry_run, waiting=waiting)


def _imported_agency(config: Path, name: str) -> ImportedAgency:
    from certsvc.config import ImportedAgency, load
    from certsvc.core.errors import ConfigError

    agencies = {agency.name: agency for agency in load(config).agencies}
    found = agencies.get(name)
    if isinstance(found, ImportedAgency):
        return found
    ours = [agency.name for agency in agencies.values() if isinstance(agency, ImportedAgency)]
    hint = f"name one of: {', '.join(ours)}" if ours else 'give it kind = "imported" in certsvc.toml'
    what = "is not configured" if found is None else f'is of kind "{found.kind}", whose files are not imported'
    raise ConfigError([f'agencies["{name}"]: {what}; {hint}'])


def _terms(settings: ImportedAgency) -> Terms:
    from datetime import timedelta

    from certsvc.core.outcome import Outcome
    from certsvc.service.import_file import Terms

    return Terms(
        agency=settings.name,
        layout=settings.layout,
        absent=Outcome.CLEAR if settings.absent == "clear" else Outcome.NO_INFORMATION,
        least_firms=settings.least_firms or 0,
        threshold=settings.threshold,
        turn_share=settings.turn_share,
        turn_least=settings.turn_least,
        turn_window=timedelta(hours=settings.turn_window_hours),
    )


def _file_day(settings: ImportedAgency, file: Path, as_of: date | None) -> date | None:
    """The day that the operator gives, else that of the name, for layouts whose rows have none."""
    from certsvc.agencies.file_source import day_in_name
    from certsvc.agencies.layouts import LAYOUTS

    if as_of is not None and LAYOUTS[settings.layout].dated_rows:
        raise click.UsageError(f"Rows of the layout {settings.layout} have days of their own: leave --as-of out.")
    return as_of or day_in_name(file.name)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    with file.open("rb") as stream:
        yield stream


@contextmanager
def _bar(stream: BinaryIO, output: Output) -> Iterator[Moved]:
    """What to call as the reading goes on; on a terminal it draws a bar on standard error."""
    if not sys.stderr.isatty():
        yield lambda _rows, _bytes: None
        return
    from time import monotonic

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    known = os.fstat(stream.fileno())
    total = known.st_size if stat.S_ISREG(known.st_mode) else None
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[read]}"), TimeRemainingColumn())
    begun = monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(output.text("reading"), total=total, read="")

        def moved(rows: int, size: int) -> None:
            rate = f"{rows / max(monotonic() - begun, 0.001):,.0f}"
            step = "checking" if size == total else "reading"
            read = output.text("rows_read", rows=f"{rows:,}", rate=rate)
            progress.update(task, completed=size, description=output.text(step), read=read)

        yield moved


def _refused(fault: BadFile, dry_run: bool, output: Output) -> int:
    from certsvc.cli.agency.file_texts import REMEDIES, fault_text

    what, remedy = fault_text(fault, output), output.text(REMEDIES[fault.fault])
    output.data(
        {
            "ending": "REFUSED",
            "dry_run": dry_run,
            "fault": {"code": fault.fault.name, "row": fault.row, "message": what, "remedy": remedy},
        }
    )
    if not output.as_json:
        click.echo(output.text("refused", what=what), err=True)
        click.echo("  " + output.text("to_do", remedy=remedy), err=True)
    return 1


def _report(imported: Imported, dry_run: bool, output: Output) -> int:
    from certsvc.cli.agency.file_texts import file_data
    from certsvc.service.debtor_files import FileState
    from certsvc.service.import_file import Ending

    file, ending = imported.file, imported.ending
    data = file_data(file)
    output.data({"ending": ending.value, "dry_run": dry_run, "file": data})
    if ending is Ending.SAME:
        output.say("same", **data)
        return 1 if file.state is FileState.HELD else 0
    if file.known:
        output.say("turned", **data)
    if (file.window_known, file.window_turned) != (file.known, file.turned):
        output.say("window_turned", **data)
    key = "held" if ending is Ending.HELD else "current"
    output.say(f"would_be_{key}" if dry_run else key, **data)
    return 1 if ending is Ending.HELD else 0
