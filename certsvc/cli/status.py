"""`certsvc status`: how the agencies do, what waits for whom, and what verifiers see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from certsvc.v1.operations_service_pb2 import GetServiceStatusResponse, PublishedList


@click.command("status")
@connection_options("operator")
@output_options
def command(connection: Connection, output: Output) -> None:
    """Show how the service stands: agencies, pending applications, published lists."""
    with open_channel(connection, output) as channel:
        from certsvc.cli.render import as_data
        from certsvc.cli.stubs import operations
        from certsvc.v1 import operations_service_pb2 as pb

        service = operations(channel)
        answer = service.GetServiceStatus(pb.GetServiceStatusRequest(), timeout=connection.timeout)
    output.data(as_data(answer))
    if not output.as_json:
        _show(output, answer)


def show_lists(output: Output, lists: Iterable[PublishedList]) -> None:
    """Prints published lists as a table."""
    from certsvc.cli.render import instant

    rows = [[item.uri, str(item.version), instant(item.publish_time), instant(item.expire_time)] for item in lists]
    if rows:
        output.table(("list", "version", "published", "expires"), rows)
    else:
        output.say("no_lists")


def _show(output: Output, answer: GetServiceStatusResponse) -> None:
    from certsvc.cli.moments import span
    from certsvc.cli.standing import show_agencies

    output.say("service", version=answer.version, rule_set=answer.rule_set)
    show_agencies(output, answer.agencies, datetime.now(UTC))
    if answer.pending_applications:
        age = span(answer.oldest_pending_age.seconds)
        output.say("pending_total", count=answer.pending_applications, age=age)
    else:
        output.say("pending_zero")
    show_lists(output, answer.lists)
