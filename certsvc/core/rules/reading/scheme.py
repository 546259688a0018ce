"""One duty with every rule on it, and every reason that can concern it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from certsvc.core.facts import fold_term
from certsvc.core.model import Reason, Text
from certsvc.core.outcome import Outcome
from certsvc.core.rules.codes import SCHEME_CODES, RuleCode
from certsvc.core.rules.reading.bases import Bases, part, refuse_twins
from certsvc.core.rules.reading.debts import (
    BARRED,
    LONGEST_DAYS,
    read_amnesties,
    read_arrangement,
    read_de_minimis,
    read_discharges,
    read_posting,
    read_presumed,
    read_secured,
)
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.reading.reasons import Templates, plain, templated
from certsvc.core.rules.scheme import (
    Degraded,
    DegradedRule,
    EvidenceRule,
    LiabilityRule,
    NewlyRegisteredRule,
    Requirement,
    SchemeRule,
    Undated,
)
from certsvc.core.rules.terms import Basis

MOST_LIABILITY = 64
LONGEST_VALIDITY_DAYS = 400
NO_TEXT = Text("", "")


def read_scheme(table: Table, templates: Templates, bases: Bases) -> SchemeRule:
    """The scheme in this table."""
    name = table.word("name")
    requirement = table.choice("requirement", *Requirement)
    basis = bases.read(table)
    evidence, degraded = _read_ages(table, bases)
    rule = SchemeRule(
        name=name,
        title=plain(table, "title"),
        agency=plain(table, "agency"),
        where=table.maybe("where", lambda key: plain(table, key)) or NO_TEXT,
        requirement=requirement,
        bars=_read_bars(table, requirement),
        evidence=evidence,
        arrangement=read_arrangement(table, basis, bases),
        liability=_read_liability(table, bases),
        de_minimis=part(table, "de_minimis", read_de_minimis, bases),
        secured=part(table, "secured", read_secured, bases),
        amnesties=read_amnesties(table, bases),
        presumed=part(table, "presumed", read_presumed, bases),
        posting=part(table, "posting", read_posting, bases),
        discharges=read_discharges(table, bases),
        newly_registered=part(table, "newly_registered", _read_newly_registered, bases),
        degraded=degraded,
        basis=basis,
        reasons=MappingProxyType({}),
    )
    return replace(rule, reasons=_read_reasons(table, rule, templates))


def _read_bars(table: Table, requirement: Requirement) -> frozenset[Outcome]:
    if requirement is Requirement.PROOF:
        return frozenset(table.maybe("bars", lambda key: table.choices(key, *BARRED)) or ())
    if table.has("bars"):
        table.fault("bars", 'only a proof has bars of its own; leave it out, or write requirement = "proof"')
    return frozenset(BARRED)


def _read_ages(scheme: Table, bases: Bases) -> tuple[EvidenceRule, DegradedRule | None]:
    """How old evidence may be, usually and while the agency is out."""
    table = scheme.table("evidence")
    evidence = EvidenceRule(
        max_age_days=table.whole("max_age_days", 0, LONGEST_VALIDITY_DAYS),
        standing_days=table.whole("standing_days", 1, 2 * LONGEST_VALIDITY_DAYS),
        undated=table.choice("undated", *Undated),
        basis=bases.read(table),
    )
    degraded = _read_degraded(scheme, evidence.max_age_days, bases)
    oldest = max(evidence.max_age_days, degraded.reuse_max_age_days if degraded else 0)
    # Otherwise a certificate could be granted on evidence that carries it for no day at all.
    if table.sound("max_age_days", "standing_days") and evidence.standing_days <= oldest:
        why = f"{evidence.standing_days} is not above the greatest age of evidence; write more than {oldest}"
        table.fault("standing_days", why)
    return evidence, degraded


def _read_degraded(scheme: Table, max_age_days: int, bases: Bases) -> DegradedRule | None:
    if not scheme.has("degraded"):
        return None
    table = scheme.table("degraded")
    mode = table.choice("mode", *Degraded)
    also = frozenset(table.maybe("also", lambda key: table.choices(key, *Degraded)) or ())
    for idle in sorted(also & {mode, Degraded.PENDING}):
        table.fault("also", f'"{idle}" is allowed anyway; leave it out')
    reuse = 0
    if Degraded.REUSE in (mode, *also):
        reuse = table.whole("reuse_max_age_days", 1, LONGEST_VALIDITY_DAYS)
        if table.sound("reuse_max_age_days") and reuse <= max_age_days:
            why = f"{reuse} is not above evidence.max_age_days; write more than {max_age_days}"
            table.fault("reuse_max_age_days", why)
    elif table.has("reuse_max_age_days"):
        table.fault("reuse_max_age_days", 'only goes with mode = "reuse", or "reuse" in also; leave it out')
    return DegradedRule(mode, also, reuse, bases.read(table))


def _read_liability(scheme: Table, bases: Bases) -> tuple[LiabilityRule, ...]:
    tables = scheme.rows("liability", MOST_LIABILITY)
    found = tuple(_read_ground(table, bases) for table in tables)
    refuse_twins(tables, [ground.name for ground in found])
    return found


def _read_ground(table: Table, bases: Bases) -> LiabilityRule:
    return LiabilityRule(
        name=table.word("name"),
        since=table.day("since"),
        zones=read_set(table, "zones"),
        sectors=read_set(table, "sectors"),
        workers_from=table.maybe("workers_from", table.number) or Decimal(0),
        basis=bases.read(table),
    )


def read_set(table: Table, key: str) -> frozenset[str]:
    """The terms of a list that may be left out, which means all; an empty list is a fault."""
    return frozenset(fold_term(text) for text in table.maybe(key, lambda key: table.texts(key, empty=False)) or ())


def _read_newly_registered(table: Table, bases: Bases) -> NewlyRegisteredRule:
    return NewlyRegisteredRule(table.whole("within_days", 1, LONGEST_DAYS), bases.read(table))


def _read_reasons(table: Table, rule: SchemeRule, templates: Templates) -> Mapping[str, Reason]:
    put_in = {"{scheme}": rule.title, "{agency}": rule.agency}
    bases = _bases_of_codes(rule)
    own = _read_remedies(table.table("remedies"), tuple(bases)) if table.has("remedies") else {}
    return MappingProxyType(
        {
            code: templates.reason(code, basis.citation, put_in, scheme=rule.name, remedy=own.get(code))
            for code, basis in bases.items()
        }
    )


def _bases_of_codes(rule: SchemeRule) -> dict[str, Basis]:
    """What every reason that the scheme can give rests on."""
    bases = dict.fromkeys(SCHEME_CODES, rule.basis)
    bases[RuleCode.EVIDENCE_STALE] = bases[RuleCode.EVIDENCE_UNDATED] = rule.evidence.basis
    bases[Outcome.BARRED_ARRANGEMENT_BROKEN] = rule.arrangement.basis
    for code, optional in ((RuleCode.PRESUMED_DEBT, rule.presumed), (RuleCode.PAYMENT_NOT_POSTED, rule.posting)):
        if optional is None:
            del bases[code]
        else:
            bases[code] = optional.basis
    return bases


def _read_remedies(table: Table, codes: tuple[str, ...]) -> dict[str, Text]:
    """The scheme's own remedies, which stand in for the general ones."""
    found = {}
    for code in table.written():
        if code in codes:
            found[code] = templated(table, code, code)
        else:
            table.fault(code, f"is no reason of this scheme; write one of: {', '.join(codes)}")
    return found
