"""What joins several schemes: groups of proofs, and regimes whose one payment stands for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from certsvc.core.model import FactName
from certsvc.core.rules.reading.bases import Bases, refuse_twins
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.reading.reasons import plain
from certsvc.core.rules.reading.scheme import read_set
from certsvc.core.rules.scheme import NotApplicable, ProofRule, RegimeRule, Requirement, SchemeRule

MOST_GROUPS = 32
NUMBERS = tuple(name for name in FactName if name.is_number)
_PROVES = (Requirement.HARD_BAR, Requirement.PROOF)


def read_proofs(root: Table, schemes: Sequence[SchemeRule], bases: Bases) -> tuple[ProofRule, ...]:
    """The groups of proofs."""
    tables = root.rows("proofs", MOST_GROUPS)
    found = tuple(_read_group(table, schemes, bases) for table in tables)
    refuse_twins(tables, [group.name for group in found])
    return found


def _read_group(table: Table, schemes: Sequence[SchemeRule], bases: Bases) -> ProofRule:
    of = read_schemes(table, "of", [scheme.name for scheme in schemes if scheme.requirement in _PROVES])
    return ProofRule(
        name=table.word("name"),
        title=plain(table, "title"),
        at_least=table.whole("at_least", 1, max(len(of), 1)),
        of=of,
        not_applicable=table.choice("not_applicable", *NotApplicable),
        basis=bases.read(table),
    )


def read_schemes(table: Table, key: str, known: Sequence[str]) -> tuple[str, ...]:
    """A list of schemes, at least one, all of them among the known."""
    named = table.texts(key, empty=False)
    for name in named:
        if name not in known:
            table.fault(key, f"{name!r} is no scheme that can stand here; write some of: {', '.join(known) or 'none'}")
    return named


def read_regimes(root: Table, schemes: Sequence[SchemeRule], bases: Bases) -> tuple[RegimeRule, ...]:
    """The simplified regimes."""
    tables = root.rows("regimes", MOST_GROUPS)
    found = tuple(_read_regime(table, schemes, bases) for table in tables)
    refuse_twins(tables, [regime.name for regime in found])
    return found


def _read_regime(table: Table, schemes: Sequence[SchemeRule], bases: Bases) -> RegimeRule:
    paying = [scheme.name for scheme in schemes if scheme.requirement is Requirement.REGIME]
    paid_by = table.text("paid_by")
    if table.sound("paid_by") and paid_by not in paying:
        why = f'{paid_by!r} is no scheme with requirement = "regime"; write one of: {", ".join(paying) or "none"}'
        table.fault("paid_by", why)
    return RegimeRule(
        name=table.word("name"),
        title=plain(table, "title"),
        paid_by=paid_by,
        satisfies=read_schemes(table, "satisfies", [s.name for s in schemes if s.name not in paying]),
        ceilings=_read_ceilings(table.table("ceilings")) if table.has("ceilings") else MappingProxyType({}),
        excluded_sectors=read_set(table, "excluded_sectors"),
        basis=bases.read(table),
    )


def _read_ceilings(table: Table) -> Mapping[FactName, Decimal]:
    found = {fact: table.number(fact.value) for fact in NUMBERS if table.has(fact.value)}
    if not found:
        table.fault("", f"is empty; write one of: {', '.join(NUMBERS)}")
    return MappingProxyType(found)


def refuse_idle(
    tables: Sequence[Table],
    schemes: Sequence[SchemeRule],
    proofs: Sequence[ProofRule],
    regimes: Sequence[RegimeRule],
) -> None:
    """Reports every scheme whose requirement means nothing, because no group or regime names it."""
    proving = {name for group in proofs for name in group.of}
    paying = {regime.paid_by for regime in regimes}
    for table, scheme in zip(tables, schemes, strict=True):
        if scheme.requirement is Requirement.PROOF and scheme.name not in proving:
            table.fault("requirement", f'no [[proofs]] counts it; name {scheme.name!r} in one, or write "hard_bar"')
        if scheme.requirement is Requirement.REGIME and scheme.name not in paying:
            table.fault("requirement", f"no [[regimes]] is paid by it; write paid_by = {scheme.name!r} in one")
    if schemes and all(scheme.requirement is Requirement.OPTIONAL for scheme in schemes):
        tables[0].fault("requirement", 'every scheme is optional, so nothing can be proved; write one "hard_bar"')
