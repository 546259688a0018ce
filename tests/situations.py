"""Short ways to say what is known of an enterprise on a day, under the shipped Costa Rican rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from certsvc.core.decision import decide
from certsvc.core.model import DECLARED, Decision, Enterprise, Evidence, Fact, FactName, Finding, Identifier
from certsvc.core.outcome import Outcome
from certsvc.rulesets import load
from tests.strategies import noon

BOOK = load("costa_rica")
RULES = BOOK.in_force(date(2026, 6, 1))
DAY = date(2026, 6, 1)

AGENCY_OF = {"tax": "hacienda", "social_security": "ccss", "family_allowances": "fodesaf", "work_injury": "ins"}
NAME = "PANADERIA EJEMPLO UNO SOCIEDAD ANONIMA"


def an_enterprise(name: str = "") -> Enterprise:
    """The bakery of the samples, with the name that the applicant declares."""
    return Enterprise((Identifier("cr.cedula_juridica", "3101999901"),), name)


def a_finding(scheme: str, outcome: Outcome = Outcome.CLEAR, *, on: date = DAY, days_old: int = 0) -> Finding:
    """One answer of the scheme's agency, asked at noon of `on`."""
    return Finding(scheme, AGENCY_OF[scheme], outcome, noon(on), on - timedelta(days=days_old))


def clear_findings(on: date = DAY) -> tuple[Finding, ...]:
    """Clear everywhere, with the data of the day."""
    return tuple(a_finding(scheme, on=on) for scheme in AGENCY_OF)


def facts(values: Mapping[str, Decimal | int | str], source: str = DECLARED) -> tuple[Fact, ...]:
    """Facts by name, all of one source."""
    return tuple(Fact(FactName(name), Decimal(v) if isinstance(v, int) else v, source) for name, v in values.items())


SMALL_FACTS = facts({"sector": "services", "head_count": 6, "net_sales": 0, "total_assets": 0})
"""P = 12, whatever the money denominators."""


def decide_on(
    on: date = DAY,
    findings: tuple[Finding, ...] | None = None,
    known: tuple[Fact, ...] = SMALL_FACTS,
    name: str = "",
) -> Decision:
    """The decision by the rules in force on that day; clear and small unless said otherwise."""
    evidence = Evidence(clear_findings(on) if findings is None else findings, known)
    return decide(an_enterprise(name), evidence, BOOK.in_force(on), on)


def codes(decision: Decision) -> list[str]:
    """The reasons as `scheme:code`, or the code alone where no scheme is concerned."""
    return [f"{r.scheme}:{r.code}" if r.scheme else r.code for r in decision.reasons]
