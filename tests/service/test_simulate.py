"""Rule: each case on its own day by its own evidence; the same cases give the same tally; memory stays bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from certsvc.core.decision import decide
from certsvc.core.model import CertificateKind, Decision, Evidence, Result, SizeClass
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from certsvc.service.records import StoredCase, UnreadableCase
from certsvc.service.simulate import Tally, simulate, standing
from tests.service.cases import a_case
from tests.situations import BOOK, RULES, SMALL_FACTS, a_finding, an_enterprise, clear_findings

DAY = date(2026, 6, 1)


def decided(number: int, evidence: Evidence, on: date = DAY) -> StoredCase:
    decision = decide(an_enterprise(), evidence, BOOK.in_force(on), on)
    return replace(a_case(on, case_id=str(UUID(int=number))), evidence=evidence, decision=decision)


def granted(number: int, on: date = DAY) -> StoredCase:
    return decided(number, Evidence(clear_findings(on), SMALL_FACTS), on)


def in_arrears(number: int) -> StoredCase:
    bar = a_finding("tax", Outcome.BARRED_ARREARS)
    return decided(number, Evidence((bar, *clear_findings()[1:]), SMALL_FACTS))


def without_small(rules: RuleSet) -> RuleSet:
    """A version that certifies no small enterprises."""
    return replace(rules, size=replace(rules.size, certifiable=(SizeClass.MICRO,)))


async def tried(cases: Sequence[StoredCase | UnreadableCase], rules: RuleSet = RULES, samples: int = 3) -> Tally:
    async def each() -> AsyncIterator[StoredCase | UnreadableCase]:
        for case in cases:
            yield case

    return await simulate(each(), rules, samples=samples)


async def test_the_same_rules_change_nothing() -> None:
    tally = await tried([granted(1), in_arrears(2), granted(3)])
    assert [(t.before, t.after, t.cases) for t in tally.transitions] == [
        ("GRANTED FULL SMALL", "GRANTED FULL SMALL", 2),
        ("REFUSED", "REFUSED", 1),
    ]
    assert (tally.cases, tally.changed, tally.reasons_gained) == (3, 0, ())


async def test_a_change_is_counted_with_its_reasons_and_some_ids() -> None:
    cases = [granted(n) for n in range(5)] + [in_arrears(9)]
    tally = await tried(cases, without_small(RULES))
    lost = tally.transitions[0]
    assert (lost.before, lost.after, lost.cases, len(lost.samples)) == ("GRANTED FULL SMALL", "REFUSED", 5, 3)
    assert set(lost.samples) <= {case.id for case in cases[:5]}
    assert tally.reasons_gained == (("SIZE_ABOVE_LIMIT", 6),)
    assert tally.changed == 5


async def test_each_case_is_decided_on_its_own_day_though_the_rules_begin_later_or_have_ended() -> None:
    tomorrow = replace(RULES, first=date(2099, 1, 1))
    ended = replace(RULES, first=date(1990, 1, 1), until=date(1990, 1, 2))
    for rules in (tomorrow, ended):
        tally = await tried([granted(1), granted(2, DAY + timedelta(days=100))], rules)
        assert [(t.after, t.cases) for t in tally.transitions] == [("GRANTED FULL SMALL", 2)]


async def test_the_same_cases_in_any_order_give_the_same_tally() -> None:
    cases = [granted(n) for n in range(40)]
    forth, back = await tried(cases, without_small(RULES)), await tried(cases[::-1], without_small(RULES))
    assert forth == back


async def test_samples_are_drawn_from_all_cases_not_from_the_first() -> None:
    cases = [granted(n) for n in range(200)]
    (lost,) = (await tried(cases, without_small(RULES), samples=20)).transitions
    assert not set(lost.samples) <= {case.id for case in cases[:20]}
    assert not set(lost.samples) <= {case.id for case in cases[20:]}


async def test_no_samples_if_none_are_wanted() -> None:
    (lost,) = (await tried([granted(1), granted(2)], without_small(RULES), samples=0)).transitions
    assert lost.samples == ()


async def test_a_case_that_cannot_be_read_is_counted_apart() -> None:
    tally = await tried([granted(1), UnreadableCase("x"), UnreadableCase("y")])
    assert (tally.cases, tally.unreadable, sorted(tally.unreadable_samples)) == (1, 2, ["x", "y"])


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (granted(1).decision, "GRANTED FULL SMALL"),
        (replace(granted(1).decision, kind=CertificateKind.UNDER_ARRANGEMENT, size=None), "GRANTED UNDER_ARRANGEMENT"),
        (in_arrears(1).decision, "REFUSED"),
        (replace(in_arrears(1).decision, result=Result.UNDECIDED), "UNDECIDED"),
    ],
)
def test_a_standing_is_the_outcome_in_a_few_words(decision: Decision, words: str) -> None:
    assert standing(decision) == words
