"""Proof groups: whether enough of several schemes are clear (step 5).

Invariants
- A proof that does not apply is neither met nor failed: it counts as the rule says, and is told apart.
- What is still open can only help: a group fails once even all of it would not do.
- An unchecked scheme is enough only where the group needs it, and then the certificate says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from certsvc.core.decision.journal import StepState
from certsvc.core.decision.scheme import Status, Weighed
from certsvc.core.model import Reason
from certsvc.core.rules.codes import RuleCode, reason_key
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.scheme import NotApplicable, ProofRule


class Counted(NamedTuple):
    """How many proofs a group has and needs, and what follows: PASSED, FAILED with reasons, or OPEN with doubts.

    `relies_on` are the unchecked schemes that the group needs to pass.
    """

    rule: ProofRule
    state: StepState
    met: int
    need: int
    not_applicable: int
    reasons: tuple[Reason, ...] = ()
    waits_for: tuple[Weighed, ...] = ()
    relies_on: tuple[Weighed, ...] = ()


def count(rule: ProofRule, weighed: Mapping[str, Weighed], rule_set: RuleSet) -> Counted:
    """What the group comes to, by the standing of all schemes."""
    members = [weighed[name] for name in rule.of]
    with_status = {status: tuple(each for each in members if each.status is status) for status in Status}
    left_out = len(with_status[Status.NOT_APPLICABLE])
    met, need = len(with_status[Status.CLEAR]), rule.at_least
    if rule.not_applicable is NotApplicable.MET:
        met += left_out
    else:
        need = min(need, len(members) - left_out)
    unchecked, undecided = with_status[Status.UNCHECKED], with_status[Status.OPEN]
    counted = Counted(rule, StepState.PASSED, met, need, left_out)
    if met >= need:
        return counted
    if met + len(unchecked) >= need:
        return counted._replace(relies_on=unchecked)
    if met + len(unchecked) + len(undecided) >= need:
        return counted._replace(state=StepState.OPEN, waits_for=(*undecided, *unchecked))
    unmet = rule_set.reasons[reason_key(RuleCode.PROOFS_NOT_MET, rule.name)]
    bars = (bar for each in with_status[Status.BARRED] for bar in each.bars)
    return counted._replace(state=StepState.FAILED, reasons=(unmet, *bars))
