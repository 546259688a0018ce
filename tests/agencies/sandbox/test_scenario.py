"""The shipped scenario is whole, invented and never stale; a faulty one names all its faults."""

from __future__ import annotations

from decimal import Decimal

import pytest

from certsvc.agencies.sandbox.account import AccountStory, ArrangementStory, DebtStory
from certsvc.agencies.sandbox.scenario import AGENCIES, Behaviour, load_scenario, shipped_text
from certsvc.core.errors import ConfigError
from certsvc.core.model import DECLARED, FactName, Result
from certsvc.core.outcome import Outcome
from certsvc.service.identifiers import normalise

GOOD = """
[[enterprise]]
key = "one"
story = "A story."
kind = "cr.cedula_juridica"
value = "3101999901"
name = "ONE"
declared = { head_count = 3, net_sales = "1000.50", sector = "commerce" }
hacienda = { outcome = "BARRED_ARREARS", further = ["BARRED_MISSING_RETURN"], days_ago = 9 }
ccss.account.arrangement = { signed = 90, late_instalments = 2 }
ccss.account.debts = [{ period_end = 400, principal = "10.50" }]
expected = { result = "REFUSED", reasons = ["BARRED_ARREARS"] }
"""


def test_the_shipped_cast_shows_every_outcome_of_the_demonstration() -> None:
    scenario = load_scenario(shipped_text())
    assert len(scenario.cast) == 11
    assert {member.expected.result for member in scenario.cast} == set(Result)
    for member in scenario.cast:
        assert normalise(member.identifier.kind, member.identifier.value) == member.identifier
        assert {FactName.HEAD_COUNT, FactName.NET_SALES, FactName.SECTOR} <= {fact.name for fact in member.declared}
        assert (member.expected.kind is not None) == (member.expected.result is Result.GRANTED)
        assert bool(member.expected.reasons) == (member.expected.result is not Result.GRANTED)


def test_an_entry_is_read_into_types() -> None:
    member = load_scenario(GOOD).member("one")
    standing = member.standing_at("hacienda")
    assert (standing.outcome, standing.further, standing.days_ago, standing.behaviour) == (
        Outcome.BARRED_ARREARS,
        (Outcome.BARRED_MISSING_RETURN,),
        9,
        Behaviour.NORMAL,
    )
    assert member.standing_at("ccss").account == AccountStory(
        (DebtStory(400, "10.50", "0", "0"),), ArrangementStory(90, None, 2), None
    )
    assert [(fact.name, fact.value, fact.source) for fact in member.declared] == [
        (FactName.HEAD_COUNT, Decimal(3), DECLARED),
        (FactName.NET_SALES, Decimal("1000.50"), DECLARED),
        (FactName.SECTOR, "commerce", DECLARED),
    ]
    assert all(member.standing_at(agency).outcome is Outcome.CLEAR for agency in AGENCIES if agency != "hacienda")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"BARRED_ARREARS", further', '"BROKE", further'),
        ("days_ago = 9", 'days_ago = "9"'),
        ("days_ago = 9", "day_ago = 9"),
        ("head_count = 3", "head_count = 3.5"),
        ("head_count", "heads"),
        ('"REFUSED"', '"PERHAPS"'),
        ('name = "ONE"', ""),
        ('name = "ONE"', "name = 1"),
        ("hacienda =", 'fodesaf = { behaviour = "hang" }\n#'),
        ("hacienda =", 'fodesaf = { outcome = "BARRED_NOT_REGISTERED" }\n#'),
        ("hacienda =", "ins = 1\n#"),
        ("hacienda =", "fodesaf.account = {}\n#"),
        ("ccss.account.arr", "ccss.account = 1\nins.account.arr"),
        ("signed = 90,", ""),
        ("signed = 90", "signed = -1"),
        ("signed = 90", "signed = true"),
        ("signed = 90", "sign = 90"),
        ("ccss.account.arrangement = {", "ccss.account.arrangement = [] #"),
        ("ccss.account.debts = [", "ccss.account.debts = 3 # ["),
        ("ccss.account.debts = [", "ccss.account.debts = [1] # ["),
        ('"10.50"', '"10,50"'),
        ('"10.50"', "true"),
        ("[[enterprise]]", GOOD + "[[enterprise]]"),
        ("[[enterprise]]", "[[enterprise"),
    ],
)
def test_a_faulty_scenario_is_refused(old: str, new: str) -> None:
    with pytest.raises(ConfigError, match="scenario"):
        load_scenario(GOOD.replace(old, new, 1))


def test_all_faults_are_named_together() -> None:
    with pytest.raises(ConfigError) as caught:
        load_scenario((GOOD + GOOD).replace("REFUSED", "PERHAPS"))
    assert len(caught.value.faults) == 2


def test_an_unknown_member_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_scenario(GOOD).member("two")
