"""One assessment of the bakery of the samples, made once more from its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from certsvc.core.decision import decide
from certsvc.core.decision.codec import encode_decision
from certsvc.core.events import AgencyEvent
from certsvc.core.evidence import decode_evidence, encode_evidence
from certsvc.core.model import Decision, Enterprise, Evidence, Fact, Finding
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook, RuleSet
from certsvc.core.rules.model import Event
from certsvc.service.agency_ports import AgencyBook
from certsvc.service.agency_records import Urgency
from certsvc.service.ports import Store
from certsvc.service.turns import TurnLimit
from tests.service.cases import NO_LIMITS, StandInAgencies, an_assess
from tests.service.conftest import HandClock
from tests.situations import AGENCY_OF, DAY, RULES, SMALL_FACTS, a_finding, an_enterprise, clear_findings
from tests.strategies import noon

NOON = noon(DAY)
SCHEMES = {agency: (scheme,) for scheme, agency in AGENCY_OF.items()}


async def assessed(
    store: Store,
    *says: Finding,
    known: tuple[Fact, ...] = (),
    within: float = 5.0,
    rules: RuleSet = RULES,
    book: AgencyBook | None = None,
    turns: Mapping[str, TurnLimit] = NO_LIMITS,
    former: Evidence | None = None,
    agencies: StandInAgencies | None = None,
    enterprise: Enterprise | None = None,
    at: datetime = NOON,
) -> tuple[Decision, Evidence]:
    """What is decided while the agencies say this; the same, byte for byte, as from its stored evidence."""
    agencies = agencies or StandInAgencies(Evidence(says, known), schemes=SCHEMES)
    assess = an_assess(store, agencies, HandClock(at), rules=RuleBook([rules]), book=book, turns=turns)
    asked = enterprise or an_enterprise()
    decision, evidence = await assess(asked, SMALL_FACTS, within, former=former, urgency=Urgency.LIVE)
    stored = decode_evidence(encode_evidence(evidence))
    assert stored == evidence
    assert encode_decision(decide(asked, stored, rules, decision.on)) == encode_decision(decision)
    return decision, evidence


def an_event(
    kind: Event = Event.ARREARS,
    at: datetime = NOON,
    *,
    received: datetime | None = None,
    scheme: str = "social_security",
) -> AgencyEvent:
    """What the scheme's agency reports of the bakery; it comes at once unless said otherwise."""
    number = an_enterprise().identifier
    return AgencyEvent(AGENCY_OF[scheme], f"{kind} {at}", kind, scheme, number, at, received or at)


def all_but(*scheme: str) -> tuple[Finding, ...]:
    """Clear everywhere else."""
    return tuple(f for f in clear_findings(DAY) if f.scheme not in scheme)


def out(scheme: str) -> Finding:
    """The silence of the scheme's agency."""
    return replace(a_finding(scheme, Outcome.UNAVAILABLE), data_as_of=None)
