"""A gRPC answer counts only if it is complete and within its contract."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from certsvc.agencies.grpc_reading import read_response
from certsvc.core.model import Evidence, Fact, FactName, Outcome
from certsvc.v1 import agency_service_pb2 as pb
from certsvc.v1 import enterprise_pb2 as e
from tests.agencies.kit import NOW

DAY = {"year": 2026, "month": 9, "day": 30}


def finding(scheme: str = "a", outcome: Any = e.OUTCOME_CLEAR, **fields: Any) -> e.Finding:
    return e.Finding(scheme=scheme, outcome=outcome, **fields)


def read(findings: list[e.Finding], facts: list[e.Fact] | None = None, schemes: str = "a") -> Evidence | None:
    return read_response(pb.GetFindingsResponse(findings=findings, facts=facts), "fund", tuple(schemes), NOW)


def test_a_good_answer_is_read_in_our_order_with_our_name_and_time() -> None:
    evidence = read([finding("b", data_as_of=DAY), finding("a", e.OUTCOME_BARRED_ARREARS, agency="liar")], schemes="ab")
    assert evidence is not None
    first, second = evidence.findings
    assert (first.scheme, first.agency, first.outcome, first.checked_at, first.data_as_of) == (
        "a",
        "fund",
        Outcome.BARRED_ARREARS,
        NOW,
        None,
    )
    assert second.data_as_of == date(2026, 9, 30)


def test_every_outcome_of_the_contract_is_known() -> None:
    numbers = [value.number for value in e.Outcome.DESCRIPTOR.values if value.number]
    outcomes = {read([finding(outcome=number)]).findings[0].outcome for number in numbers}  # type: ignore[union-attr] # None fails the test
    assert outcomes == set(Outcome)


def test_further_bars_are_kept() -> None:
    evidence = read([finding(outcome=e.OUTCOME_BARRED_ARREARS, further_outcomes=[e.OUTCOME_BARRED_MISSING_RETURN])])
    assert evidence is not None
    assert evidence.findings[0].further == (Outcome.BARRED_MISSING_RETURN,)


@pytest.mark.parametrize(
    "findings",
    [
        [],
        [finding("b")],
        [finding(), finding()],
        [finding(), finding("b")],
        [finding("A")],
        [finding(outcome=e.OUTCOME_UNSPECIFIED)],
        [finding(outcome=5)],
        [finding(outcome=-1)],
        [finding(outcome=999)],
        [finding(further_outcomes=[e.OUTCOME_BARRED_ARREARS])],
        [finding(outcome=e.OUTCOME_UNAVAILABLE, further_outcomes=[e.OUTCOME_BARRED_ARREARS])],
        [finding(outcome=e.OUTCOME_BARRED_ARREARS, further_outcomes=[e.OUTCOME_CLEAR])],
        [finding(outcome=e.OUTCOME_BARRED_ARREARS, further_outcomes=[e.OUTCOME_BARRED_ARREARS])],
        [finding(outcome=e.OUTCOME_BARRED_ARREARS, further_outcomes=[999])],
        [finding(data_as_of={})],
        [finding(data_as_of={"year": 2026})],
        [finding(data_as_of={"year": 2026, "month": 2, "day": 30})],
        [finding(data_as_of={"year": 2026, "month": 10, "day": 7})],
        [finding(data_as_of={"year": 1999, "month": 1, "day": 1})],
        [finding(data_as_of={"year": -1, "month": 1, "day": 1})],
    ],
)
def test_an_incomplete_or_contradictory_answer_is_none(findings: list[e.Finding]) -> None:
    assert read(findings) is None


def fact(name: str = "head_count", **fields: Any) -> e.Fact:
    return e.Fact(name=name, **fields)


def number(value: str) -> dict[str, str]:
    return {"value": value}


def test_facts_are_read_with_source_and_date() -> None:
    evidence = read([finding()], [fact(number=number("12"), as_of=DAY, source="liar"), fact("name", text=" X ")])
    assert evidence is not None
    assert evidence.facts == (
        Fact(FactName.HEAD_COUNT, Decimal(12), "fund", date(2026, 9, 30)),
        Fact(FactName.NAME, "X", "fund"),
    )


@pytest.mark.parametrize(
    "facts",
    [
        [fact()],
        [fact(text="12")],
        [fact("name", number=number("12"))],
        [fact("age", number=number("12"))],
        [fact("", text="x")],
        [fact("name", text=" ")],
        [fact("name", text="x" * 201)],
        [fact("name", text="a\x00b")],
        [fact(number=number("-1"))],
        [fact(number=number("1e9"))],
        [fact(number=number("NaN"))],
        [fact(number=number(""))],
        [fact(number=number("1" * 19))],
        [fact(number=number("١"))],
        [fact(number=number("1")), fact(number=number("2"))],
        [fact(number=number("1"), as_of={"year": 2026})],
        [fact("name", text="x")] * 17,
    ],
)
def test_an_answer_with_a_fact_outside_the_contract_is_none(facts: list[e.Fact]) -> None:
    assert read([finding()], facts) is None


@given(st.binary(max_size=200))
def test_any_message_is_evidence_for_the_schemes_asked_or_none(body: bytes) -> None:
    try:
        response = pb.GetFindingsResponse.FromString(body)
    except DecodeError:
        return
    evidence = read_response(response, "fund", ("a",), NOW)
    assert evidence is None or [f.scheme for f in evidence.findings] == ["a"]
