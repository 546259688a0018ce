"""`certsvc list`: certificates, newest first."""

from __future__ import annotations

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.output import Output, output_options

STATUSES = ("valid", "revoked", "suspended")


@click.command("list")
@click.option("--kind", help="Kind of the identifier; with --id.")
@click.option("--id", "value", help="Only certificates of this enterprise; with --kind.")
@click.option("--status", type=click.Choice(STATUSES), help="Only certificates with this status.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at most.")
@click.option("--page-token", default="", help="Go on where the last answer ended.")
@connection_options("programme")
@output_options
def command(
    kind: str | None,
    value: str | None,
    status: str | None,
    limit: int,
    page_token: str,
    connection: Connection,
    output: Output,
) -> None:
    """List certificates, newest first."""
    if (kind is None) != (value is None):
        raise click.UsageError("--kind and --id go together.")
    with open_channel(connection, output) as channel:
        from certsvc.cli.render import CERTIFICATE_COLUMNS, as_data, certificate_row
        from certsvc.cli.stubs import certificates
        from certsvc.v1 import certificate_service_pb2 as pb
        from certsvc.v1 import enterprise_pb2

        request = pb.ListCertificatesRequest(
            page_size=limit,
            page_token=page_token,
            identifier=enterprise_pb2.Identifier(kind=kind, value=value) if kind else None,
            status=f"STATUS_{status.upper()}" if status else None,
        )
        answer = certificates(channel).ListCertificates(request, timeout=connection.timeout)
    output.data(as_data(answer))
    if not answer.certificates:
        output.say("none")
        return
    output.table(CERTIFICATE_COLUMNS, [certificate_row(certificate) for certificate in answer.certificates])
    if answer.next_page_token:
        output.say("more", token=answer.next_page_token)
