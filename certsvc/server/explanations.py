"""From an explanation to the fields of messages; see `answers` for how."""

from __future__ import annotations

from collections.abc import Iterator

from certsvc.core.decision.journal import Step, StepState
from certsvc.core.decision.wording import headline, sentence
from certsvc.core.model import Decision
from certsvc.core.rules import RuleSet
from certsvc.server import answers
from certsvc.server.answers import Fields
from certsvc.service.explain import Explained
from certsvc.v1 import certificate_service_pb2 as pb

STATES = {state: pb.Step.State.Value(f"STATE_{state.name}") for state in StepState}


def explanation(explained: Explained, language: str) -> Fields:
    """Of `Explanation`: the decision as made once more, with every rule; texts in one language."""
    decision, rule_set = explained.explanation.decision, explained.rule_set
    return {
        "decision": answers.decision(decision, explained.application.evidence, language),
        "headline": headline(decision, rule_set).in_language(language),
        "steps": [_step(step, rule_set, language) for step in explained.explanation.steps],
        "appeal_where": rule_set.appeal.where.in_language(language) if decision.appeal_until is not None else "",
        "offices": list(_offices(decision, rule_set, language)),
    }


def _offices(decision: Decision, rule_set: RuleSet, language: str) -> Iterator[Fields]:
    concerned = {reason.scheme for reason in decision.reasons}
    for scheme in rule_set.schemes:
        if scheme.name in concerned and (where := scheme.where.in_language(language)):
            yield {"scheme": scheme.name, "where": where}


def _step(step: Step, rule_set: RuleSet, language: str) -> Fields:
    fields: Fields = {
        "rule": step.rule,
        "state": STATES[step.state],
        "text": answers.text(sentence(step, rule_set).in_language(language)),
        "scheme": step.scheme,
        "agency": step.agency,
        "code": step.code,
        "citation": step.citation,
        "confirmed": step.confirmed,
    }
    if step.data_as_of is not None:
        fields["data_as_of"] = answers.day(step.data_as_of)
    if step.checked_at is not None:
        fields["check_time"] = answers.timestamp(step.checked_at)
    if step.age_days is not None:
        fields["age_days"] = step.age_days
    return fields
