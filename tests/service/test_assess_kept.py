"""Rules: a retry asks no more than it must, an answer keeps its day, and without the book nothing is decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from certsvc.core.errors import StoreUnavailable
from certsvc.core.events import AgencyEvent
from certsvc.core.model import (
    Enterprise,
    Evidence,
    Fact,
    FactName,
    Finding,
    Result,
)
from certsvc.core.outcome import Outcome
from certsvc.core.rules.model import Event
from certsvc.service.agency_records import Hold, Known, Urgency
from certsvc.store.postgres import PostgresStore
from tests.service.assessing import NOON, SCHEMES, all_but, an_event, assessed, out
from tests.service.cases import KEEP, StandInAgencies, an_assess
from tests.service.conftest import HandClock, Publishing
from tests.service.memory_book import MemoryBook
from tests.situations import (
    DAY,
    SMALL_FACTS,
    a_finding,
    an_enterprise,
    clear_findings,
    codes,
)
from tests.strategies import noon

HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def store(publishing: Publishing) -> PostgresStore:
    return await publishing.store()


# --- Kept answers ---

EARLIER = NOON - 5 * HOUR


def as_of_earlier(*found: Finding) -> tuple[Finding, ...]:
    return tuple(replace(f, checked_at=EARLIER) for f in found)


FORMER = Evidence(
    (*as_of_earlier(*all_but("tax")), replace(out("tax"), checked_at=EARLIER)),
    (Fact(FactName.HEAD_COUNT, Decimal(7), "ccss"), Fact(FactName.HEAD_COUNT, Decimal(7), "hacienda")),
)
"""Of an attempt five hours ago, when the tax office was out."""


def answering(*says: Finding) -> StandInAgencies:
    return StandInAgencies(Evidence(says or clear_findings(DAY)), schemes=SCHEMES)


async def test_a_retry_asks_only_those_that_have_not_answered_and_states_the_days_of_the_kept_answers(
    store: PostgresStore,
) -> None:
    agencies = answering()
    stale = as_of_earlier(a_finding("social_security", days_old=3), *all_but("tax", "social_security"))
    former = replace(FORMER, findings=(*stale, FORMER.findings[-1]))
    decision, evidence = await assessed(store, agencies=agencies, former=former)
    assert agencies.calls == [(frozenset({"hacienda"}), Urgency.LIVE)]
    assert decision.result is Result.GRANTED
    assert dict(decision.clear)["social_security"] == DAY - 3 * ONE_DAY
    assert {f.agency: f.checked_at for f in evidence.findings} == {
        **dict.fromkeys(("ccss", "fodesaf", "ins"), EARLIER),
        "hacienda": NOON,
    }
    assert [f.source for f in evidence.facts if f.value == 7] == ["ccss"]


async def test_an_undated_kept_answer_is_of_the_day_on_which_it_was_given(store: PostgresStore) -> None:
    """The tax office states no day; asked on Sunday evening, it clears as of Sunday."""
    sunday = replace(a_finding("tax"), data_as_of=None, checked_at=noon(DAY) - 20 * HOUR)
    former = Evidence((sunday, out("work_injury")))
    agencies = answering()
    decision, _ = await assessed(store, agencies=agencies, former=former)
    assert agencies.calls[0][0] == frozenset({"ccss", "fodesaf", "ins"})
    assert dict(decision.clear)["tax"] == DAY - ONE_DAY


@pytest.mark.parametrize(
    ("event", "again"),
    [
        (an_event(at=EARLIER + HOUR), True),
        (an_event(Event.PAYMENT, EARLIER - ONE_DAY, received=EARLIER + HOUR), True),
        (an_event(at=EARLIER - timedelta(seconds=4)), True),  # it may have come in while the agency was asked
        (an_event(at=EARLIER - timedelta(days=9)), False),
    ],
)
async def test_an_agency_that_has_reported_since_is_asked_again(
    store: PostgresStore, event: AgencyEvent, again: bool
) -> None:
    agencies = answering()
    await assessed(store, agencies=agencies, former=FORMER, book=MemoryBook(events=[event]))
    assert agencies.calls[0][0] == frozenset({"hacienda", "ccss"} if again else {"hacienda"})


async def test_an_agency_that_has_said_the_opposite_since_is_asked_again(store: PostgresStore) -> None:
    book, agencies = MemoryBook(), answering()
    bar = a_finding("social_security", Outcome.BARRED_ARREARS)
    book.said_before(an_enterprise(), replace(bar, checked_at=EARLIER + HOUR))
    await assessed(store, agencies=agencies, former=FORMER, book=book)
    assert agencies.calls[0][0] == frozenset({"hacienda", "ccss"})


async def test_what_was_reported_before_the_kept_answer_stands_as_it_would_beside_a_fresh_one(
    store: PostgresStore,
) -> None:
    book = MemoryBook(events=[an_event(at=EARLIER - HOUR)])
    decision, _ = await assessed(store, agencies=answering(), former=FORMER, book=book)
    assert codes(decision) == ["social_security:BARRED_ARREARS"], "of the same day, and nothing was paid"


async def test_answers_older_than_they_are_kept_are_asked_for_again(store: PostgresStore) -> None:
    agencies, at = answering(), EARLIER + KEEP
    await assessed(store, agencies=agencies, former=FORMER, at=at)
    assert agencies.calls == [(None, Urgency.LIVE)]


# --- The books ---


@dataclass
class ClosedBook(MemoryBook):
    """A book that cannot be read, or not be written."""

    reads: bool = False

    async def known(self, enterprise: Enterprise, now: datetime) -> Known:
        if not self.reads:
            raise StoreUnavailable("the database does not answer")
        return await super().known(enterprise, now)

    async def note(self, enterprise: Enterprise, findings: Sequence[Finding], now: datetime) -> None:
        raise StoreUnavailable("the database does not answer")


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize("former", [None, FORMER])
async def test_where_the_book_cannot_be_used_nothing_is_decided(
    store: PostgresStore, former: Evidence | None, reads: bool
) -> None:
    with pytest.raises(StoreUnavailable):
        await assessed(store, *clear_findings(DAY), book=ClosedBook(reads=reads), former=former)


@dataclass
class TellingAgencies(StandInAgencies):
    """Agencies that answer, and while they do so something is recorded."""

    meanwhile: Callable[[], object] = lambda: None

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> Evidence:
        answer = await super().ask(enterprise, within, only=only, urgency=urgency)
        self.meanwhile()
        return answer


@pytest.mark.parametrize("former", [None, FORMER])
async def test_what_is_recorded_while_the_agencies_are_asked_counts(
    store: PostgresStore, former: Evidence | None
) -> None:
    async def ending(meanwhile: Callable[[MemoryBook], object]) -> list[str]:
        book = MemoryBook()
        says = Evidence(clear_findings(DAY))
        agencies = TellingAgencies(says, schemes=SCHEMES, meanwhile=lambda: meanwhile(book))
        decision, _ = await assessed(store, agencies=agencies, former=former, book=book)
        assert agencies.asked == 1
        return codes(decision)

    bar = replace(a_finding("social_security", Outcome.BARRED_ARREARS), checked_at=NOON + timedelta(seconds=1))
    held = Hold(1, "ccss", NOON, NOON - HOUR, 100, 60)
    assert await ending(lambda book: None) == []
    assert await ending(lambda book: book.events.append(an_event())) == ["social_security:BARRED_ARREARS"]
    assert await ending(lambda book: book.said_before(an_enterprise(), bar)) == ["social_security:DISPUTED"]
    assert await ending(lambda book: book.open_holds.append(held)) == ["social_security:DISPUTED"]


async def test_the_urgency_of_the_question_goes_with_it(store: PostgresStore) -> None:
    agencies = answering()
    assess = an_assess(store, agencies, HandClock(NOON))
    await assess(an_enterprise(), SMALL_FACTS, former=FORMER, urgency=Urgency.URGENT)
    await assess(an_enterprise(), SMALL_FACTS, urgency=Urgency.RECHECK)
    assert [urgency for _, urgency in agencies.calls] == [Urgency.URGENT, Urgency.RECHECK]
