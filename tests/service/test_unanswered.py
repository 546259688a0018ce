"""Rules: what a provisional certificate left unchecked is waited for by whoever applies next, until it has answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from certsvc.core.model import ApplicationState, CertificateKind, Enterprise, Evidence, Identifier
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook
from certsvc.service.agency_records import FollowUpState
from certsvc.service.issue import IssueCertificate
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.records import Application, Request
from certsvc.store.agency_book import PostgresAgencyBook
from certsvc.store.connections import create_pool
from certsvc.store.follow_ups import PostgresFollowUps
from certsvc.system import SystemEntropy
from tests.service.cases import StandInAgencies, an_assess
from tests.service.conftest import Publishing
from tests.situations import BOOK, SMALL_FACTS, a_finding, an_enterprise, clear_findings
from tests.trust_kit import ISSUER

RETRY = RetryPlan(timedelta(seconds=30), timedelta(hours=1), timedelta(days=30))
LENIENT = RuleBook([replace(BOOK.in_force(date(2022, 7, 1)), first=date(2020, 1, 1), until=None)])
"""The version of an outage: a provisional certificate may stand in for the social-security fund's answer."""
BAKERY, OTHER = an_enterprise().identifier, Identifier("cr.dimex", "155800000001")
MONTH = timedelta(days=31)


@dataclass
class Desk:
    """A use case on a real store and a real book, and what the social-security fund says."""

    publishing: Publishing
    agencies: StandInAgencies
    issue: IssueCertificate
    book: PostgresAgencyBook
    follow_ups: PostgresFollowUps

    async def apply(
        self, fund: Outcome = Outcome.UNAVAILABLE, *numbers: Identifier, caller: str = "programme/test"
    ) -> Application:
        now = self.publishing.clock.now()
        found = [replace(f, checked_at=now, data_as_of=now.date()) for f in clear_findings(now.date())]
        self.agencies.says = Evidence(
            tuple(replace(f, outcome=fund) if f.agency == "ccss" else f for f in found),
        )
        enterprise = Enterprise(numbers or (BAKERY,))
        return await self.issue(Request(caller, str(uuid4()), b"d" * 32, enterprise, SMALL_FACTS), 10.0)


@pytest.fixture
async def desk(publishing: Publishing) -> AsyncIterator[Desk]:
    store, clock, entropy = await publishing.store(), publishing.clock, SystemEntropy()
    publish = publishing.publisher(store)
    pool = await create_pool(publishing.dsn, size=2)
    book = PostgresAgencyBook(publishing.dsn, pool)
    agencies = StandInAgencies(Evidence(()), schemes={f.agency: (f.scheme,) for f in clear_findings(date(2026, 6, 1))})
    mint = Mint(
        issuer=ISSUER,
        keys=publishing.kit.keys(),
        store=store,
        entropy=entropy,
        ensure_list=publish.ensure_list,
        list_uri=publish.list_uri,
    )
    assess = an_assess(store, agencies, clock, rules=LENIENT, book=book)
    issue = IssueCertificate(assess=assess, mint=mint, store=store, clock=clock, entropy=entropy, retry=RETRY)
    yield Desk(publishing, agencies, issue, book, PostgresFollowUps(pool))
    await book.close()
    await pool.close()


async def test_a_provisional_certificate_is_not_renewed_by_another_however_long_the_outage(desk: Desk) -> None:
    kinds = []
    for _ in range(3):
        kinds.append((await desk.apply()).decision.kind)
        desk.publishing.clock.at += MONTH
    assert kinds == [CertificateKind.PROVISIONAL, None, None]


async def test_it_is_not_renewed_by_another_programme_nor_under_one_of_its_numbers(desk: Desk) -> None:
    first = await desk.apply(Outcome.UNAVAILABLE, BAKERY, OTHER)
    assert first.decision.kind is CertificateKind.PROVISIONAL
    for numbers in ((OTHER,), (OTHER, BAKERY), (BAKERY, Identifier("cr.dimex", "155800000002"))):
        again = await desk.apply(Outcome.UNAVAILABLE, *numbers, caller="programme/other")
        assert again.state is ApplicationState.PENDING
    stranger = await desk.apply(Outcome.UNAVAILABLE, Identifier("cr.dimex", "155800000002"))
    assert stranger.decision.kind is CertificateKind.PROVISIONAL


@pytest.mark.parametrize("ending", [None, FollowUpState.LAPSED])
async def test_once_the_agency_has_answered_its_next_outage_is_another(
    desk: Desk, ending: FollowUpState | None
) -> None:
    first = await desk.apply()
    if ending is not None:
        assert first.certificate is not None
        follow_up = await desk.follow_ups.get(first.certificate.serial)
        assert follow_up is not None
        await desk.follow_ups.end(follow_up, ending)
    assert await desk.book.unanswered(an_enterprise()) == {"ccss"}
    desk.publishing.clock.at += MONTH
    assert (await desk.apply(Outcome.CLEAR)).decision.kind is CertificateKind.FULL
    assert await desk.book.unanswered(an_enterprise()) == set()
    desk.publishing.clock.at += MONTH
    assert (await desk.apply()).decision.kind is CertificateKind.PROVISIONAL


async def test_what_the_agency_said_before_or_of_others_answers_nothing(desk: Desk) -> None:
    now = desk.publishing.clock.now()
    clear = replace(a_finding("social_security"), checked_at=now - timedelta(minutes=1))
    await desk.book.note(an_enterprise(), [clear], now)
    await desk.apply()
    later = replace(clear, checked_at=now + timedelta(minutes=1))
    await desk.book.note(Enterprise((OTHER,)), [later], later.checked_at)
    await desk.book.note(an_enterprise(), [replace(later, agency="hacienda", scheme="tax")], later.checked_at)
    assert await desk.book.unanswered(an_enterprise()) == {"ccss"}
    await desk.book.note(an_enterprise(), [later], later.checked_at)
    assert await desk.book.unanswered(an_enterprise()) == set()


async def test_one_that_was_replaced_leaves_nothing_unanswered(desk: Desk) -> None:
    first = await desk.apply()
    assert first.certificate is not None
    follow_up = await desk.follow_ups.get(first.certificate.serial)
    assert follow_up is not None
    await desk.follow_ups.end(follow_up, FollowUpState.REPLACED, first.certificate.serial)
    assert await desk.book.unanswered(an_enterprise()) == set()
