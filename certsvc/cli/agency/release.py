"""`certsvc agency release`: release what is held back of an agency, by two persons."""

from __future__ import annotations

from typing import Any

import click

from certsvc.cli.agency.act_texts import TEXTS
from certsvc.cli.agency.asking import ask, must_ask, status_of
from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.output import Output, output_options


@click.command("release")
@click.argument("agency")
@click.option("--reason", required=True, help="For the record: who confirmed the answers, and how.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@connection_options("operator")
@output_options
def command(agency: str, reason: str, yes: bool, connection: Connection, output: Output) -> None:
    """Release an agency whose new answers are held back because it changed too many at once.

    The first person proposes it, another carries it out (--as approver, or a certificate of their own).
    Exit status: 0 released, 1 nothing is held, 3 proposed and still held.
    """
    output = output._replace(texts=TEXTS)
    asks = must_ask(output, yes=yes)
    with open_channel(connection, output) as channel:
        from certsvc.cli.render import as_data
        from certsvc.cli.stubs import operations
        from certsvc.v1 import operations_service_pb2 as pb

        service = operations(channel)
        if asks:
            _show(service, agency, connection, output)
            ask(output)
        request = pb.ReleaseAgencyHoldRequest(agency=agency, reason=reason)
        hold = service.ReleaseAgencyHold(request, timeout=connection.timeout).hold
    output.data(as_data(hold))
    if hold.HasField("release_time"):
        output.say("released", actor=hold.released_by)
        return
    output.say("proposed", actor=hold.proposed_by, agency=agency)
    raise click.exceptions.Exit(3)


def _show(service: Any, agency: str, connection: Connection, output: Output) -> None:
    """What is held, and what this call will do."""
    from certsvc.cli.standing import held

    found = status_of(service, agency, connection)
    if found is None or not found.HasField("hold"):
        output.say("nothing_held", agency=agency)
        raise click.exceptions.Exit(1)
    for line in held(output, found.hold):
        output.line(line)
    if found.hold.proposed_by:
        output.say("release_proposed_by", actor=found.hold.proposed_by)
    else:
        output.say("release_proposes")
