"""`certsvc apply`: one application, and what became of it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.output import Output, output_options
from certsvc.core.model import FactName

if TYPE_CHECKING:
    from certsvc.v1.certificate_service_pb2 import Application, IssueCertificateRequest
    from certsvc.v1.enterprise_pb2 import Fact


@click.command("apply")
@click.option("--kind", required=True, help="Kind of the identifier, such as cr.cedula_juridica.")
@click.option("--id", "value", required=True, help="The identifier. Hyphens may stay.")
@click.option("--also", multiple=True, metavar="KIND:VALUE", help="A further identifier of the same enterprise.")
@click.option("--name", default="", help="The name as the applicant writes it; compared with the agencies'.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A declared fact, such as head_count=5.")
@click.option("--request-id", type=click.UUID, help="One for each application; the same again gives the same answer.")
@click.option("--wait", type=float, metavar="SECONDS", help="If pending, wait so long for the outcome.")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write the token there.")
@connection_options("programme")
@output_options
def command(
    kind: str,
    value: str,
    also: tuple[str, ...],
    name: str,
    facts: tuple[str, ...],
    request_id: uuid.UUID | None,
    wait: float | None,
    out: Path | None,
    connection: Connection,
    output: Output,
) -> None:
    """Apply for a certificate.

    Exit status: 0 granted, 1 refused or expired, 3 pending.
    """
    identifiers = [(kind, value), *(_pair(text, ":", "--also") for text in also)]
    request = _request(identifiers, name, facts, str(request_id or uuid.uuid4()), output.lang)
    with open_channel(connection, output) as channel:
        from certsvc.cli.stubs import certificates

        # Said before the call: with it, an answer that was lost can be asked for again.
        click.echo(f"{output.text('request_id')}: {request.request_id}", err=True)
        service = certificates(channel)
        application: Application = service.IssueCertificate(request, timeout=connection.timeout).application
        if wait is not None:
            application = _outcome(service, application, wait, output.lang)
    _show(application, out, output)


def _pair(text: str, separator: str, option: str) -> tuple[str, str]:
    left, found, right = text.partition(separator)
    if not found or not left or not right:
        raise click.BadParameter(f"{text!r} is not of the form A{separator}B", param_hint=option)
    return left, right


def _request(
    identifiers: list[tuple[str, str]], name: str, facts: tuple[str, ...], request_id: str, lang: str
) -> IssueCertificateRequest:
    from certsvc.v1 import certificate_service_pb2 as pb
    from certsvc.v1 import enterprise_pb2

    enterprise = enterprise_pb2.Enterprise(
        identifiers=[enterprise_pb2.Identifier(kind=k, value=v) for k, v in identifiers], name=name
    )
    declared = [_fact(text) for text in facts]
    return pb.IssueCertificateRequest(
        enterprise=enterprise, declared_facts=declared, request_id=request_id, language_code=lang
    )


def _fact(text: str) -> Fact:
    from google.type.decimal_pb2 import Decimal

    from certsvc.v1 import enterprise_pb2

    name, value = _pair(text, "=", "--fact")
    if name not in list(FactName):
        raise click.BadParameter(f"{name!r} is none of: {', '.join(FactName)}", param_hint="--fact")
    if FactName(name).is_number:
        return enterprise_pb2.Fact(name=name, number=Decimal(value=value))
    return enterprise_pb2.Fact(name=name, text=value)


def _outcome(service: Any, application: Application, wait: float, lang: str) -> Application:
    """The application once it is no longer pending, or as it was last seen after `wait` seconds."""
    import grpc

    from certsvc.v1 import certificate_service_pb2 as pb

    request = pb.WatchApplicationRequest(name=application.name, language_code=lang)
    try:
        # The stream ends by itself when the application is decided.
        for answer in service.WatchApplication(request, timeout=wait):
            application = answer.application
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
