"""A group whose commands are imported only when one is run."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import click


class Lazy(NamedTuple):
    """Where a command is, and its line in the help, so that showing the help imports nothing."""

    module: str
    summary: str


class LazyGroup(click.Group):
    """A click group over a table of name -> Lazy. The command's function in its module is `command`."""

    def __init__(self, *args: Any, table: dict[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The names, in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The command, imported now."""
        lazy = self._table.get(cmd_name)
        if lazy is None:
            return None
        found = import_module(lazy.module).command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begins with; a wrong name is answered with the nearest right one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self._table:
            from difflib import get_close_matches

            near = get_close_matches(name, self._table, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"See: {ctx.command_path} --help"
            ctx.fail(f"No such command '{name}'. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's
        """The list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in self._table.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The names and options that begin so, without importing a command."""
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=lazy.summary) for name, lazy in self._table.items() if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)
