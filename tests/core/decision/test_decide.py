"""The decision: what no evidence may ever bring about, and what each rule says. Cases by law: tests/rulesets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.decision import decide
from certsvc.core.errors import NoRuleSet
from certsvc.core.facts import best_fact
from certsvc.core.model import DECLARED, CertificateKind, Decision, Evidence, Fact, FactName, Finding, Result, SizeClass
from certsvc.core.outcome import Outcome
from certsvc.core.rules import parse_rule_set
from tests.core.decision.three_duties import AGENCY_OF, RULES, SMALL_FACTS, clear_findings, decide_on
from tests.situations import DAY, NAME, a_finding, an_enterprise, codes, facts
from tests.strategies import AGENCIES, BARRED, CLEAR, SECTORS, UNKNOWN, amounts, noon

SCHEMES = tuple(AGENCY_OF)
RANK = {Result.REFUSED: 0, Result.UNDECIDED: 1, Result.GRANTED: 2}
MAX_AGE = {scheme.name: scheme.evidence.max_age_days for scheme in RULES.schemes}

schemes = st.sampled_from(SCHEMES)
agencies = st.sampled_from(AGENCIES)


@st.composite
def fresh(draw: st.DrawFn, outcomes: tuple[Outcome, ...] = tuple(Outcome)) -> Finding:
    """A finding with data that is young enough."""
    scheme = draw(schemes)
    age = draw(st.integers(0, MAX_AGE[scheme]))
    return Finding(scheme, draw(agencies), draw(st.sampled_from(outcomes)), noon(DAY), DAY - timedelta(days=age))


@st.composite
def doubtful(draw: st.DrawFn, scheme: str) -> Finding:
    """A finding that proves nothing: unknown, too old, from the future, undated where a date is due, or mixed."""
    clear_or_barred = draw(st.sampled_from((*CLEAR, *BARRED)))
    finding = Finding(scheme, draw(agencies), clear_or_barred, noon(DAY), DAY)
    way = draw(st.sampled_from(("unknown", "stale", "future", "undated", "mixed")))
    if way == "unknown":
        return replace(finding, outcome=draw(st.sampled_from(UNKNOWN)), data_as_of=draw(st.none() | st.just(DAY)))
    if way == "stale":
        return replace(finding, data_as_of=DAY - timedelta(days=MAX_AGE[scheme] + draw(st.integers(1, 5000))))
    if way == "future":
        return replace(finding, data_as_of=DAY + timedelta(days=draw(st.integers(2, 5000))))
    if way == "undated":
        # The tax register states no date; its answer is then as old as our question.
        asked = noon(DAY) - timedelta(days=MAX_AGE[scheme] + 1)
        return replace(finding, data_as_of=None, checked_at=asked)
    clear = draw(st.sampled_from(CLEAR))
    return replace(finding, outcome=clear, further=(draw(st.sampled_from(UNKNOWN)),))


@st.composite
def size_facts(draw: st.DrawFn) -> tuple[Fact, ...]:
    values = {"sector": draw(st.sampled_from((*SECTORS, "fishing")))}
    money = {n: draw(amounts) for n in ("head_count", "net_sales", "fixed_assets", "total_assets")}
    return facts({**values, **{n: v for n, v in money.items() if draw(st.booleans())}})


def decided(findings: tuple[Finding, ...], known: tuple[Fact, ...] = SMALL_FACTS, name: str = "") -> Decision:
    return decide(an_enterprise(name), Evidence(findings, known), RULES, DAY)


@given(st.data())
def test_no_mix_of_unknown_stale_malformed_or_missing_findings_ever_grants(data: st.DataObject) -> None:
    """One scheme has nothing, or something that proves nothing, perhaps beside proof; the others may have anything."""
    scheme = data.draw(schemes)
    others = tuple(f for f in data.draw(st.lists(fresh(), max_size=5)) if f.scheme != scheme)
    missing = data.draw(st.booleans())
    doubts = () if missing else tuple(data.draw(st.lists(doubtful(scheme), min_size=1, max_size=3)))
    proof = () if missing else tuple(f for f in data.draw(st.lists(fresh(CLEAR), max_size=2)) if f.scheme == scheme)
    findings = data.draw(st.permutations((*others, *doubts, *proof)))
    decision = decided(tuple(findings), data.draw(size_facts()))
    assert decision.result is not Result.GRANTED
    if not any(f.outcome in BARRED for f in others):
        assert decision.result is Result.UNDECIDED, "what proves nothing is no bar either"
        assert scheme in {reason.scheme for reason in decision.reasons}


@given(st.lists(fresh(), max_size=6), fresh(BARRED), size_facts(), st.sampled_from(("", NAME, "Otra S.A.")))
def test_adding_a_bar_never_improves_a_decision(
    findings: list[Finding], bar: Finding, known: tuple[Fact, ...], name: str
) -> None:
    known = (*known, Fact(FactName.NAME, NAME, "hacienda"))
    before, after = decided(tuple(findings), known, name), decided((*findings, bar), known, name)
    assert after.result is Result.REFUSED
    assert RANK[after.result] <= RANK[before.result]
    assert f"{bar.scheme}:{bar.outcome}" in codes(after)


@given(st.lists(fresh(), max_size=6), fresh(BARRED), st.sampled_from(CLEAR))
def test_adding_a_bar_to_an_answer_never_improves_a_decision(
    findings: list[Finding], bar: Finding, outcome: Outcome
) -> None:
    mixed = replace(bar, outcome=outcome, further=(bar.outcome,))
    assert decided((*findings, mixed)).result is Result.REFUSED


@given(st.data())
def test_the_order_of_findings_and_facts_does_not_matter(data: st.DataObject) -> None:
    one_of = fresh() | schemes.flatmap(doubtful)
    findings = data.draw(st.lists(one_of, max_size=6))
    names = [
        Fact(FactName.NAME, n, a) for n, a in data.draw(st.lists(st.tuples(st.sampled_from((NAME, "Otra")), agencies)))
    ]
    known = [*data.draw(size_facts()), *data.draw(size_facts()), *names]
    wanted = decided(tuple(findings), tuple(known), "Otra")
    shuffled = tuple(data.draw(st.permutations(findings))), tuple(data.draw(st.permutations(known)))
    assert decided(*shuffled, "Otra") == wanted


@given(st.lists(fresh(CLEAR), max_size=6))
def test_a_grant_names_every_scheme_with_its_oldest_day_and_never_outlives_it(more: list[Finding]) -> None:
    findings = (*clear_findings(), *more)
    decision = decided(findings)
    assert decision.result is Result.GRANTED
    oldest = {s: min(f.data_as_of or DAY for f in findings if f.scheme == s) for s in SCHEMES}
    assert decision.clear == tuple(oldest.items())
    arranged = any(f.outcome is Outcome.CLEAR_UNDER_ARRANGEMENT for f in findings)
    assert decision.kind is (CertificateKind.UNDER_ARRANGEMENT if arranged else CertificateKind.FULL)
    assert decision.valid_for is not None
    assert timedelta(0) < decision.valid_for <= timedelta(days=RULES.validity[decision.kind])
    assert all(DAY + decision.valid_for <= day + timedelta(days=365) for day in oldest.values())


def test_clear_everywhere_and_small_is_a_full_certificate() -> None:
    decision = decide_on()
    assert (decision.result, decision.kind, decision.size) == (Result.GRANTED, CertificateKind.FULL, SizeClass.SMALL)
    assert (decision.score, decision.valid_for) == (Decimal("12.00"), timedelta(days=365))
    assert (decision.on, decision.rule_set) == (DAY, RULES.ref)
    assert decision.appeal_until is None


def test_a_debtor_list_54_days_old_is_used_with_its_date_and_shortens_the_certificate() -> None:
    old = a_finding("social_security", days_old=54)
    decision = decide_on(findings=(*(f for f in clear_findings() if f.scheme != old.scheme), old))
    assert dict(decision.clear)["social_security"] == DAY - timedelta(days=54)
    assert decision.valid_for == timedelta(days=365 - 54)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("outcome", [Outcome.CLEAR, Outcome.BARRED_ARREARS])
def test_data_is_used_up_to_its_greatest_age_and_a_day_older_is_unknown(scheme: str, outcome: Outcome) -> None:
    others = tuple(f for f in clear_findings() if f.scheme != scheme)
    at_limit = decide_on(findings=(*others, a_finding(scheme, outcome, days_old=MAX_AGE[scheme])))
    assert at_limit.result is (Result.GRANTED if outcome is Outcome.CLEAR else Result.REFUSED)
    older = decide_on(findings=(*others, a_finding(scheme, outcome, days_old=MAX_AGE[scheme] + 1)))
    assert older.result is Result.UNDECIDED
    assert codes(older) == [f"{scheme}:EVIDENCE_STALE"]
    assert older.waits_for == (AGENCY_OF[scheme],)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_data_one_day_ahead_counts_as_todays_and_two_days_ahead_as_malformed(scheme: str) -> None:
    others = tuple(f for f in clear_findings() if f.scheme != scheme)
    ahead = decide_on(findings=(*others, a_finding(scheme, days_old=-1)))
    assert dict(ahead.clear)[scheme] == DAY
    assert codes(decide_on(findings=(*others, a_finding(scheme, days_old=-2)))) == [f"{scheme}:MALFORMED"]


def test_an_answer_without_date_counts_from_the_check_only_where_the_rules_allow_it() -> None:
    # 03:00 UTC is still the day before in Costa Rica.
    asked = datetime(DAY.year, DAY.month, DAY.day, 3, tzinfo=UTC)
    undated = tuple(replace(f, data_as_of=None, checked_at=asked) for f in clear_findings())
    assert codes(decide_on(findings=undated)) == [
        "social_security:EVIDENCE_UNDATED",
        "family_allowances:EVIDENCE_UNDATED",
    ]
    tax_only = decide_on(findings=(undated[0], *clear_findings()[1:]))
    assert dict(tax_only.clear)["tax"] == DAY - timedelta(days=1)


def test_all_bars_are_listed_once_in_rule_set_order_with_agency_citation_and_both_texts() -> None:
    both = replace(a_finding("tax", Outcome.BARRED_ARREARS), further=(Outcome.BARRED_MISSING_RETURN,))
    broken = a_finding("family_allowances", Outcome.BARRED_ARRANGEMENT_BROKEN)
    decision = decide_on(findings=(broken, broken, a_finding("social_security"), both))
    assert codes(decision) == [
        "tax:BARRED_ARREARS",
        "tax:BARRED_MISSING_RETURN",
        "family_allowances:BARRED_ARRANGEMENT_BROKEN",
    ]
    arrears = decision.reasons[0]
    assert (arrears.agency, arrears.citation) == ("hacienda", RULES.schemes[0].basis.citation)
    assert arrears.text.es == "Según el Ministerio de Hacienda, hay deudas vencidas por los impuestos nacionales."
    assert arrears.text.en == "According to the Ministry of Finance, payments for national taxes are overdue."
    assert decision.appeal_until == DAY + timedelta(days=30)


def test_a_schemes_own_remedy_stands_in_for_the_general_one() -> None:
    remedies = {s: decide_on(findings=(a_finding(s, Outcome.BARRED_ARREARS),)).reasons[0].remedy.en for s in SCHEMES}
    assert remedies["tax"].startswith("Pay what is overdue or agree a payment arrangement with the Ministry")
    assert "any branch of the CCSS" in remedies["social_security"]
    assert "DESAF" in remedies["family_allowances"]


def test_beside_a_bar_unknowns_are_not_listed_and_other_problems_only_if_nothing_is_unknown() -> None:
    barred, too_large = a_finding("tax", Outcome.BARRED_ARREARS), facts({"sector": "fishing"})
    known = decide_on(findings=(barred, *clear_findings()[1:]), known=too_large)
    assert codes(known) == ["tax:BARRED_ARREARS", "SECTOR_UNKNOWN"]
    assert codes(decide_on(findings=(barred,), known=too_large)) == ["tax:BARRED_ARREARS"]
    doubted = (barred, a_finding("tax", Outcome.UNAVAILABLE), *clear_findings()[1:])
    assert codes(decide_on(findings=doubted, known=too_large)) == codes(known), "a barred scheme is not unknown"


@pytest.mark.parametrize("outcome", UNKNOWN)
def test_an_unknown_outcome_leaves_the_decision_open_at_its_agency(outcome: Outcome) -> None:
    decision = decide_on(findings=(a_finding("tax", outcome), *clear_findings()[1:]))
    assert (decision.result, codes(decision), decision.waits_for) == (
        Result.UNDECIDED,
        [f"tax:{outcome}"],
        ("hacienda",),
    )
    assert decision.appeal_until is None


def test_what_a_disputed_answer_lists_further_is_no_bar() -> None:
    disputed = replace(a_finding("tax", Outcome.DISPUTED), further=(Outcome.BARRED_ARREARS,))
    assert codes(decide_on(findings=(disputed, *clear_findings()[1:]))) == ["tax:DISPUTED"]


def test_a_scheme_that_nobody_answered_for_is_said() -> None:
    decision = decide_on(findings=clear_findings()[:2])
    assert codes(decision) == ["family_allowances:NO_FINDING"]
    assert decision.waits_for == ()


def test_findings_on_schemes_that_are_not_required_do_not_count() -> None:
    extra = Finding("work_injury", "ins", Outcome.BARRED_ARREARS, noon(DAY), DAY)
    assert decide_on(findings=(*clear_findings(), extra)) == decide_on()


def test_of_several_findings_the_worst_standing_wins() -> None:
    clear, unknown, bar = (a_finding("tax", o) for o in (Outcome.CLEAR, Outcome.UNAVAILABLE, Outcome.BARRED_ARREARS))
    others = clear_findings()[1:]
    assert decide_on(findings=(clear, unknown, *others)).result is Result.UNDECIDED
    assert codes(decide_on(findings=(clear, unknown, bar, *others))) == ["tax:BARRED_ARREARS"]
    arranged = a_finding("tax", Outcome.CLEAR_UNDER_ARRANGEMENT)
    assert decide_on(findings=(arranged, clear, *others)).kind is CertificateKind.UNDER_ARRANGEMENT


def test_an_arrangement_gives_the_kind_that_the_rule_set_says() -> None:
    arranged = (a_finding("tax", Outcome.CLEAR_UNDER_ARRANGEMENT), *clear_findings()[1:])
    assert decide_on(findings=arranged).valid_for == timedelta(days=90)
    old = 'arrangement_gives = "UNDER_ARRANGEMENT"'
    lenient = parse_rule_set(RULES.text.replace(old, 'arrangement_gives = "FULL"', 1), "x.toml")
    assert decide(an_enterprise(), Evidence(arranged, SMALL_FACTS), lenient, DAY).kind is CertificateKind.FULL


def test_another_name_at_an_agency_refuses_and_tells_no_size() -> None:
    held = Fact(FactName.NAME, NAME, "hacienda"), Fact(FactName.NAME, "OTRA LTDA", "ccss")
    decision = decide_on(known=(*SMALL_FACTS, *held), name="Panadería Ejemplo Uno, S.A.")
    assert (decision.result, codes(decision)) == (Result.REFUSED, ["NAME_MISMATCH"])
    assert decision.reasons[0].agency == "ccss"
    assert (decision.size, decision.score) == (None, None)


@pytest.mark.parametrize("declared", ["", "Panadería Ejemplo Uno", "PANADERIA EJEMPLO UNO S.A."])
def test_the_same_name_or_none_is_no_mismatch(declared: str) -> None:
    held = Fact(FactName.NAME, NAME, "hacienda"), Fact(FactName.NAME, "", "ccss")
    assert decide_on(known=(*SMALL_FACTS, *held), name=declared).result is Result.GRANTED


def test_a_name_declared_as_a_fact_is_compared_too() -> None:
    names = Fact(FactName.NAME, NAME, "hacienda"), *facts({"name": "Otra"})
    assert codes(decide_on(known=(*SMALL_FACTS, *names))) == ["NAME_MISMATCH"]
    assert decide_on(known=(*SMALL_FACTS, names[1]), name=NAME).result is Result.GRANTED, "no agency holds a name"


def held(name: str, agency: str, *, on: date = DAY) -> Fact:
    return Fact(FactName.NAME, name, agency, on)


def test_agencies_that_contradict_each_other_on_the_name_refuse_though_none_was_declared() -> None:
    names = held("PANADERIA EL SOL S.A.", "hacienda"), held("JUAN PEREZ MORA", "ccss")
    decision = decide_on(known=(*SMALL_FACTS, *names))
    assert (decision.result, codes(decision)) == (Result.REFUSED, ["AGENCIES_DISAGREE_ON_NAME"] * 2)
    assert [reason.agency for reason in decision.reasons] == ["ccss", "hacienda"]
    assert (decision.size, decision.score) == (None, None)
    assert decision.appeal_until is not None


def test_with_a_declared_name_the_agency_that_differs_from_it_is_named() -> None:
    names = held("PANADERIA EL SOL S.A.", "hacienda"), held("JUAN PEREZ MORA", "ccss")
    decision = decide_on(known=(*SMALL_FACTS, *names), name="Panadería El Sol")
    assert [(reason.code, reason.agency) for reason in decision.reasons] == [("NAME_MISMATCH", "ccss")]


def test_two_names_at_one_agency_refuse_as_well() -> None:
    names = held("PANADERIA EL SOL S.A.", "hacienda"), held("JUAN PEREZ MORA", "hacienda")
    assert codes(decide_on(known=(*SMALL_FACTS, *names))) == ["AGENCIES_DISAGREE_ON_NAME"]


def test_spellings_of_one_name_at_two_agencies_are_no_contradiction() -> None:
    names = held("PANADERIA EL SOL S.A.", "hacienda"), held("Panadería El Sol, Sociedad Anónima", "ccss")
    assert decide_on(known=(*SMALL_FACTS, *names)).result is Result.GRANTED


def test_while_an_agency_is_unknown_a_contradiction_of_names_waits() -> None:
    names = held("PANADERIA EL SOL S.A.", "hacienda"), held("JUAN PEREZ MORA", "ccss")
    findings = (a_finding("tax", Outcome.UNAVAILABLE), *clear_findings()[1:])
    assert codes(decide_on(findings=findings, known=(*SMALL_FACTS, *names))) == ["tax:UNAVAILABLE"]


@given(st.lists(st.tuples(st.sampled_from((NAME, "Panadería Ejemplo Uno S.A.", "Otra", "Otra Ltda")), agencies)))
def test_nothing_is_granted_while_two_names_are_held(pairs: list[tuple[str, str]]) -> None:
    known = (*SMALL_FACTS, *(held(name, agency) for name, agency in pairs))
    one_name = len({"Otra" in name for name, _ in pairs}) <= 1
    assert (decide_on(known=known).result is Result.GRANTED) == one_name


def test_the_name_that_counts_is_the_newest_dated_spelling_of_an_agency_in_any_order() -> None:
    spellings = [
        Fact(FactName.NAME, "EL SOL", "hacienda"),
        held("EL SOL S.A.", "ccss", on=DAY - timedelta(days=5)),
        held("El Sol", "fodesaf", on=DAY - timedelta(days=30)),
        Fact(FactName.NAME, "Zzz El Sol", DECLARED, DAY),
    ]
    for order in (spellings, spellings[::-1]):
        best = best_fact(order, FactName.NAME)
        assert best is not None
        assert best.value == "EL SOL S.A."


def test_each_missing_fact_is_a_reason_that_names_it() -> None:
    decision = decide_on(known=facts({"sector": "industry", "head_count": 3}))
    assert codes(decision) == ["FACTS_MISSING", "FACTS_MISSING"]
    assert [r.remedy.en for r in decision.reasons] == [
        "Declare net yearly sales and apply again.",
        "Declare net fixed assets and apply again.",
    ]


def test_above_the_certified_classes_is_refused_with_the_score() -> None:
    giant = facts({"sector": "services", "head_count": 51, "net_sales": 0, "total_assets": 0})
    decision = decide_on(known=giant)
    assert (codes(decision), decision.score, decision.size) == (["SIZE_ABOVE_LIMIT"], Decimal("102.00"), None)
    narrow = parse_rule_set(RULES.text.replace('["MICRO", "SMALL", "MEDIUM"]', '["MICRO"]'), "x.toml")
    refused = decide(an_enterprise(), Evidence(clear_findings(), SMALL_FACTS), narrow, DAY)
    assert (codes(refused), refused.size) == (["SIZE_ABOVE_LIMIT"], SizeClass.SMALL)


def test_an_agencys_fact_comes_before_the_callers() -> None:
    at_fund = Fact(FactName.HEAD_COUNT, Decimal(40), "ccss")
    assert decide_on(known=(*SMALL_FACTS, at_fund)).size is SizeClass.MEDIUM


def test_a_rule_set_decides_only_for_days_on_which_it_is_in_force() -> None:
    evidence = Evidence(clear_findings(), SMALL_FACTS)
    assert RULES.until == date(2027, 1, 1)
    for on in (RULES.first - timedelta(days=1), RULES.until):
        with pytest.raises(NoRuleSet, match=f"not in force on {on}"):
            decide(an_enterprise(), evidence, RULES, on)
    for on in (RULES.first, RULES.until - timedelta(days=1)):
        assert decide(an_enterprise(), evidence, RULES, on).rule_set == RULES.ref
