"""Talking to the service: one channel with mutual TLS, and errors that say what to do.

grpc is imported only when a call is made.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from certsvc.cli.output import Output

if TYPE_CHECKING:
    import grpc

CALLERS = {
    "programme": "programme/demo",
    "operator": "operator/demo",
    "approver": "operator/approver",
    "auditor": "auditor/demo",
}
"""Who may call by `--as`, with the certificate tls/NAME.pem: `<role>/<name>` of each that `certsvc init` makes.

The approver is the second operator, without whom no release and no dispute takes effect.
"""


class Connection(NamedTuple):
    """Where the service is and who we are. `timeout` is in seconds, for each call."""

    address: str
    authorities: bytes
    certificate: bytes
    key: bytes
    timeout: float


class CallFailed(click.ClickException):
    """A call that ended in a gRPC error that may pass; said with its reason and what to do about it."""

    exit_code = 3

    def __init__(self, lines: list[str], data: dict[str, object], *, as_json: bool) -> None:
        super().__init__("\n".join(lines))
        self.data = data
        self._as_json = as_json

    def show(self, file: Any = None) -> None:
        """Prints the failure on standard error."""
        said = json.dumps({"error": self.data}, ensure_ascii=False) if self._as_json else self.message
        click.echo(said, file=file, err=file is None)


class CallRefused(CallFailed):
    """The service said no, and will say so again."""

    exit_code = 1


class CallInvalid(CallFailed):
    """The service does not accept what was sent."""

    exit_code = 4


def connection_options(role: str, needed_by: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the options that say where the service is, given to the command as one `connection`.

    With `needed_by` it is made only if that option is given, and is None otherwise.
    """

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        from functools import wraps

        @wraps(function)
        def with_connection(
            *args: Any,
            config: Path | None,
            caller: str,
            address: str | None,
            ca: Path | None,
            cert: Path | None,
            key: Path | None,
            timeout: float,
            **kwargs: Any,
        ) -> Any:
            calls = not needed_by or kwargs[needed_by] is not None
            connection = _connection(config, caller, address, (ca, cert, key), timeout) if calls else None
            return function(*args, connection=connection, **kwargs)

        file = click.Path(exists=True, dir_okay=False, path_type=Path)
        folder = click.Path(exists=True, file_okay=False, path_type=Path)
        for option in (
            click.option("--timeout", type=click.FloatRange(0.1, 3600), default=30.0, help="Seconds for each call."),
            click.option("--key", type=file, help="Our private key in PEM."),
            click.option("--cert", type=file, help="Our certificate in PEM."),
            click.option("--ca", type=file, help="The service's authority in PEM."),
            click.option("--address", help="HOST:PORT of the service."),
            click.option(
                "--as",
                "caller",
                type=click.Choice(tuple(CALLERS)),
                default=role,
                show_default=True,
                help="Who calls; approver is a second operator.",
            ),
            click.option("--config", type=folder, envvar="CERTSVC_CONFIG", help="A folder that certsvc init wrote."),
        ):
            with_connection = option(with_connection)
        return with_connection

    return add


def _connection(
    config: Path | None, caller: str, address: str | None, files: tuple[Path | None, ...], timeout: float
) -> Connection:
    if config is not None:
        from certsvc.config import load

        folder = config / "tls"
        defaults = (folder / "ca.pem", folder / f"{caller}.pem", folder / f"{caller}.key.pem")
        files = tuple(given or default for given, default in zip(files, defaults, strict=True))
        if address is None:
            listen = load(config).service.listen
            address = f"localhost:{listen.port}" if listen.is_any else str(listen)
    if address is None or None in files:
        raise click.UsageError("Say where the service is: --config DIR, or --address with --ca, --cert and --key.")
    try:
        authorities, certificate, key = (file.read_bytes() for file in files if file is not None)
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    return Connection(address, authorities, certificate, key, timeout)


@contextlib.contextmanager
def open_channel(connection: Connection, output: Output) -> Iterator[grpc.Channel]:
    """A channel to the service while entered; a gRPC error inside becomes CallFailed."""
    import grpc

    credentials = grpc.ssl_channel_credentials(connection.authorities, connection.key, connection.certificate)
    with grpc.secure_channel(connection.address, credentials) as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            from certsvc.cli.failures import explain

            raise explain(error, connection, output) from error
