"""`certsvc rules new`: a commented start for the rules of a jurisdiction."""

from __future__ import annotations

from datetime import MAXYEAR, UTC, date, datetime
from pathlib import Path

import click

from certsvc.cli.output import Output, output_options


@click.command("new")
@click.argument("jurisdiction")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day.  [default: 1 January]")
@click.option("--zone", default="UTC", show_default=True, help="Time zone, such as America/Costa_Rica.")
@click.option("--currency", default="XXX", show_default=True, help="Currency of all money in the rules.")
@click.option(
    "-o", "--out", type=click.Path(file_okay=False, path_type=Path), help="A folder for the rules and their cases."
)
@output_options
def command(
    jurisdiction: str, first: datetime | None, zone: str, currency: str, out: Path | None, output: Output
) -> None:
    """Write a commented start for a jurisdiction.

    Without -o, prints the rule file. With it, writes the rule file and cases.toml, and overwrites nothing. What is
    written has no faults: go on from there with certsvc rules check.
    """
    day = first.date() if first else datetime.now(UTC).date().replace(month=1, day=1)
    rules, cases = _texts(jurisdiction, day, zone, currency)
    if out is None:
        click.echo(rules.encode(), nl=False)
        return
    from certsvc.cli.rules.texts import TEXTS
    from certsvc.rulesets import CASES

    written = _write(out, {f"{day}.toml": rules, CASES: cases})
    output = output._replace(texts=TEXTS)
    output.data({"written": [str(path) for path in written]})
    for path in written:
        output.say("new_written", path=path)
    output.say("new_next", path=out)


def _texts(jurisdiction: str, day: date, zone: str, currency: str) -> tuple[str, str]:
    """The rule file and the case table. Raises ConfigError with every fault that the values given cause."""
    from importlib.resources import files
    from string import Template

    from certsvc.core.rules import parse_rule_set
    from certsvc.core.rules.cases.reading import parse_cases

    for value in (jurisdiction, zone, currency):
        if any(c in value for c in '"\\') or not value.isprintable():
            raise click.UsageError(f"{value!r} cannot stand in a rule file.")
    if day.year == MAXYEAR:
        raise click.UsageError(f"{day} leaves no later day; write an earlier one.")
    later = day.replace(year=day.year + 1, day=1)  # the first: 29 February has no next year
    values = {"jurisdiction": jurisdiction, "zone": zone, "currency": currency, "first": day, "until": later}
    folder = files("certsvc.cli.rules")
    rules, cases = (
        Template(folder.joinpath(name).read_text("utf-8")).substitute(values)
        for name in ("start.toml", "start_cases.toml")
    )
    # Whoever is given a start must be able to go on from it.
    parse_rule_set(rules, f"{day}.toml")
    parse_cases(cases, "cases.toml")
    return rules, cases


def _write(folder: Path, texts: dict[str, str]) -> list[Path]:
    taken = [str(folder / name) for name in texts if (folder / name).exists()]
    if taken:
        raise click.UsageError(f"{', '.join(taken)}: is there already, and is left alone.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            # Exclusively: between the look above and now somebody may have written one.
            with (folder / name).open("x", encoding="utf-8", newline="") as file:
                file.write(text)
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    return [folder / name for name in texts]
