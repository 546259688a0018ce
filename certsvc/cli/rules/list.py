"""`certsvc rules list`: the rule sets that ship."""

from __future__ import annotations

import click

from certsvc.cli.output import Output, output_options

COLUMNS = ("version", "until", "title", "unconfirmed")


@click.command("list")
@output_options
def command(output: Output) -> None:
    """List the rule sets that ship, with the days on which they hold and how many of their rules are not confirmed."""
    from certsvc.cli.rules.sources import everything
    from certsvc.cli.rules.texts import TEXTS

    output = output._replace(texts=TEXTS)
    sets = [rule_set for source in everything() for rule_set in source.book().sets]
    output.data(
        {
            "rule_sets": [
                {
                    "jurisdiction": each.jurisdiction,
                    "from": each.first.isoformat(),
                    "until": each.until.isoformat() if each.until else None,
                    "title": {"es": each.title.es, "en": each.title.en},
                    "rules": len(each.bases),
                    "unconfirmed": len(each.unconfirmed),
                    "rule_set": each.ref,
                }
                for each in sets
            ]
        }
    )
    output.table(
        COLUMNS,
        [
            [
                f"{each.jurisdiction}/{each.first}",
                str(each.until) if each.until else "",
                each.title.in_language(output.lang),
                f"{len(each.unconfirmed)}/{len(each.bases)}",
            ]
            for each in sets
        ],
    )
