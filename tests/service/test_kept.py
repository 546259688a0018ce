"""What a waiting application need not ask again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.decision import decide
from certsvc.core.model import DECLARED, Evidence, Fact, FactName, Finding, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules.scheme import Undated
from certsvc.service.kept import SPARE_DAYS, kept_answers
from tests import strategies
from tests.situations import AGENCY_OF, DAY, RULES, SMALL_FACTS, a_finding, an_enterprise, clear_findings
from tests.strategies import noon

KEEP = timedelta(hours=24)
NOW = noon(DAY) + timedelta(hours=3)
SCHEMES = {agency: (scheme,) for scheme, agency in AGENCY_OF.items()}
CCSS_NAME = Fact(FactName.NAME, "PANADERIA", "ccss")


def kept(*findings: Finding, facts: tuple[Fact, ...] = (), now: datetime = NOW, on: date = DAY) -> Evidence:
    return kept_answers(Evidence(findings, facts), SCHEMES, RULES, on, now, KEEP)


def agencies(evidence: Evidence) -> set[str]:
    return {finding.agency for finding in evidence.findings}


def test_what_was_answered_today_is_kept_with_its_facts() -> None:
    findings = clear_findings()
    assert kept(*findings, facts=(CCSS_NAME,)) == Evidence(findings, (CCSS_NAME,))


@pytest.mark.parametrize("outcome", [o for o in Outcome if o.standing is Standing.UNKNOWN])
def test_who_did_not_answer_definitely_is_asked_again(outcome: Outcome) -> None:
    rest = kept(a_finding("social_security", outcome), a_finding("tax"), facts=(CCSS_NAME,))
    assert agencies(rest) == {"hacienda"}
    assert rest.facts == ()


def test_an_answer_is_kept_for_no_longer_than_configured() -> None:
    asked_at = noon(DAY)
    assert agencies(kept(a_finding("tax"), now=asked_at + KEEP - timedelta(seconds=1))) == {"hacienda"}
    assert kept(a_finding("tax"), now=asked_at + KEEP).findings == ()


def test_an_answer_from_the_future_is_asked_for_again() -> None:
    assert kept(a_finding("tax"), now=noon(DAY) - timedelta(seconds=1)).findings == ()


def test_an_answer_is_asked_for_again_before_the_rules_find_it_too_old() -> None:
    (rule,) = (scheme.evidence for scheme in RULES.schemes if scheme.name == "tax")
    assert rule.max_age_days > SPARE_DAYS
    oldest = rule.max_age_days - SPARE_DAYS
    assert agencies(kept(a_finding("tax", days_old=oldest))) == {"hacienda"}
    assert kept(a_finding("tax", days_old=oldest + 1)).findings == ()


def test_an_answer_without_a_date_is_kept_only_where_the_rules_take_it() -> None:
    undated = replace(a_finding("tax"), data_as_of=None)
    for handling in Undated:
        schemes = tuple(
            replace(scheme, evidence=replace(scheme.evidence, undated=handling)) for scheme in RULES.schemes
        )
        rules = replace(RULES, schemes=schemes)
        rest = kept_answers(Evidence((undated,)), SCHEMES, rules, DAY, NOW, KEEP)
        assert bool(rest.findings) == (handling is Undated.USE_CHECK_DATE)


def test_an_agency_for_several_schemes_is_kept_whole_or_asked_again() -> None:
    schemes = {"ccss": ("social_security", "family_allowances")}
    one = a_finding("social_security")
    other = replace(a_finding("family_allowances"), agency="ccss")
    assert kept_answers(Evidence((one, other)), schemes, RULES, DAY, NOW, KEEP).findings == (one, other)
    for part in [(one,), (one, replace(other, outcome=Outcome.UNAVAILABLE)), (one, one, other)]:
        assert kept_answers(Evidence(part), schemes, RULES, DAY, NOW, KEEP).findings == ()


@pytest.mark.parametrize("source", [Source.FILE, Source.EVENT])
def test_only_what_was_asked_for_is_kept(source: Source) -> None:
    assert kept(replace(a_finding("tax"), source=source)).findings == ()
    assert kept(a_finding("tax"), replace(a_finding("tax", Outcome.BARRED_ARREARS), source=source)).findings == ()


def test_an_answer_that_stood_in_for_an_agency_that_is_out_is_not_kept() -> None:
    assert kept(a_finding("tax", Outcome.UNAVAILABLE), a_finding("tax")).findings == ()


def test_what_was_declared_is_not_kept() -> None:
    assert kept(a_finding("tax"), facts=SMALL_FACTS).facts == ()


def test_an_agency_that_is_no_longer_configured_is_not_kept() -> None:
    assert kept_answers(Evidence(clear_findings()), {"ins": ("work_injury",)}, RULES, DAY, NOW, KEEP).findings == (
        a_finding("work_injury"),
    )


findings = st.builds(
    lambda scheme, agency, outcome, checked_at, data_as_of, source: Finding(
        scheme, agency, outcome, checked_at, data_as_of, source=source
    ),
    st.sampled_from(sorted(AGENCY_OF)),
    st.sampled_from(sorted(SCHEMES)),
    st.sampled_from(Outcome),
    st.timedeltas(timedelta(days=-3), timedelta(days=1)).map(lambda off: NOW + off),
    st.none() | st.integers(-3, 60).map(lambda days: DAY - timedelta(days=days)),
    st.sampled_from(Source),
)
formers = st.builds(
    Evidence, st.lists(findings, max_size=8).map(tuple), st.lists(strategies.facts(), max_size=4).map(tuple)
)


@given(formers)
def test_whatever_is_kept_is_part_of_the_former_evidence_and_of_whole_definite_agencies(former: Evidence) -> None:
    rest = kept_answers(former, SCHEMES, RULES, DAY, NOW, KEEP)
    assert [f for f in former.findings if f.agency in agencies(rest)] == list(rest.findings)
    assert [f for f in former.facts if f.source in agencies(rest)] == list(rest.facts)
    assert DECLARED not in agencies(rest)
    assert not any(f.standing is Standing.UNKNOWN for f in rest.findings)
    assert all(SCHEMES[f.agency] == (f.scheme,) for f in rest.findings)


@given(formers)
def test_keeping_what_was_kept_changes_nothing(former: Evidence) -> None:
    rest = kept_answers(former, SCHEMES, RULES, DAY, NOW, KEEP)
    assert kept_answers(rest, SCHEMES, RULES, DAY, NOW, KEEP) == rest


@given(st.integers(0, 40), st.integers(0, 36))
def test_the_rules_never_find_a_kept_answer_too_old(days_old: int, hours_waited: int) -> None:
    """On the legal date of the attempt, whatever the time of day at which it was asked."""
    asked_at = datetime.combine(DAY, time(23, 59), UTC)
    now = asked_at + timedelta(hours=hours_waited)
    on = now.astimezone(RULES.time_zone).date()
    answered = tuple(
        replace(f, checked_at=asked_at, data_as_of=DAY - timedelta(days=days_old)) for f in clear_findings()
    )
    rest = kept_answers(Evidence(answered), SCHEMES, RULES, on, now, KEEP)
    decision = decide(an_enterprise(), Evidence(rest.findings, SMALL_FACTS), RULES, on)
    assert "EVIDENCE_STALE" not in {reason.code for reason in decision.reasons}
