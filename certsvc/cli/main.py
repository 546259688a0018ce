"""The `certsvc` command: its table of commands, and how each way of failing ends."""

from __future__ import annotations

import os
import sys

import click

from certsvc import __version__
from certsvc.cli.lazy import Lazy, LazyGroup
from certsvc.cli.output import language_from_environment
from certsvc.core.errors import CertsvcError, ConfigError, InvalidRequest

COMMANDS = {
    "demo": Lazy("certsvc.cli.demo", "Show the whole job with a cast of enterprises."),
    "init": Lazy("certsvc.cli.init", "Write a configuration with development keys."),
    "serve": Lazy("certsvc.cli.serve", "Run the service."),
    "sandbox": Lazy("certsvc.cli.sandbox", "Run stand-in agencies from a scenario."),
    "check": Lazy("certsvc.cli.check", "Say what would be decided, today or on another date."),
    "apply": Lazy("certsvc.cli.apply", "Apply for a certificate."),
    "get": Lazy("certsvc.cli.get", "Show a certificate or an application."),
    "list": Lazy("certsvc.cli.list", "List certificates, newest first."),
    "revoke": Lazy("certsvc.cli.revoke", "Revoke a certificate for good."),
    "republish": Lazy("certsvc.cli.republish", "Sign and publish every status list anew."),
    "status": Lazy("certsvc.cli.status", "Show how the service stands."),
    "agency": Lazy("certsvc.cli.agency", "Import agency files; switch, release, dispute."),
    "rules": Lazy("certsvc.cli.rules", "Read, check, compare and try out rule sets."),
    "verify": Lazy("certsvc.cli.verify", "Verify certificates offline."),
    "completion": Lazy("certsvc.cli.completion", "Print the completion script of a shell."),
}


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="certsvc")
@click.option(
    "--lang",
    type=click.Choice(["es", "en"]),
    default=language_from_environment,
    show_default="from LANG",
    help="Language of answers.",
)
@click.pass_context
def cli(ctx: click.Context, lang: str) -> None:
    """Certificates of good standing for micro and small enterprises."""
    ctx.meta["certsvc.lang"] = lang


def main(arguments: list[str] | None = None) -> None:
    """Runs a command and ends the process with its status."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Runs a command; the exit status. Failures are said on standard error, without a traceback."""
    try:
        result = cli.main(arguments, prog_name="certsvc", standalone_mode=False)
    except BrokenPipeError:
        # The reader has left, as `| head` does; the interpreter must not complain when it flushes at the end.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  stays open until the process ends
        return 1
    except click.Abort:
        click.echo("", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except CertsvcError as error:
        _say(error)
        return _status(error)
    return result if isinstance(result, int) else 0


def _say(error: CertsvcError) -> None:
    if isinstance(error, ConfigError):
        for fault in error.faults:
            click.echo(f"certsvc: {fault}", err=True)
        return
    click.echo(f"certsvc: {error}", err=True)


def _status(error: CertsvcError) -> int:
    if isinstance(error, ConfigError):
        return 2
    return 4 if isinstance(error, InvalidRequest) else 3
