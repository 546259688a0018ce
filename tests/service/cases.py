"""Stored cases as tests need them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from certsvc.core.decision import decide
from certsvc.core.evidence import in_order
from certsvc.core.model import (
    ApplicationState,
    Decision,
    Enterprise,
    Evidence,
    Fact,
    Finding,
    Reason,
    Result,
    Text,
)
from certsvc.core.rules import RuleBook
from certsvc.service.agency_ports import AgencyBook
from certsvc.service.agency_records import Urgency
from certsvc.service.assess import Assess
from certsvc.service.ports import Agencies, Clock, Store
from certsvc.service.records import Application, Request, StoredCase
from certsvc.service.turns import TurnLimit
from tests.service.memory_book import MemoryBook
from tests.situations import BOOK, an_enterprise
from tests.strategies import noon

KEEP = timedelta(hours=24)
NO_LIMITS: Mapping[str, TurnLimit] = {}
REFUSED = (Reason("X", Text("x", "x"), Text("x", "x"), ""),)


def a_case(
    on: date, *found: Finding | Fact, enterprise: Enterprise | None = None, case_id: str | None = None
) -> StoredCase:
    """An application decided at noon of `on` that left these findings and facts."""
    evidence = Evidence(
        tuple(f for f in found if isinstance(f, Finding)), tuple(f for f in found if isinstance(f, Fact))
    )
    decision = Decision(Result.REFUSED, on, "test/2026-01-01#x", reasons=REFUSED)
    return StoredCase(case_id or str(uuid4()), enterprise or an_enterprise(), evidence, decision, noon(on))


@dataclass
class StandInAgencies:
    """A stand-in for the agencies, which says what it is told to say and counts how often it is asked."""

    says: Evidence
    asked: int = 0
    schemes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calls: list[tuple[frozenset[str] | None, Urgency]] = field(default_factory=list)

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> Evidence:
        self.asked += 1
        self.calls.append((None if only is None else frozenset(only), urgency))
        if only is None:
            return self.says
        return Evidence(
            tuple(f for f in self.says.findings if f.agency in only),
            tuple(f for f in self.says.facts if f.source in only),
        )


def an_assess(
    store: Store,
    agencies: Agencies,
    clock: Clock,
    *,
    rules: RuleBook = BOOK,
    book: AgencyBook | None = None,
    turns: Mapping[str, TurnLimit] = NO_LIMITS,
) -> Assess:
    """The steps that all use cases share, with five seconds for the agencies."""
    return Assess(
        agencies=agencies,
        rules=rules,
        store=store,
        book=book or MemoryBook(),
        clock=clock,
        budget=5.0,
        keep=KEEP,
        turns=turns,
    )


def an_application(
    on: date, *found: Finding | Fact, enterprise: Enterprise | None = None, caller: str = "programme/test"
) -> Application:
    """An application of noon of `on`, decided on these findings and facts by the Costa Rican rules.

    A grant is recorded as pending, since it has no certificate here: what was found is what counts.
    """
    case = a_case(on, *found, enterprise=enterprise)
    decision = decide(case.enterprise, case.evidence, BOOK.in_force(on), on)
    refused = decision.result is Result.REFUSED
    later = None if refused else case.at + timedelta(hours=1)
    return Application(
        id=case.id,
        request=Request(caller, str(uuid4()), b"d" * 32, case.enterprise),
        state=ApplicationState.REFUSED if refused else ApplicationState.PENDING,
        decision=decision,
        evidence=in_order(case.evidence),
        created_at=case.at,
        updated_at=case.at,
        next_attempt_at=later,
        expires_at=later,
    )
