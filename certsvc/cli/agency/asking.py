"""What the acts on agencies have in common: they show how things stand and ask, then say what came of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from certsvc.cli.client import Connection
from certsvc.cli.output import Output

if TYPE_CHECKING:
    from certsvc.v1.operations_service_pb2 import AgencyStatus


def must_ask(output: Output, *, yes: bool) -> bool:
    """True if the operator is to be asked. Raises UsageError if there is nobody to ask."""
    if yes:
        return False
    if output.as_json or not sys.stdin.isatty():
        raise click.UsageError(output.text("needs_yes"))
    return True


def ask(output: Output) -> None:
    """Goes on only after a yes; nothing was sent otherwise."""
    click.confirm(output.text("sure"), abort=True)


def status_of(service: Any, agency: str, connection: Connection) -> AgencyStatus | None:
    """How the agency stands; None if the service knows of none by this name."""
    from certsvc.v1 import operations_service_pb2 as pb

    answer = service.GetServiceStatus(pb.GetServiceStatusRequest(), timeout=connection.timeout)
    return next((found for found in answer.agencies if found.agency == agency), None)
