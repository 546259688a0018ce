"""Cases that come close to every boundary of any rule set (`drawn_rules`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from certsvc.core.account import Account, Arrangement, Debt, DebtState, Discharge
from certsvc.core.model import (
    DECLARED,
    WORKERS,
    Enterprise,
    Evidence,
    Fact,
    FactName,
    Finding,
    Identifier,
    SizeClass,
    Source,
)
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from certsvc.core.rules.scheme import Degraded
from tests.core.decision.drawn_rules import (
    AGENCIES,
    FLAT,
    ON,
    OUTAGES,
    REGIME,
    SCHEMES,
    SECTORS,
    ZONES,
    near,
    numbers,
    rule_sets,
)
from tests.strategies import BARRED, CLEAR, UNKNOWN, noon

NAMES = ("Sol", "SOL S.A.", "Luna")


@dataclass(frozen=True, repr=False)
class Case:
    """What there is to decide on, as of `ON`."""

    rules: RuleSet
    enterprise: Enterprise
    evidence: Evidence

    def __repr__(self) -> str:
        rules = self.rules.text.partition("\nfacts = ")[0].replace(', citation = "art. 1", confirmed = true', "")
        return f"{rules}\n{self.enterprise}\n{self.evidence}"

    def with_findings(self, *findings: Finding) -> Case:
        """The same with these findings."""
        return replace(self, evidence=Evidence(findings, self.evidence.facts, self.evidence.switched))


_day = near(before=20, after=1)
_maybe, _rarely = st.none() | _day, st.none() | st.none() | _day
_debts = st.builds(
    Debt, near(before=45, after=0), numbers, numbers, numbers, st.sampled_from(DebtState), principal_paid_on=_maybe
)
_arrangements = st.builds(Arrangement, _day, _maybe, st.integers(0, 2), broken_on=_rarely, completed_on=_rarely)
_discharges = st.builds(
    Discharge,
    st.sampled_from(BARRED),
    near(before=25, after=0),
    _day,
    regularised_on=_maybe,
    trained_on=_maybe,
    previous_on=st.none() | near(before=40, after=0),
)
accounts = st.builds(
    Account,
    registered_on=_maybe,
    debts=st.lists(_debts, max_size=3).map(tuple),
    arrangement=st.none() | _arrangements,
    relief_requested_on=_maybe,
    last_payment_on=_maybe,
    discharges=st.lists(_discharges, max_size=3).map(tuple),
)
"""Any particulars, their days around the legal date."""

findings = st.builds(
    Finding,
    scheme=st.sampled_from((*SCHEMES, FLAT)),
    agency=st.sampled_from(AGENCIES),
    outcome=st.sampled_from((*CLEAR * 3, *BARRED, *UNKNOWN, *OUTAGES * 2)),
    checked_at=near(before=9, after=0).map(noon),
    data_as_of=st.just(ON) | near(before=3, after=0) | near(before=20, after=2) | st.none(),
    further=st.just(()) | st.lists(st.sampled_from(Outcome), max_size=2).map(tuple),
    account=st.none() | accounts,
    source=st.sampled_from((Source.ASKED, Source.ASKED, *Source)),
)
"""Any answer, mostly young enough."""

_switches = st.dictionaries(st.sampled_from(AGENCIES), st.sampled_from(Degraded), max_size=len(AGENCIES))

_few_findings, _one_in_ten = st.lists(findings, min_size=1, max_size=2), st.integers(0, 9)
_persons = st.sampled_from(("xx.number", "xx.person"))
_declared_names = st.sampled_from(("", "", *NAMES))


@st.composite
def cases(draw: st.DrawFn, rules: RuleSet) -> Case:
    """A case under these rules: about half of the schemes plainly clear, the others with any answers."""
    found: list[Finding] = []
    for rule in rules.schemes:
        luck = draw(_one_in_ten)
        if luck < 6:
            found.append(plain(rule.name))
        elif luck < 9:
            found += [replace(each, scheme=rule.name) for each in draw(_few_findings)]
    known = _facts_but_workers if rules.head_count is None else _all_facts
    enterprise = Enterprise((Identifier(draw(_persons), "1"),), draw(_declared_names))
    switched = tuple((agency, mode.value) for agency, mode in draw(_switches).items())
    return Case(rules, enterprise, Evidence(tuple(found), tuple(draw(known)), switched))


def plain(scheme: str) -> Finding:
    """Clear, as of the legal date."""
    return Finding(scheme, AGENCIES[0], Outcome.CLEAR, noon(ON), ON)


_as_of = st.none() | near(before=9, after=1) | near(ON - timedelta(365))
_outgrown = near(before=20, after=1) | near(date(2025, 6, 1)) | near(date(2024, 6, 1))
_values: dict[FactName, st.SearchStrategy[Any]] = {
    FactName.NAME: st.sampled_from(NAMES),
    FactName.SECTOR: st.sampled_from(SECTORS),
    FactName.ZONE: st.sampled_from(ZONES),
    FactName.REGIME: st.sampled_from((REGIME, "general")),
    FactName.FORMER_SIZE: st.sampled_from((*(size.value for size in SizeClass), "GIANT")),
    FactName.REGISTERED_ON: _day,
    FactName.OUTGREW_ON: _outgrown,
}
FACTS = {
    name: st.builds(Fact, st.just(name), _values.get(name, numbers), st.sampled_from((DECLARED, *AGENCIES)), _as_of)
    for name in FactName
}
"""Any fact of each name, told by an agency or by the enterprise."""

_fact_counts = {
    **dict.fromkeys(FactName, st.sampled_from((1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2))),
    FactName.NAME: st.sampled_from((0, 0, 0, 1, 2)),
    FactName.REGIME: st.sampled_from((0, 1)),
}


@st.composite
def _facts(draw: st.DrawFn, names: tuple[FactName, ...]) -> list[Fact]:
    """Mostly one fact of each name, sometimes none or two; hardly ever two names."""
    return [draw(FACTS[name]) for name in names for _ in range(draw(_fact_counts[name]))]


_all_facts, _facts_but_workers = _facts(tuple(FactName)), _facts(tuple(n for n in FactName if n not in WORKERS))
any_case = rule_sets().flatmap(cases)
