"""What a certificate is worth and for how long: validity, effects, appeal, rechecks and the yearly sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from certsvc.core.model import CertificateKind, SizeClass
from certsvc.core.rules.enterprise import EffectRule
from certsvc.core.rules.model import AppealRule, Event, RecheckRule, SampleRule
from certsvc.core.rules.reading.bases import Bases, refuse_twins
from certsvc.core.rules.reading.debts import LONGEST_DAYS
from certsvc.core.rules.reading.enterprise import read_day_of_year
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.reading.groups import read_schemes
from certsvc.core.rules.reading.reasons import plain
from certsvc.core.rules.reading.scheme import LONGEST_VALIDITY_DAYS, NO_TEXT, read_set
from certsvc.core.rules.reading.size import read_ranges
from certsvc.core.rules.scheme import Degraded, Requirement, SchemeRule

MOST_EFFECTS = 64
_LONGEST_PERIOD_DAYS = 400


def read_validity(table: Table, schemes: Iterable[SchemeRule], bases: Bases) -> Mapping[CertificateKind, int]:
    """Days of validity for every kind that these rules can give, and for others that the file has."""
    needed = {CertificateKind.FULL, *_kinds_of(schemes)}
    days = {
        kind: table.whole(kind.value, 1, LONGEST_VALIDITY_DAYS)
        for kind in CertificateKind
        if table.has(kind.value) or kind in needed
    }
    bases.read(table)
    return MappingProxyType(days)


def _kinds_of(schemes: Iterable[SchemeRule]) -> Iterable[CertificateKind]:
    for scheme in schemes:
        if scheme.requirement is not Requirement.OPTIONAL:
            yield scheme.arrangement.gives
        if scheme.degraded is not None and Degraded.PROVISIONAL in scheme.degraded.possible:
            yield CertificateKind.PROVISIONAL


def read_effects(
    root: Table, schemes: Sequence[SchemeRule], certifiable: Sequence[SizeClass], bases: Bases
) -> tuple[EffectRule, ...]:
    """What a certificate opens."""
    tables = root.rows("effects", MOST_EFFECTS)
    known = [scheme.name for scheme in schemes]
    found = tuple(_read_effect(table, known, certifiable, bases) for table in tables)
    refuse_twins(tables, [effect.name for effect in found])
    return found


def _read_effect(table: Table, schemes: Sequence[str], certifiable: Sequence[SizeClass], bases: Bases) -> EffectRule:
    return EffectRule(
        name=table.word("name"),
        title=plain(table, "title"),
        sizes=frozenset(table.maybe("sizes", lambda key: _read_sizes(table, key, certifiable)) or ()),
        kinds=frozenset(table.maybe("kinds", lambda key: table.choices(key, *CertificateKind)) or ()),
        on_day=table.maybe("on_day", lambda key: read_day_of_year(table, key)),
        clear=frozenset(table.maybe("clear", lambda key: read_schemes(table, key, schemes)) or ()),
        limits=read_ranges(table.table("limits")) if table.has("limits") else MappingProxyType({}),
        identifier_kinds=read_set(table, "identifier_kinds"),
        registered_within_days=table.maybe("registered_within_days", lambda key: table.whole(key, 1, LONGEST_DAYS)),
        basis=bases.read(table),
    )


def _read_sizes(table: Table, key: str, certifiable: Sequence[SizeClass]) -> tuple[SizeClass, ...]:
    sizes = table.choices(key, *SizeClass)
    for size in sizes:
        if size not in certifiable:
            table.fault(key, f"{size} is never certified; write some of: {', '.join(certifiable)}")
    return sizes


def read_appeal(table: Table, bases: Bases) -> AppealRule:
    """How long and where to appeal."""
    return AppealRule(
        days=table.whole("days", 1, _LONGEST_PERIOD_DAYS),
        where=table.maybe("where", lambda key: plain(table, key)) or NO_TEXT,
        basis=bases.read(table),
    )


def read_recheck(table: Table, bases: Bases) -> RecheckRule:
    """When the standing of a holder is asked for again."""
    return RecheckRule(
        days=table.whole("days", 1, _LONGEST_PERIOD_DAYS),
        on=frozenset(table.maybe("on", lambda key: table.choices(key, *Event)) or ()),
        basis=bases.read(table),
    )


def read_sample(root: Table, certifiable: Sequence[SizeClass], bases: Bases) -> SampleRule | None:
    """Whom the yearly inspection draws, None if there is none."""
    if not root.has("sample"):
        return None
    table = root.table("sample")
    return SampleRule(
        share=table.share("share"),
        sizes=frozenset(_read_sizes(table, "sizes", certifiable)),
        basis=bases.read(table),
    )
