"""Case tables as lawyers write them in `cases.toml`.

Invariants
- As strict as a rule file: every fault at once, each with its place; no unknown key.
- A case says enough to fail: `reasons` unless it expects a grant, `kind` and `size` if it does.
- A scheme that a case does not name is clear on the data of the day; a fact that it does not name is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from certsvc.core.facts import VOUCHED_FOR
from certsvc.core.model import DECLARED, CertificateKind, Fact, FactKind, FactName, Identifier, Result, SizeClass
from certsvc.core.outcome import Outcome
from certsvc.core.rules.cases.accounts import ACCOUNT_KEYS, read_account
from certsvc.core.rules.cases.table import Answer, Case, CaseTable, Expected
from certsvc.core.rules.codes import ENTERPRISE_CODES, SCHEME_CODES
from certsvc.core.rules.reading.document import Document
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.reading.lines import Lines
from certsvc.core.rules.scheme import Degraded

REGISTER = "register"

MOST_CASES = 2000
_MOST_FINDINGS = 50
_FARTHEST_DAYS = 10_000
_YEARS = range(1900, 2200)
_ANY_IDENTIFIER = "xx.number", "1"


@dataclass(frozen=True, slots=True)
class _Common:
    """What holds in every case unless it says otherwise."""

    identifier: Identifier
    facts: Mapping[FactName, Decimal | str | date]
    agencies: Mapping[str, str]


def parse_cases(text: str, source: str) -> CaseTable:
    """The case table in this file text. `source` names the file in faults. Raises ConfigError with every fault."""
    document = Document(text, source)
    root = document.root
    jurisdiction = root.maybe("jurisdiction", root.word) or ""
    common = _common(root)
    tables = root.tables("cases", MOST_CASES)
    lines = Lines(text)
    wheres = [f"{source}:{lines.of(('cases', number))}" for number in range(len(tables))]
    cases = tuple(_case(table, common, where) for table, where in zip(tables, wheres, strict=True))
    document.check()
    return CaseTable(jurisdiction, common.agencies, cases)


def _common(root: Table) -> _Common:
    facts = _facts(root.table("facts")) if root.has("facts") else {}
    known = {name: value for name, value in facts.items() if value is not None}
    return _Common(_identifier(root), MappingProxyType(known), _texts_by_name(root, "agencies"))


def _identifier(root: Table) -> Identifier:
    if not root.has("identifier"):
        return Identifier(*_ANY_IDENTIFIER)
    table = root.table("identifier")
    return Identifier(table.text("kind"), table.text("value"))


def _case(table: Table, common: _Common, where: str) -> Case:
    kind = table.maybe("identifier_kind", table.text) or common.identifier.kind
    names = _texts_by_name(table, "names")
    held = tuple(Fact(FactName.NAME, name, agency) for agency, name in names.items() if agency != DECLARED)
    return Case(
        situation=table.text("situation"),
        on=_legal_day(table),
        identifier=Identifier(kind, common.identifier.value),
        declared_name=names.get(DECLARED, ""),
        facts=(*_known(table, common), *held),
        answers=_answers(table, common.agencies),
        agencies=common.agencies,
        switched=_switched(table),
        expect=_expected(table.table("expect")),
        where=where,
    )


def _switched(table: Table) -> Mapping[str, Degraded]:
    """The modes to which agencies are switched, by agency; empty if the case has none."""
    if not table.has("switched"):
        return MappingProxyType({})
    inner = table.table("switched")
    return MappingProxyType({agency: inner.choice(agency, *Degraded) for agency in inner.written()})


def _legal_day(table: Table) -> date:
    day = table.day("on")
    if table.sound("on") and day.year not in _YEARS:
        table.fault("on", f"{day} is out of range; write a day of the years {_YEARS[0]} to {_YEARS[-1]}")
    return day


def _texts_by_name(table: Table, key: str) -> Mapping[str, str]:
    """A table of texts whose keys are data; empty if it is not there."""
    if not table.has(key):
        return MappingProxyType({})
    inner = table.table(key)
    return MappingProxyType({name: inner.text(name) for name in inner.written()})


# --- Facts ---


def _known(table: Table, common: _Common) -> tuple[Fact, ...]:
    own = _facts(table.table("facts")) if table.has("facts") else {}
    known = {name: value for name, value in {**common.facts, **own}.items() if value is not None}
    sources = _texts_by_name(table, "sources")
    days = _days_by_name(table, "as_of")
    for key, names in (("sources", sources), ("as_of", days)):
        for name in names:
            if name not in known:
                table.fault(f"{key}.{name}", f"no such fact is known here; write one of: {', '.join(known) or 'none'}")
    return tuple(Fact(n, v, sources.get(n, _usual_source(n)), days.get(n)) for n, v in known.items())


def _usual_source(name: FactName) -> str:
    """Who says so if the case does not tell: a register, where the word of the applicant is not enough."""
    return REGISTER if name in VOUCHED_FOR else DECLARED


def _days_by_name(table: Table, key: str) -> Mapping[str, date]:
    if not table.has(key):
        return {}
    inner = table.table(key)
    return {name: inner.day(name) for name in inner.written()}


def _facts(table: Table) -> dict[FactName, Decimal | str | date | None]:
    """The facts written, None for those said to be unknown."""
    allowed = [name.value for name in FactName if name is not FactName.NAME]
    found: dict[FactName, Decimal | str | date | None] = {}
    for key in table.written():
        if key not in allowed:
            table.fault(key, f"is no fact that a case can state; write one of: {', '.join(allowed)}")
            continue
        name = FactName(key)
        found[name] = None if table.peek(key) is False else _fact_value(table, name)
    return found


def _fact_value(table: Table, name: FactName) -> Decimal | str | date:
    if name.kind is FactKind.NUMBER:
        return table.number(name.value)
    return table.day(name.value) if name.kind is FactKind.DAY else table.text(name.value)


# --- What the agencies answer ---


def _answers(table: Table, agencies: Mapping[str, str]) -> Mapping[str, tuple[Answer, ...]]:
    if not table.has("findings"):
        return MappingProxyType({})
    findings = table.table("findings")
    return MappingProxyType({s: _of_scheme(findings, s, agencies.get(s, s)) for s in findings.written()})


def _of_scheme(findings: Table, scheme: str, agency: str) -> tuple[Answer, ...]:
    """A list of outcomes is one answer, a table one with particulars, a list of tables several."""
    value = findings.peek(scheme)
    if isinstance(value, dict):
        return (_answer(findings.table(scheme), agency),)
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return tuple(_answer(each, agency) for each in findings.tables(scheme, _MOST_FINDINGS))
    outcomes = _outcomes(findings, scheme)
    return (Answer(agency, outcomes[0], outcomes[1:]),) if outcomes else ()


def _answer(table: Table, agency: str) -> Answer:
    particulars = [key for key in ACCOUNT_KEYS if table.has(key)]
    return Answer(
        agency=table.maybe("agency", table.text) or agency,
        outcome=table.choice("outcome", *Outcome),
        further=table.maybe("further", lambda key: _outcomes(table, key)) or (),
        days_old=table.maybe("days_old", lambda key: table.whole(key, -_FARTHEST_DAYS, _FARTHEST_DAYS)) or 0,
        undated=table.maybe("undated", table.truth) is True,
        account=read_account(table) if particulars else None,
    )


def _outcomes(table: Table, key: str) -> tuple[Outcome, ...]:
    """The outcomes of a list, which may be empty, as written: the first one counts first."""
    known = table.choices(key, *Outcome) if table.peek(key) != [] else ()
    return tuple(sorted(known, key=table.texts(key).index)) if table.sound(key) else known


# --- What is expected ---


def _expected(table: Table) -> Expected:
    result = table.choice("result", *Result)
    for key in ("kind", "size") if result is Result.GRANTED else ("reasons",):
        if not table.has(key) and table.sound("result"):
            table.fault(key, "is missing; a case must say what it expects")
    return Expected(
        result=result,
        reasons=_reasons(table) if table.has("reasons") else None,
        kind=table.maybe("kind", lambda key: table.choice(key, *CertificateKind)),
        size=table.maybe("size", lambda key: table.choice(key, *SizeClass)),
        score=table.maybe("score", table.text),
        days=table.maybe("days", lambda key: table.whole(key, 1, _FARTHEST_DAYS)),
        effects=table.maybe("effects", table.texts),
        unchecked=table.maybe("unchecked", table.texts),
    )


def _reasons(table: Table) -> tuple[str, ...]:
    """Each as `scheme:CODE`, or as CODE where it concerns the enterprise as a whole."""
    reasons = _repeatable(table, "reasons")
    for reason in reasons:
        scheme, _, code = reason.rpartition(":")
        allowed = SCHEME_CODES if scheme else ENTERPRISE_CODES
        if code not in allowed:
            table.fault(
                "reasons", f"{reason!r} is no reason; write scheme:CODE or CODE with one of: {', '.join(allowed)}"
            )
    return reasons


def _repeatable(table: Table, key: str) -> tuple[str, ...]:
    """A list of texts in which the same one may come twice: two agencies can give the same reason."""
    value = table.peek(key)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return table.texts(key)
