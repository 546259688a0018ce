"""Explanations in words: every step that any shipped case leads to is said in both languages, whole."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from certsvc.core.decision import Explanation, Step, StepState, appeal, explain, headline, sentence
from certsvc.core.decision.journal import Because, RuleKind
from certsvc.core.decision.sentences import SENTENCES
from certsvc.core.decision.words import BECAUSE
from certsvc.core.model import Result, Text
from certsvc.core.rules import RuleSet
from certsvc.core.rules.cases.trial import enterprise_of, evidence_of
from certsvc.rulesets import cases, load, shipped


def explained(jurisdiction: str) -> list[tuple[Explanation, RuleSet]]:
    """Every case of a jurisdiction, explained."""
    book = load(jurisdiction)
    found = []
    for case in cases(jurisdiction).cases:
        rules = book.in_force(case.on)
        found.append((explain(enterprise_of(case), evidence_of(case, rules), rules, case.on), rules))
    return found


CHILE = explained("chile")


def first(kind: RuleKind, state: StepState, among: list[tuple[Explanation, RuleSet]] = CHILE) -> tuple[Step, RuleSet]:
    """The first step of that kind and state."""
    return next((s, rules) for made, rules in among for s in made.steps if (s.kind, s.state) == (kind, state))


@pytest.mark.parametrize("jurisdiction", shipped())
def test_every_step_of_every_shipped_case_is_said_whole_in_both_languages(jurisdiction: str) -> None:
    for made, rules in explained(jurisdiction):
        said = [sentence(step, rules) for step in made.steps]
        said += [text for text in (headline(made.decision, rules), appeal(made.decision, rules)) if text is not None]
        for text in said:
            for words in (text.es, text.en):
                assert not re.search(r"[{}]|  | \.$", words), words
                assert words[0] == words[0].upper()
            assert text.es != text.en


def test_every_because_has_its_words() -> None:
    told = {because for _, because in BECAUSE}
    assert {because.value for because in Because} <= told


def test_a_kind_of_rule_has_a_sentence_for_not_applicable_or_always_applies() -> None:
    said = {kind for kind, _ in SENTENCES}
    assert said == set(RuleKind)
    always = {kind for kind in RuleKind if (kind, StepState.NOT_APPLICABLE) not in SENTENCES}
    assert always == {RuleKind.PROOF, RuleKind.NAMES, RuleKind.HEAD_COUNT, RuleKind.EXCLUDED}


def test_a_sentence_names_duty_agency_answer_day_and_limit() -> None:
    step, rules = first(RuleKind.EVIDENCE, StepState.PASSED)
    scheme = next(rule for rule in rules.schemes if rule.name == step.scheme)
    limit = scheme.evidence.max_age_days
    assert sentence(step, rules) == Text(
        f"Respuesta de {scheme.agency.es}: al día; datos del {step.data_as_of}, se admiten hasta {limit} días.".replace(
            " de el ", " del "
        ),
        f"Answer of {scheme.agency.en}: clear; data of {step.data_as_of}, up to {limit} days are accepted.",
    )


def test_the_reason_follows_the_sentence() -> None:
    step, rules = first(RuleKind.DISCHARGE, StepState.FAILED)
    late = replace(step, details=(("because", "requested_late"),))
    assert sentence(late, rules).en == "Not discharged under micro_and_small. It was not asked for in time."
    assert sentence(replace(step, details=()), rules).en == "Not discharged under micro_and_small."


def test_a_reason_of_the_kind_itself_comes_before_the_general_one() -> None:
    step, rules = first(RuleKind.POSTING, StepState.NOT_APPLICABLE)
    step = replace(step, details=(("because", "condition_not_met"),))
    tolerance = replace(step, kind=RuleKind.TOLERANCE, state=StepState.FAILED, rule="tolerance")
    assert sentence(tolerance, rules).en.endswith("No former class is known, or since when it was outgrown.")
    assert sentence(step, rules).en.endswith("The condition was not met in time.")


def test_missing_facts_are_listed_as_the_rules_call_them() -> None:
    step, rules = first(RuleKind.SIZE, StepState.PASSED)
    asked = replace(
        step, kind=RuleKind.HEAD_COUNT, state=StepState.FAILED, details=(("fact", "sector"), ("fact", "workers_owner"))
    )
    bare = replace(rules, fact_titles={})
    assert sentence(asked, bare) == Text(
        "No se puede contar el personal: falta sector, personas propietarias.",
        "The head count cannot be told: sector, owners is missing.",
    )


def test_spanish_articles_are_contracted() -> None:
    step, rules = first(RuleKind.EVIDENCE, StepState.PASSED)
    (scheme,) = (rule for rule in rules.schemes if rule.name == step.scheme)
    named = replace(scheme, agency=Text("el Ministerio", "the Ministry"))
    said = sentence(step, replace(rules, schemes=(named,)))
    assert said.es.startswith("Respuesta del Ministerio: ")


def test_the_headline_tells_result_day_kind_and_days() -> None:
    ends = {result: next(made for made, _ in CHILE if made.decision.result is result) for result in Result}
    rules = replace(CHILE[0][1], title=Text("Título", "Title"))
    granted = ends[Result.GRANTED].decision
    assert granted.valid_for is not None
    kind = {"FULL": "full", "UNDER_ARRANGEMENT": "payment-arrangement", "PROVISIONAL": "provisional"}[
        granted.kind or ""
    ]
    assert headline(granted, rules).en == (
        f"GRANTED on {granted.on}: a {kind} certificate, valid for {granted.valid_for.days} days. Title."
    )
    assert headline(ends[Result.REFUSED].decision, rules).es.startswith("DENEGADO el ")
    assert headline(ends[Result.UNDECIDED].decision, rules).es.startswith("SIN DECIDIR al ")


def test_only_a_refusal_says_by_when_and_where_to_appeal() -> None:
    made, rules = next((made, rules) for made, rules in CHILE if made.decision.result is Result.REFUSED)
    refused = replace(made.decision, appeal_until=date(2026, 7, 1))
    nowhere = replace(rules, appeal=replace(rules.appeal, where=Text("", "")))
    somewhere = replace(rules, appeal=replace(rules.appeal, where=Text("en la oficina", "at the office")))
    assert appeal(refused, nowhere) == Text(
        "Puede recurrirse hasta el 2026-07-01.", "It can be appealed until 2026-07-01."
    )
    assert appeal(refused, somewhere) == Text(
        "Puede recurrirse hasta el 2026-07-01: en la oficina.", "It can be appealed until 2026-07-01: at the office."
    )
    for other, its in product((Result.GRANTED, Result.UNDECIDED), (rules,)):
        assert appeal(next(m for m, _ in CHILE if m.decision.result is other).decision, its) is None
