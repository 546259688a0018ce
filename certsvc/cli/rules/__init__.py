"""`certsvc rules`: the law as data, for those who write and review it."""

from __future__ import annotations

import click

from certsvc.cli.lazy import Lazy, LazyGroup

COMMANDS = {
    "list": Lazy("certsvc.cli.rules.list", "List the rule sets that ship."),
    "show": Lazy("certsvc.cli.rules.show", "Print the rule file in force on a day."),
    "new": Lazy("certsvc.cli.rules.new", "Write a commented start for a jurisdiction."),
    "check": Lazy("certsvc.cli.rules.check", "Find every fault of rule files and run their cases."),
    "diff": Lazy("certsvc.cli.rules.diff", "Say in words what changes between two versions."),
    "explain": Lazy("certsvc.cli.rules.explain", "Show how a decision came about, rule by rule."),
    "simulate": Lazy("certsvc.cli.rules.simulate", "Try rules on all holders, without effect."),
}


@click.group("rules", cls=LazyGroup, table=COMMANDS)
def command() -> None:
    """Read, check, compare and try out rule sets."""
