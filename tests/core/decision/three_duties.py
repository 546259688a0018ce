"""Three duties that bar and a size by score: rules of the first edition, with nothing else to see."""

from __future__ import annotations

from pathlib import Path

from certsvc.core.decision import decide
from certsvc.core.model import Decision, Evidence, Fact, Finding
from certsvc.core.rules import parse_rule_set
from tests.situations import DAY, a_finding, an_enterprise, facts

RULES = parse_rule_set((Path(__file__).with_name("texts") / "three_duties.toml").read_bytes().decode(), "x.toml")
AGENCY_OF = {"tax": "hacienda", "social_security": "ccss", "family_allowances": "fodesaf"}
SMALL_FACTS = facts({"sector": "services", "head_count": 6, "net_sales": 0, "total_assets": 0})
"""P = 12, whatever the money denominators."""


def clear_findings() -> tuple[Finding, ...]:
    """Clear everywhere, with the data of the day."""
    return tuple(a_finding(scheme) for scheme in AGENCY_OF)


def decide_on(
    findings: tuple[Finding, ...] | None = None, known: tuple[Fact, ...] = SMALL_FACTS, name: str = ""
) -> Decision:
    """The decision of the day; clear and small unless said otherwise."""
    evidence = Evidence(clear_findings() if findings is None else findings, known)
    return decide(an_enterprise(name), evidence, RULES, DAY)
