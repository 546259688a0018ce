"""`certsvc get`: one certificate or application by its name."""

from __future__ import annotations

import uuid

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.output import Output, output_options


@click.command("get")
@click.argument("name")
@click.option("--token", "token_only", is_flag=True, help="Print the certificate's token and nothing else.")
@connection_options("programme")
@output_options
def command(name: str, token_only: bool, connection: Connection, output: Output) -> None:
    """Show a certificate by its printed number, or an application by its id."""
    with open_channel(connection, output) as channel:
        from certsvc.cli.render import as_data, show_application, show_certificate
        from certsvc.cli.stubs import certificates
        from certsvc.v1 import certificate_service_pb2 as pb

        service = certificates(channel)
        resource = _resource(name)
        if resource.startswith("applications/"):
            request = pb.GetApplicationRequest(name=resource, language_code=output.lang)
            application = service.GetApplication(request, timeout=connection.timeout)
            if token_only:
                _print_token(application.certificate.token)
                return
            output.data(as_data(application))
            show_application(output, application)
            return
        certificate = service.GetCertificate(pb.GetCertificateRequest(name=resource), timeout=connection.timeout)
        if token_only:
            _print_token(certificate.token)
            return
        output.data(as_data(certificate))
        show_certificate(output, certificate)


def _resource(name: str) -> str:
    """The resource name: as given, or told by its form, since certificates have printed numbers and no UUID."""
    if "/" in name:
        return name
    try:
        return f"applications/{uuid.UUID(name)}"
    except ValueError:
        return f"certificates/{name}"


def _print_token(token: str) -> None:
    if not token:
        raise click.exceptions.Exit(1)
    click.echo(token)
