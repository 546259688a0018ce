"""`certsvc revoke`: revoke one certificate, and see that verifiers see it."""

from __future__ import annotations

import sys
import uuid
from typing import TYPE_CHECKING

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.output import Output, output_options
from certsvc.core.model import RevocationReason

if TYPE_CHECKING:
    import grpc

    from certsvc.v1.operations_service_pb2 import RevokeCertificateResponse

REASONS = tuple(reason.lower() for reason in RevocationReason)


@click.command("revoke")
@click.argument("serial")
@click.option("--reason", required=True, type=click.Choice(REASONS, case_sensitive=False), help="Why.")
@click.option("--comment", default="", help="For the record: file number, who asked. Never published.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait until the public status list shows it.")
@click.option("--wait-seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True)
@connection_options("operator")
@output_options
def command(
    serial: str,
    reason: str,
    comment: str,
    yes: bool,
    wait: bool,
    wait_seconds: float,
    connection: Connection,
    output: Output,
) -> None:
    """Revoke a certificate for good.

    Exit status: 0 revoked and published, 1 refused, 3 recorded but not yet seen in public.
    """
    name = serial if "/" in serial else f"certificates/{serial}"
    with open_channel(connection, output) as channel:
        if not yes:
            _confirm(channel, name, reason, comment, connection, output)
        answer = _revoke(channel, name, reason, comment, connection)
        published = bool(answer.published_version)
        if not output.as_json:
            _say(answer, output)
        if wait:
            from certsvc.cli.publication import wait_until_shown

            published = wait_until_shown(channel, answer.certificate, wait_seconds, output)
    _data(answer, published, output)
    if not published:
        raise click.exceptions.Exit(3)


def _confirm(
    channel: grpc.Channel, name: str, reason: str, comment: str, connection: Connection, output: Output
) -> None:
    """Shows what will happen and asks. Nothing was sent if the answer is no."""
    if output.as_json or not sys.stdin.isatty():
        raise click.UsageError(output.text("needs_yes"))
    import grpc

    from certsvc.cli.render import show_certificate
    from certsvc.cli.stubs import certificates
    from certsvc.v1 import certificate_service_pb2 as pb

    output.say("will_revoke")
    try:
        request = pb.GetCertificateRequest(name=name)
        show_certificate(output, certificates(channel).GetCertificate(request, timeout=connection.timeout))
    except grpc.RpcError as error:
        # An operator may be allowed to revoke and not to read; an unknown certificate ends here.
        if error.code() is not grpc.StatusCode.PERMISSION_DENIED:
            raise
        output.line(name)
        output.say("not_seen", why=error.details())
    output.line(f"{output.text('reason_label')}: {reason}")
    if comment:
        output.line(f"{output.text('comment')}: {comment}")
    click.confirm(output.text("confirm"), abort=True)


def _revoke(
    channel: grpc.Channel, name: str, reason: str, comment: str, connection: Connection
) -> RevokeCertificateResponse:
    from certsvc.cli.stubs import operations
    from certsvc.v1 import operations_service_pb2 as pb

    request = pb.RevokeCertificateRequest(
        name=name,
        reason=f"REVOCATION_REASON_{reason.upper()}",
        comment=comment,
        request_id=str(uuid.uuid4()),
    )
    answer: RevokeCertificateResponse = operations(channel).RevokeCertificate(request, timeout=connection.timeout)
    return answer


def _say(answer: RevokeCertificateResponse, output: Output) -> None:
    if answer.published_version:
        uri = answer.certificate.status_list_uri
        output.say("revoked_published", version=answer.published_version, list=uri)
    else:
        output.say("revoked_unpublished")


def _data(answer: RevokeCertificateResponse, published: bool, output: Output) -> None:
    from certsvc.cli.render import as_data

    output.data({**as_data(answer), "published": published})
