"""Small rule sets made of the pieces that a test is about, evidence in one line, and decisions as one text.

Titles are names and texts are codes, so that a reason reads as `tax:BARRED_ARREARS` or `FACTS_MISSING.zone`; the
citation of a rule is the header of its table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from certsvc.core.account import Account, Arrangement, Debt, DebtState
from certsvc.core.decision import Step, decide, explain
from certsvc.core.errors import ConfigError
from certsvc.core.model import Decision, Enterprise, Evidence, Fact, FactName, Finding, Identifier, Result
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet, parse_rule_set
from certsvc.core.rules.codes import ENTERPRISE_CODES, SCHEME_CODES
from tests.strategies import noon

DAY = date(2026, 6, 1)
CLEAR, ARREARS, BROKEN = Outcome.CLEAR, Outcome.BARRED_ARREARS, Outcome.BARRED_ARRANGEMENT_BROKEN
ARRANGED, NO_RETURN = Outcome.CLEAR_UNDER_ARRANGEMENT, Outcome.BARRED_MISSING_RETURN
NOT_REGISTERED, OUT = Outcome.BARRED_NOT_REGISTERED, Outcome.UNAVAILABLE

_HEAD = """
format = 1
jurisdiction = "freedonia"
title = { es = "f", en = "f" }
time_zone = "America/Costa_Rica"
currency = "EUR"
from = 2010-01-01
"""
_TAIL = """
[names]
suffixes = ["S.A."]
[validity]
FULL = 365
UNDER_ARRANGEMENT = 90
PROVISIONAL = 15
[appeal]
days = 10
[recheck]
days = 30
"""
BY_HEAD_COUNT = """
[size]
method = "limits"
needs = "all"
certifiable = ["MICRO", "SMALL"]
[[size.classes]]
class = "MICRO"
head_count = { to = 9 }
[[size.classes]]
class = "SMALL"
head_count = { to = 49 }
[[size.classes]]
class = "MEDIUM"
head_count = { to = 249 }
"""
"""MICRO up to 9, SMALL up to 49; MEDIUM gets no certificate."""
_WITHOUT_BASIS = ("[facts]", "[reasons]", "[[size.classes]]", "[schemes.remedies]")
_HEADER = re.compile(r"^(\[\[?)([a-z_.]+)\]\]?$", re.MULTILINE)
_UNUSED = re.compile(r"(?:facts|reasons)\.(\w+)\W* ?(?:is an )?unknown key")


def scheme(
    name: str = "tax", more: str = "", *, requirement: str = "hard_bar", gives: str = "UNDER_ARRANGEMENT", own: str = ""
) -> str:
    """A scheme: data up to 30 days old, standing for 365; `own` are more keys, `more` tables of its own."""
    return (
        f'[[schemes]]\nname = "{name}"\ntitle = {_both(name)}\nagency = {_both(name)}\nrequirement = "{requirement}"\n'
        f'arrangement_gives = "{gives}"\n{own}\n'
        f'[schemes.evidence]\nmax_age_days = 30\nstanding_days = 365\nundated = "reject"\n{more}\n'
    )


@cache
def rules(*schemes: str, more: str = "", size: str = BY_HEAD_COUNT) -> RuleSet:
    """The rule set of these schemes and rules, each of which rests on the header of its table."""
    text = _HEADER.sub(_with_basis, _HEAD + "".join(schemes or (scheme(),)) + more + size + _TAIL)
    texts = {
        "facts": {fact.value: _both(fact.value) for fact in FactName},
        "reasons": {code: f"{{ text = {_text(code)}, remedy = {_both('r')} }}" for code in _CODES},
    }
    try:
        return parse_rule_set(text + _tables(texts), "x.toml")
    except ConfigError as error:  # only the texts that these rules can use are admitted
        unused = {name for fault in error.faults for name in _UNUSED.findall(fault)}
        used = {table: {key: v for key, v in rows.items() if key not in unused} for table, rows in texts.items()}
        return parse_rule_set(text + _tables(used), "x.toml")


_CODES = (*SCHEME_CODES, *ENTERPRISE_CODES)
_PUT_IN = {
    **{code: "{scheme}:" + code for code in SCHEME_CODES},
    "FACTS_MISSING": "FACTS_MISSING.{fact}",
    "REGIME_CEILING_EXCEEDED": "REGIME_CEILING_EXCEEDED.{regime}.{fact}",
    "REGIME_SECTOR_EXCLUDED": "REGIME_SECTOR_EXCLUDED.{regime}",
    "PROOFS_NOT_MET": "PROOFS_NOT_MET.{proofs}",
}


def _with_basis(header: re.Match[str]) -> str:
    if header[0] in _WITHOUT_BASIS:
        return header[0]
    return f'{header[0]}\ncitation = "{header[2]}"\nconfirmed = true'


def _both(text: str) -> str:
    return f'{{ es = "{text}", en = "{text}" }}'


def _text(code: str) -> str:
    return _both(_PUT_IN.get(code, code))


def _tables(tables: Mapping[str, Mapping[str, str]]) -> str:
    return "".join(
        f"\n[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in rows.items()) for name, rows in tables.items()
    )


def told(
    outcome: Outcome = CLEAR,
    *further: Outcome,
    scheme: str = "tax",
    agency: str = "",
    days_old: int | None = 0,
    on: date = DAY,
    account: Account | None = None,
) -> Finding:
    """What an agency, by default called as its scheme, answers at noon of `on`; None days old is undated."""
    day = on - timedelta(days=days_old) if days_old is not None else None
    return Finding(scheme, agency or scheme, outcome, noon(on), day, further, account)


def owing(*debts: Debt, arrangement: Arrangement | None = None, relief_on: date | None = None) -> Finding:
    """Arrears on the taxes, with these debts and what else is told of them."""
    return told(ARREARS, account=Account(debts=debts, arrangement=arrangement, relief_requested_on=relief_on))


def debt(
    principal: str = "0",
    penalty: str = "0",
    interest: str = "0",
    *,
    period_end: date = date(2024, 1, 31),
    state: DebtState = DebtState.DUE,
    paid_on: date | None = None,
) -> Debt:
    """A debt for a period, by default due since long."""
    return Debt(period_end, Decimal(principal), Decimal(penalty), Decimal(interest), state, paid_on)


def facts(source: str = "registry", as_of: date | None = None, /, **values: int | str | date) -> tuple[Fact, ...]:
    """Facts by name, all of one source and day; by default an agency vouches for them."""
    return tuple(
        Fact(FactName(name), Decimal(value) if isinstance(value, int) else value, source, as_of)
        for name, value in values.items()
    )


FIVE = facts(head_count=5)
"""What makes a MICRO enterprise by the head count."""


def decided(
    rule_set: RuleSet,
    *findings: Finding,
    known: tuple[Fact, ...] = FIVE,
    on: date = DAY,
    name: str = "",
    kind: str = "fr.company",
) -> Decision:
    """The decision, which is the same when it is explained."""
    enterprise, evidence = Enterprise((Identifier(kind, "1"),), name), Evidence(findings, known)
    decision = decide(enterprise, evidence, rule_set, on)
    assert explain(enterprise, evidence, rule_set, on).decision == decision
    return decision


def verdict(decision: Decision) -> str:
    """`FULL 365` with the days for a grant; otherwise the result and each reason with the day from which it counts."""
    if decision.result is Result.GRANTED:
        assert decision.valid_for is not None
        return f"{decision.kind} {decision.valid_for.days}"
    reasons = [f"{r.text.en} since {r.since}" if r.since else r.text.en for r in decision.reasons]
    assert all(reason.code in text for reason, text in zip(decision.reasons, reasons, strict=True))
    return " ".join((decision.result, *reasons))


def ends(rule_set: RuleSet, *findings: Finding, known: tuple[Fact, ...] = FIVE, on: date = DAY) -> str:
    """The verdict by these findings and facts."""
    return verdict(decided(rule_set, *findings, known=known, on=on))


def steps(
    rule_set: RuleSet, path: str, *findings: Finding, known: tuple[Fact, ...] = FIVE, on: date = DAY, name: str = ""
) -> list[Step]:
    """The steps of the rule at this path."""
    enterprise = Enterprise((Identifier("fr.company", "1"),), name)
    return [step for step in explain(enterprise, Evidence(findings, known), rule_set, on).steps if step.rule == path]


def brief(step: Step) -> str:
    """State, code and details of a step: `FAILED BARRED_ARREARS limit=30`."""
    return " ".join(filter(None, (step.state, step.code, *(f"{key}={value}" for key, value in step.details))))


def briefly(
    rule_set: RuleSet, path: str, *findings: Finding, known: tuple[Fact, ...] = FIVE, on: date = DAY, name: str = ""
) -> list[str]:
    """The steps of the rule at this path, each in brief."""
    return [brief(step) for step in steps(rule_set, path, *findings, known=known, on=on, name=name)]
