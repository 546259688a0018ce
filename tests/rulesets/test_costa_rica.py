"""The Costa Rican rules by the cases of costa_rica_cases.toml."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from certsvc.core.model import Decision, Fact, FactName, Finding, Outcome, Result
from certsvc.rulesets import load
from tests.situations import AGENCY_OF, SMALL_FACTS, a_finding, codes, decide_on, facts

CASES = tomllib.loads(Path(__file__).with_name("costa_rica_cases.toml").read_text("utf-8"), parse_float=Decimal)[
    "cases"
]


def findings_of(case: dict[str, Any]) -> tuple[Finding, ...]:
    found = []
    for scheme in AGENCY_OF:
        outcomes = [Outcome(o) for o in case.get("findings", {}).get(scheme, ["CLEAR"])]
        if outcomes:
            age = case.get("days_old", {}).get(scheme, 0)
            first = a_finding(scheme, outcomes[0], on=case["on"], days_old=age)
            found.append(
                Finding(scheme, first.agency, first.outcome, first.checked_at, first.data_as_of, tuple(outcomes[1:]))
            )
    return tuple(found)


def facts_of(case: dict[str, Any]) -> tuple[Fact, ...]:
    known = facts(case["facts"]) if "facts" in case else SMALL_FACTS
    names = case.get("names", {})
    holders = {"held": "hacienda", "held_at_fund": "ccss"}
    return (*known, *(Fact(FactName.NAME, names[key], agency) for key, agency in holders.items() if key in names))


def as_told(decision: Decision) -> dict[str, object]:
    """The decision in the words of the case table."""
    if decision.result is not Result.GRANTED:
        return {"result": decision.result.value, "reasons": codes(decision)}
    assert decision.kind is not None
    assert decision.size is not None
    assert decision.valid_for is not None
    return {
        "result": decision.result.value,
        "kind": decision.kind.value,
        "size": decision.size.value,
        "score": str(decision.score),
        "days": decision.valid_for.days,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['on']}: {case['situation']}")
def test_the_rules_say_what_the_case_expects(case: dict[str, Any]) -> None:
    declared = case.get("names", {}).get("declared", "")
    decision = decide_on(case["on"], findings_of(case), facts_of(case), declared)
    assert as_told(decision) == case["expect"]
    assert decision.rule_set.startswith(f"costa_rica/{case['on'].year}-01-01#sha256-")


def test_the_cases_cover_the_day_before_and_the_day_of_every_change() -> None:
    days = {case["on"] for case in CASES}
    for rule_set in load("costa_rica").sets:
        assert rule_set.first in days
        assert rule_set.until is None or any((rule_set.until - day).days == 1 for day in days)


def test_the_cases_cover_every_outcome_and_every_reason_of_the_enterprise() -> None:
    said = {outcome for case in CASES for outcomes in case.get("findings", {}).values() for outcome in outcomes}
    # MALFORMED and CLEAR stand in the table without being written.
    assert said | {"MALFORMED", "CLEAR"} == {outcome.value for outcome in Outcome}
