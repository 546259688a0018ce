"""`certsvc rules check`: every fault of rule files, and whether their cases come out as expected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from certsvc.cli.rules.report import Report

CASES_FAIL, FAULTS = 1, 2


@click.command("check")
@click.argument("rules", nargs=-1, metavar="[PATH_OR_JURISDICTION]...")
@click.option(
    "--config",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with certsvc.toml: also check its rules, and that its agencies answer for every scheme.",
)
@click.option("--verbose", is_flag=True, help="List everything that is not confirmed.")
@output_options
def command(rules: tuple[str, ...], config: Path | None, *, verbose: bool, output: Output) -> None:
    """Find every fault of rule files and run their cases.

    RULES are shipped jurisdictions, folders or rule files; without any, all that ships. Ends with 0 if all is well,
    with 1 if cases fail, with 2 if there are faults.
    """
    from certsvc.cli.rules import report
    from certsvc.cli.rules.texts import TEXTS

    output = output._replace(texts=TEXTS)
    reports = list(report.every(rules, config))
    output.data({"reports": [each.as_data() for each in reports]})
    for each in reports:
        report.show(each, output, verbose=verbose)
    _end(reports)


def _end(reports: list[Report]) -> None:
    if any(report.faults for report in reports):
        raise click.exceptions.Exit(FAULTS)
    if any(report.failing for report in reports):
        raise click.exceptions.Exit(CASES_FAIL)
