"""Dated rules: a file becomes a rule set, rule sets become a book with one for each day.

Invariants
- A file with any fault gives no rule set, and all its faults are reported together.
- A book has neither gaps nor overlaps between its first and last day: a date has one rule set, or lies outside.
- Instants become legal dates in one place, `RuleBook.legal_date`.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from certsvc.core.errors import ConfigError, NoRuleSet
from certsvc.core.ruleset_fields import Table
from certsvc.core.ruleset_model import RuleSet
from certsvc.core.ruleset_parts import (
    Bases,
    Templates,
    plain,
    read_days,
    read_enterprise_reasons,
    read_names,
    read_scheme,
    read_size,
    read_validity,
    refuse_twins,
)

__all__ = ["RuleBook", "RuleSet", "parse_rule_set"]

FORMAT = 1


def parse_rule_set(text: str, source: str) -> RuleSet:
    """The rule set in this file text. `source` names the file in faults.

    Raises ConfigError with every fault: where it is, and what to write instead.
    """
    faults: list[str] = []
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ArithmeticError) as error:
        raise ConfigError([f"{source}: is not TOML: {error}"]) from error
    root = Table(values, "", faults)
    rule_set = _read(root, text)
    root.close()
    if faults:
        raise ConfigError([f"{source}: {fault}" for fault in faults])
    return rule_set


def _read(root: Table, text: str) -> RuleSet:
    root.whole("format", FORMAT, FORMAT)
    jurisdiction = root.word("jurisdiction")
    plain(root, "title")
    first, until = root.day("from"), root.day("until") if root.has("until") else None
    if root.sound("from", "until") and until is not None and until <= first:
        root.fault("until", f"{until} is not after from; write the first day on which these rules no longer hold")
    bases = Bases()
    templates = Templates(root.table("reasons"))
    scheme_tables = root.tables("schemes")
    schemes = tuple(read_scheme(table, templates, bases) for table in scheme_tables)
    refuse_twins(root, "schemes", [scheme.name for scheme in schemes])
    names = read_names(root.table("names"), bases)
    size, size_basis = read_size(root.table("size"), bases)
    digest = hashlib.sha256(text.encode()).digest()
    return RuleSet(
        jurisdiction=jurisdiction,
        first=first,
        until=until,
        time_zone=_zone(root),
        currency=root.text("currency"),
        schemes=schemes,
        names=names,
        size=size,
        validity=read_validity(root.table("validity"), schemes, bases),
        appeal=read_days(root.table("appeal"), bases, 400),
        recheck=read_days(root.table("recheck"), bases, 400),
        reasons=read_enterprise_reasons(root.table("facts"), templates, names, size, size_basis.citation),
        text=text,
        digest=digest,
        ref=f"{jurisdiction}/{first.isoformat()}#sha256-{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}",
        bases=tuple(bases.found),
    )


def _zone(root: Table) -> ZoneInfo:
    key = root.text("time_zone")
    try:
        return ZoneInfo(key)
    except (ValueError, OSError, LookupError):  # malformed key; a folder of the database; not in it
        if root.sound("time_zone"):
            root.fault("time_zone", f'{key!r} is not in the IANA database; write a name such as "America/Costa_Rica"')
        return ZoneInfo("UTC")


class RuleBook:
    """The rule sets of one authority, each day covered once."""

    def __init__(self, sets: Iterable[RuleSet]) -> None:
        """Raises ConfigError with every gap, overlap and mixture."""
        self.sets = tuple(sorted(sets, key=lambda rule_set: rule_set.first))
        if not self.sets:
            raise ConfigError(["no rule set; name at least one rule file"])
        faults = [fault for pair in pairwise(self.sets) for fault in _joint_faults(*pair)]
        if faults:
            raise ConfigError(faults)

    def in_force(self, on: date) -> RuleSet:
        """The one rule set of that legal date. Raises NoRuleSet before the first and after the last."""
        found = next((rule_set for rule_set in self.sets if rule_set.covers(on)), None)
        if found is None:
            last = self.sets[-1].until
            end = f"until {last} (not included)" if last is not None else "on"
            raise NoRuleSet(f"no rules for {on}: they reach from {self.sets[0].first} {end}; add a rule file")
        return found

    def legal_date(self, now: datetime) -> date:
        """The day on which the instant falls at the authority. Raises ValueError for an instant without zone."""
        if now.tzinfo is None:
            raise ValueError("an instant without zone has no legal date")
        return now.astimezone(self.sets[0].time_zone).date()

    def by_ref(self, ref: str) -> RuleSet:
        """The rule set that decisions name so. Raises NoRuleSet if it is not in this book."""
        found = next((rule_set for rule_set in self.sets if rule_set.ref == ref), None)
        if found is None:
            raise NoRuleSet(f"no rule set {ref}; the store keeps the text of every rule set that ever decided")
        return found


def _joint_faults(earlier: RuleSet, later: RuleSet) -> list[str]:
    faults = []
    if earlier.until is None:
        faults.append(f"{earlier.ref} has no end, but {later.ref} follows; write until = {later.first} in the first")
    elif earlier.until > later.first:
        faults.append(f"{earlier.ref} and {later.ref} overlap; write until = {later.first} in the first")
    elif earlier.until < later.first:
        faults.append(
            f"no rules from {earlier.until} to {later.first} between {earlier.ref} and {later.ref}; "
            f"write until = {later.first} in the first, or add a file"
        )
    if earlier.jurisdiction != later.jurisdiction:
        faults.append(f"{earlier.ref} and {later.ref} are of two jurisdictions; keep them in two books")
    if earlier.time_zone.key != later.time_zone.key:
        faults.append(f"{earlier.ref} and {later.ref} have two time zones; a day must begin once: write the same")
    return faults
