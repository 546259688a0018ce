"""`certsvc rules simulate`: what a version of the rules would make of all that was decided, without effect."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certsvc.cli.database import database
from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from datetime import datetime

    from certsvc.core.rules import RuleSet
    from certsvc.service.records import StoredCase, UnreadableCase
    from certsvc.service.simulate import Tally
    from certsvc.store.history import Extent

TEXTS: dict[str, tuple[str, str]] = {
    "tried": ("Normas probadas: {rule_set}", "Rules tried: {rule_set}"),
    "extent": (
        "Certificados vigentes: {holders}. Rechazos desde el {since}: {refusals}.",
        "Certificates held: {holders}. Refusals since {since}: {refusals}.",
    ),
    "changed": (
        "Cambian {changed} de {cases} casos. No se modificó nada.",
        "{changed} of {cases} cases change. Nothing was altered.",
    ),
    "before": ("Antes", "Before"),
    "after": ("Con estas normas", "Under these rules"),
    "cases": ("Casos", "Cases"),
    "samples": ("Por ejemplo, solicitudes", "Such as applications"),
    "reason": ("Motivo nuevo", "New reason"),
    "unreadable": (
        "NO SE PUDIERON LEER {count} casos; compare con un respaldo: {samples}",
        "{count} cases COULD NOT BE READ; compare with a backup: {samples}",
    ),
    "progress": ("Casos", "Cases"),
}


_SHOWN_EVERY = 100
"""After how many cases the bar moves."""


def _days(_context: click.Context, _option: click.Parameter, value: str) -> timedelta:
    """The time that is written `90d`. Raises BadParameter for anything but 1d to 36600d."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})d", value)
    if found is None or int(found[1]) > 36_600:
        raise click.BadParameter(f"{value!r} is no number of days; write 90d")
    return timedelta(days=int(found[1]))


@click.command("simulate")
@click.option("--rules", required=True, metavar="PATH_OR_VERSION", help="The rules to try; of a folder the newest.")
@click.option("--since", callback=_days, default="90d", show_default=True, help="Try the refusals of so many days.")
@click.option("--samples", type=click.IntRange(0, 100), default=5, show_default=True, help="Ids to show for a change.")
@click.option(
    "--config",
    envvar="CERTSVC_CONFIG",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with certsvc.toml, which names the database.",
)
@click.option("--dsn", help="The database itself.")
@output_options
def command(rules: str, since: timedelta, samples: int, config: Path | None, dsn: str | None, output: Output) -> None:
    """Try rules on all holders and recent refusals, without effect.

    Each case is decided on its own legal date, from its own evidence, as if the rules had been in force on it.
    """
    import asyncio

    from certsvc.cli.rules.sources import find
    from certsvc.system import SystemClock

    output = output._replace(texts=TEXTS)
    rule_set = find(rules).book().sets[-1]
    now = SystemClock().now()
    with database(config, dsn) as address:
        extent, tally = asyncio.run(_run(address, rule_set, now, now - since, samples, output))
    output.data(_as_data(rule_set, now - since, extent, tally))
    _show(rule_set, now - since, extent, tally, output)


async def _run(
    dsn: str, rule_set: RuleSet, now: datetime, since: datetime, samples: int, output: Output
) -> tuple[Extent, Tally]:
    from certsvc.service.simulate import simulate
    from certsvc.store.history import open_history

    async with open_history(dsn, now=now, since=since) as history:
        extent = await history.extent()
        cases = history.cases()
        if sys.stderr.isatty():
            cases = _watched(cases, sum(extent), output)
        return extent, await simulate(cases, rule_set, samples=samples)


async def _watched(
    cases: AsyncIterator[StoredCase | UnreadableCase], total: int, output: Output
) -> AsyncIterator[StoredCase | UnreadableCase]:
    """The cases, with a bar on standard error."""
    from time import monotonic

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    begun, done = monotonic(), 0
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(output.text("progress"), total=total, rate="")
        async for case in cases:
            yield case
            done += 1
            if done % _SHOWN_EVERY == 0:
                progress.update(task, completed=done, rate=f"{done / (monotonic() - begun):,.0f}/s")


def _as_data(rule_set: RuleSet, since: datetime, extent: Extent, tally: Tally) -> dict[str, object]:
    return {
        "rule_set": rule_set.ref,
        "since": since.isoformat(timespec="seconds"),
        "holders": extent.holders,
        "refusals": extent.refusals,
        "cases": tally.cases,
        "changed": tally.changed,
        "transitions": [
            {"before": t.before, "after": t.after, "cases": t.cases, "samples": list(t.samples)}
            for t in tally.transitions
        ],
        "reasons_gained": [{"reason": reason, "cases": cases} for reason, cases in tally.reasons_gained],
        "unreadable": {"cases": tally.unreadable, "samples": list(tally.unreadable_samples)},
    }


def _show(rule_set: RuleSet, since: datetime, extent: Extent, tally: Tally, output: Output) -> None:
    output.say("tried", rule_set=rule_set.ref)
    output.say("extent", holders=extent.holders, refusals=extent.refusals, since=since.date())
    rows = [[t.before, t.after, str(t.cases), ", ".join(t.samples)] for t in tally.transitions]
    if rows:
        output.table(("before", "after", "cases", "samples"), rows)
    if tally.reasons_gained:
        output.table(("reason", "cases"), [[reason, str(cases)] for reason, cases in tally.reasons_gained])
    if tally.unreadable:
        output.say("unreadable", count=tally.unreadable, samples=", ".join(tally.unreadable_samples))
    output.say("changed", changed=tally.changed, cases=tally.cases)
