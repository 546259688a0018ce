"""What a command is told of an enterprise, as options and as messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from certsvc.core.model import FactKind, FactName

if TYPE_CHECKING:
    from google.type.date_pb2 import Date

    from certsvc.v1.enterprise_pb2 import Enterprise, Fact


class Described(NamedTuple):
    """What is said of an enterprise besides its first identifier, as typed."""

    also: tuple[str, ...]
    name: str
    facts: tuple[str, ...]


def enterprise_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--also`, `--name` and `--fact`, given to the command as one `described`."""
    from functools import wraps

    @wraps(function)
    def with_described(*args: Any, also: tuple[str, ...], name: str, facts: tuple[str, ...], **kwargs: Any) -> Any:
        return function(*args, described=Described(also, name, facts), **kwargs)

    for option in (
        click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A declared fact: head_count=5."),
        click.option("--name", default="", help="The name as the applicant writes it; compared with the agencies'."),
        click.option("--also", multiple=True, metavar="KIND:VALUE", help="A further identifier of the enterprise."),
    ):
        with_described = option(with_described)
    return with_described


def enterprise_message(kind: str, value: str, described: Described) -> Enterprise:
    """The enterprise. Raises BadParameter for what cannot be read."""
    from certsvc.v1 import enterprise_pb2

    pairs = [(kind, value), *(pair(text, ":", "--also") for text in described.also)]
    identifiers = [enterprise_pb2.Identifier(kind=k, value=v) for k, v in pairs]
    return enterprise_pb2.Enterprise(identifiers=identifiers, name=described.name)


def declared_facts(described: Described) -> Sequence[Fact]:
    """The facts. Raises BadParameter for what cannot be read."""
    return [_fact(*pair(text, "=", "--fact")) for text in described.facts]


def pair(text: str, separator: str, option: str) -> tuple[str, str]:
    """The two sides of the separator. Raises BadParameter."""
    left, found, right = text.partition(separator)
    if not found or not left or not right:
        raise click.BadParameter(f"{text!r} is not of the form A{separator}B", param_hint=option)
    return left, right


def day(on: date) -> Date:
    """The day as a message."""
    from google.type.date_pb2 import Date

    return Date(year=on.year, month=on.month, day=on.day)


def _fact(name: str, value: str) -> Fact:
    from google.type.decimal_pb2 import Decimal

    from certsvc.v1 import enterprise_pb2

    if name not in list(FactName):
        raise click.BadParameter(f"{name!r} is none of: {', '.join(FactName)}", param_hint="--fact")
    match FactName(name).kind:
        case FactKind.NUMBER:
            return enterprise_pb2.Fact(name=name, number=Decimal(value=value))
        case FactKind.DAY:
            return enterprise_pb2.Fact(name=name, day=day(_day(name, value)))
    return enterprise_pb2.Fact(name=name, text=value)


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{name} is a day; write 2026-01-31", param_hint="--fact") from None
