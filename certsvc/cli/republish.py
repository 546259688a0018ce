"""`certsvc republish`: every status list signed and published anew."""

from __future__ import annotations

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.output import Output, output_options


@click.command("republish")
@connection_options("operator")
@output_options
def command(connection: Connection, output: Output) -> None:
    """Sign and publish every status list anew."""
    with open_channel(connection, output) as channel:
        from certsvc.cli.render import as_data
        from certsvc.cli.status import show_lists
        from certsvc.cli.stubs import operations
        from certsvc.v1 import operations_service_pb2 as pb

        service = operations(channel)
        answer = service.RepublishStatus(pb.RepublishStatusRequest(), timeout=connection.timeout)
    output.data(as_data(answer))
    show_lists(output, answer.lists)
