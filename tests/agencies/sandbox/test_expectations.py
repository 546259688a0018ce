"""What the shipped scenario says must be decided is what the Costa Rican rules decide on the agencies' answers."""

from __future__ import annotations

import pytest

from certsvc.agencies.adapter import Adapter
from certsvc.agencies.debtor_list import DebtorList
from certsvc.agencies.fanout import Panel
from certsvc.agencies.grpc import GrpcAgency
from certsvc.agencies.hacienda import Hacienda
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import Behaviour, CastMember, load_scenario, shipped_text
from certsvc.core.decision import decide
from certsvc.core.model import Decision, Enterprise, Evidence
from certsvc.rulesets import load
from certsvc.service.identifiers import KINDS
from tests.agencies.kit import NOW, PLENTY, SOON, FixedClock

CAST = load_scenario(shipped_text()).cast


async def decided(member: CastMember, sandbox: Sandbox) -> Decision:
    """What the rules of today decide on the agencies' answers."""
    where, clock = sandbox.addresses, FixedClock()
    adapters: list[Adapter] = [
        Hacienda("hacienda", where.hacienda, clock=clock),
        GrpcAgency("ccss", where.ccss, schemes=("social_security",), kinds=KINDS, clock=clock),
        DebtorList(
            "fodesaf", where.fodesaf, layout="fodesaf", schemes=("family_allowances",), kinds=KINDS, clock=clock
        ),
        GrpcAgency("ins", where.ins, schemes=("work_injury",), kinds=KINDS, clock=clock),
    ]
    panel = Panel([Guard(adapter, clock) for adapter in adapters])
    hangs = any(standing.behaviour is Behaviour.HANG for standing in member.standings.values())
    enterprise = Enterprise((member.identifier,), member.name)
    found = await panel.ask(enterprise, 4 * SOON if hangs else PLENTY)
    await panel.close()
    rules = load("costa_rica")
    today = rules.legal_date(NOW)
    evidence = Evidence(found.findings, found.facts + member.declared)
    return decide(enterprise, evidence, rules.in_force(today), today)


@pytest.mark.parametrize("member", CAST, ids=[member.key for member in CAST])
async def test_each_member_of_the_cast_is_decided_as_announced(member: CastMember, sandbox: Sandbox) -> None:
    decision = await decided(member, sandbox)
    reasons = tuple(reason.code for reason in decision.reasons)
    assert (decision.result, decision.kind, reasons) == (
        member.expected.result,
        member.expected.kind,
        member.expected.reasons,
    )
    assert member.expected.size in (None, decision.size)


@pytest.mark.parametrize(
    ("told", "instead", "reason"),
    [
        ("first_paid = 140 }", "first_paid = 140, late_instalments = 1 }", "BARRED_ARRANGEMENT_BROKEN"),
        ("signed = 140, first_paid = 140 }", "signed = 140 }", "BARRED_ARREARS"),
        ('"CLEAR_UNDER_ARRANGEMENT"', '"CLEAR"', "BARRED_ARREARS"),
        ('"CLEAR_UNDER_ARRANGEMENT"', '"BARRED_ARREARS"\naccount.last_payment = 4', "PAYMENT_NOT_POSTED"),
    ],
    ids=["instalment late", "first instalment not paid", "debts although clear", "payment not posted"],
)
async def test_what_an_agency_tells_beside_its_outcome_decides(
    sandbox: Sandbox, told: str, instead: str, reason: str
) -> None:
    assert shipped_text().count(told) == 1
    scenario = load_scenario(shipped_text().replace(told, instead))
    sandbox.replace_scenario(scenario)
    decision = await decided(scenario.member("arrangement"), sandbox)
    assert [found.code for found in decision.reasons] == [reason]
