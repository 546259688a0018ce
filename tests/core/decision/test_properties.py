"""What no rules and no evidence may ever bring about: properties of the decision over the whole vocabulary.

Decisions are ordered: REFUSED, UNDECIDED, GRANTED; and a grant of one kind is better than one of another in the order
PROVISIONAL, UNDER_ARRANGEMENT, FULL. What a kind opens, and for how long, is only compared within the kind.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.account import Account, Discharge
from certsvc.core.decision import decide, explain
from certsvc.core.decision.codec import decode_decision, encode_decision
from certsvc.core.decision.decide import Assessed, assess
from certsvc.core.decision.scheme import Mode, Status, must_be_known
from certsvc.core.evidence import decode_evidence, encode_evidence
from certsvc.core.model import CertificateKind, Decision, Evidence, Finding, Result
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from certsvc.core.rules.scheme import Degraded, Requirement
from tests.core.decision.drawn_rules import ON, OUTAGES
from tests.core.decision.kit import debt, ends, rules, scheme, told
from tests.core.decision.strategies import Case, accounts, any_case, findings, plain
from tests.strategies import BARRED, UNKNOWN

RESULTS = (Result.REFUSED, Result.UNDECIDED, Result.GRANTED)
KINDS = (CertificateKind.PROVISIONAL, CertificateKind.UNDER_ARRANGEMENT, CertificateKind.FULL)


def decided(case: Case) -> Decision:
    return decide(case.enterprise, case.evidence, case.rules, ON)


def assessed(case: Case) -> Assessed:
    return assess(case.enterprise, case.evidence, case.rules, ON)


def is_better(one: Decision, other: Decision) -> bool:
    """True if the enterprise would rather have the first decision."""
    if one.result is not other.result:
        return RESULTS.index(one.result) > RESULTS.index(other.result)
    return one.result is Result.GRANTED and grants_more(one, other)


def grants_more(one: Decision, other: Decision) -> bool:
    """True if the first decision is a grant that gives something which the other does not."""
    if one.kind is None or one.valid_for is None:
        return False
    if other.kind is None or other.valid_for is None:
        return True
    if one.kind is not other.kind:
        return KINDS.index(one.kind) > KINDS.index(other.kind)
    return one.valid_for > other.valid_for or not set(one.effects) <= set(other.effects)


def schemes_of(case: Case) -> st.SearchStrategy[str]:
    return st.sampled_from([rule.name for rule in case.rules.schemes])


def a_finding(data: st.DataObject, scheme: str, *outcomes: Outcome) -> Finding:
    """Any answer for the scheme with one of these outcomes."""
    return replace(data.draw(findings), scheme=scheme, outcome=data.draw(st.sampled_from(outcomes)))


# --- Bars ---


@given(any_case, st.data())
def test_a_new_bar_never_improves_a_decision(case: Case, data: st.DataObject) -> None:
    """Save where it is the answer that was awaited, and no bar of this proof refuses by itself."""
    rule = data.draw(st.sampled_from(case.rules.schemes))
    bar = replace(plain(rule.name), outcome=data.draw(st.sampled_from(BARRED)))
    before = assessed(case)
    if rule.newly_registered is not None and bar.outcome is Outcome.BARRED_MISSING_RETURN:
        return  # a new enterprise owes no return yet: this is no bar
    if before.weighed[rule.name].doubts and bar.outcome not in rule.bars:
        return
    after = decided(case.with_findings(*case.evidence.findings, bar))
    assert not is_better(after, before.conclusion.decision)
    if before.weighed[rule.name].mode is Mode.REQUIRED and must_be_known(rule) and bar.outcome in rule.bars:
        assert after.result is Result.REFUSED
        assert (rule.name, bar.outcome) in {(reason.scheme, reason.code) for reason in after.reasons}


@given(any_case, st.data())
def test_a_bar_in_place_of_clear_never_improves_a_decision(case: Case, data: st.DataObject) -> None:
    clear = a_finding(data, data.draw(schemes_of(case)), Outcome.CLEAR)
    bar = replace(clear, outcome=data.draw(st.sampled_from(BARRED)))
    before, after = (decided(case.with_findings(*case.evidence.findings, each)) for each in (clear, bar))
    assert not grants_more(after, before)
    if clear.account is None:
        assert not is_better(after, before)


@given(any_case, st.data())
def test_a_bar_beside_any_outcome_never_grants_more(case: Case, data: st.DataObject) -> None:
    answer = replace(data.draw(findings), scheme=data.draw(schemes_of(case)))
    both = replace(answer, further=(*answer.further, data.draw(st.sampled_from(BARRED))))
    before, after = (decided(case.with_findings(*case.evidence.findings, each)) for each in (answer, both))
    assert not grants_more(after, before)


@given(any_case, st.data())
def test_whatever_an_optional_scheme_answers_never_refuses_and_never_leaves_open(
    case: Case, data: st.DataObject
) -> None:
    optional = [rule.name for rule in case.rules.schemes if rule.requirement is Requirement.OPTIONAL]
    others = [each for each in case.evidence.findings if each.scheme not in optional]
    more = [a_finding(data, name, *Outcome) for name in optional]
    before, after = decided(case.with_findings(*others)), decided(case.with_findings(*others, *more))
    assert replace(after, effects=()) == replace(before, effects=())


# --- What is unknown ---


@given(any_case, st.data())
def test_an_unknown_answer_never_grants_more_than_no_answer_save_by_a_rule_on_outages(
    case: Case, data: st.DataObject
) -> None:
    unknown = a_finding(data, data.draw(schemes_of(case)), *UNKNOWN, *OUTAGES)
    others = case.evidence.findings
    if data.draw(st.booleans()):
        others = tuple(each for each in others if each.scheme != unknown.scheme)
    rule = next(rule for rule in case.rules.schemes if rule.name == unknown.scheme)
    switched = dict(case.evidence.switched)
    modes = {
        rule.degraded.under(switched.get(each.agency))
        for each in (*others, unknown)
        if rule.degraded is not None and each.scheme == rule.name and each.outcome is Outcome.UNAVAILABLE
    }
    before, after = decided(case.with_findings(*others)), decided(case.with_findings(*others, unknown))
    if not grants_more(after, before):
        return
    earlier = [each for each in others if (each.scheme, each.agency) == (unknown.scheme, unknown.agency)]
    assert unknown.outcome is Outcome.UNAVAILABLE
    assert (Degraded.REUSE in modes and earlier) or Degraded.PROVISIONAL in modes
    assert Degraded.REUSE in modes or after.kind is CertificateKind.PROVISIONAL


@given(any_case, st.data())
def test_an_unknown_answer_never_lifts_a_bar(case: Case, data: st.DataObject) -> None:
    unknown = a_finding(data, data.draw(schemes_of(case)), *UNKNOWN)
    before = decided(case)
    after = decided(case.with_findings(*case.evidence.findings, unknown))
    if any(reason.code in BARRED for reason in before.reasons):
        assert not grants_more(after, before)
    if any(bar.code in BARRED for each in assessed(case).weighed.values() for bar in each.refuses):
        assert after.result is Result.REFUSED


@given(any_case, st.data())
def test_an_unknown_beside_a_bar_is_a_doubt_that_the_bar_never_hides(case: Case, data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(case.rules.schemes))
    bar = replace(plain(rule.name), outcome=data.draw(st.sampled_from(BARRED)))
    both = replace(bar, further=(data.draw(st.sampled_from(UNKNOWN)),))
    before, found = (assessed(case.with_findings(*case.evidence.findings, each)) for each in (bar, both))
    assert not grants_more(found.conclusion.decision, before.conclusion.decision)
    weighed = found.weighed[rule.name]
    if must_be_known(rule) and weighed.mode is Mode.REQUIRED:
        assert found.conclusion.decision.result is not Result.GRANTED
        assert weighed.refuses or both.further[0] in {doubt.code for doubt in weighed.leaves_open}


@given(any_case, st.data())
def test_nothing_unknown_grants(case: Case, data: st.DataObject) -> None:
    """All that any agency says is unknown: a grant rests on duties that are not owed, and names all others."""
    unknown = [replace(each, outcome=data.draw(st.sampled_from(UNKNOWN))) for each in case.evidence.findings]
    if data.draw(st.booleans()):
        unknown += [a_finding(data, rule.name, *OUTAGES) for rule in case.rules.schemes]
    found = assessed(case.with_findings(*unknown))
    decision = found.conclusion.decision
    owed = [each for each in found.weighed.values() if each.mode is Mode.REQUIRED and must_be_known(each.rule)]
    if decision.result is Result.GRANTED:
        # Nor is a duty owed whose payment by a regime is not.
        excused = {name for name, each in found.weighed.items() if each.mode in (Mode.NOT_LIABLE, Mode.SATISFIED)}
        assert {name for name, _ in decision.clear} <= excused
        assert {each.rule.name for each in owed} <= {name for name, _ in decision.unchecked}
    if decision.kind is CertificateKind.FULL:
        assert not owed


@given(any_case)
def test_a_grant_accounts_for_every_scheme_that_must_be_known(case: Case) -> None:
    found = assessed(case)
    decision = found.conclusion.decision
    if decision.result is not Result.GRANTED:
        return
    told = {name for name, _ in (*decision.clear, *decision.unchecked)}
    for name, each in found.weighed.items():
        assert (each.refuses, each.leaves_open) == ((), ())
        hard = each.rule.requirement is Requirement.HARD_BAR
        assert not hard or name in told
        assert each.status is not Status.CLEAR or each.clear_on is not None or not must_be_known(each.rule)


# --- Order, record and explanation ---


@given(any_case, st.data())
def test_the_order_of_findings_facts_debts_and_discharges_does_not_matter(case: Case, data: st.DataObject) -> None:
    found = data.draw(st.permutations([_shuffled(each, data) for each in case.evidence.findings]))
    facts = data.draw(st.permutations(case.evidence.facts))
    switched = data.draw(st.permutations(case.evidence.switched))
    shuffled = replace(case, evidence=Evidence(tuple(found), tuple(facts), tuple(switched)))
    assert decided(shuffled) == decided(case)


def _shuffled(finding: Finding, data: st.DataObject) -> Finding:
    further = tuple(data.draw(st.permutations(finding.further)))
    if finding.account is None:
        return replace(finding, further=further)
    account = replace(
        finding.account,
        debts=tuple(data.draw(st.permutations(finding.account.debts))),
        discharges=tuple(data.draw(st.permutations(finding.account.discharges))),
    )
    return replace(finding, further=further, account=account)


@given(any_case)
def test_a_decision_recomputed_from_its_record_is_the_same_byte_for_byte(case: Case) -> None:
    decision = decided(case)
    data = encode_decision(decision)
    assert decode_decision(data) == decision
    stored = decode_evidence(encode_evidence(case.evidence))
    assert encode_decision(decided(replace(case, evidence=stored))) == data


@given(any_case)
def test_an_explanation_holds_the_decision_and_a_step_for_every_rule_with_its_citation(case: Case) -> None:
    explanation = explain(case.enterprise, case.evidence, case.rules, ON)
    assert explanation.decision == decided(case)
    bases, told = dict(case.rules.bases), {step.rule for step in explanation.steps}
    assert bases.keys() <= told
    for step in explanation.steps:
        basis = bases.get(step.rule) or bases["size"]  # a class of sizes rests on the rule that it is part of
        assert (step.citation, step.confirmed) == (basis.citation, basis.confirmed)


@given(any_case)
def test_a_certificate_holds_a_day_at_least_and_never_outlives_what_carries_it(case: Case) -> None:
    found = assessed(case)
    decision = found.conclusion.decision
    if decision.kind is None or decision.valid_for is None:
        return
    days = decision.valid_for.days
    assert 1 <= days <= min(case.rules.validity[decision.kind], found.profile.carries)
    for name, day in decision.clear:
        rule = found.weighed[name].rule
        assert day <= ON
        assert days <= found.weighed[name].carries
        if found.weighed[name].mode is not Mode.SATISFIED:
            assert days <= rule.evidence.standing_days - (ON - day).days
    assert all((day - ON).days in range(days) for _, day in decision.effects)


@given(any_case, st.data())
def test_particulars_that_tell_of_nothing_change_nothing(case: Case, data: st.DataObject) -> None:
    finding = replace(data.draw(findings), scheme=data.draw(schemes_of(case)), account=None)
    silent = replace(finding, account=Account())
    before, after = (decided(case.with_findings(*case.evidence.findings, each)) for each in (finding, silent))
    assert after == before


@given(any_case, accounts, st.data())
def test_debts_beside_clear_never_grant_more(case: Case, account: Account, data: st.DataObject) -> None:
    clear = plain(data.draw(schemes_of(case)))
    told = replace(clear, account=account)
    before, after = (decided(case.with_findings(*case.evidence.findings, each)) for each in (clear, told))
    assert not grants_more(after, before)


@pytest.mark.parametrize("bar", [bar for bar in BARRED if bar is not Outcome.BARRED_ARREARS])
def test_a_discharged_bar_does_not_hide_the_debts_that_are_still_owed(bar: Outcome) -> None:
    account = Account(debts=(debt("100"),), discharges=(Discharge(bar, ON, ON, trained_on=ON),))
    ruled = _discharging(bar)
    for answer in (told(bar, account=account), told(Outcome.CLEAR, bar, account=account)):
        assert ends(ruled, answer) == "REFUSED tax:BARRED_ARREARS"


def _discharging(bar: Outcome) -> RuleSet:
    days = "request_within_days = 30\nonce_in_days = 365\nholds_days = 365"
    return rules(
        scheme(
            more=f"[[schemes.discharges]]\nname = 's'\nbars = ['{bar}']\nsizes = ['MICRO']\nneeds = ['trained']\n{days}"
        )
    )
