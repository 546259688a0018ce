"""Costa Rica beyond its case table: what each version keeps and changes, and the day on which it begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from certsvc.core.account import Account, Debt
from certsvc.core.decision import decide
from certsvc.core.model import CertificateKind, Evidence, Finding, Result
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet, parse_rule_set
from certsvc.core.rules.scheme import Degraded
from certsvc.rulesets import load
from tests.situations import SMALL_FACTS, a_finding, an_enterprise, clear_findings, facts
from tests.strategies import noon

BOOK = load("costa_rica")
MOVED = date(2022, 12, 1)


def amnesties(rule_set: RuleSet, scheme: str) -> dict[str, tuple[date, date]]:
    (rule,) = (rule for rule in rule_set.schemes if rule.name == scheme)
    return {amnesty.name: (amnesty.first, amnesty.until) for amnesty in rule.amnesties}


def test_ley_10232_and_the_two_laws_after_it_come_as_dated_versions() -> None:
    named = {str(rules.first): [*amnesties(rules, "social_security")] for rules in BOOK.sets}
    assert named == {
        "2022-01-01": [],
        "2022-06-01": ["ley_10232"],
        "2022-12-01": ["ley_10232"],
        "2024-01-01": ["ley_10232", "ley_10432"],
        "2025-01-01": ["ley_10232", "ley_10432", "ley_10604"],
        "2026-01-01": ["ley_10232", "ley_10432", "ley_10604"],
    }


@pytest.mark.parametrize("rule_set", BOOK.sets, ids=lambda rules: str(rules.first))
def test_an_amnesty_covers_both_funds_alike_and_no_other_duty(rule_set: RuleSet) -> None:
    assert amnesties(rule_set, "social_security") == amnesties(rule_set, "family_allowances")
    assert amnesties(rule_set, "tax") == amnesties(rule_set, "work_injury") == {}


def test_only_the_cut_off_of_ley_10232_was_ever_moved_and_nothing_given_is_taken_back() -> None:
    moved = []
    for earlier, later in zip(BOOK.sets, BOOK.sets[1:], strict=False):
        before, after = amnesties(earlier, "social_security"), amnesties(later, "social_security")
        moved += [(later.first, name) for name in before if after[name] != before[name]]
        assert all(after[name][0] == first and after[name][1] >= until for name, (first, until) in before.items())
    assert moved == [(MOVED, "ley_10232")]


def test_moving_the_cut_off_is_what_lets_in_who_paid_after_the_first_one() -> None:
    on = date(2023, 7, 1)
    as_moved = BOOK.in_force(on)
    as_first_written = parse_rule_set(
        as_moved.text.replace("until = 2023-12-01\n", "until = 2023-06-01\n"), "first.toml"
    )
    assert amnesties(as_first_written, "social_security") == amnesties(
        BOOK.in_force(date(2022, 6, 1)), "social_security"
    )
    paid = Debt(date(2020, 3, 31), Decimal(0), Decimal(40_000), principal_paid_on=date(2023, 6, 15))
    account = Account(debts=(paid,), relief_requested_on=date(2022, 6, 20))
    owing = Finding("social_security", "ccss", Outcome.BARRED_ARREARS, noon(on), on, account=account)
    others = tuple(finding for finding in clear_findings(on) if finding.scheme != "social_security")
    evidence = Evidence((owing, *others), SMALL_FACTS)
    results = [decide(an_enterprise(), evidence, rules, on).result for rules in (as_first_written, as_moved)]
    assert results == [Result.REFUSED, Result.GRANTED]


def test_the_rules_of_2026_differ_from_those_before_in_the_money_and_in_what_an_operator_may_do_about_outages() -> None:
    past, present = BOOK.sets[-2:]
    for part in ("proofs", "reasons", "effects", "update", "appeal", "recheck", "sources"):
        assert getattr(past, part) == getattr(present, part), part
    assert past.size != present.size
    schemes = zip(past.schemes, present.schemes, strict=True)
    assert [then.name for then, now in schemes if replace(then, degraded=None) != replace(now, degraded=None)] == []
    changed = [now.name for then, now in zip(past.schemes, present.schemes, strict=True) if then != now]
    assert changed == ["social_security"]
    assert present.validity == {**past.validity, CertificateKind.PROVISIONAL: 30}


def test_a_provisional_certificate_is_for_the_outage_of_2022_and_since_2026_by_an_operators_switch() -> None:
    for rule_set in BOOK.sets:
        rules = [rule.degraded for rule in rule_set.schemes if rule.degraded]
        assert (Degraded.PROVISIONAL in {r.mode for r in rules}) == (rule_set.first == date(2022, 6, 1))
        assert any(Degraded.PROVISIONAL in r.also for r in rules) == (rule_set.first == date(2026, 1, 1))


def test_the_first_of_january_begins_at_midnight_in_costa_rica_and_not_in_greenwich() -> None:
    midnight = datetime(2026, 1, 1, 6, tzinfo=UTC)
    for instant, day in ((midnight - timedelta(microseconds=1), date(2025, 12, 31)), (midnight, date(2026, 1, 1))):
        on = BOOK.legal_date(instant)
        assert on == day
        decision = decide(an_enterprise(), Evidence(clear_findings(on), SMALL_FACTS), BOOK.in_force(on), on)
        assert decision.rule_set.startswith(f"costa_rica/{day.year}-01-01#")
        assert ("legal_persons_tax_exemption", date(2026, 1, 1)) in decision.effects


def test_a_person_without_staff_needs_both_proofs_that_apply_whatever_the_insurer_says() -> None:
    alone = tuple(fact for fact in SMALL_FACTS if fact.name != "head_count")
    known = (*alone, *facts({"head_count": 0}, source="ccss"))
    for outcome in Outcome:
        findings = (
            a_finding("tax"),
            a_finding("social_security", Outcome.BARRED_NOT_REGISTERED),
            a_finding("family_allowances"),
            a_finding("work_injury", outcome),
        )
        on = date(2026, 6, 1)
        decision = decide(an_enterprise(), Evidence(findings, known), BOOK.in_force(on), on)
        assert decision.result is Result.REFUSED
