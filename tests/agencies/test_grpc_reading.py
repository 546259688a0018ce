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
from certsvc.core.account import Account, Arrangement, Debt, DebtState, Discharge
from certsvc.core.model import Evidence, Fact, FactName
from certsvc.core.outcome import Outcome
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


def test_trap_22_the_date_of_the_data_is_the_agencys_and_not_ours() -> None:
    evidence = read([finding(data_as_of=DAY)])
    assert evidence is not None
    (found,) = evidence.findings
    assert (found.data_as_of, found.checked_at) == (date(2026, 9, 30), NOW)
    assert found.data_as_of is not None
    assert found.data_as_of < found.checked_at.date()


def test_every_outcome_of_the_contract_is_known() -> None:
    numbers = [value.number for value in e.Outcome.DESCRIPTOR.values if value.number]
    outcomes = {read([finding(outcome=number)]).findings[0].outcome for number in numbers}  # type: ignore[union-attr] # None fails the test
    assert outcomes == set(Outcome)


def test_further_bars_are_kept() -> None:
    evidence = read([finding(outcome=e.OUTCOME_BARRED_ARREARS, further_outcomes=[e.OUTCOME_BARRED_MISSING_RETURN])])
    assert evidence is not None
    assert evidence.findings[0].further == (Outcome.BARRED_MISSING_RETURN,)


def test_what_is_not_known_besides_may_stand_beside_a_bar() -> None:
    beside = [e.OUTCOME_BARRED_MISSING_RETURN, e.OUTCOME_NO_INFORMATION]
    evidence = read([finding(outcome=e.OUTCOME_BARRED_ARREARS, further_outcomes=beside)])
    assert evidence is not None
    assert evidence.findings[0].further == (Outcome.BARRED_MISSING_RETURN, Outcome.NO_INFORMATION)


@pytest.mark.parametrize(
    "findings",
    [
        [],
        [finding(outcome=e.OUTCOME_CLEAR, further_outcomes=[e.OUTCOME_NO_INFORMATION])],
        [finding(outcome=e.OUTCOME_UNAVAILABLE, further_outcomes=[e.OUTCOME_NO_INFORMATION])],
        [finding(outcome=e.OUTCOME_BARRED_ARREARS, further_outcomes=[e.OUTCOME_UNAVAILABLE, e.OUTCOME_NO_INFORMATION])],
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
        [fact("name", text="x")] * 25,
        [fact("registered_on", text="2020-01-01")],
        [fact("registered_on", day={})],
        [fact("registered_on", day={"year": 2020, "month": 1})],
        [fact("registered_on", day={"year": 1899, "month": 12, "day": 31})],
        [fact("outgrew_on", day={"year": 2026, "month": 10, "day": 7})],
        [fact("regime", day={"year": 2020, "month": 1, "day": 1})],
        [fact("regime", text="")],
        [fact("former_size", text="micro")],
        [fact("former_size", text="LARGE")],
        [fact("workers_family", text="2")],
        [fact("workers_family", number=number("-2"))],
    ],
)
def test_an_answer_with_a_fact_outside_the_contract_is_none(facts: list[e.Fact]) -> None:
    assert read([finding()], facts) is None


def test_a_day_and_a_size_are_read_as_facts() -> None:
    day = {"year": 1987, "month": 5, "day": 4}
    facts = [
        fact("registered_on", day=day),
        fact("former_size", text="SMALL"),
        fact("workers_home", number=number("3")),
    ]
    evidence = read([finding()], facts)
    assert evidence is not None
    assert evidence.facts == (
        Fact(FactName.REGISTERED_ON, date(1987, 5, 4), "fund"),
        Fact(FactName.FORMER_SIZE, "SMALL", "fund"),
        Fact(FactName.WORKERS_HOME, Decimal(3), "fund"),
    )


OLD = {"year": 1987, "month": 5, "day": 4}
LATER = {"year": 2026, "month": 10, "day": 2}
AHEAD = {"year": 2026, "month": 10, "day": 7}


def debt(**changes: Any) -> e.Debt:
    due: dict[str, Any] = {"period_end": OLD, "principal": number("120.50"), "state": e.Debt.STATE_DUE}
    return e.Debt(**(due | changes))


def discharge(**changes: Any) -> e.Discharge:
    asked: dict[str, Any] = {"bar": e.OUTCOME_BARRED_ARREARS, "imposed_on": DAY, "requested_on": LATER}
    return e.Discharge(**(asked | changes))


def account_of(account: e.Account) -> Account | None:
    evidence = read([finding(outcome=e.OUTCOME_BARRED_ARREARS, account=account)])
    return None if evidence is None else evidence.findings[0].account


def test_an_account_is_read_whole() -> None:
    message = e.Account(
        registered_on=OLD,
        debts=[
            debt(penalty=number("3"), interest=number("0.000001"), principal_paid_on=LATER),
            debt(state=e.Debt.STATE_GUARANTEED),
        ],
        arrangement=e.Arrangement(
            signed_on=DAY, first_paid_on=LATER, late_instalments=2, broken_on=LATER, completed_on=LATER
        ),
        relief_requested_on=DAY,
        last_payment_on=LATER,
        discharges=[discharge(), discharge(regularised_on=DAY, trained_on=LATER, previous_on=OLD)],
    )
    old, day, later = date(1987, 5, 4), date(2026, 9, 30), date(2026, 10, 2)
    assert account_of(message) == Account(
        registered_on=old,
        debts=(
            Debt(old, Decimal("120.50"), Decimal(3), Decimal("0.000001"), principal_paid_on=later),
            Debt(old, Decimal("120.50"), state=DebtState.GUARANTEED),
        ),
        arrangement=Arrangement(day, later, 2, later, later),
        relief_requested_on=day,
        last_payment_on=later,
        discharges=(
            Discharge(Outcome.BARRED_ARREARS, day, later),
            Discharge(Outcome.BARRED_ARREARS, day, later, day, later, old),
        ),
    )


def test_an_account_that_says_nothing_is_an_account_and_an_absent_one_is_none() -> None:
    assert account_of(e.Account()) == Account()
    evidence = read([finding()])
    assert evidence is not None
    assert evidence.findings[0].account is None


def test_every_state_of_the_contract_is_known() -> None:
    states = [value.number for value in e.Debt.State.DESCRIPTOR.values if value.number]
    account = account_of(e.Account(debts=[debt(state=state) for state in states]))
    assert account is not None
    assert {found.state for found in account.debts} == set(DebtState)


def test_an_account_may_be_as_long_as_a_record_holds() -> None:
    account = account_of(e.Account(debts=[debt()] * 64, discharges=[discharge()] * 16))
    assert account is not None
    assert (len(account.debts), len(account.discharges)) == (64, 16)


def test_a_day_may_be_ahead_by_a_time_zone_alone() -> None:
    tomorrow = {"year": 2026, "month": 10, "day": 6}
    assert account_of(e.Account(last_payment_on=tomorrow)) == Account(last_payment_on=date(2026, 10, 6))


@pytest.mark.parametrize(
    "account",
    [
        e.Account(debts=[debt()] * 65),
        e.Account(discharges=[discharge()] * 17),
        e.Account(debts=[debt(), debt(state=e.Debt.STATE_UNSPECIFIED)]),
        e.Account(debts=[debt(state=5)]),
        e.Account(debts=[debt(state=-1)]),
        e.Account(debts=[debt(period_end=None)]),
        e.Account(debts=[debt(period_end={"year": 2026, "month": 9})]),
        e.Account(debts=[debt(period_end=AHEAD)]),
        e.Account(debts=[debt(principal=None)]),
        e.Account(debts=[debt(principal={})]),
        e.Account(debts=[debt(principal=number("-1"))]),
        e.Account(debts=[debt(principal=number("1e9"))]),
        e.Account(debts=[debt(principal=number("NaN"))]),
        e.Account(debts=[debt(principal=number("1" * 19))]),
        e.Account(debts=[debt(penalty=number(""))]),
        e.Account(debts=[debt(interest=number("0.0000001"))]),
        e.Account(debts=[debt(principal_paid_on=AHEAD)]),
        e.Account(registered_on={"year": 1899, "month": 12, "day": 31}),
        e.Account(registered_on=AHEAD),
        e.Account(relief_requested_on=AHEAD),
        e.Account(last_payment_on={}),
        e.Account(arrangement={}),
        e.Account(arrangement={"signed_on": AHEAD}),
        e.Account(arrangement={"signed_on": DAY, "late_instalments": -1}),
        e.Account(arrangement={"signed_on": DAY, "late_instalments": 10_001}),
        e.Account(arrangement={"signed_on": DAY, "broken_on": {"year": 2026}}),
        e.Account(discharges=[discharge(bar=e.OUTCOME_UNSPECIFIED)]),
        e.Account(discharges=[discharge(bar=e.OUTCOME_CLEAR)]),
        e.Account(discharges=[discharge(bar=e.OUTCOME_UNAVAILABLE)]),
        e.Account(discharges=[discharge(bar=999)]),
        e.Account(discharges=[discharge(imposed_on=None)]),
        e.Account(discharges=[discharge(requested_on=AHEAD)]),
        e.Account(discharges=[discharge(trained_on=AHEAD)]),
    ],
)
def test_an_answer_with_an_account_outside_the_contract_is_none(account: e.Account) -> None:
    assert read([finding(outcome=e.OUTCOME_BARRED_ARREARS, account=account)]) is None


@given(st.binary(max_size=200))
def test_any_account_is_read_or_makes_the_answer_none(body: bytes) -> None:
    try:
        account = e.Account.FromString(body)
    except DecodeError:
        return
    evidence = read([finding(account=account)])
    assert evidence is None or evidence.findings[0].account is not None


@given(st.binary(max_size=200))
def test_any_message_is_evidence_for_the_schemes_asked_or_none(body: bytes) -> None:
    try:
        response = pb.GetFindingsResponse.FromString(body)
    except DecodeError:
        return
    evidence = read_response(response, "fund", ("a",), NOW)
    assert evidence is None or [f.scheme for f in evidence.findings] == ["a"]
