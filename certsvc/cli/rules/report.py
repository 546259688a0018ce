"""What `certsvc rules check` finds, and how it says it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import click

from certsvc.cli.output import Output
from certsvc.cli.rules.sources import Source, everything, find
from certsvc.core.errors import ConfigError
from certsvc.core.rules import RuleBook
from certsvc.core.rules.cases.coverage import Gap, Note, coverage
from certsvc.core.rules.cases.table import CaseTable
from certsvc.core.rules.cases.trial import Verdict, run, table_faults

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one place. With faults there is nothing else."""

    name: str
    faults: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[Note, ...] = ()
    unconfirmed: tuple[tuple[str, str, str], ...] = ()

    @property
    def failing(self) -> tuple[Verdict, ...]:
        """The cases that came out otherwise than expected."""
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        return {
            "name": self.name,
            "faults": list(self.faults),
            "versions": list(self.versions),
            "cases": len(self.verdicts),
            "failing": [_failure(verdict) for verdict in self.failing],
            "notes": [
                {"gap": note.gap.value, "what": note.what, "day": str(note.day) if note.day else None}
                for note in self.notes
            ],
            "unconfirmed": [
                {"version": version, "rule": rule, "note": note} for version, rule, note in self.unconfirmed
            ],
        }


def every(arguments: Sequence[str], config: Path | None) -> Iterator[Report]:
    """A report for each of the places; all that ships if none is named and there is no configuration."""
    sources, faults = _found(arguments)
    if faults:
        yield Report(", ".join(arguments), tuple(faults))
    if not arguments and config is None:
        sources = everything()
    # On a terminal only: a log needs no bar.
    hidden = len(sources) < 2 or not sys.stderr.isatty()
    with click.progressbar(sources, file=sys.stderr, hidden=hidden, item_show_func=_name) as bar:
        for source in bar:
            yield _report(source)
    if config is not None:
        yield _of_service(config)


def show(report: Report, output: Output, *, verbose: bool) -> None:
    """Prints the report for people; faults as they are, since programs print them too."""
    if report.faults:
        output.say("check_faults", name=report.name, count=len(report.faults))
        for fault in report.faults:
            output.line(f"  {fault}")
        return
    key = "check_failing" if report.failing else "check_passed" if report.verdicts else "check_none"
    counts = {"versions": len(report.versions), "count": len(report.verdicts), "failing": len(report.failing)}
    output.say(key, name=report.name, **counts)
    for verdict in report.failing:
        _show_failure(verdict, output)
    _show_notes(report.notes, output)
    if report.unconfirmed:
        output.say("check_unconfirmed" if verbose else "check_unconfirmed_more", count=len(report.unconfirmed))
    for version, rule, why in report.unconfirmed if verbose else ():
        output.line(f"    {version} {rule}: {why}")


def _show_notes(notes: Sequence[Note], output: Output) -> None:
    for note in notes:
        if note.gap is Gap.DAY:
            output.say("check_day", day=note.day, what=note.what)
    for gap in (Gap.REASON, Gap.RULE):
        if whats := [note.what for note in notes if note.gap is gap]:
            output.say(f"check_{gap.value}", what=", ".join(whats))


def _show_failure(verdict: Verdict, output: Output) -> None:
    output.say("case", where=verdict.case.where, on=verdict.case.on, situation=verdict.case.situation)
    for difference in verdict.differences:
        output.say("check_difference", what=difference.key, expected=difference.expected, decided=difference.decided)


def _failure(verdict: Verdict) -> dict[str, object]:
    return {
        "where": verdict.case.where,
        "situation": verdict.case.situation,
        "on": verdict.case.on.isoformat(),
        "differences": [{"key": d.key, "expected": d.expected, "decided": d.decided} for d in verdict.differences],
    }


def _name(source: Source | None) -> str:
    return source.name if source else ""


def _found(arguments: Sequence[str]) -> tuple[list[Source], list[str]]:
    sources, faults = [], []
    for argument in arguments:
        try:
            sources.append(find(argument))
        except ConfigError as error:
            faults += error.faults
    return sources, faults


def _report(source: Source) -> Report:
    faults: list[str] = []
    # Both are read before either is given up: the faults of rules and cases are told together.
    book = _or_faults(source.book, faults)
    table = _or_faults(source.cases, faults)
    if book is not None and table is not None:
        faults += table_faults(table, book)
    if faults or book is None:
        return Report(source.name, tuple(faults))
    return _sound(source.name, book, table)


def _sound(name: str, book: RuleBook, table: CaseTable | None) -> Report:
    verdicts = tuple(run(case, book) for case in table.cases) if table else ()
    return Report(
        name=name,
        versions=tuple(f"{rule_set.jurisdiction}/{rule_set.first}" for rule_set in book.sets),
        verdicts=verdicts,
        notes=coverage(table, book) if table else (),
        unconfirmed=tuple(
            (str(rule_set.first), rule, why) for rule_set in book.sets for rule, why in rule_set.unconfirmed
        ),
    )


def _of_service(config: Path) -> Report:
    """The rules of a configured service, held against its agencies."""
    from certsvc.app.trust import check_schemes
    from certsvc.config import load
    from certsvc.system import SystemClock

    faults: list[str] = []
    settings = _or_faults(lambda: load(config), faults)
    if settings is None:
        return Report(str(config), tuple(faults))
    service = settings.service
    source = Source("", service.rules, is_folder=True) if service.rules else find(service.jurisdiction)
    report = _report(source._replace(name=str(config)))
    if not report.faults:
        _or_faults(lambda: check_schemes(settings, source.book(), SystemClock()), faults)
    return replace(report, faults=tuple(faults)) if faults else report


def _or_faults(make: Callable[[], Found], faults: list[str]) -> Found | None:
    try:
        return make()
    except ConfigError as error:
        faults += error.faults
        return None
