"""What is known of the enterprise besides its duties: identity, sector, size, regime and upkeep (step 3).

Invariants
- With two names nothing else is told: the size may be another enterprise's.
- A regime is joined if the fact `regime` names it; any other text is the general regime. Over a ceiling, or in an
  excluded sector, the enterprise is refused; it is not silently moved to the general regime.
- The facts that the size is told by are the ones that must be kept up to date.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from certsvc.core.decision import reasons
from certsvc.core.decision.days import FOREVER
from certsvc.core.decision.facts_used import Known
from certsvc.core.decision.identity import two_names
from certsvc.core.decision.size import Measured, Unmeasured, facts_of_size, measure
from certsvc.core.decision.upkeep import Tolerated, good_until, tolerated
from certsvc.core.model import Enterprise, Evidence, FactName, Reason, SizeClass
from certsvc.core.rules.codes import RuleCode, reason_key
from certsvc.core.rules.enterprise import UpdateRule
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.scheme import RegimeRule


class Profile(NamedTuple):
    """The regime, the problems found (none if all fits), the size that counts, and for how many days it does.

    `found` is the size as it was measured, before any tolerance; None with two names.
    """

    regime: RegimeRule | None
    problems: tuple[Reason, ...]
    measured: Measured | None = None
    carries: int = FOREVER
    found: Measured | Unmeasured | None = None

    @property
    def size(self) -> SizeClass | None:
        """The class that counts, None if there is none."""
        return self.measured.size if self.measured is not None else None

    @property
    def score(self) -> Decimal | None:
        """The score, None if none is reckoned."""
        return self.measured.score if self.measured is not None else None


def profile_of(enterprise: Enterprise, evidence: Evidence, known: Known, rule_set: RuleSet, on: date) -> Profile:
    """The profile on that day."""
    regime = _joined(known, rule_set)
    if names := two_names(enterprise, evidence, rule_set):
        return Profile(regime, names)
    found = measure(known, rule_set.size)
    measured = found if isinstance(found, Measured) else None
    carries = FOREVER
    if rule_set.tolerance is not None and (kept := keeps(found, known, rule_set, on)) is not None:
        measured, carries = Measured(measured.score if measured else None, kept.size), (kept.until - on).days
    keys = _of_size(found, measured, known, rule_set)
    if rule_set.excluded is not None:
        keys += _of_sector(known, rule_set.excluded.sectors, RuleCode.SECTOR_EXCLUDED.value)
    if regime is not None:
        keys += of_regime(regime, known)
    if rule_set.update is not None and measured is not None:
        end = updated_until(rule_set.update, known, rule_set, on)
        if end is None:
            keys.append(RuleCode.DATA_UPDATE_MISSED.value)
        else:
            carries = min(carries, (end - on).days)
    problems = reasons.of_enterprise(rule_set.reasons, keys) if keys else ()
    return Profile(regime, problems, measured, carries, found)


def _joined(known: Known, rule_set: RuleSet) -> RegimeRule | None:
    if not rule_set.regimes:
        return None
    name = known.text(FactName.REGIME)
    return next((regime for regime in rule_set.regimes if regime.name == name), None)


def keeps(found: Measured | Unmeasured, known: Known, rule_set: RuleSet, on: date) -> Tolerated | None:
    """The former class that still counts for an enterprise too large for a certificate, None if there is none."""
    if rule_set.tolerance is None or not is_too_large(found, rule_set):
        return None
    former = tolerated(rule_set.tolerance, known, on)
    counts = former is not None and former.size in rule_set.size.certifiable and on < former.until
    return former if counts else None


def is_too_large(found: Measured | Unmeasured | None, rule_set: RuleSet) -> bool:
    """True if the size was told and lies above every class that is certified."""
    return isinstance(found, Measured) and not found.too_small and found.size not in rule_set.size.certifiable


def updated_until(rule: UpdateRule, known: Known, rule_set: RuleSet, on: date) -> date | None:
    """The first day on which a fact that the size is told by is too old, None if one is so already."""
    facts = [known.facts[name] for name in facts_of_size(known, rule_set.size)]
    return good_until(rule, facts, on)


def _of_size(found: Measured | Unmeasured, measured: Measured | None, known: Known, rule_set: RuleSet) -> list[str]:
    if isinstance(found, Unmeasured):
        if found.missing:
            return [key for name in found.missing for key in reasons.missing(known.to_ask(name))]
        return [RuleCode.SECTOR_UNKNOWN.value]
    if found.too_small:
        return [RuleCode.SIZE_BELOW_LIMIT.value]
    if measured is None or measured.size not in rule_set.size.certifiable:
        return [RuleCode.SIZE_ABOVE_LIMIT.value]
    return []


def _of_sector(known: Known, excluded: frozenset[str], key: str) -> list[str]:
    sector = known.text(FactName.SECTOR)
    if sector is None:
        return list(reasons.missing((FactName.SECTOR,)))
    return [key] if sector in excluded else []


def of_regime(regime: RegimeRule, known: Known) -> list[str]:
    """The keys of the reasons for which the enterprise cannot be in this regime."""
    keys: list[str] = []
    for name, ceiling in regime.ceilings.items():
        value = known.number(name)
        if value is None:
            keys += reasons.missing(known.to_ask(name))
        elif value > ceiling:
            keys.append(reason_key(RuleCode.REGIME_CEILING_EXCEEDED, regime.name, name.value))
    if regime.excluded_sectors:
        keys += _of_sector(known, regime.excluded_sectors, reason_key(RuleCode.REGIME_SECTOR_EXCLUDED, regime.name))
    return keys
