"""Rule: today is asked of the agencies, any other legal date of what is stored; each sees no more than it may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from certsvc.core.errors import InvalidRequest, NoRuleSet
from certsvc.core.events import AgencyEvent
from certsvc.core.model import DECLARED, Enterprise, Evidence, Fact, FactName, Identifier, Result
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook
from certsvc.core.rules.model import Event
from certsvc.service.agency_records import Dispute, Hold
from certsvc.service.check import CheckEligibility, Question
from certsvc.service.ports import Store
from certsvc.store.postgres import PostgresStore
from tests.service.cases import StandInAgencies, an_application, an_assess
from tests.service.conftest import HandClock, Publishing
from tests.service.memory_book import MemoryBook
from tests.situations import AGENCY_OF, BOOK, SMALL_FACTS, a_finding, an_enterprise, clear_findings, codes
from tests.strategies import noon

DAY = date(2026, 6, 1)
ONE_DAY = timedelta(days=1)
NEW_YEAR = datetime(2026, 1, 1, 6, tzinfo=UTC)
"""1 January 2026, 00:00 in Costa Rica."""
INSTANT = timedelta(microseconds=1)
OURS = "programme/test"
NOTHING = Evidence(())


def check_on(
    store: Store,
    now: datetime,
    says: Evidence = NOTHING,
    book: RuleBook = BOOK,
    known: MemoryBook | None = None,
) -> CheckEligibility:
    clock, known = HandClock(now), known or MemoryBook()
    assess = an_assess(store, StandInAgencies(says), clock, rules=book, book=known)
    return CheckEligibility(assess=assess, store=store, book=known, rules=book, clock=clock)


def asked(on: date | None = None, scope: str | None = OURS, enterprise: Enterprise | None = None) -> Question:
    return Question(enterprise or an_enterprise(), SMALL_FACTS, on, scope)


@pytest.fixture
async def store(publishing: Publishing) -> PostgresStore:
    return await publishing.store()


@pytest.mark.parametrize("on", [None, DAY])
async def test_today_is_asked_of_the_agencies(store: PostgresStore, on: date | None) -> None:
    await store.record(an_application(DAY, a_finding("tax", Outcome.BARRED_ARREARS)))
    answer = await check_on(store, noon(DAY), Evidence(clear_findings(DAY)))(asked(on), 5.0)
    assert (answer.decision.result, answer.stored, answer.newest) == (Result.GRANTED, False, None)


async def test_another_date_is_answered_from_what_is_stored_by_the_rules_of_that_date(store: PostgresStore) -> None:
    then = date(2025, 6, 1)
    await store.record(an_application(then, *clear_findings(then)))
    check = check_on(store, noon(DAY), Evidence((a_finding("tax", Outcome.BARRED_ARREARS),)))
    answer = await check(asked(then), 5.0)
    assert (answer.decision.result, answer.decision.on) == (Result.GRANTED, then)
    assert answer.decision.rule_set == BOOK.in_force(then).ref
    assert (answer.stored, answer.newest) == (True, noon(then))


async def test_missing_evidence_is_said_and_grants_nothing(store: PostgresStore) -> None:
    answer = await check_on(store, noon(DAY))(asked(DAY - ONE_DAY), 5.0)
    assert (answer.decision.result, answer.stored, answer.newest) == (Result.UNDECIDED, True, None)
    assert "tax:NO_FINDING" in codes(answer.decision)


async def test_evidence_that_is_too_old_for_a_future_date_is_said_and_grants_nothing(store: PostgresStore) -> None:
    await store.record(an_application(DAY, *clear_findings(DAY)))
    check = check_on(store, noon(DAY))
    assert (await check(asked(DAY + ONE_DAY), 5.0)).decision.result is Result.GRANTED
    later = await check(asked(DAY + 400 * ONE_DAY), 5.0)
    assert later.decision.result is Result.UNDECIDED
    assert "tax:EVIDENCE_STALE" in codes(later.decision)
    assert later.newest == noon(DAY)


async def test_a_programme_is_answered_from_its_own_applications_and_an_auditor_from_all(store: PostgresStore) -> None:
    then = DAY - ONE_DAY
    await store.record(an_application(then, *clear_findings(then), caller="programme/other"))
    check = check_on(store, noon(DAY))
    assert (await check(asked(then), 5.0)).newest is None
    assert (await check(asked(then, scope="programme/other"), 5.0)).decision.result is Result.GRANTED
    assert (await check(asked(then, scope=None), 5.0)).decision.result is Result.GRANTED


async def test_no_agency_is_asked_for_who_sees_all(store: PostgresStore) -> None:
    answer = await check_on(store, noon(DAY), Evidence(clear_findings(DAY)))(asked(scope=None), 5.0)
    assert (answer.stored, answer.decision.result) == (True, Result.UNDECIDED)


EMPLOYER = Identifier("cr.nite", "3120999901")
BOTH = Enterprise((an_enterprise().identifier, EMPLOYER))


async def test_what_was_found_under_a_number_that_is_not_asked_about_is_left_out(store: PostgresStore) -> None:
    then = DAY - ONE_DAY
    await store.record(an_application(then, *clear_findings(then), enterprise=BOTH))
    check = check_on(store, noon(DAY))
    other = Identifier("cr.nite", "3120000000")
    for known in (Enterprise((EMPLOYER, an_enterprise().identifier)), Enterprise((other, *BOTH.identifiers))):
        assert (await check(asked(then, enterprise=known), 5.0)).newest == noon(then)
    for unknown in (Enterprise((EMPLOYER,)), Enterprise((EMPLOYER, other)), Enterprise((other,))):
        assert (await check(asked(then, enterprise=unknown), 5.0)).newest is None


@pytest.mark.parametrize("scope", [OURS, None])
async def test_a_newer_clear_answer_on_one_number_does_not_hide_the_bar_on_another(
    store: PostgresStore, scope: str | None
) -> None:
    then, later = DAY - 3 * ONE_DAY, DAY - 2 * ONE_DAY
    bar = a_finding("tax", Outcome.BARRED_ARREARS, on=then)
    await store.record(an_application(then, bar, *clear_findings(then)[1:]))
    await store.record(an_application(later, *clear_findings(later), enterprise=Enterprise((EMPLOYER,))))
    answer = await check_on(store, noon(DAY))(asked(DAY - ONE_DAY, scope, BOTH), 5.0)
    assert codes(answer.decision) == ["tax:BARRED_ARREARS"]


async def test_what_is_declared_now_takes_the_place_of_what_was_declared(store: PostgresStore) -> None:
    then = DAY - ONE_DAY
    before = Fact(FactName.HEAD_COUNT, Decimal(5000), DECLARED)
    known = Fact(FactName.SECTOR, "services", "ccss")
    await store.record(an_application(then, *clear_findings(then), before, known))
    answer = await check_on(store, noon(DAY))(asked(then), 5.0)
    assert answer.decision.result is Result.GRANTED
    assert {f.value for f in answer.evidence.facts if f.name is FactName.HEAD_COUNT} == {Decimal(6)}
    assert replace(known, as_of=then) in answer.evidence.facts


async def test_a_date_without_rules_is_refused_with_the_days_that_have_some(store: PostgresStore) -> None:
    first = BOOK.sets[0].first
    check = check_on(store, noon(DAY))
    with pytest.raises(InvalidRequest, match=f"legal_date: .*from {first} on"):
        await check(asked(first - ONE_DAY), 5.0)
    ended = RuleBook([replace(BOOK.in_force(DAY), until=date(2027, 1, 1))])
    check = check_on(store, noon(DAY), book=ended)
    with pytest.raises(InvalidRequest, match="from 2026-01-01 to 2026-12-31"):
        await check(asked(date(2027, 1, 1)), 5.0)
    assert (await check(asked(date(2026, 12, 31)), 5.0)).stored


@pytest.mark.parametrize("on", [date(1989, 12, 31), date(2101, 1, 1)])
async def test_a_date_far_off_is_refused(store: PostgresStore, on: date) -> None:
    with pytest.raises(InvalidRequest, match="from 1990-01-01 to 2100-12-31"):
        await check_on(store, noon(DAY))(asked(on), 5.0)


@pytest.mark.parametrize("scope", [OURS, None])
async def test_no_rules_today_is_the_operators_fault_not_the_callers(store: PostgresStore, scope: str | None) -> None:
    with pytest.raises(NoRuleSet):
        await check_on(store, noon(BOOK.sets[0].first - ONE_DAY))(asked(scope=scope), 5.0)


@pytest.mark.parametrize(
    ("now", "today", "opened"),
    [
        (NEW_YEAR - INSTANT, date(2025, 12, 31), date(2026, 1, 1)),
        (NEW_YEAR, date(2026, 1, 1), date(2026, 1, 1)),
        (NEW_YEAR + timedelta(days=1) - INSTANT, date(2026, 1, 1), date(2026, 1, 1)),
        # A day late: only the next 1 January is left.
        (NEW_YEAR + timedelta(days=1), date(2026, 1, 2), date(2027, 1, 1)),
    ],
)
async def test_1_january_begins_at_midnight_of_the_authority_and_decides_over_the_exemption(
    store: PostgresStore, now: datetime, today: date, opened: date
) -> None:
    # Undated at the tax ministry: what it says is of the day on which it was asked.
    said = (replace(a_finding("tax"), data_as_of=None, checked_at=now), *clear_findings(today)[1:])
    answer = await check_on(store, now, Evidence(said))(asked(), 5.0)
    assert (answer.decision.on, answer.decision.rule_set) == (today, BOOK.in_force(today).ref)
    assert dict(answer.decision.effects).get("legal_persons_tax_exemption") == opened


async def test_the_status_on_1_january_is_told_later_from_what_was_known_by_midnight(store: PostgresStore) -> None:
    new_year = date(2026, 1, 1)
    last_minute = replace(a_finding("tax", Outcome.CLEAR), data_as_of=None, checked_at=NEW_YEAR - INSTANT)
    first_minute = replace(a_finding("tax", Outcome.BARRED_ARREARS), data_as_of=None, checked_at=NEW_YEAR)
    others = [f for f in clear_findings(new_year - ONE_DAY) if f.scheme in AGENCY_OF and f.scheme != "tax"]
    await store.record(an_application(new_year - ONE_DAY, last_minute, *others))
    check = check_on(store, noon(DAY))
    exempt = await check(asked(new_year), 5.0)
    assert ("legal_persons_tax_exemption", new_year) in exempt.decision.effects
    await store.record(an_application(new_year, first_minute))
    assert (await check(asked(new_year - ONE_DAY), 5.0)).decision.result is Result.GRANTED
    barred = await check(asked(new_year), 5.0)
    assert codes(barred.decision)[0] == "tax:BARRED_ARREARS"


async def test_the_date_that_is_today_only_elsewhere_is_answered_from_what_is_stored(store: PostgresStore) -> None:
    """Twenty past midnight in London, still the old year at the authority."""
    london = datetime(2026, 1, 1, 0, 20, tzinfo=UTC)
    says = Evidence(clear_findings(date(2025, 12, 31)))
    assert (await check_on(store, london, says)(asked(date(2026, 1, 1)), 5.0)).stored
    assert not (await check_on(store, london, says)(asked(date(2025, 12, 31)), 5.0)).stored


# --- What is known besides ---


def arrears(at: datetime) -> AgencyEvent:
    number = an_enterprise().identifier
    return AgencyEvent("ccss", f"arrears {at}", Event.ARREARS, "social_security", number, at, at)


async def test_a_bar_reported_after_what_is_stored_refuses_from_its_day_on(store: PostgresStore) -> None:
    then = DAY - 3 * ONE_DAY
    await store.record(an_application(then, *clear_findings(then)))
    check = check_on(store, noon(DAY), known=MemoryBook(events=[arrears(noon(DAY - ONE_DAY))]))
    reasons = {
        on: codes((await check(asked(on, scope=None), 5.0)).decision) for on in (DAY - 2 * ONE_DAY, DAY - ONE_DAY, DAY)
    }
    assert reasons == {
        DAY - 2 * ONE_DAY: [],
        DAY - ONE_DAY: ["social_security:BARRED_ARREARS"],
        DAY: ["social_security:BARRED_ARREARS"],
    }


async def test_what_is_stored_of_a_later_day_than_the_report_settles_it(store: PostgresStore) -> None:
    await store.record(an_application(DAY, *clear_findings(DAY)))
    known = MemoryBook(events=[arrears(noon(DAY - ONE_DAY))])
    answer = await check_on(store, noon(DAY), known=known)(asked(scope=None), 5.0)
    assert answer.decision.result is Result.GRANTED


async def test_a_stored_clear_answer_grants_nothing_once_somebody_has_heard_a_bar(store: PostgresStore) -> None:
    then = DAY - 3 * ONE_DAY
    await store.record(an_application(then, *clear_findings(then)))
    known = MemoryBook()
    known.said_before(an_enterprise(), a_finding("tax", Outcome.BARRED_ARREARS, on=DAY - ONE_DAY))
    check = check_on(store, noon(DAY), known=known)
    assert codes((await check(asked(scope=None), 5.0)).decision) == ["tax:DISPUTED"]
    assert (await check(asked(DAY - 2 * ONE_DAY), 5.0)).decision.result is Result.GRANTED


async def test_what_is_disputed_or_held_back_now_is_so_today_and_later_and_not_on_an_earlier_day(
    store: PostgresStore,
) -> None:
    then = DAY - 3 * ONE_DAY
    barred = a_finding("social_security", Outcome.BARRED_ARREARS, on=then)
    found = [f for f in clear_findings(then) if f.scheme != "social_security"]
    await store.record(an_application(then, *found, barred))
    now = noon(DAY)
    dispute = Dispute(
        "1", "ccss", "social_security", an_enterprise().identifier, "a receipt", "ana", now, now + ONE_DAY, "luis", now
    )
    known = MemoryBook(disputes=[dispute], open_holds=[Hold(1, "hacienda", now, now - ONE_DAY, 9, 9)])
    check = check_on(store, now, known=known)
    for on in (DAY, DAY + ONE_DAY):
        later = await check(asked(on, scope=None), 5.0)
        assert codes(later.decision) == ["tax:DISPUTED", "social_security:DISPUTED"]
    assert codes((await check(asked(then), 5.0)).decision) == ["social_security:BARRED_ARREARS"]
