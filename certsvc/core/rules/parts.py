"""The parts of a rule file, each read from its table. The file format is documented in certsvc/rulesets/README.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from types import MappingProxyType

from certsvc.core.model import CertificateKind, FactName, Reason, SizeClass, Text
from certsvc.core.names import fold_suffixes
from certsvc.core.rules.fields import Table
from certsvc.core.rules.model import (
    ENTERPRISE_CODES,
    SCHEME_CODES,
    Basis,
    DaysRule,
    EvidenceRule,
    NameRule,
    Requirement,
    RuleCode,
    SchemeRule,
    Undated,
)
from certsvc.core.rules.size import SectorRule, SizeRule, Weights

LONGEST_VALIDITY_DAYS = 400
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")


class Method(Enum):
    """How the size is told."""

    WEIGHTED_SCORE = "weighted_score"


class Bases:
    """Collects what each rule rests on, with where it stands in the file."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Basis]] = []

    def read(self, table: Table) -> Basis:
        """The basis of the rule in this table: `citation`, `confirmed`, and `note` if not confirmed."""
        citation, confirmed = table.text("citation"), table.truth("confirmed")
        note = table.text("note") if table.has("note") else ""
        if table.sound("confirmed", "note") and not confirmed and not note:
            table.fault("note", "is missing; write what is not confirmed, or confirmed = true")
        basis = Basis(citation, confirmed, note)
        self.found.append((table.path, basis))
        return basis


class Templates:
    """Text and remedy of every reason, before the names of schemes and facts are put in."""

    def __init__(self, table: Table) -> None:
        self._texts: dict[str, tuple[Text, Text]] = {}
        for code in (*SCHEME_CODES, *ENTERPRISE_CODES):
            entry = table.table(code, 'text and remedy, each { es = "...", en = "..." }')
            text, remedy = entry.both("text"), entry.both("remedy")
            for key, both in (("text", text), ("remedy", remedy)):
                check_placeholders(entry, key, both, _allowed(code))
            self._texts[code] = text, remedy

    def reason(self, code: str, citation: str, put_in: Mapping[str, Text], remedy: Text | None = None) -> Reason:
        """The reason with its placeholders replaced; `remedy` stands in for the general one."""
        text, general = self._texts[code]
        return Reason(code, _fill(text, put_in), _fill(remedy or general, put_in), citation)


def _allowed(code: str) -> tuple[str, ...]:
    if code in SCHEME_CODES:
        return ("{agency}", "{scheme}")
    return ("{fact}",) if code == RuleCode.FACTS_MISSING else ()


def check_placeholders(table: Table, key: str, both: Text, allowed: tuple[str, ...]) -> None:
    """Reports every brace that is not one of the allowed placeholders."""
    for language, text in (("es", both.es), ("en", both.en)):
        for found in dict.fromkeys(_PLACEHOLDER.findall(text)):
            if found not in allowed:
                instead = f"write {' or '.join(allowed)}" if allowed else "leave it out"
                table.fault(f"{key}.{language}", f"{found} is not replaced here; {instead}")


def _fill(text: Text, put_in: Mapping[str, Text]) -> Text:
    es, en = text.es, text.en
    for name, value in put_in.items():
        es, en = es.replace(name, value.es), en.replace(name, value.en)
    return Text(es, en)


def plain(table: Table, key: str) -> Text:
    """A text in both languages that has no braces."""
    both = table.both(key)
    check_placeholders(table, key, both, ())
    return both


def read_scheme(table: Table, templates: Templates, bases: Bases) -> SchemeRule:
    """One duty with every reason that can concern it."""
    name = table.word("name")
    put_in = {"{scheme}": plain(table, "title"), "{agency}": plain(table, "agency")}
    requirement = table.choice("requirement", Requirement.HARD_BAR)
    arrangement = table.choice("arrangement_gives", CertificateKind.UNDER_ARRANGEMENT, CertificateKind.FULL)
    basis = bases.read(table)
    evidence = _read_evidence(table.table("evidence"), bases)
    own = _read_remedies(table)
    reasons = {}
    for code in SCHEME_CODES:
        by_age = code in (RuleCode.EVIDENCE_STALE, RuleCode.EVIDENCE_UNDATED)
        citation = evidence.basis.citation if by_age else basis.citation
        reason = templates.reason(code, citation, put_in, own.get(code))
        reasons[code] = Reason(reason.code, reason.text, reason.remedy, citation, scheme=name)
    return SchemeRule(name, requirement, arrangement, evidence, basis, MappingProxyType(reasons))


def _read_remedies(table: Table) -> dict[str, Text]:
    """The scheme's own remedies, which stand in for the general ones."""
    if not table.has("remedies"):
        return {}
    remedies = table.table("remedies")
    found = {}
    for code in remedies.written():
        if code not in SCHEME_CODES:
            remedies.fault(code, f"is no reason of a scheme; write one of: {', '.join(SCHEME_CODES)}")
            continue
        found[code] = remedies.both(code)
        check_placeholders(remedies, code, found[code], _allowed(code))
    return found


def _read_evidence(table: Table, bases: Bases) -> EvidenceRule:
    max_age = table.whole("max_age_days", 0, LONGEST_VALIDITY_DAYS)
    standing = table.whole("standing_days", 1, 2 * LONGEST_VALIDITY_DAYS)
    undated = table.choice("undated", *Undated)
    basis = bases.read(table)
    # Otherwise a certificate could be granted on evidence that carries it for no day at all.
    if table.sound("max_age_days", "standing_days") and standing <= max_age:
        table.fault("standing_days", f"{standing} is not above max_age_days; write more than {max_age}")
    return EvidenceRule(max_age, standing, undated, basis)


def read_names(table: Table, bases: Bases) -> NameRule:
    """How names are compared."""
    return NameRule(fold_suffixes(table.texts("suffixes")), bases.read(table))


def read_days(table: Table, bases: Bases, high: int) -> DaysRule:
    """A period of 1 to `high` days."""
    return DaysRule(table.whole("days", 1, high), bases.read(table))


def read_validity(table: Table, schemes: Iterable[SchemeRule], bases: Bases) -> Mapping[CertificateKind, int]:
    """Days of validity for every kind that these rules can give."""
    needed = {CertificateKind.FULL} | {scheme.arrangement_gives for scheme in schemes}
    days = {
        kind: table.whole(kind.value, 1, LONGEST_VALIDITY_DAYS)
        for kind in CertificateKind
        if kind in needed or table.has(kind.value)
    }
    bases.read(table)
    return MappingProxyType(days)


def read_size(table: Table, bases: Bases) -> tuple[SizeRule, Basis]:
    """The score with its sectors and classes, and what it rests on."""
    table.choice("method", *Method)
    basis = bases.read(table)
    weights = _read_weights(table.table("weights"), bases)
    cut_offs = _read_cut_offs(table.table("cut_offs"), bases)
    sectors = tuple(_read_sector(sector, bases) for sector in table.tables("sectors"))
    refuse_twins(table, "sectors", [sector.name for sector in sectors])
    return SizeRule(weights, cut_offs, _read_certifiable(table, cut_offs), sectors), basis


def _read_certifiable(table: Table, cut_offs: tuple[tuple[SizeClass, Decimal], ...]) -> tuple[SizeClass, ...]:
    classes = [size for size, _ in cut_offs]
    texts = table.texts("certifiable")
    names = [size.value for size in classes]
    # From the smallest up: a refusal can then only mean "too large", which is what its text says.
    if table.sound("certifiable") and (not texts or list(texts) != names[: len(texts)]):
        table.fault("certifiable", f"write the first ones of {names}, in that order, at least one")
    return tuple(size for size in classes if size.value in texts)


def _read_weights(table: Table, bases: Bases) -> Weights:
    weights = Weights(table.amount("staff"), table.amount("net_sales"), table.amount("assets"))
    bases.read(table)
    total = weights.staff + weights.net_sales + weights.assets
    if table.sound("staff", "net_sales", "assets") and total != 1:
        table.fault("", f"the weights add up to {total}; write three that add up to 1")
    return weights


def _read_cut_offs(table: Table, bases: Bases) -> tuple[tuple[SizeClass, Decimal], ...]:
    cut_offs = tuple((size, table.amount(size.value)) for size in SizeClass)
    bases.read(table)
    limits = [limit for _, limit in cut_offs]
    sound = table.sound(*(size.value for size in SizeClass))
    if sound and not all(low < high for low, high in pairwise(limits)):
        table.fault("", "the cut-offs do not rise; write MICRO < SMALL < MEDIUM")
    for size, limit in cut_offs:
        # The printed score has two decimals and must lie on the same side of every cut-off.
        if sound and limit != round(limit, 2):
            table.fault(size.value, f"{limit} has too many decimals; write at most two")
    return cut_offs


def _read_sector(table: Table, bases: Bases) -> SectorRule:
    sector = SectorRule(
        name=table.word("name"),
        staff=table.amount("staff"),
        net_sales=table.amount("net_sales"),
        assets=table.amount("assets"),
        assets_fact=table.choice("assets_fact", FactName.FIXED_ASSETS, FactName.TOTAL_ASSETS),
    )
    bases.read(table)
    return sector


def read_enterprise_reasons(
    facts: Table, templates: Templates, names: NameRule, size: SizeRule, size_citation: str
) -> Mapping[str, Reason]:
    """The reasons that concern no scheme, by code; FACTS_MISSING once for each fact that the size needs."""
    reasons: dict[str, Reason] = {}
    of_names = (RuleCode.NAME_MISMATCH, RuleCode.AGENCIES_DISAGREE_ON_NAME)
    for code in ENTERPRISE_CODES:
        citation = names.basis.citation if code in of_names else size_citation
        reasons[code] = templates.reason(code, citation, {})
    for fact in size.facts_used:
        put_in = {"{fact}": plain(facts, fact.value)}
        reasons[missing_key(fact)] = templates.reason(RuleCode.FACTS_MISSING.value, size_citation, put_in)
    return MappingProxyType(reasons)


def missing_key(fact: FactName) -> str:
    """Under which key the reason for one missing fact is kept."""
    return f"{RuleCode.FACTS_MISSING.value}.{fact.value}"


def refuse_twins(table: Table, key: str, names: list[str]) -> None:
    """Reports every name that stands there more than once."""
    for name in dict.fromkeys(n for n in names if names.count(n) > 1 and n != "?"):
        table.fault(key, f"{name!r} is there twice; write each name once")
