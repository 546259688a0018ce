"""`certsvc agency dispute`: open, approve, close and list disputes of what an agency holds against an enterprise."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import click

from certsvc.cli.agency.act_texts import TEXTS
from certsvc.cli.agency.asking import ask, must_ask
from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.moments import read_until
from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from certsvc.v1.operations_service_pb2 import Dispute

COLUMNS = ("dispute", "state", "agency", "scheme", "identifier", "until")
_LOOK_AT = 1000
"""How many of the newest disputes are looked through for the one to be shown."""


@click.group("dispute")
def command() -> None:
    """Dispute what an agency holds against an enterprise: opened by one person, approved by another, for a time."""


@command.command("open")
@click.argument("agency")
@click.argument("scheme")
@click.option("--kind", required=True, help="Kind of the identifier, such as cr.cedula_juridica.")
@click.option("--id", "value", required=True, help="The identifier. Hyphens may stay.")
@click.option("--statement", required=True, help="On what evidence it rests: file numbers, receipts.")
@click.option(
    "--until", callback=read_until, required=True, metavar="WHEN", help="When it ends: 2026-12-01T12:00Z, 48h, 30d."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@connection_options("operator")
@output_options
def open_(
    agency: str,
    scheme: str,
    kind: str,
    value: str,
    statement: str,
    until: datetime,
    yes: bool,
    connection: Connection,
    output: Output,
) -> None:
    """Open a dispute. It counts once another person has approved it."""
    output = output._replace(texts=TEXTS)
    if must_ask(output, yes=yes):
        ends = until.strftime("%Y-%m-%d %H:%MZ")
        output.say("dispute_opens", agency=agency, number=f"{kind} {value}", scheme=scheme, until=ends)
        output.line(f"{output.text('statement')}: {statement}")
        ask(output)
    with open_channel(connection, output) as channel:
        from certsvc.cli.stubs import operations
        from certsvc.v1 import enterprise_pb2
        from certsvc.v1 import operations_service_pb2 as pb

        request = pb.OpenDisputeRequest(
            agency=agency,
            scheme=scheme,
            identifier=enterprise_pb2.Identifier(kind=kind, value=value),
            statement=statement,
            expire_time=until,
        )
        dispute = operations(channel).OpenDispute(request, timeout=connection.timeout).dispute
    _said(dispute, output)
    if dispute.expire_time != request.expire_time or dispute.statement != normalize("NFC", statement).strip():
        output.say("dispute_was_open")
    if dispute.state == pb.Dispute.STATE_OPEN:
        output.say("dispute_next", id=dispute.name.rpartition("/")[2])


@command.command("approve")
@click.argument("dispute")
@click.option("--yes", is_flag=True, help="Do not ask.")
@connection_options("operator")
@output_options
def approve(dispute: str, yes: bool, connection: Connection, output: Output) -> None:
    """Approve a dispute that another person opened (--as approver, or a certificate of your own)."""
    _act("Approve", dispute, yes, connection, output)


@command.command("close")
@click.argument("dispute")
@click.option("--yes", is_flag=True, help="Do not ask.")
@connection_options("operator")
@output_options
def close(dispute: str, yes: bool, connection: Connection, output: Output) -> None:
    """End a dispute before its time: settled, or withdrawn."""
    _act("Close", dispute, yes, connection, output)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are closed or over.")
@click.option("--kind", help="Kind of the identifier; with --id.")
@click.option("--id", "value", help="Only disputes on this number; with --kind.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many at most.")
@connection_options("operator")
@output_options
def list_(
    everything: bool, kind: str | None, value: str | None, limit: int, connection: Connection, output: Output
) -> None:
    """List the newest disputes, newest first."""
    if (kind is None) != (value is None):
        raise click.UsageError("--kind and --id go together.")
    output = output._replace(texts=TEXTS)
    with open_channel(connection, output) as channel:
        from certsvc.cli.render import as_data
        from certsvc.cli.stubs import operations
        from certsvc.v1 import enterprise_pb2
        from certsvc.v1 import operations_service_pb2 as pb

        identifier = enterprise_pb2.Identifier(kind=kind, value=value) if kind else None
        request = pb.ListDisputesRequest(show_closed=everything, identifier=identifier, page_size=limit)
        answer = operations(channel).ListDisputes(request, timeout=connection.timeout)
    output.data(as_data(answer))
    if not answer.disputes:
        output.say("none")
        return
    output.table(COLUMNS, [_row(dispute, output) for dispute in answer.disputes])


def _act(verb: str, dispute: str, yes: bool, connection: Connection, output: Output) -> None:
    output = output._replace(texts=TEXTS)
    name = dispute if "/" in dispute else f"disputes/{dispute}"
    asks = must_ask(output, yes=yes)
    with open_channel(connection, output) as channel:
        from certsvc.cli.stubs import operations
        from certsvc.v1 import operations_service_pb2 as pb

        service = operations(channel)
        if asks:
            _show(service, name, connection, output)
            output.say(f"dispute_{verb.lower()}s")
            ask(output)
        request = getattr(pb, f"{verb}DisputeRequest")(name=name)
        answer = getattr(service, f"{verb}Dispute")(request, timeout=connection.timeout)
    _said(answer.dispute, output)


def _show(service: Any, name: str, connection: Connection, output: Output) -> None:
    from certsvc.v1 import operations_service_pb2 as pb

    request = pb.ListDisputesRequest(show_closed=True, page_size=_LOOK_AT)
    answer = service.ListDisputes(request, timeout=connection.timeout)
    found = next((dispute for dispute in answer.disputes if dispute.name == name), None)
    if found is None:
        output.line(name)
        output.say("dispute_unknown", count=_LOOK_AT)
    else:
        _lines(found, output)


def _said(dispute: Dispute, output: Output) -> None:
    from certsvc.cli.render import as_data

    output.data(as_data(dispute))
    _lines(dispute, output)


def _lines(dispute: Dispute, output: Output) -> None:
    """Prints one dispute, a line for each label."""
    for label, value in zip(COLUMNS, _row(dispute, output), strict=True):
        output.line(f"{output.text(label)}: {value}")
    for label in ("statement", "opened_by", "approved_by", "closed_by"):
        if value := getattr(dispute, label):
            output.line(f"{output.text(label)}: {value}")


def _row(dispute: Dispute, output: Output) -> list[str]:
    """The cells under COLUMNS."""
    from certsvc.cli.render import last_part, minute, word
    from certsvc.v1 import operations_service_pb2 as pb

    state = word(pb.Dispute.State, dispute.state, "STATE_")
    return [
        last_part(dispute.name),
        output.text(state) if state in output.texts else state,
        dispute.agency,
        dispute.scheme,
        f"{dispute.identifier.kind} {dispute.identifier.value}",
        minute(dispute.expire_time),
    ]
