"""`certsvc verify`: the offline verifier, the same as `python -m certsvc.verifier`."""

from __future__ import annotations

import click


class _Untouched(click.Command):
    """Hands every argument on as it came: the verifier reads its own options, so that both commands are one.

    Click would answer `--help` itself and take the `--` away, behind which a token may begin with `-`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.params["arguments"] = tuple(args)
        return []


@click.command("verify", cls=_Untouched, add_help_option=False)
def command(arguments: tuple[str, ...]) -> None:
    """Verify certificates offline. See: certsvc verify --help."""
    from certsvc.verifier.__main__ import main

    raise click.exceptions.Exit(main(arguments))
