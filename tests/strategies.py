"""Hypothesis strategies for the vocabulary of `certsvc.core.model`, shared by all rooms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from certsvc.core.model import (
    DECLARED,
    CertificateKind,
    Decision,
    Evidence,
    Fact,
    FactName,
    Finding,
    Outcome,
    Reason,
    Result,
    SizeClass,
    Standing,
    Text,
)

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


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    """Any fact, its number as odd as a Decimal can be short of not finite."""
    name = draw(st.sampled_from(FactName))
    numbers = st.decimals(allow_nan=False, allow_infinity=False) | amounts
    value: Decimal | str = draw(numbers) if name.is_number else draw(words)
    return Fact(name, value, draw(st.sampled_from((DECLARED, *AGENCIES))), draw(st.none() | days))


findings = st.builds(
    Finding,
    scheme=words,
    agency=words,
    outcome=st.sampled_from(Outcome),
    checked_at=instants,
    data_as_of=st.none() | days,
    further=st.lists(st.sampled_from(Outcome), max_size=2).map(tuple),
)
evidence = st.builds(Evidence, st.lists(findings, max_size=5).map(tuple), st.lists(facts(), max_size=5).map(tuple))
texts = st.builds(Text, words, words)
reasons = st.builds(Reason, words, texts, texts, words, words, words)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """Any decision that can exist."""
    result = draw(st.sampled_from(Result))
    granted = result is Result.GRANTED
    clear = st.lists(st.tuples(words, days), min_size=1 if granted else 0, max_size=3).map(tuple)
    return Decision(
        result=result,
        on=draw(days),
        rule_set=draw(words),
        kind=draw(st.sampled_from(CertificateKind)) if granted else None,
        size=draw(st.none() | st.sampled_from(SizeClass)),
        score=draw(st.none() | st.decimals(allow_nan=False, allow_infinity=False)),
        reasons=() if granted else tuple(draw(st.lists(reasons, min_size=1, max_size=3))),
        clear=draw(clear),
        valid_for=draw(st.timedeltas(timedelta(0), timedelta(400))) if granted else None,
        appeal_until=draw(st.none() | days),
    )


def noon(day: date) -> datetime:
    """18:00 UTC, which is noon in Costa Rica on the same day."""
    return datetime.combine(day, time(18), UTC)
