"""What becomes of debts: arrangements, thresholds, secured and presumed debts, amnesties, posting, discharges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from certsvc.core.model import CertificateKind, SizeClass
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.reading.bases import Bases, refuse_twins
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.scheme import (
    Act,
    AmnestyRule,
    ArrangementRule,
    Broken,
    Component,
    Condition,
    DeMinimisRule,
    DischargeRule,
    PostingRule,
    PresumedDebt,
    PresumedRule,
    SecuredDebt,
    SecuredRule,
)
from certsvc.core.rules.terms import Basis

BARRED = tuple(outcome for outcome in Outcome if outcome.standing is Standing.BARRED)
MOST_AMNESTIES = 32
MOST_DISCHARGES = 32
LONGEST_DAYS = 36_525
"""A hundred years, the longest period that any rule speaks of."""
_MOST_INSTALMENTS = 120
_LONGEST_POSTING_DAYS = 90


def read_arrangement(scheme: Table, basis: Basis, bases: Bases) -> ArrangementRule:
    """The rule on arrangements of a scheme, the default one where it says nothing."""
    gives = scheme.choice("arrangement_gives", CertificateKind.UNDER_ARRANGEMENT, CertificateKind.FULL)
    if not scheme.has("arrangement"):
        return ArrangementRule(gives, False, 0, Broken.FROM_THE_BREAK, basis)
    table = scheme.table("arrangement")
    return ArrangementRule(
        gives=gives,
        first_instalment=table.maybe("first_instalment", table.truth) or False,
        late_instalments=table.maybe("late_instalments", lambda key: table.whole(key, 0, _MOST_INSTALMENTS)) or 0,
        broken=table.maybe("broken", lambda key: table.choice(key, *Broken)) or Broken.FROM_THE_BREAK,
        basis=bases.read(table),
    )


def read_de_minimis(table: Table, bases: Bases) -> DeMinimisRule:
    """The debt that is too small to bar."""
    return DeMinimisRule(
        amount=table.amount("amount"),
        counts=frozenset(table.choices("counts", *Component)),
        basis=bases.read(table),
    )


def read_secured(table: Table, bases: Bases) -> SecuredRule:
    """What becomes of suspended and of guaranteed debts."""
    return SecuredRule(
        suspended=table.choice("suspended", *SecuredDebt),
        guaranteed=table.choice("guaranteed", *SecuredDebt),
        basis=bases.read(table),
    )


def read_presumed(table: Table, bases: Bases) -> PresumedRule:
    """What becomes of presumed debts."""
    return PresumedRule(table.choice("presumed", *PresumedDebt), bases.read(table))


def read_posting(table: Table, bases: Bases) -> PostingRule:
    """How long posting takes."""
    return PostingRule(table.whole("lag_days", 1, _LONGEST_POSTING_DAYS), bases.read(table))


def read_amnesties(scheme: Table, bases: Bases) -> tuple[AmnestyRule, ...]:
    """The amnesties of a scheme."""
    tables = scheme.rows("amnesties", MOST_AMNESTIES)
    found = tuple(_read_amnesty(table, bases) for table in tables)
    refuse_twins(tables, [amnesty.name for amnesty in found])
    return found


def _read_amnesty(table: Table, bases: Bases) -> AmnestyRule:
    first, until = read_window(table)
    debts_from, debts_before = (table.maybe(key, table.day) for key in ("debts_from", "debts_before"))
    if debts_from and debts_before and table.sound("debts_from", "debts_before") and debts_before <= debts_from:
        table.fault("debts_before", f"{debts_before} is not after debts_from; write the first day that is not covered")
    return AmnestyRule(
        name=table.word("name"),
        first=first,
        until=until,
        conditions=frozenset(table.choices("conditions", *Condition)),
        waives=_read_waived(table.table("waives")),
        requested=table.truth("requested"),
        debts_from=debts_from,
        debts_before=debts_before,
        older_than_days=table.maybe("older_than_days", lambda key: table.whole(key, 1, LONGEST_DAYS)),
        basis=bases.read(table),
    )


def read_window(table: Table) -> tuple[date, date]:
    """The half-open window of `from` and `until`."""
    first, until = table.day("from"), table.day("until")
    if table.sound("from", "until") and until <= first:
        table.fault("until", f"{until} is not after from; write the first day on which it no longer holds")
    return first, until


def _read_waived(table: Table) -> Mapping[Component, Decimal]:
    waivable = (Component.PENALTY, Component.INTEREST)
    waived = {part: table.share(part.value) for part in waivable if table.has(part.value)}
    if not waived:
        table.fault("", "waives nothing; write penalty, interest or both, each above 0 and at most 1")
    return MappingProxyType(waived)


def read_discharges(scheme: Table, bases: Bases) -> tuple[DischargeRule, ...]:
    """How the bars of a scheme are discharged."""
    tables = scheme.rows("discharges", MOST_DISCHARGES)
    found = tuple(_read_discharge(table, bases) for table in tables)
    refuse_twins(tables, [discharge.name for discharge in found])
    return found


def _read_discharge(table: Table, bases: Bases) -> DischargeRule:
    return DischargeRule(
        name=table.word("name"),
        bars=frozenset(table.choices("bars", *BARRED)),
        sizes=frozenset(table.choices("sizes", *SizeClass)),
        needs=frozenset(table.choices("needs", *Act)),
        request_within_days=table.whole("request_within_days", 1, LONGEST_DAYS),
        once_in_days=table.whole("once_in_days", 1, LONGEST_DAYS),
        holds_days=table.whole("holds_days", 1, LONGEST_DAYS),
        basis=bases.read(table),
    )
