"""The explanation of a decision: what became of each rule of the rule set, in the order of the file.

Invariants
- It decides by `assess`, as `decide` does, and only reads what that found: the two cannot differ.
- Every rule that has a basis in the file has at least one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial

from certsvc.core.decision import enterprise_steps as steps_of
from certsvc.core.decision.decide import Assessed, assess
from certsvc.core.decision.journal import Details, Explanation, RuleKind, Step, StepState
from certsvc.core.decision.scheme_steps import SchemeSteps, by_scheme
from certsvc.core.model import CertificateKind, Enterprise, Evidence, Result
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.terms import Basis

_OF_SCHEMES = frozenset(kind for kind in RuleKind if kind.value.partition(".")[0] == "schemes")


def explain(enterprise: Enterprise, evidence: Evidence, rule_set: RuleSet, on: date) -> Explanation:
    """The decision with every step that led to it. Raises NoRuleSet if the rule set is not in force on the day."""
    assessed = assess(enterprise, evidence, rule_set, on)
    schemes = by_scheme(assessed.weighed, evidence.findings, assessed.situation)
    steps = tuple(step for path, basis in rule_set.bases for step in _steps(path, basis, assessed, schemes))
    return Explanation(assessed.conclusion.decision, steps)


def _steps(path: str, basis: Basis, assessed: Assessed, schemes: Mapping[str, SchemeSteps]) -> Iterator[Step]:
    kind, parts = RuleKind.of(path), path.split(".")
    if kind in _OF_SCHEMES:
        yield from schemes[parts[1]].steps(kind, ".".join(parts[3:]), basis)
        return
    name = path.removeprefix(kind.value).removeprefix(".")
    for found in _FINDERS[kind](assessed, name):
        yield Step(
            rule=found.rule or path,
            kind=RuleKind.CLASS if found.rule else kind,
            state=found.state,
            citation=basis.citation,
            confirmed=basis.confirmed,
            agency=found.agency,
            code=found.code,
            data_as_of=found.data_as_of,
            age_days=(assessed.situation.on - found.data_as_of).days if found.data_as_of is not None else None,
            details=found.details,
        )


def _if_granted(state_details: Details, assessed: Assessed, _name: str) -> Iterator[steps_of.Found]:
    granted = assessed.conclusion.decision.result is Result.GRANTED
    yield steps_of.Found(StepState.APPLIED, state_details) if granted else steps_of.Found(StepState.NOT_APPLICABLE)


def _validity(assessed: Assessed, name: str) -> Iterator[steps_of.Found]:
    decision = assessed.conclusion.decision
    kind, days = decision.kind or CertificateKind.FULL, decision.valid_for.days if decision.valid_for else 0
    limit = assessed.situation.rule_set.validity[kind]
    details = (("kind", kind.value), ("days", str(days)), ("limit", str(limit)))
    yield from _if_granted(details, assessed, name)


def _recheck(assessed: Assessed, name: str) -> Iterator[steps_of.Found]:
    yield from _if_granted((("days", str(assessed.situation.rule_set.recheck.days)),), assessed, name)


def _appeal(assessed: Assessed, _name: str) -> Iterator[steps_of.Found]:
    until = assessed.conclusion.decision.appeal_until
    if until is None:
        yield steps_of.Found(StepState.NOT_APPLICABLE)
    else:
        yield steps_of.Found(StepState.APPLIED, (("until", until.isoformat()),))


def _sample(assessed: Assessed, name: str) -> Iterator[steps_of.Found]:
    rule = assessed.situation.rule_set.sample
    assert rule is not None
    if rule.sizes and assessed.profile.size not in rule.sizes:
        yield steps_of.Found(StepState.NOT_APPLICABLE)
    else:
        yield from _if_granted((("share", str(rule.share)),), assessed, name)


def _effect(assessed: Assessed, name: str) -> Iterator[steps_of.Found]:
    found = next((each for each in assessed.conclusion.opened if each.name == name), None)
    if found is None:
        yield steps_of.Found(StepState.NOT_APPLICABLE, (("because", "not_granted"),))
    elif found.day is None:
        yield steps_of.Found(StepState.NOT_APPLICABLE, (("because", found.failed),))
    else:
        yield steps_of.Found(StepState.APPLIED, (("day", found.day.isoformat()),))


def _proof(assessed: Assessed, name: str) -> Iterator[steps_of.Found]:
    group = next(each for each in assessed.counted if each.rule.name == name)
    counts = {"met": group.met, "need": group.need, "not_applicable": group.not_applicable}
    code = group.reasons[0].code if group.reasons else ""
    yield steps_of.Found(group.state, tuple((key, str(value)) for key, value in counts.items()), code)


_FINDERS: Mapping[RuleKind, steps_of.Finder] = {
    RuleKind.PROOF: _proof,
    RuleKind.VALIDITY: _validity,
    RuleKind.EFFECT: _effect,
    RuleKind.APPEAL: _appeal,
    RuleKind.RECHECK: _recheck,
    RuleKind.SAMPLE: _sample,
    **{kind: partial(steps_of.find, kind) for kind in steps_of.KINDS},
}
