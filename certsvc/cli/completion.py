"""`certsvc completion`: what a shell needs to complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    In bash or zsh, put `eval "$(certsvc completion bash)"` into the start file; in fish,
    `certsvc completion fish | source`.
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "certsvc", "_CERTSVC_COMPLETE").source())
