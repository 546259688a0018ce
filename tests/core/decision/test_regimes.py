"""Simplified regimes: who has joined one, what its payment satisfies, who may not be in it, and what still bars."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certsvc.core.model import Fact
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    BROKEN,
    CLEAR,
    DAY,
    NO_RETURN,
    NOT_REGISTERED,
    OUT,
    briefly,
    decided,
    ends,
    facts,
    rules,
    scheme,
    told,
)


def ruled(ceilings: str = "", excluded: str = "", paying: str = "", satisfied: str = "") -> RuleSet:
    """The flat payment `flat` stands for the taxes, not for the levy."""
    keys = f"ceilings = {{ {ceilings} }}\n" if ceilings else ""
    keys += f"excluded_sectors = [{excluded}]\n" if excluded else ""
    regime = "[[regimes]]\nname = 'mono'\ntitle = { es = 'mono', en = 'mono' }\npaid_by = 'flat'\n"
    return rules(
        scheme("tax", satisfied),
        scheme("levy"),
        scheme("flat", paying, requirement="regime"),
        more=regime + "satisfies = ['tax']\n" + keys,
    )


RULES = ruled()
LEVY, FLAT = told(scheme="levy"), told(scheme="flat")


def member(**more: int | str) -> tuple[Fact, ...]:
    return facts(**{"head_count": 5, "regime": "mono", **more})


def test_the_payment_of_the_regime_stands_for_what_it_satisfies_and_lends_it_its_day() -> None:
    day = DAY - timedelta(days=20)
    decision = decided(RULES, LEVY, told(scheme="flat", days_old=20), known=member())
    assert decision.clear == (("tax", day), ("levy", DAY), ("flat", day))
    assert decision.valid_for == timedelta(days=345)
    assert briefly(RULES, "regimes.mono", LEVY, FLAT, known=member()) == ["APPLIED"]
    assert briefly(RULES, "schemes.tax", LEVY, FLAT, known=member()) == [f"PASSED day={DAY} because=satisfied"]
    assert briefly(RULES, "schemes.tax.evidence", LEVY, FLAT, known=member()) == ["NOT_APPLICABLE because=satisfied"]


@pytest.mark.parametrize("outcome", [NOT_REGISTERED, NO_RETURN, OUT, Outcome.DISPUTED, CLEAR])
def test_at_a_satisfied_scheme_nothing_but_old_debts_counts(outcome: Outcome) -> None:
    assert ends(RULES, told(outcome), LEVY, FLAT, known=member()) == "FULL 365"
    assert ends(RULES, told(outcome, days_old=29), LEVY, FLAT, known=member()) == "FULL 365"


@pytest.mark.parametrize("outcome", [ARREARS, BROKEN])
def test_old_debts_at_a_satisfied_scheme_still_bar(outcome: Outcome) -> None:
    assert ends(RULES, told(outcome), LEVY, FLAT, known=member()) == f"REFUSED tax:{outcome}"
    step = briefly(RULES, "schemes.tax", told(outcome), LEVY, FLAT, known=member())
    assert step == [f"FAILED {outcome} because=old_debts"]


def test_an_arrangement_over_old_debts_shows_in_the_certificate() -> None:
    assert ends(RULES, told(ARRANGED), LEVY, FLAT, known=member()) == "UNDER_ARRANGEMENT 90"


def test_what_the_regime_does_not_satisfy_is_owed_as_by_anyone() -> None:
    assert ends(RULES, FLAT, known=member()) == "UNDECIDED levy:NO_FINDING"
    assert ends(RULES, told(NOT_REGISTERED, scheme="levy"), FLAT, known=member()) == (
        "REFUSED levy:BARRED_NOT_REGISTERED"
    )


@pytest.mark.parametrize(
    ("outcome", "ending"),
    [
        (ARREARS, "REFUSED flat:BARRED_ARREARS"),
        (NO_RETURN, "REFUSED flat:BARRED_MISSING_RETURN"),
        (OUT, "UNDECIDED flat:UNAVAILABLE"),
    ],
)
def test_a_payment_that_is_barred_or_open_is_the_only_one_blamed(outcome: Outcome, ending: str) -> None:
    findings = LEVY, told(outcome, scheme="flat")
    assert ends(RULES, *findings, known=member()) == ending
    assert briefly(RULES, "schemes.tax", *findings, known=member()) == ["OPEN because=satisfied"]


def test_a_payment_nobody_answered_for_is_open() -> None:
    assert ends(RULES, told(), LEVY, known=member()) == "UNDECIDED flat:NO_FINDING"


def test_a_payment_that_is_unchecked_leaves_what_it_satisfies_unchecked_for_the_same_agency() -> None:
    rule_set = ruled(paying="[schemes.degraded]\nmode = 'provisional'")
    decision = decided(rule_set, LEVY, told(OUT, scheme="flat"), known=member())
    assert (decision.kind, decision.unchecked, decision.clear) == ("PROVISIONAL", (("flat", "flat"),), (("levy", DAY),))


def test_a_payment_under_arrangement_shows_in_the_certificate() -> None:
    assert ends(RULES, LEVY, told(ARRANGED, scheme="flat"), known=member()) == "UNDER_ARRANGEMENT 90"


# --- Who has not joined ---


@pytest.mark.parametrize("regime", [None, "general", "mono2", ""])
def test_who_has_not_joined_owes_the_usual_duties_and_not_the_payment(regime: str | None) -> None:
    known = facts(head_count=5) + (facts(regime=regime) if regime is not None else ())
    decision = decided(RULES, told(), LEVY, known=known)
    assert decision.clear == (("tax", DAY), ("levy", DAY))
    assert ends(RULES, LEVY, FLAT, known=known) == "UNDECIDED tax:NO_FINDING"
    for outcome in (OUT, NOT_REGISTERED, NO_RETURN, CLEAR, ARRANGED):
        assert decided(RULES, told(), LEVY, told(outcome, scheme="flat"), known=known) == decision
    assert briefly(RULES, "regimes.mono", told(), LEVY, known=known) == ["NOT_APPLICABLE"]
    flat = briefly(RULES, "schemes.flat", told(), LEVY, known=known)
    assert flat == ["NOT_APPLICABLE because=not_joined"]


@pytest.mark.parametrize("outcome", [ARREARS, BROKEN])
def test_old_debts_of_the_payment_bar_also_who_has_left_the_regime(outcome: Outcome) -> None:
    assert ends(RULES, told(), LEVY, told(outcome, scheme="flat")) == f"REFUSED flat:{outcome}"


def test_the_name_of_a_regime_is_read_without_case_and_surplus_blanks() -> None:
    assert ends(RULES, LEVY, FLAT, known=member(regime=" MONO ")) == "FULL 365"


def test_of_two_regimes_the_one_that_was_joined_counts() -> None:
    def regime(name: str, paid_by: str, satisfies: str) -> str:
        return (
            f"[[regimes]]\nname = '{name}'\ntitle = {{ es = '{name}', en = '{name}' }}\npaid_by = '{paid_by}'\n"
            f"satisfies = ['{satisfies}']\n"
        )

    rule_set = rules(
        scheme("tax"),
        scheme("levy"),
        scheme("flat", requirement="regime"),
        scheme("rural", requirement="regime"),
        more=regime("mono", "flat", "tax") + regime("farm", "rural", "levy"),
    )
    rural = told(scheme="rural")
    assert ends(rule_set, told(), rural, known=member(regime="farm")) == "FULL 365"
    assert ends(rule_set, LEVY, FLAT, known=member(regime="mono")) == "FULL 365"
    assert ends(rule_set, LEVY, rural, known=member(regime="mono")) == "UNDECIDED flat:NO_FINDING"
    assert briefly(rule_set, "regimes.farm", LEVY, FLAT, known=member()) == ["NOT_APPLICABLE"]


# --- Who may not be in it ---

CEILING = ruled("net_sales = 81_000, head_count = 5")


@pytest.mark.parametrize(
    ("values", "ending", "step"),
    [
        ({"net_sales": 81_000, "head_count": 5}, "FULL 365", ["APPLIED"]),
        (
            {"net_sales": 81_001, "head_count": 5},
            "REFUSED REGIME_CEILING_EXCEEDED.mono.net_sales",
            ["FAILED REGIME_CEILING_EXCEEDED fact=net_sales"],
        ),
        (
            {"net_sales": 81_001, "head_count": 6},
            "REFUSED REGIME_CEILING_EXCEEDED.mono.head_count REGIME_CEILING_EXCEEDED.mono.net_sales",
            ["FAILED REGIME_CEILING_EXCEEDED fact=head_count", "FAILED REGIME_CEILING_EXCEEDED fact=net_sales"],
        ),
        (
            {"head_count": 5},
            "REFUSED FACTS_MISSING.net_sales",
            ["FAILED FACTS_MISSING fact=net_sales"],
        ),
    ],
)
def test_a_ceiling_may_be_reached_and_not_exceeded_and_must_be_known(
    values: dict[str, int | str], ending: str, step: list[str]
) -> None:
    assert ends(CEILING, LEVY, FLAT, known=member(**values)) == ending
    assert briefly(CEILING, "regimes.mono", LEVY, FLAT, known=member(**values)) == step


def test_ceilings_bind_only_members() -> None:
    assert ends(CEILING, told(), LEVY, known=facts(head_count=6, net_sales=99_000)) == "FULL 365"
    assert ends(CEILING, told(), LEVY) == "FULL 365"


@pytest.mark.parametrize(
    ("sector", "ending", "step"),
    [
        ("trade", "FULL 365", "APPLIED"),
        ("accounting", "REFUSED REGIME_SECTOR_EXCLUDED.mono", "FAILED REGIME_SECTOR_EXCLUDED"),
        (None, "REFUSED FACTS_MISSING.sector", "FAILED FACTS_MISSING fact=sector"),
    ],
)
def test_some_sectors_are_excluded_from_the_regime(sector: str | None, ending: str, step: str) -> None:
    rule_set = ruled(excluded="'accounting', 'law'")
    known = member(sector=sector) if sector else member()
    assert ends(rule_set, LEVY, FLAT, known=known) == ending
    assert briefly(rule_set, "regimes.mono", LEVY, FLAT, known=known) == [step]
    assert ends(rule_set, told(), LEVY, known=facts(head_count=5, sector="accounting")) == "FULL 365"


def test_who_is_not_liable_for_a_satisfied_scheme_does_not_owe_it_by_the_regime_either() -> None:
    liability = "[[schemes.liability]]\nname = 'north'\nsince = 2000-01-01\nzones = ['north']\n"
    rule_set = ruled(satisfied=liability)
    decision = decided(rule_set, LEVY, told(scheme="flat", days_old=20), known=member(zone="south"))
    assert dict(decision.clear)["tax"] == DAY
    satisfied = decided(rule_set, LEVY, told(scheme="flat", days_old=20), known=member(zone="north"))
    assert dict(satisfied.clear)["tax"] == DAY - timedelta(days=20)
