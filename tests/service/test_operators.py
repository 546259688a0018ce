"""What operators do about agencies, on a real store: only what the rules allow, and never by one person alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import structlog

from certsvc.core.errors import InvalidRequest, NotFound
from certsvc.core.model import Identifier
from certsvc.core.rules import RuleBook, RuleSet
from certsvc.core.rules.scheme import Degraded, DegradedRule, SchemeRule
from certsvc.rulesets import load
from certsvc.service.agency_records import AgencyHealth, BreakerState, QuotaStanding
from certsvc.service.dispute import Disputes
from certsvc.service.release_hold import ReleaseHold
from certsvc.service.status import ServiceStatus
from certsvc.service.switch_mode import LONGEST, SwitchMode
from certsvc.store.agency_acts import PostgresAgencyActs
from certsvc.store.agency_book import PostgresAgencyBook
from certsvc.store.connections import create_pool
from certsvc.store.postgres import PostgresStore
from tests.store import samples
from tests.store.agencies import HOUR, NOW, enterprise, said, switched

ANA, EVA = "operator/ana", "operator/eva"
NUMBER = Identifier("cr.cedula_juridica", "3101123456")
BASIS = load("costa_rica").sets[0].schemes[0].basis
MODES = {
    "social_security": DegradedRule(Degraded.PENDING, frozenset({Degraded.PROVISIONAL}), 0, BASIS),
    "family_allowances": DegradedRule(Degraded.REUSE, frozenset(), 30, BASIS),
}


def rules() -> RuleBook:
    """The shipped rules with MODES in them, and nothing for the other schemes."""

    def scheme(rule: SchemeRule) -> SchemeRule:
        return replace(rule, degraded=MODES.get(rule.name))

    def changed(rule_set: RuleSet) -> RuleSet:
        return replace(rule_set, schemes=tuple(map(scheme, rule_set.schemes)))

    return RuleBook(map(changed, load("costa_rica").sets))


class Clock:
    at = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class Watched:
    """Agencies of which only names and health are looked at."""

    healths: dict[str, tuple[AgencyHealth, QuotaStanding]] = field(default_factory=dict)

    @property
    def schemes(self) -> Mapping[str, tuple[str, ...]]:
        return {"hacienda": ("tax",), "ccss": ("social_security", "family_allowances"), "ins": ("work_injury",)}

    async def ask(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("operators ask no agency")

    async def health(self) -> Sequence[tuple[AgencyHealth, QuotaStanding]]:
        return [self.healths.get(name, (AgencyHealth(name), QuotaStanding())) for name in self.schemes]


@dataclass
class Desk:
    """The use cases of operators on one database."""

    acts: PostgresAgencyActs
    book: PostgresAgencyBook
    store: PostgresStore
    agencies: Watched = field(default_factory=Watched)
    clock: Clock = field(default_factory=Clock)

    @property
    def switch(self) -> SwitchMode:
        return SwitchMode(acts=self.acts, agencies=self.agencies, rules=rules(), clock=self.clock)

    @property
    def release(self) -> ReleaseHold:
        return ReleaseHold(acts=self.acts, agencies=self.agencies, clock=self.clock)

    @property
    def disputes(self) -> Disputes:
        return Disputes(acts=self.acts, agencies=self.agencies, clock=self.clock, new_id=lambda: str(uuid4()))

    @property
    def status(self) -> ServiceStatus:
        publish: Any = type("Published", (), {"published": ()})()
        return ServiceStatus(
            store=self.store,
            acts=self.acts,
            agencies=self.agencies,
            watch=self.agencies,
            publish=publish,
            rules=rules(),
            clock=self.clock,
        )


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        pool = await create_pool(database, size=2)
        stack.push_async_callback(pool.close)
        book = PostgresAgencyBook(database, pool)
        stack.push_async_callback(book.close)
        store = await PostgresStore.connect(database)
        stack.push_async_callback(store.close)
        yield Desk(PostgresAgencyActs(pool), book, store)


@pytest.mark.parametrize(
    ("agency", "allowed"),
    [
        ("hacienda", {Degraded.PENDING}),
        ("ins", {Degraded.PENDING}),
        ("ccss", {Degraded.PENDING, Degraded.PROVISIONAL, Degraded.REUSE}),
    ],
)
async def test_only_modes_that_the_rules_allow_for_one_of_its_schemes_are_recorded(
    desk: Desk, agency: str, allowed: set[Degraded]
) -> None:
    for mode in Degraded:
        if mode in allowed:
            assert (await desk.switch(agency, mode, "r", ANA, NOW + HOUR)).mode is mode
            continue
        with pytest.raises(InvalidRequest) as refused:
            await desk.switch(agency, mode, "r", ANA, NOW + HOUR)
        assert refused.value.field == "mode"
        assert all(each.value in refused.value.why for each in allowed)
    (in_force,) = await desk.acts.switches(NOW)
    assert in_force.mode in allowed


@pytest.mark.parametrize(
    ("mode", "until"),
    [
        (Degraded.PENDING, None),
        (Degraded.PENDING, NOW),
        (Degraded.PENDING, NOW + LONGEST + timedelta(microseconds=1)),
        (None, NOW + HOUR),
    ],
)
async def test_every_switch_ends_and_none_lasts_too_long(
    desk: Desk, mode: Degraded | None, until: datetime | None
) -> None:
    with pytest.raises(InvalidRequest, match="expire_time"):
        await desk.switch("ccss", mode, "r", ANA, until)
    assert await desk.acts.switches(NOW) == []


async def test_back_to_the_rules_ends_a_switch_at_once(desk: Desk) -> None:
    await desk.switch("ccss", Degraded.PENDING, "r", ANA, NOW + LONGEST)
    back = await desk.switch("ccss", None, "it is back", EVA, None)
    assert (back.mode, back.at, back.until) == (None, NOW, NOW)
    assert await desk.acts.switches(NOW) == []


async def test_an_agency_that_is_not_configured_is_refused_by_naming_those_that_are(desk: Desk) -> None:
    acts = (
        desk.switch("css", None, "r", ANA, None),
        desk.release("css", ANA, "r"),
        desk.disputes.open("css", "social_security", NUMBER, "s", ANA, NOW + HOUR),
    )
    for act in acts:
        with pytest.raises(InvalidRequest, match="agency: no such agency is configured; write ccss or hacienda or ins"):
            await act


async def test_what_is_held_of_an_agency_that_was_removed_can_still_be_released(desk: Desk) -> None:
    await desk.book.hold("gone", NOW, NOW, (9, 9))
    assert (await desk.release("gone", ANA, "r")).released_at is None
    assert (await desk.release("gone", EVA, "r")).released_at == NOW


async def test_without_a_hold_there_is_nothing_to_release(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.release("ccss", ANA, "r")


async def test_only_a_scheme_of_that_agency_can_be_disputed_and_for_a_limited_time(desk: Desk) -> None:
    with pytest.raises(InvalidRequest, match=r"scheme: .*family_allowances or social_security"):
        await desk.disputes.open("ccss", "tax", NUMBER, "s", ANA, NOW + HOUR)
    for until in (NOW, NOW + timedelta(days=181)):
        with pytest.raises(InvalidRequest, match="expire_time"):
            await desk.disputes.open("ccss", "social_security", NUMBER, "s", ANA, until)
    assert await desk.disputes.list(closed_too=True, limit=9) == []


async def test_a_dispute_needs_another_person_and_is_listed_until_its_time_is_over(desk: Desk) -> None:
    opened = await desk.disputes.open("ccss", "social_security", NUMBER, "s", ANA, NOW + HOUR)
    with pytest.raises(InvalidRequest, match="another person"):
        await desk.disputes.approve(opened.id, ANA)
    approved = await desk.disputes.approve(opened.id, EVA)
    assert await desk.disputes.list(closed_too=False, limit=9) == [approved]
    desk.clock.at = opened.until
    assert await desk.disputes.list(closed_too=False, limit=9) == []
    assert await desk.disputes.list(closed_too=True, limit=9, identifier=NUMBER) == [approved]
    closed = await desk.disputes.close(opened.id, ANA)
    assert closed.closed_at == opened.until
    for unknown in (desk.disputes.approve(str(uuid4()), ANA), desk.disputes.close(str(uuid4()), ANA)):
        with pytest.raises(NotFound):
            await unknown


async def test_the_log_names_no_number_and_nothing_that_was_written(desk: Desk) -> None:
    with structlog.testing.capture_logs() as lines:
        opened = await desk.disputes.open("ccss", "social_security", NUMBER, "Juana paid", ANA, NOW + HOUR)
        await desk.disputes.approve(opened.id, EVA)
        await desk.disputes.close(opened.id, EVA)
        await desk.switch("ccss", None, "Juana called", ANA, None)
        await desk.book.hold("ccss", NOW, NOW, (9, 9))
        for actor in (ANA, EVA):
            await desk.release("ccss", actor, "Juana wrote")
    assert [line["event"] for line in lines] == [
        "dispute_opened",
        "dispute_approved",
        "dispute_closed",
        "agency_mode_switched",
        "agency_hold_release_proposed",
        "agency_hold_released",
    ]
    assert "Juana" not in str(lines)
    assert NUMBER.value not in str(lines)


async def test_the_status_joins_what_this_process_sees_with_what_all_have_recorded(desk: Desk) -> None:
    desk.agencies.healths["ccss"] = (
        AgencyHealth(
            "ccss",
            BreakerState.OPEN,
            limit=2,
            in_flight=1,
            waiting=7,
            answered_at=NOW - HOUR,
            data_as_of=date(2026, 2, 1),
        ),
        QuotaStanding(3, NOW + HOUR),
    )
    desk.agencies.healths["ins"] = (AgencyHealth("ins", answered_at=NOW), QuotaStanding())
    heard = [said(at=NOW - 2 * HOUR, agency=name) for name in ("hacienda", "ccss", "ins")]
    await desk.book.note(enterprise(), heard, NOW)
    switch, hold = await desk.acts.switch(switched()), await desk.book.hold("hacienda", NOW, NOW, (9, 9))
    await desk.book.hold("gone", NOW, NOW, (9, 9))
    await desk.store.record(samples.pending("ccss", "left"))
    desk.clock.at = NOW + HOUR
    standing = await desk.status()
    assert [of.agency for of in standing.agencies] == ["hacienda", "ccss", "ins", "gone", "left"]
    hacienda, ccss, ins, gone, left = standing.agencies
    assert (ccss.breaker, ccss.limit, ccss.in_flight, ccss.waiting) == (BreakerState.OPEN, 2, 1, 7)
    assert (ccss.quota, ccss.pending, ccss.oldest_pending) == (QuotaStanding(3, NOW + HOUR), 1, 3600.0)
    assert (ccss.mode, ccss.hold, ccss.schemes) == (switch, None, ("social_security", "family_allowances"))
    # This process has not asked the first, heard from the second itself, and heard later from the third.
    assert (hacienda.answered_at, hacienda.data_as_of) == (NOW - 2 * HOUR, (NOW - 2 * HOUR).date())
    assert (ccss.answered_at, ccss.data_as_of) == (NOW - HOUR, (NOW - 2 * HOUR).date())
    assert ins.answered_at == NOW
    assert (hacienda.hold, hacienda.mode, hacienda.breaker) == (hold, None, BreakerState.CLOSED)
    assert (gone.breaker, gone.schemes, gone.hold is not None) == (None, (), True)
    assert (left.breaker, left.pending, left.answered_at) == (None, 1, None)
    assert (standing.pending, standing.oldest_pending) == (1, 3600.0)
