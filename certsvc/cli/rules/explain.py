"""`certsvc rules explain`: how a decision came about, rule by rule, of an application or of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from certsvc.cli.rules.explained import Explained
    from certsvc.core.rules.cases.table import Case, CaseTable

NOT_REPRODUCED = 1


@click.command("explain")
@click.argument("rules", required=False, metavar="[PATH_OR_JURISDICTION]")
@click.option("--case", "wanted", metavar="TEXT_OR_NUMBER", help="A case of the rules' case table.")
@click.option("--application", metavar="ID", help="An application that the service has recorded.")
@click.option("--all", "every", is_flag=True, help="Also show the rules that do not concern the case.")
@connection_options("programme", needed_by="application")
@output_options
def command(
    rules: str | None,
    wanted: str | None,
    application: str | None,
    every: bool,
    connection: Connection | None,
    output: Output,
) -> None:
    """Show how a decision came about, rule by rule.

    Either of a recorded application, which the service decides once more from what it stored, or of a case: --case
    with its number or a part of its situation, and the rules.

    Exit status: 0, or 1 if a recorded decision could not be made again as it was.
    """
    from certsvc.cli.rules.explained import show
    from certsvc.cli.rules.texts import TEXTS

    output = output._replace(texts=TEXTS)
    if (application is None) == (wanted is None) or (wanted is None) != (rules is None):
        raise click.UsageError("Give either --application ID, or --case TEXT_OR_NUMBER and the rules.")
    if connection is not None and application is not None:
        explained = _of_application(application, connection, output)
    else:
        assert rules is not None
        assert wanted is not None
        explained = _of_case(rules, wanted, output)
    output.data(explained.as_data())
    show(explained, output, every=every)
    if explained.reproduced is False:
        raise click.exceptions.Exit(NOT_REPRODUCED)


def _of_application(application: str, connection: Connection, output: Output) -> Explained:
    with open_channel(connection, output) as channel:
        from certsvc.cli.rules.explained import of_answer
        from certsvc.cli.stubs import certificates
        from certsvc.v1 import certificate_service_pb2 as pb

        name = application if "/" in application else f"applications/{application}"
        request = pb.ExplainApplicationRequest(name=name, language_code=output.lang)
        return of_answer(certificates(channel).ExplainApplication(request, timeout=connection.timeout))


def _of_case(rules: str, wanted: str, output: Output) -> Explained:
    from certsvc.cli.rules.explained import of_explanation
    from certsvc.cli.rules.sources import find
    from certsvc.core.rules.cases.trial import explained

    source = find(rules)
    table = source.cases_beside()
    if table is None:
        raise click.UsageError(f"{rules}: has no case table.")
    case = _pick(table, wanted)
    rule_set = source.book().in_force(case.on)
    output.say("case", where=case.where, on=case.on, situation=case.situation)
    return of_explanation(explained(case, rule_set), rule_set, output.lang)


def _pick(table: CaseTable, wanted: str) -> Case:
    """The case with this number, from 1, or the one whose situation holds the text."""
    if wanted.isdecimal() and 1 <= int(wanted) <= len(table.cases):
        return table.cases[int(wanted) - 1]
    found = [case for case in table.cases if wanted.casefold() in case.situation.casefold()]
    if len(found) == 1:
        return found[0]
    places = "; ".join(f"{case.where} {case.on} {case.situation}" for case in found[:10])
    raise click.UsageError(f"{wanted!r} is in {len(found)} of {len(table.cases)} situations. {places}".rstrip())
