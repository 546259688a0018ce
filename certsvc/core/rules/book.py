"""Rule sets become a book with one for each day.

Invariants
- A book has neither gaps nor overlaps between its first and last day: a date has one rule set, or lies outside.
- Instants become legal dates in one place, `RuleBook.legal_date`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise

from certsvc.core.errors import ConfigError, NoRuleSet
from certsvc.core.rules.model import RuleSet


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
