"""Hypothesis strategies for the vocabulary of `certsvc.core.model`, shared by all rooms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from certsvc.core.account import Account, Arrangement, Debt, DebtState, Discharge
from certsvc.core.model import (
    DECLARED,
    CertificateKind,
    Decision,
    Evidence,
    Fact,
    FactKind,
    FactName,
    Finding,
    Reason,
    Result,
    SizeClass,
    Source,
    Text,
)
from certsvc.core.outcome import Outcome, Standing

# A busy machine is not a fault of the code under test.
settings.register_profile("certsvc", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("certsvc")

CLEAR = tuple(o for o in Outcome if o.standing is Standing.CLEAR)
BARRED = tuple(o for o in Outcome if o.standing is Standing.BARRED)
UNKNOWN = tuple(o for o in Outcome if o.standing is Standing.UNKNOWN)

AGENCIES = ("hacienda", "ccss", "fodesaf", "other")
SECTORS = ("industry", "commerce", "services", "information_technology")

words = st.text(max_size=20)
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  bounds are naive by contract
amounts = st.decimals(0, 10**12, places=2)
"""Numbers that can be reckoned with."""


finite = st.decimals(allow_nan=False, allow_infinity=False)
_VALUES: dict[FactKind, st.SearchStrategy[Decimal | str | date]] = {
    FactKind.NUMBER: finite | amounts,
    FactKind.TEXT: words,
    FactKind.DAY: days,
}


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    """Any fact, its number as odd as a Decimal can be short of not finite."""
    name = draw(st.sampled_from(FactName))
    return Fact(name, draw(_VALUES[name.kind]), draw(st.sampled_from((DECLARED, *AGENCIES))), draw(st.none() | days))


_owed = finite.map(abs) | amounts
debts = st.builds(Debt, days, _owed, _owed, _owed, st.sampled_from(DebtState), principal_paid_on=st.none() | days)
arrangements = st.builds(
    Arrangement, days, st.none() | days, st.integers(0, 400), broken_on=st.none() | days, completed_on=st.none() | days
)
discharges = st.builds(
    Discharge,
    st.sampled_from(BARRED),
    days,
    days,
    regularised_on=st.none() | days,
    trained_on=st.none() | days,
    previous_on=st.none() | days,
)
accounts = st.builds(
    Account,
    registered_on=st.none() | days,
    debts=st.lists(debts, max_size=3).map(tuple),
    arrangement=st.none() | arrangements,
    relief_requested_on=st.none() | days,
    last_payment_on=st.none() | days,
    discharges=st.lists(discharges, max_size=2).map(tuple),
)
"""Any account, its amounts as odd as a Decimal can be."""

findings = st.builds(
    Finding,
    scheme=words,
    agency=words,
    outcome=st.sampled_from(Outcome),
    checked_at=instants,
    data_as_of=st.none() | days,
    further=st.lists(st.sampled_from(Outcome), max_size=2).map(tuple),
    account=st.none() | accounts,
    source=st.sampled_from((Source.ASKED, *Source)),
)
switches = st.dictionaries(words, words, max_size=3).map(lambda modes: tuple(modes.items()))
"""Agencies and the modes to which they are switched."""

evidence = st.builds(
    Evidence,
    st.lists(findings, max_size=5).map(tuple),
    st.lists(facts(), max_size=5).map(tuple),
    st.just(()) | switches,
)
texts = st.builds(Text, words, words)
reasons = st.builds(Reason, words, texts, texts, words, words, words, st.none() | days)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """Any decision that can exist."""
    result = draw(st.sampled_from(Result))
    granted = result is Result.GRANTED
    clear = st.lists(st.tuples(words, days), min_size=1 if granted else 0, max_size=3).map(tuple)
    kind = draw(st.sampled_from(CertificateKind)) if granted else None
    unchecked = st.lists(st.tuples(words, words), min_size=1, max_size=3).map(tuple)
    effects = st.lists(st.tuples(words, days), max_size=3).map(tuple)
    return Decision(
        result=result,
        on=draw(days),
        rule_set=draw(words),
        kind=kind,
        size=draw(st.none() | st.sampled_from(SizeClass)),
        score=draw(st.none() | st.decimals(allow_nan=False, allow_infinity=False)),
        reasons=() if granted else tuple(draw(st.lists(reasons, min_size=1, max_size=3))),
        clear=draw(clear),
        valid_for=draw(st.timedeltas(timedelta(0), timedelta(400))) if granted else None,
        appeal_until=draw(st.none() | days),
        unchecked=draw(unchecked) if kind is CertificateKind.PROVISIONAL else (),
        effects=draw(effects) if granted else (),
    )


def noon(day: date) -> datetime:
    """18:00 UTC, which is noon in Costa Rica on the same day."""
    return datetime.combine(day, time(18), UTC)
