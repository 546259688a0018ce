"""`certsvc apply`: one application, and what became of it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.enterprise import Described, declared_facts, enterprise_message, enterprise_options
from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from certsvc.v1.certificate_service_pb2 import Application


@click.command("apply")
@click.option("--kind", required=True, help="Kind of the identifier, such as cr.cedula_juridica.")
@click.option("--id", "value", required=True, help="The identifier. Hyphens may stay.")
@enterprise_options
@click.option("--request-id", type=click.UUID, help="One for each application; the same again gives the same answer.")
@click.option("--wait", type=float, metavar="SECONDS", help="If pending, wait so long for the outcome.")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write the token there.")
@connection_options("programme")
@output_options
def command(
    kind: str,
    value: str,
    request_id: uuid.UUID | None,
    wait: float | None,
    out: Path | None,
    described: Described,
    connection: Connection,
    output: Output,
) -> None:
    """Apply for a certificate.

    Exit status: 0 granted, 1 refused or expired, 3 pending.
    """
    from certsvc.v1 import certificate_service_pb2 as pb

    request = pb.IssueCertificateRequest(
        enterprise=enterprise_message(kind, value, described),
        declared_facts=declared_facts(described),
        request_id=str(request_id or uuid.uuid4()),
        language_code=output.lang,
    )
    with open_channel(connection, output) as channel:
        from certsvc.cli.stubs import certificates

        # Said before the call: with it, an answer that was lost can be asked for again.
        click.echo(f"{output.text('request_id')}: {request.request_id}", err=True)
        service = certificates(channel)
        application: Application = service.IssueCertificate(request, timeout=connection.timeout).application
        if wait is not None:
            application = _outcome(service, application, wait, output)
    _show(application, out, output)


def _outcome(service: Any, application: Application, wait: float, output: Output) -> Application:
    """The application once it is no longer pending, or as it was last seen after `wait` seconds."""
    import grpc

    from certsvc.cli.progress import Told
    from certsvc.v1 import certificate_service_pb2 as pb

    told = Told(output)
    request = pb.WatchApplicationRequest(name=application.name, language_code=output.lang)
    try:
        # The stream ends by itself when the application is decided.
        for answer in service.WatchApplication(request, timeout=wait):
            application = answer.application
            told.tell(application)
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
            raise
    return application


def _show(application: Application, out: Path | None, output: Output) -> None:
    from certsvc.cli.render import as_data, last_part, show_application
    from certsvc.v1 import certificate_service_pb2 as pb

    granted = application.state == pb.Application.STATE_GRANTED
    if granted and out is not None:
        # Before anything is printed: a reader of our output that leaves early must not cost the certificate.
        out.write_text(application.certificate.token, encoding="ascii")
    output.data(as_data(application))
    show_application(output, application)
    if application.state == pb.Application.STATE_PENDING:
        output.say("still_waiting", name=last_part(application.name))
        raise click.exceptions.Exit(3)
    if not granted:
        raise click.exceptions.Exit(1)
    if out is not None:
        output.say("token_written", path=out)
    elif not output.as_json:
        click.echo(application.certificate.token)
