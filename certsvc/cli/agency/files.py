"""`certsvc agency files`: the versions of an agency's file, and the release of one that is held."""

from __future__ import annotations

import click

from certsvc.cli.lazy import Lazy, LazyGroup

COMMANDS = {
    "list": Lazy("certsvc.cli.agency.file_list", "List an agency's versions, newest first; the same without `list`."),
    "release": Lazy("certsvc.cli.agency.file_release", "Release a version that is held; needs two persons."),
}


class _Files(LazyGroup):
    """`certsvc agency files AGENCY` is short for `certsvc agency files list AGENCY`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begins with, else `list`."""
        return super().resolve_command(ctx, args if args and args[0] in COMMANDS else ["list", *args])


@click.group("files", cls=_Files, table=COMMANDS, context_settings={"ignore_unknown_options": True})
def command() -> None:
    """List the imported files of an agency (AGENCY), or release one that is held."""
