"""`certsvc rules show`: the rule file in force on a day, as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import click


@click.command("show")
@click.argument("rules", metavar="JURISDICTION")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The legal day.  [default: today, there]")
def command(rules: str, on: datetime | None) -> None:
    """Print the rule file in force on a day.

    JURISDICTION is one that ships, or a folder of rule files; one of its versions is printed whatever the day. What is
    printed is the exact text: its SHA-256 is the digest by which decisions name it.
    """
    from certsvc.cli.rules.sources import find

    source = find(rules)
    book = source.book()
    day = on.date() if on else book.legal_date(datetime.now(UTC))
    rule_set = book.in_force(day) if on or source.is_folder else source.rule_set()
    click.echo(rule_set.text.encode(), nl=False)
