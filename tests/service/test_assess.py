"""Rules: no older answer, no outage, no haste and no hold is ever worth more than what is known of the enterprise.

Earlier evidence stands in for an agency that is out only where the rules say so, and only up to their age.
Every decision here is made once more from its stored evidence, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from certsvc.core.decision import decide
from certsvc.core.model import (
    CertificateKind,
    Enterprise,
    Fact,
    FactName,
    Finding,
    Identifier,
    Result,
)
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from certsvc.core.rules.scheme import Degraded, Requirement
from certsvc.service.records import StoredCase
from certsvc.store.postgres import PostgresStore
from tests.service.assessing import assessed
from tests.service.cases import an_application
from tests.service.conftest import Publishing
from tests.situations import BOOK, RULES, a_finding, an_enterprise, clear_findings, codes

DAY = date(2026, 6, 1)
ONE_DAY = timedelta(days=1)
REUSED = next(s for s in RULES.schemes if s.degraded is not None and s.degraded.mode is Degraded.REUSE)
assert REUSED.degraded is not None
OLDEST = timedelta(days=REUSED.degraded.reuse_max_age_days)


class Watched(PostgresStore):
    """The store, and how often it is asked for earlier cases."""

    reads: int = 0

    async def cases_of(
        self, identifiers: Sequence[Identifier], *, caller: str | None, limit: int
    ) -> Sequence[StoredCase]:
        self.reads += 1
        return await super().cases_of(identifiers, caller=caller, limit=limit)


@pytest.fixture
async def store(publishing: Publishing) -> Watched:
    store = await Watched.connect(publishing.dsn)
    publishing.stack.push_async_callback(store.close)
    assert isinstance(store, Watched)
    return store


def out(scheme: str = REUSED.name) -> Finding:
    return replace(a_finding(scheme, Outcome.UNAVAILABLE), data_as_of=None)


def all_but(*scheme: str) -> tuple[Finding, ...]:
    return tuple(f for f in clear_findings(DAY) if f.scheme not in scheme)


async def test_while_every_agency_answers_the_store_is_not_asked(store: Watched) -> None:
    await assessed(store, *clear_findings(DAY))
    await assessed(store, *all_but("tax"), a_finding("tax", Outcome.DISPUTED))
    assert store.reads == 0


async def test_an_outage_under_rules_without_reuse_does_not_ask_the_store(store: Watched) -> None:
    await store.record(an_application(DAY - ONE_DAY, *clear_findings(DAY - ONE_DAY)))
    decision, _ = await assessed(store, *all_but("tax"), out("tax"))
    assert (store.reads, decision.result) == (0, Result.UNDECIDED)


async def test_earlier_evidence_stands_in_and_the_outage_stays_on_record(store: Watched) -> None:
    then = DAY - OLDEST
    await store.record(an_application(then, *clear_findings(then)))
    decision, evidence = await assessed(store, *all_but(REUSED.name), out())
    assert (decision.result, decision.kind) == (Result.GRANTED, CertificateKind.FULL)
    assert dict(decision.clear)[REUSED.name] == then
    assert {f.outcome for f in evidence.findings if f.scheme == REUSED.name} == {Outcome.UNAVAILABLE, Outcome.CLEAR}
    assert [f for f in evidence.findings if f.scheme == "tax"] == [a_finding("tax")]


async def test_evidence_a_day_too_old_does_not_stand_in(store: Watched) -> None:
    then = DAY - OLDEST - ONE_DAY
    await store.record(an_application(then, *clear_findings(then)))
    decision, evidence = await assessed(store, *all_but(REUSED.name), out())
    assert decision.result is Result.UNDECIDED
    assert [f.outcome for f in evidence.findings if f.scheme == REUSED.name] == [Outcome.UNAVAILABLE]


async def test_data_too_old_does_not_stand_in_though_it_was_fetched_lately(store: Watched) -> None:
    old = replace(a_finding(REUSED.name, on=DAY - ONE_DAY), data_as_of=DAY - OLDEST - ONE_DAY)
    await store.record(an_application(DAY - ONE_DAY, old))
    decision, _ = await assessed(store, *all_but(REUSED.name), out())
    assert decision.result is Result.UNDECIDED


async def test_the_newest_earlier_answer_stands_in_though_it_is_a_bar(store: Watched) -> None:
    await store.record(an_application(DAY - 9 * ONE_DAY, a_finding(REUSED.name, on=DAY - 9 * ONE_DAY)))
    bar = a_finding(REUSED.name, Outcome.BARRED_ARREARS, on=DAY - ONE_DAY)
    await store.record(an_application(DAY - ONE_DAY, bar))
    decision, _ = await assessed(store, *all_but(REUSED.name), out())
    assert codes(decision) == [f"{REUSED.name}:BARRED_ARREARS"]


async def test_a_bar_learned_later_stands_in_beside_a_clear_answer_whose_data_are_newer(store: Watched) -> None:
    clear = a_finding(REUSED.name, on=DAY - 9 * ONE_DAY)
    bar = replace(a_finding(REUSED.name, Outcome.BARRED_ARREARS, on=DAY - ONE_DAY), data_as_of=DAY - 10 * ONE_DAY)
    await store.record(an_application(DAY - 9 * ONE_DAY, clear))
    await store.record(an_application(DAY - ONE_DAY, bar))
    decision, _ = await assessed(store, *all_but(REUSED.name), out())
    assert codes(decision) == [f"{REUSED.name}:BARRED_ARREARS"]


async def test_where_the_bar_learned_last_is_too_old_no_clear_answer_stands_in_either(store: Watched) -> None:
    clear = a_finding(REUSED.name, on=DAY - OLDEST)
    bar = replace(a_finding(REUSED.name, Outcome.BARRED_ARREARS, on=DAY - ONE_DAY), data_as_of=DAY - OLDEST - ONE_DAY)
    await store.record(an_application(DAY - OLDEST, clear))
    await store.record(an_application(DAY - ONE_DAY, bar))
    decision, _ = await assessed(store, *all_but(REUSED.name), out())
    assert decision.result is Result.UNDECIDED


async def test_an_earlier_answer_that_is_an_outage_in_part_does_not_stand_in(store: Watched) -> None:
    partly = replace(a_finding(REUSED.name, on=DAY - ONE_DAY), further=(Outcome.RATE_LIMITED,))
    await store.record(an_application(DAY - ONE_DAY, partly))
    decision, _ = await assessed(store, *all_but(REUSED.name), out())
    assert decision.result is Result.UNDECIDED


async def test_other_programmes_applications_stand_in_as_well(store: Watched) -> None:
    await store.record(an_application(DAY, *clear_findings(DAY), caller="programme/other"))
    decision, _ = await assessed(store, *all_but(REUSED.name), out())
    assert decision.result is Result.GRANTED


@pytest.mark.parametrize(
    "numbers",
    [
        (Identifier("cr.nite", "3120999901"), an_enterprise().identifier),
        (an_enterprise().identifier, Identifier("cr.nite", "3120999901")),
    ],
)
async def test_what_was_found_under_other_numbers_as_well_may_be_on_another_and_does_not_stand_in(
    store: Watched, numbers: tuple[Identifier, ...]
) -> None:
    await store.record(an_application(DAY, *clear_findings(DAY), enterprise=Enterprise(numbers)))
    decision, _ = await assessed(store, *all_but(REUSED.name), out())
    assert decision.result is Result.UNDECIDED


async def test_what_else_the_silent_agency_said_comes_with_it_and_nothing_of_others(store: Watched) -> None:
    agency = a_finding(REUSED.name).agency
    then = DAY - ONE_DAY
    theirs, others = Fact(FactName.NAME, "SOL", agency), Fact(FactName.NAME, "LUNA", "ccss")
    await store.record(an_application(then, *clear_findings(then), theirs, others))
    _, evidence = await assessed(store, *all_but(REUSED.name), out())
    assert [f for f in evidence.facts if f.name is FactName.NAME] == [replace(theirs, as_of=then)]
    fresh = Fact(FactName.HEAD_COUNT, Decimal(6), agency)
    _, evidence = await assessed(store, *all_but(REUSED.name), out(), known=(fresh,))
    assert [f for f in evidence.facts if f.source == agency] == [fresh]


PROVISIONAL = replace(BOOK.in_force(date(2022, 7, 1)), first=date(2020, 1, 1), until=None)
"""The version of an outage: a provisional certificate may stand in for the social-security fund's answer."""


async def test_where_the_rules_say_so_an_outage_leads_to_a_provisional_grant_that_names_it(store: Watched) -> None:
    decision, _ = await assessed(store, *all_but("social_security"), out("social_security"), rules=PROVISIONAL)
    assert (decision.result, decision.kind) == (Result.GRANTED, CertificateKind.PROVISIONAL)
    assert decision.unchecked == (("social_security", "ccss"),)


@pytest.mark.parametrize(("rules", "scheme"), [(PROVISIONAL, "social_security"), (RULES, REUSED.name)])
async def test_a_caller_in_haste_makes_no_outage(store: Watched, rules: RuleSet, scheme: str) -> None:
    await store.record(an_application(DAY, *clear_findings(DAY)))
    decision, evidence = await assessed(store, *all_but(scheme), out(scheme), within=4.9, rules=rules)
    assert (decision.result, store.reads) == (Result.UNDECIDED, 0)
    assert codes(decision) == [f"{scheme}:NO_FINDING"]
    assert set(evidence.findings) == set(all_but(scheme))


async def test_of_a_scheme_that_was_cut_off_no_other_answer_makes_it_clear_but_a_bar_bars(store: Watched) -> None:
    elsewhere = replace(a_finding("social_security"), agency="elsewhere")
    found = (*all_but("social_security"), out("social_security"), elsewhere)
    decision, _ = await assessed(store, *found, within=1.0, rules=PROVISIONAL)
    assert codes(decision) == ["social_security:NO_FINDING"]
    barred = replace(elsewhere, outcome=Outcome.BARRED_ARREARS)
    decision, _ = await assessed(store, *found, barred, within=1.0, rules=PROVISIONAL)
    assert codes(decision) == ["social_security:BARRED_ARREARS"]


async def test_an_outage_that_lists_a_bar_further_is_no_bar_and_makes_no_outage_in_haste(store: Watched) -> None:
    odd = replace(out("social_security"), further=(Outcome.BARRED_ARREARS,))
    found = (*all_but("social_security"), odd)
    decision, _ = await assessed(store, *found, within=1.0, rules=PROVISIONAL)
    assert codes(decision) == ["social_security:NO_FINDING"]


EXTRA = replace(next(s for s in RULES.schemes if s.name == "tax"), name="stamps", requirement=Requirement.OPTIONAL)
SPARED = replace(RULES, schemes=(*RULES.schemes, EXTRA))
"""Rules that can do without one agency."""


@pytest.mark.parametrize(("within", "result"), [(5.0, Result.GRANTED), (4.9, Result.UNDECIDED)])
async def test_haste_does_not_hide_the_facts_of_an_agency_whose_answer_is_not_needed(
    store: Watched, within: float, result: Result
) -> None:
    """It might have told of more workers than the caller declares."""
    cut_off = replace(out("tax"), scheme="stamps", agency="stamp_office")
    decision, evidence = await assessed(store, *clear_findings(DAY), cut_off, within=within, rules=SPARED)
    assert decision.result is result
    assert decision == decide(an_enterprise(), evidence, SPARED, DAY)
    tolerant = await assessed(store, *clear_findings(DAY), within=within, rules=SPARED)
    assert tolerant[0].result is Result.GRANTED


EMPLOYERS = replace(
    next(ground for s in RULES.schemes for ground in s.liability),
    zones=frozenset(),
    sectors=frozenset(),
    workers_from=Decimal(10),
)
FEW_ARE_FREE = replace(RULES, schemes=tuple(replace(s, liability=(EMPLOYERS,)) for s in RULES.schemes))
"""Rules by which nobody with fewer than ten workers owes anything."""


async def test_declared_facts_excuse_from_nothing_while_haste_cuts_off_the_agency_that_knows(store: Watched) -> None:
    told = Fact(FactName.HEAD_COUNT, Decimal(12), "ccss")
    slow = [out(f.scheme) for f in clear_findings(DAY)]
    hasty, _ = await assessed(store, *slow, within=0.01, rules=FEW_ARE_FREE)
    known, _ = await assessed(store, *slow, known=(told,), rules=FEW_ARE_FREE)
    assert (hasty.result, known.result) == (Result.UNDECIDED, Result.UNDECIDED)


async def test_haste_changes_nothing_where_an_outage_leaves_the_decision_open_anyway(store: Watched) -> None:
    decision, evidence = await assessed(store, *all_but("tax"), out("tax"), within=1.0)
    assert codes(decision) == ["tax:UNAVAILABLE"]
    assert decision.waits_for == ("hacienda",)
    assert out("tax") in evidence.findings
