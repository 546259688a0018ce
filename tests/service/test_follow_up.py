"""What becomes of a provisional certificate once its unchecked agency answers, on a real store and real lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from certsvc.core.errors import StoreUnavailable
from certsvc.core.model import (
    CertificateKind,
    CertificateStatus,
    Decision,
    Enterprise,
    Evidence,
    Reason,
    Result,
    RevocationReason,
    Text,
)
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleBook
from certsvc.service.agency_records import FollowUp, FollowUpState, Urgency
from certsvc.service.follow_up import FollowUpCertificate, request_id_of, revocation_reason
from certsvc.service.issue import IssueCertificate
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.records import Application, Request, StatusChange
from certsvc.service.revoke import RevokeCertificate
from certsvc.store.connections import create_pool
from certsvc.store.follow_ups import FOLLOW_UP, FollowUpAttempts, PostgresFollowUps
from certsvc.store.jobs import WAKES_A_SECOND, queries
from certsvc.system import SystemEntropy
from tests.service.cases import an_assess
from tests.service.conftest import HandClock, OnClock, Publishing
from tests.situations import BOOK, SMALL_FACTS, an_enterprise, clear_findings
from tests.trust_kit import ISSUER

RETRY = RetryPlan(timedelta(seconds=30), timedelta(hours=1), timedelta(days=30))
LENIENT = RuleBook([replace(BOOK.in_force(date(2022, 7, 1)), first=date(2020, 1, 1), until=None)])
"""The version of an outage: a provisional certificate may stand in for the social-security fund's answer."""


@dataclass
class Fund:
    """A stand-in for the agencies: all clear but for what the social-security fund says."""

    clock: HandClock
    says: Outcome = Outcome.UNAVAILABLE
    asked: list[frozenset[str] | None] = field(default_factory=list)
    schemes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def ask(
        self,
        enterprise: Enterprise,
        within: float,
        *,
        only: Collection[str] | None = None,
        urgency: Urgency = Urgency.LIVE,
    ) -> Evidence:
        self.asked.append(None if only is None else frozenset(only))
        now = self.clock.now()
        found = tuple(replace(f, checked_at=now, data_as_of=now.date()) for f in clear_findings(now.date()))
        return Evidence(
            tuple(
                replace(f, outcome=self.says) if f.agency == "ccss" else f
                for f in found
                if only is None or f.agency in only
            )
        )


@dataclass
class Flow:
    """The use cases on one store, and one provisional certificate."""

    fund: Fund
    follow_up: FollowUpCertificate
    follow_ups: PostgresFollowUps
    store: OnClock
    provisional: Application

    @property
    def serial(self) -> str:
        assert self.provisional.certificate is not None
        return self.provisional.certificate.serial

    async def attempt(self) -> FollowUp:
        found = await self.follow_up(self.serial)
        assert found is not None
        return found

    async def status(self) -> CertificateStatus:
        found = await self.store.get_certificate(self.serial)
        assert found is not None
        return found.status


@pytest.fixture
async def flow(publishing: Publishing) -> AsyncIterator[Flow]:
    store = await publishing.store()
    publish = publishing.publisher(store)
    fund, clock, entropy = Fund(publishing.clock), publishing.clock, SystemEntropy()
    fund.schemes = {f.agency: (f.scheme,) for f in clear_findings(clock.now().date())}
    mint = Mint(
        issuer=ISSUER,
        keys=publishing.kit.keys(),
        store=store,
        entropy=entropy,
        ensure_list=publish.ensure_list,
        list_uri=publish.list_uri,
    )
    assess = an_assess(store, fund, clock, rules=LENIENT)
    issue = IssueCertificate(assess=assess, mint=mint, store=store, clock=clock, entropy=entropy, retry=RETRY)
    provisional = await issue(
        Request("programme/test", "6f7e0c3a-8d0c-4a92-9a86-3f4b0f5b7d11", b"d" * 32, an_enterprise(), SMALL_FACTS), 10.0
    )
    assert provisional.decision.kind is CertificateKind.PROVISIONAL
    pool = await create_pool(publishing.dsn, size=2)
    follow_ups = PostgresFollowUps(pool)
    follow_up = FollowUpCertificate(
        assess=assess,
        mint=mint,
        revoke=RevokeCertificate(store=store, publish=publish),
        store=store,
        follow_ups=follow_ups,
        clock=clock,
        entropy=entropy,
        retry=RETRY,
    )
    yield Flow(fund, follow_up, follow_ups, store, provisional)
    await pool.close()


@pytest.fixture
async def sql(publishing: Publishing) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(publishing.dsn)
    yield connection
    await connection.close()


async def test_a_provisional_certificate_is_followed_up_from_its_commit_on(flow: Flow) -> None:
    found = await flow.follow_ups.get(flow.serial)
    assert found is not None
    assert (found.state, found.agencies, found.attempts) == (FollowUpState.WAITING, ("ccss",), 0)
    assert flow.provisional.certificate is not None
    assert found.ends_at == flow.provisional.certificate.expires_at


async def test_when_the_agency_clears_a_full_certificate_takes_its_place_once(flow: Flow) -> None:
    flow.fund.says = Outcome.CLEAR
    first = await flow.attempt()
    assert first.state is FollowUpState.REPLACED
    replacement = await flow.store.find_request("programme/test", request_id_of(flow.serial))
    assert replacement is not None
    assert replacement.certificate is not None
    assert replacement.certificate.kind is CertificateKind.FULL
    assert first.replaced_by == replacement.certificate.serial
    assert await flow.attempt() == first
    assert await flow.status() is CertificateStatus.VALID, "it runs out by itself"


async def test_only_the_unchecked_agency_is_asked_again_while_the_others_are_fresh(flow: Flow) -> None:
    await flow.attempt()
    assert flow.fund.asked == [None, frozenset({"ccss"})]


async def test_when_the_agency_bars_it_is_revoked_and_published(flow: Flow, sql: asyncpg.Connection) -> None:
    flow.fund.says = Outcome.BARRED_ARREARS
    assert (await flow.attempt()).state is FollowUpState.REVOKED
    assert await flow.status() is CertificateStatus.REVOKED
    event = await sql.fetchrow("SELECT reason, actor FROM status_event WHERE serial = $1", flow.serial)
    assert event is not None
    assert tuple(event) == (RevocationReason.ARREARS.value, "service/follow_up")
    version = await sql.fetchval("SELECT max(version) FROM status_list")
    assert version >= 2, "once for the issue, once for the revocation"


@pytest.mark.parametrize("outcome", [Outcome.UNAVAILABLE, Outcome.DISPUTED, Outcome.MALFORMED, Outcome.NO_INFORMATION])
async def test_what_is_unknown_neither_replaces_nor_revokes(
    flow: Flow, outcome: Outcome, sql: asyncpg.Connection
) -> None:
    flow.fund.says = outcome
    found = await flow.attempt()
    assert (found.state, found.attempts) == (FollowUpState.WAITING, 1)
    assert await flow.status() is CertificateStatus.VALID
    assert await sql.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = $1", FOLLOW_UP) == 1


async def change(flow: Flow, status: CertificateStatus) -> None:
    at = flow.fund.clock.now()
    await flow.store.change_status(
        StatusChange(flow.serial, status, RevocationReason.MISDECLARED, "", "operator/one", at)
    )


async def test_nothing_takes_the_place_of_one_that_is_suspended(flow: Flow) -> None:
    flow.fund.says = Outcome.CLEAR
    await change(flow, CertificateStatus.SUSPENDED)
    assert (await flow.attempt()).state is FollowUpState.WAITING
    assert len(await flow.store.list_certificates(limit=10)) == 1


async def test_nothing_takes_the_place_of_one_that_is_revoked_while_agencies_are_asked(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.fund.says = Outcome.CLEAR
    ask = flow.fund.ask

    async def meanwhile(*given: Any, **named: Any) -> Evidence:
        await change(flow, CertificateStatus.REVOKED)
        return await ask(*given, **named)

    monkeypatch.setattr(flow.fund, "ask", meanwhile)
    await flow.attempt()
    assert len(await flow.store.list_certificates(limit=10)) == 1
    assert (await flow.attempt()).state is FollowUpState.REVOKED


async def test_one_that_has_run_out_has_lapsed(flow: Flow, publishing: Publishing) -> None:
    publishing.clock.at += timedelta(days=31)
    flow.fund.says = Outcome.CLEAR
    assert (await flow.attempt()).state is FollowUpState.LAPSED
    assert len(flow.fund.asked) == 1, "nobody is asked about it"


async def test_an_attempt_that_was_overtaken_does_nothing(flow: Flow) -> None:
    await flow.attempt()
    asked = len(flow.fund.asked)
    assert await flow.follow_up(flow.serial, 0) is not None
    assert len(flow.fund.asked) == asked


async def test_a_crash_between_the_new_certificate_and_the_end_leaves_one_certificate(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("gone")

    flow.fund.says = Outcome.CLEAR
    with monkeypatch.context() as patch:
        patch.setattr(flow.follow_ups, "end", away)
        with pytest.raises(StoreUnavailable):
            await flow.attempt()
    issued = await flow.store.list_certificates(limit=10)
    assert len(issued) == 2
    found = await flow.attempt()
    assert found.state is FollowUpState.REPLACED
    assert {found.replaced_by, flow.serial} == {certificate.serial for certificate in issued}
    assert len(await flow.store.list_certificates(limit=10)) == 2


async def test_a_crash_between_revocation_and_end_is_ended_by_the_next_attempt(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, sql: asyncpg.Connection
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("gone")

    flow.fund.says = Outcome.BARRED_ARREARS
    with monkeypatch.context() as patch:
        patch.setattr(flow.follow_ups, "end", away)
        with pytest.raises(StoreUnavailable):
            await flow.attempt()
    assert (await flow.attempt()).state is FollowUpState.REVOKED
    assert await sql.fetchval("SELECT count(*) FROM status_event") == 1


async def test_a_follow_up_ends_once_whatever_the_code_does(flow: Flow, sql: asyncpg.Connection) -> None:
    flow.fund.says = Outcome.CLEAR
    await flow.attempt()
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("UPDATE follow_up SET state = 'WAITING', next_attempt_at = now(), replaced_by = NULL")


async def test_the_sweep_queues_it_and_the_agency_that_returns_makes_it_due_behind_whoever_waits(
    flow: Flow, sql: asyncpg.Connection
) -> None:
    work = FollowUpAttempts(flow.follow_up)
    await work.sweep(queries(sql))
    await work.sweep(queries(sql))
    jobs = await sql.fetch("SELECT payload, priority FROM pgqueuer WHERE entrypoint = $1", FOLLOW_UP)
    assert [(job["payload"].decode(), job["priority"]) for job in jobs] == [(f"{flow.serial} 0", 0)]
    assert await flow.follow_ups.wake("hacienda") == 0
    # Before its own time nobody waits longer for having been woken; so that time is put far away.
    await sql.execute("UPDATE follow_up SET next_attempt_at = now() + interval '1 hour'")
    assert await flow.follow_ups.wake("ccss", before=500) == 1
    jobs = await sql.fetch(
        "SELECT payload, priority, execute_after - now() AS wait FROM pgqueuer WHERE entrypoint = $1", FOLLOW_UP
    )
    assert [(job["payload"].decode(), job["priority"]) for job in jobs] == [(f"{flow.serial} 0", 0)]
    assert timedelta(seconds=1) < jobs[0]["wait"] <= timedelta(seconds=500 / WAKES_A_SECOND)
    assert await flow.follow_ups.wake("ccss") == 1
    assert await sql.fetchval("SELECT execute_after <= now() FROM pgqueuer WHERE entrypoint = $1", FOLLOW_UP)
    flow.fund.says = Outcome.CLEAR
    assert await work.run(jobs[0]["payload"].decode(), Urgency.URGENT) is None
    found = await flow.follow_ups.get(flow.serial)
    assert found is not None
    assert found.state is FollowUpState.REPLACED


def decision_for(result: Result, *codes: str) -> Decision:
    text = Text("x", "x")
    reasons = tuple(Reason(code, text, text, "") for code in codes)
    if result is not Result.GRANTED:
        return Decision(result, date(2026, 1, 1), "x/2026-01-01#x", reasons=reasons)
    return Decision(
        result,
        date(2026, 1, 1),
        "x/2026-01-01#x",
        kind=CertificateKind.FULL,
        clear=(("tax", date(2026, 1, 1)),),
        valid_for=timedelta(days=1),
    )


def test_only_a_bar_is_a_reason_to_revoke() -> None:
    assert revocation_reason(decision_for(Result.GRANTED)) is None
    assert revocation_reason(decision_for(Result.UNDECIDED, "BARRED_ARREARS")) is None
    assert revocation_reason(decision_for(Result.REFUSED, "UNAVAILABLE")) is None
    assert revocation_reason(decision_for(Result.REFUSED, "NAME_MISMATCH", "BARRED_MISSING_RETURN")) is (
        RevocationReason.MISSING_RETURN
    )
