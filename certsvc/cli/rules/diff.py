"""`certsvc rules diff`: what changes between two versions, in words and over a case table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from certsvc.cli.output import Output, output_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certsvc.cli.rules.sources import Source
    from certsvc.core.rules import RuleSet
    from certsvc.core.rules.cases.table import Case, CaseTable
    from certsvc.core.rules.cases.trial import Difference
    from certsvc.core.rules.differences.sentences import Change


class Turned(NamedTuple):
    """A case that the two versions decide otherwise, and in what."""

    case: Case
    differences: tuple[Difference, ...]


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--cases",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A case table.  [default: cases.toml beside NEW, else beside OLD]",
)
@output_options
def command(old: str, new: str, cases: Path | None, output: Output) -> None:
    """Say in words what changes between two versions.

    OLD and NEW are rule files, or shipped versions such as costa_rica/2025-01-01. Every case is decided under both,
    as if each were in force on the day of the case.
    """
    from certsvc.cli.rules.sources import find
    from certsvc.cli.rules.texts import TEXTS
    from certsvc.core.rules.differences.compare import differences

    sources = find(old), find(new)
    before, after = (source.rule_set() for source in sources)
    changes = differences(before, after)
    table = _table(cases, sources)
    turned = list(_turned(table.cases if table else (), before, after))
    output = output._replace(texts=TEXTS)
    output.data(_as_data(changes, turned))
    _show(changes, output)
    if table is not None:
        output.say("diff_cases", count=len(table.cases), turned=len(turned))
    for each in turned:
        _show_turned(each, output)


def _table(cases: Path | None, sources: tuple[Source, Source]) -> CaseTable | None:
    from certsvc.cli.rules.sources import read_cases

    old, new = sources
    return read_cases(cases) if cases else new.cases_beside() or old.cases_beside()


def _turned(cases: Sequence[Case], before: RuleSet, after: RuleSet) -> Iterator[Turned]:
    from certsvc.core.rules.cases.trial import compared, decided_under

    for case in cases:
        found = compared(decided_under(case, before), decided_under(case, after))
        if found:
            yield Turned(case, found)


def _show(changes: Sequence[Change], output: Output) -> None:
    if not changes:
        output.say("diff_none")
    for change in changes:
        output.line(f"- {change.text.in_language(output.lang)}")
        if change.citation:
            output.say("diff_citation", citation=change.citation)


def _show_turned(turned: Turned, output: Output) -> None:
    case = turned.case
    output.say("case", where=case.where, on=case.on, situation=case.situation)
    for difference in turned.differences:
        output.say("diff_decided", what=difference.key, old=difference.expected, new=difference.decided)


def _as_data(changes: Sequence[Change], turned: Sequence[Turned]) -> dict[str, object]:
    return {
        "changes": [{"path": c.path, "es": c.text.es, "en": c.text.en, "citation": c.citation} for c in changes],
        "cases": [
            {
                "where": each.case.where,
                "situation": each.case.situation,
                "on": each.case.on.isoformat(),
                "differences": [{"key": d.key, "old": d.expected, "new": d.decided} for d in each.differences],
            }
            for each in turned
        ],
    }
