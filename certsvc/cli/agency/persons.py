"""Who acts, where a command works on the database by itself."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from typing import Any

import click

MAX_TEXT = 200


def account() -> str:
    """The name of the account that this process runs under."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container, a number may have no name
        return f"uid {os.getuid()}"


def short_text(_context: click.Context, option: click.Parameter, value: str) -> str:
    """The text without outer blanks. Raises BadParameter if it is too long or not printable."""
    text = value.strip()
    if len(text) > MAX_TEXT or not text.isprintable():
        raise click.BadParameter(f"write one line of at most {MAX_TEXT} characters", param=option)
    return text


def actor_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--actor`: by default who is logged in, also through sudo. What is recorded names the account as well."""

    def default() -> str:
        name = account()
        return os.environ.get("SUDO_USER", name) if name == "root" else name

    return click.option(
        "--actor", default=default, callback=_named, show_default="the account", help="Who acts, for the record."
    )(function)


def _named(context: click.Context, option: click.Parameter, value: str) -> str:
    if not (name := short_text(context, option, value)):
        raise click.BadParameter("write a name", param=option)
    return name
