"""`certsvc agency mode`: say what is done while an agency is out, for a time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from certsvc.cli.agency.act_texts import TEXTS
from certsvc.cli.agency.asking import ask, must_ask, status_of
from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.moments import read_until
from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from certsvc.v1.operations_service_pb2 import SwitchAgencyModeResponse

RULES = "rules"
MODES = ("pending", "refuse", "provisional", "reuse", RULES)
_WAKE = ("provisional", "reuse")


@click.command("mode")
@click.argument("agency")
@click.argument("mode", type=click.Choice(MODES))
@click.option("--until", callback=read_until, metavar="WHEN", help="When it ends: 2026-12-01T12:00Z, 48h, 7d.")
@click.option("--reason", required=True, help="For the record.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@connection_options("operator")
@output_options
def command(
    agency: str, mode: str, until: datetime | None, reason: str, yes: bool, connection: Connection, output: Output
) -> None:
    """Say what is done while an agency is out, instead of what the rules say.

    Takes only modes that the rules allow; `rules` goes back to theirs. It ends by itself at --until.
    """
    if (mode == RULES) != (until is None):
        raise click.UsageError("Every mode but rules needs --until." if until is None else "rules takes no --until.")
    output = output._replace(texts=TEXTS)
    asks = must_ask(output, yes=yes)
    with open_channel(connection, output) as channel:
        from certsvc.cli.stubs import operations

        service = operations(channel)
        if asks:
            _show(service, agency, mode, until, connection, output)
            ask(output)
        answer = _switch(service, agency, mode, until, reason, connection)
    from certsvc.cli.render import as_data, minute

    output.data(as_data(answer))
    output.say(f"mode_{mode}", agency=agency, until=minute(answer.mode.expire_time))
    output.say("mode_done", actor=answer.mode.actor)


def _show(service: Any, agency: str, mode: str, until: datetime | None, connection: Connection, output: Output) -> None:
    """How the agency stands, and what will be done."""
    from datetime import UTC

    from certsvc.cli.standing import show_agencies

    found = status_of(service, agency, connection)
    if found is not None:
        show_agencies(output, [found], datetime.now(UTC))
    output.say(f"mode_{mode}", agency=agency, until=until.strftime("%Y-%m-%d %H:%MZ") if until else "")
    if mode in _WAKE and found is not None and found.pending_applications:
        output.say("mode_wakes", count=found.pending_applications)


def _switch(
    service: Any, agency: str, mode: str, until: datetime | None, reason: str, connection: Connection
) -> SwitchAgencyModeResponse:
    from certsvc.v1 import operations_service_pb2 as pb

    named = f"DEGRADED_MODE_{mode.upper()}" if mode != RULES else None
    request = pb.SwitchAgencyModeRequest(agency=agency, mode=named, reason=reason, expire_time=until)
    answer: SwitchAgencyModeResponse = service.SwitchAgencyMode(request, timeout=connection.timeout)
    return answer
