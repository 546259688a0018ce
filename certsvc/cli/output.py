"""What a command says: data as JSON, or lines and tables for people, in their language."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import click

from certsvc.cli.texts import TEXTS


class Output(NamedTuple):
    """How the user wants answers. `texts` holds the command's, each in Spanish and English."""

    lang: str
    as_json: bool
    texts: Mapping[str, tuple[str, str]] = TEXTS

    def text(self, key: str, **values: object) -> str:
        """The text of this key in the user's language."""
        return self.texts[key][0 if self.lang == "es" else 1].format(**values)

    def say(self, key: str, **values: object) -> None:
        """Prints one line for people; nothing if JSON is wanted."""
        if not self.as_json:
            click.echo(self.text(key, **values))

    def line(self, text: str) -> None:
        """Prints a line for people that needs no translation."""
        if not self.as_json:
            click.echo(text)

    def data(self, value: object) -> None:
        """Prints the value as JSON if that is wanted."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False, indent=2))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Prints rows under the columns named by text keys: drawn on a terminal, plain elsewhere."""
        if self.as_json:
            return
        titles = [self.text(column) for column in columns]
        if sys.stdout.isatty():
            _draw(titles, rows)
            return
        widths = [max(len(row[n]) for row in [titles, *rows]) for n in range(len(titles))]
        for row in [titles, *rows]:
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _draw(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*titles, box=box.SIMPLE_HEAD)
    for row in rows:
        # Text, since names of firms may hold what rich takes for markup.
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def language_from_environment() -> str:
    """`es` or `en` by the first of LC_ALL, LC_MESSAGES and LANG that is set (POSIX, section 8.2)."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "es" if value.lower().startswith("es") else "en"
    return "en"


def output_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--json` and `--lang`, given to the command as one `output`."""
    from functools import wraps

    @wraps(function)
    def with_output(*args: Any, as_json: bool, lang: str | None, **kwargs: Any) -> Any:
        inherited = click.get_current_context().meta.get("certsvc.lang")
        return function(*args, output=Output(lang or inherited or language_from_environment(), as_json), **kwargs)

    json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
    lang_option = click.option("--lang", type=click.Choice(["es", "en"]), help="Language of answers.")
    return json_option(lang_option(with_output))
