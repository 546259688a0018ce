"""What the shipped scenario says must be decided is what the Costa Rican rules decide on the agencies' answers."""

from __future__ import annotations

import pytest

from certsvc.agencies.debtor_list import DebtorList
from certsvc.agencies.fanout import Panel
from certsvc.agencies.grpc import GrpcAgency
from certsvc.agencies.hacienda import Hacienda
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import Behaviour, CastMember, load_scenario, shipped_text
from certsvc.core.decision import decide
from certsvc.core.model import Enterprise, Evidence
from certsvc.rulesets import load
from certsvc.service.identifiers import KINDS
from tests.agencies.kit import NOW, PLENTY, SOON, FixedClock

CAST = load_scenario(shipped_text()).cast


@pytest.mark.parametrize("member", CAST, ids=[member.key for member in CAST])
async def test_each_member_of_the_cast_is_decided_as_announced(member: CastMember, sandbox: Sandbox) -> None:
    where, clock = sandbox.addresses, FixedClock()
    panel = Panel(
        [
            Hacienda("hacienda", where.hacienda, clock=clock),
            GrpcAgency("ccss", where.ccss, schemes=("social_security",), kinds=KINDS, clock=clock),
            DebtorList(
                "fodesaf", where.fodesaf, layout="fodesaf", schemes=("family_allowances",), kinds=KINDS, clock=clock
            ),
            GrpcAgency("ins", where.ins, schemes=("work_injury",), kinds=KINDS, clock=clock),
        ],
        clock,
    )
    hangs = any(standing.behaviour is Behaviour.HANG for standing in member.standings.values())
    enterprise = Enterprise((member.identifier,), member.name)
    found = await panel.ask(enterprise, 4 * SOON if hangs else PLENTY)
    await panel.close()
    rules = load("costa_rica")
    today = rules.legal_date(NOW)
    evidence = Evidence(found.findings, found.facts + member.declared)
    decision = decide(enterprise, evidence, rules.in_force(today), today)
    reasons = tuple(reason.code for reason in decision.reasons)
    assert (decision.result, decision.kind, reasons) == (
        member.expected.result,
        member.expected.kind,
        member.expected.reasons,
    )
    assert member.expected.size in (None, decision.size)
