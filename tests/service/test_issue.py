"""The issue flow's invariants, with a real store and real signatures, and agencies that answer when told to."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from certsvc.core.certificate import read_certificate
from certsvc.core.errors import PublicationFailed, RequestIdReused, SigningFailed
from certsvc.core.model import ApplicationState, CertificateKind, Enterprise, Evidence
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook
from certsvc.service.agency_records import Urgency
from certsvc.service.complete import CompleteApplication
from certsvc.service.issue import IssueCertificate
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.records import Request
from certsvc.system import SystemEntropy
from tests.service.cases import an_assess
from tests.service.conftest import Publishing
from tests.situations import BOOK, SMALL_FACTS, an_enterprise, clear_findings
from tests.trust_kit import ISSUER, MemorySigner

RETRY = RetryPlan(timedelta(seconds=30), timedelta(hours=1), timedelta(days=30))


@dataclass
class HeldAgencies:
    """A stand-in for the agencies: all clear, once `gate` is open, but for those that are out; unavailable if the time
    is over before."""

    publishing: Publishing
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[float] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    schemes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    out: frozenset[str] = frozenset()

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> Evidence:
        self.asked.append(within)
        self.begun.set()
        now = self.publishing.clock.now()
        findings = tuple(replace(f, checked_at=now, data_as_of=now.date()) for f in clear_findings(now.date()))
        try:
            await asyncio.wait_for(self.gate.wait(), within)
        except TimeoutError:
            return Evidence(tuple(replace(f, outcome=Outcome.UNAVAILABLE) for f in findings))
        return Evidence(tuple(replace(f, outcome=Outcome.UNAVAILABLE) if f.agency in self.out else f for f in findings))


@dataclass
class Flow:
    """The use cases on one store."""

    agencies: HeldAgencies
    issue: IssueCertificate
    complete: CompleteApplication


async def flow(publishing: Publishing, *, signer: MemorySigner | None = None, rules: RuleBook = BOOK) -> Flow:
    store = await publishing.store()
    publish = publishing.publisher(store)
    agencies = HeldAgencies(publishing)
    mint = Mint(
        issuer=ISSUER,
        keys=publishing.kit.keys(certificates=signer),
        store=store,
        entropy=SystemEntropy(),
        ensure_list=publish.ensure_list,
        list_uri=publish.list_uri,
    )
    assess = an_assess(store, agencies, publishing.clock, rules=rules)
    issue = IssueCertificate(
        assess=assess, mint=mint, store=store, clock=publishing.clock, entropy=SystemEntropy(), retry=RETRY
    )
    complete = CompleteApplication(
        assess=assess,
        mint=mint,
        store=store,
        clock=publishing.clock,
        retry=RETRY,
        owner=SystemEntropy().process_name(),
        lasting=timedelta(minutes=1),
    )
    return Flow(agencies, issue, complete)


def request(request_id: str | None = None, digest: bytes = b"d" * 32) -> Request:
    return Request("programme/test", request_id or str(uuid.uuid4()), digest, an_enterprise(), SMALL_FACTS)


async def test_a_grant_is_recorded_and_verified_before_it_is_answered(publishing: Publishing) -> None:
    made = await flow(publishing)
    made.agencies.gate.set()
    answer = await made.issue(request(), 5.0)
    assert answer.state is ApplicationState.GRANTED
    assert answer.certificate is not None
    store = await publishing.store()
    assert await store.get_application(answer.id) == answer


async def test_a_certificate_states_the_identifier_where_nobody_states_a_name(publishing: Publishing) -> None:
    made = await flow(publishing)
    made.agencies.gate.set()
    answer = await made.issue(request(), 5.0)
    assert answer.certificate is not None
    assert answer.certificate.name == str(an_enterprise().identifier)


async def test_twins_share_one_answer_and_ask_the_agencies_once(publishing: Publishing) -> None:
    made = await flow(publishing)
    one = request()
    calls = [asyncio.create_task(made.issue(one, 5.0)) for _ in range(20)]
    await made.agencies.begun.wait()
    made.agencies.gate.set()
    answers = await asyncio.gather(*calls)
    assert all(answer == answers[0] for answer in answers)
    assert len(made.agencies.asked) == 1


async def test_when_the_first_caller_leaves_a_twin_takes_over(publishing: Publishing) -> None:
    made = await flow(publishing)
    one = request()
    first = asyncio.create_task(made.issue(one, 5.0))
    await made.agencies.begun.wait()
    twin = asyncio.create_task(made.issue(one, 5.0))
    await asyncio.sleep(0)
    first.cancel()
    made.agencies.gate.set()
    answer = await twin
    assert answer.state is ApplicationState.GRANTED
    assert first.cancelled()


async def test_a_twin_with_another_payload_is_refused_and_changes_nothing(publishing: Publishing) -> None:
    made = await flow(publishing)
    one = request()
    first = asyncio.create_task(made.issue(one, 5.0))
    await made.agencies.begun.wait()
    other = asyncio.create_task(made.issue(request(one.request_id, b"e" * 32), 5.0))
    made.agencies.gate.set()
    assert (await first).state is ApplicationState.GRANTED
    with pytest.raises(RequestIdReused):
        await other


async def test_agencies_that_do_not_answer_leave_time_to_record_the_application_as_pending(
    publishing: Publishing,
) -> None:
    made = await flow(publishing)
    answer = await made.issue(request(), 0.5)
    assert answer.state is ApplicationState.PENDING
    assert answer.next_attempt_at is not None
    assert answer.created_at < answer.next_attempt_at <= answer.created_at + RETRY.first
    assert made.agencies.asked[0] <= 0.4


async def test_a_call_with_no_time_left_for_agencies_is_recorded_as_pending(publishing: Publishing) -> None:
    made = await flow(publishing)
    answer = await made.issue(request(), 0.0)
    assert answer.state is ApplicationState.PENDING


async def test_the_configured_budget_bounds_the_most_patient_caller(publishing: Publishing) -> None:
    made = await flow(publishing)
    made.agencies.gate.set()
    await made.issue(request(), 3600.0)
    assert made.agencies.asked == [5.0]


class Faulty(MemorySigner):
    """A signer whose hardware returns a signature that is not ours."""

    def sign(self, data: bytes) -> bytes:
        return MemorySigner().sign(data)


async def test_a_faulty_signer_issues_nothing_and_records_nothing(publishing: Publishing) -> None:
    made = await flow(publishing, signer=Faulty(publishing.kit.certificates.key))
    made.agencies.gate.set()
    one = request()
    with pytest.raises(SigningFailed):
        await made.issue(one, 5.0)
    store = await publishing.store()
    assert await store.find_request(one.caller, one.request_id) is None


async def test_nothing_is_issued_under_a_key_set_that_has_expired(publishing: Publishing) -> None:
    made = await flow(publishing)
    made.agencies.gate.set()
    await made.issue(request(), 5.0)
    publishing.clock.at += timedelta(days=91)
    with pytest.raises((SigningFailed, PublicationFailed), match=r"key.set.*expired"):
        await made.issue(request(), 5.0)


async def test_a_pending_application_is_completed_once_and_then_left_alone(publishing: Publishing) -> None:
    made = await flow(publishing)
    pending = await made.issue(request(), 0.1)
    made.agencies.gate.set()
    done, again = await made.complete(pending.id), await made.complete(pending.id)
    assert done is not None
    assert done.state is ApplicationState.GRANTED
    assert done.attempts == 2
    assert again == done


async def test_two_workers_on_one_application_come_to_one_certificate(publishing: Publishing) -> None:
    one, other = await flow(publishing), await flow(publishing)
    pending = await one.issue(request(), 0.1)
    for made in (one, other):
        made.agencies.gate.set()
    asked = len(one.agencies.asked) + len(other.agencies.asked)
    await asyncio.gather(one.complete(pending.id), other.complete(pending.id))
    assert len(one.agencies.asked) + len(other.agencies.asked) == asked + 1
    first, second = await one.complete(pending.id), await other.complete(pending.id)
    assert first is not None
    assert second is not None
    assert first.certificate is not None
    assert first.certificate == second.certificate


async def test_an_application_past_its_deadline_expires_without_asking_again(publishing: Publishing) -> None:
    made = await flow(publishing)
    pending = await made.issue(request(), 0.1)
    publishing.clock.at += timedelta(days=30)
    asked = len(made.agencies.asked)
    expired = await made.complete(pending.id)
    assert expired is not None
    assert expired.state is ApplicationState.EXPIRED
    assert len(made.agencies.asked) == asked


LENIENT = RuleBook([replace(BOOK.in_force(date(2022, 7, 1)), first=date(2020, 1, 1), until=None)])
"""The version of an outage: a provisional certificate may stand in for the social-security fund's answer."""


async def test_a_provisional_certificate_is_short_and_names_what_is_unchecked(publishing: Publishing) -> None:
    made = await flow(publishing, rules=LENIENT)
    made.agencies.out = frozenset({"ccss"})
    made.agencies.gate.set()
    answer = await made.issue(request(), 10.0)
    assert answer.state is ApplicationState.GRANTED
    certificate = answer.certificate
    assert certificate is not None
    assert certificate.kind is CertificateKind.PROVISIONAL
    assert certificate.expires_at - certificate.issued_at == timedelta(days=30)
    claims = read_certificate(certificate.token, publishing.kit.key_set(), int(certificate.issued_at.timestamp()))
    assert (claims.kind, claims.unchecked) == ("PROVISIONAL", (("social_security", "ccss"),))
    assert "social_security" not in dict(claims.clear)
    store = await publishing.store()
    assert await store.get_application(answer.id) == answer
    assert await store.get_certificate(certificate.serial) == certificate


async def test_a_pending_application_may_end_in_a_provisional_certificate(publishing: Publishing) -> None:
    made = await flow(publishing, rules=LENIENT)
    made.agencies.out = frozenset({"ccss", "hacienda"})
    made.agencies.gate.set()
    pending = await made.issue(request(), 10.0)
    assert pending.state is ApplicationState.PENDING
    made.agencies.out = frozenset({"ccss"})
    done = await made.complete(pending.id)
    assert done is not None
    assert done.certificate is not None
    assert done.certificate.kind is CertificateKind.PROVISIONAL
    made.agencies.out = frozenset()
    assert await made.complete(pending.id) == done, "it is decided: only a new application gives a full one"
