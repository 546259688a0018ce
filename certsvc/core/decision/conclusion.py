"""What all schemes, proof groups and the profile come to together (steps 6 to 10 of `decide`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from certsvc.core.decision.effects import Granted, Opened, opened
from certsvc.core.decision.profile import Profile
from certsvc.core.decision.proofs import Counted
from certsvc.core.decision.scheme import Status, Weighed, must_be_known
from certsvc.core.decision.situation import Situation
from certsvc.core.model import CertificateKind, Decision, Reason, Result
from certsvc.core.rules.codes import RuleCode
from certsvc.core.rules.scheme import Requirement

_NOBODY: frozenset[str] = frozenset()


class Conclusion(NamedTuple):
    """The decision; and for a grant what became of each effect, in the order of the rule set."""

    decision: Decision
    opened: tuple[Opened, ...] = ()


@dataclass(slots=True)
class _Together:
    """All schemes and groups taken together, each part in the order of the rule set.

    `must_wait` if some doubt stands by itself, and not only because a group of proofs needs the answer.
    """

    carries: int
    must_wait: bool
    arranged: bool
    clear: list[tuple[str, date]]
    refuses: list[Reason]
    doubts: list[Reason]
    unchecked: list[tuple[str, str]]


def conclude(
    situation: Situation, profile: Profile, weighed: Mapping[str, Weighed], counted: tuple[Counted, ...]
) -> Conclusion:
    """The decision by what is known of the duties and of the enterprise."""
    together = _take_together(weighed, counted, profile.carries)
    if together.refuses:  # 6
        problems = () if together.doubts else profile.problems
        return _refused(situation, profile, (*together.refuses, *problems))
    if together.doubts and (together.must_wait or not profile.problems):  # 7
        return _undecided(situation, profile, together.doubts)
    if profile.problems:  # 8
        return _refused(situation, profile, profile.problems)
    if not together.clear:  # 9
        return _undecided(situation, profile, _nothing_clear(weighed))
    return _granted(situation, profile, weighed, together)  # 10


def _take_together(weighed: Mapping[str, Weighed], counted: tuple[Counted, ...], carries: int) -> _Together:
    together = _Together(carries, False, False, [], [], [], [])
    waited_for = {each.rule.name for group in counted for each in group.waits_for} if counted else _NOBODY
    relied_on = {each.rule.name for group in counted for each in group.relies_on} if counted else _NOBODY
    for name, each in weighed.items():
        if each.rule.requirement is not Requirement.OPTIONAL:
            together.arranged |= each.arranged
            if each.carries < together.carries:
                together.carries = each.carries
        if each.clear_on is not None:
            together.clear.append((name, each.clear_on))
            continue
        together.refuses += each.refuses
        together.doubts += each.doubts if name in waited_for else each.leaves_open
        together.must_wait |= bool(each.leaves_open)
        if each.status is Status.UNCHECKED and (must_be_known(each.rule) or name in relied_on):
            together.unchecked += each.unchecked
    for group in counted:
        together.refuses += group.reasons
    return together


def _nothing_clear(weighed: Mapping[str, Weighed]) -> list[Reason]:
    """The outages that stand between the enterprise and a grant; or, without any, that no scheme has an answer."""
    outages = [doubt for each in weighed.values() for doubt in each.doubts]
    return outages or [each.rule.reasons[RuleCode.NO_FINDING.value] for each in weighed.values()]


def _refused(situation: Situation, profile: Profile, reasons: tuple[Reason, ...]) -> Conclusion:
    decision = Decision(
        result=Result.REFUSED,
        on=situation.on,
        rule_set=situation.rule_set.ref,
        size=profile.size,
        score=profile.score,
        reasons=_each_once(reasons),
        appeal_until=situation.on + timedelta(days=situation.rule_set.appeal.days),
    )
    return Conclusion(decision)


def _each_once(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons)) if len(reasons) > 1 else reasons


def _undecided(situation: Situation, profile: Profile, reasons: Iterable[Reason]) -> Conclusion:
    decision = Decision(
        result=Result.UNDECIDED,
        on=situation.on,
        rule_set=situation.rule_set.ref,
        size=profile.size,
        score=profile.score,
        reasons=tuple(reasons),
    )
    return Conclusion(decision)


def _granted(situation: Situation, profile: Profile, weighed: Mapping[str, Weighed], together: _Together) -> Conclusion:
    rule_set = situation.rule_set
    kind = CertificateKind.UNDER_ARRANGEMENT if together.arranged else CertificateKind.FULL
    if together.unchecked:
        kind = CertificateKind.PROVISIONAL
    # Never zero: no day is older than its greatest age, and the parser keeps standing_days above that.
    days = min(rule_set.validity[kind], together.carries)
    opens = _open(Granted(situation, weighed, kind, days)) if rule_set.effects else ()
    decision = Decision(
        result=Result.GRANTED,
        on=situation.on,
        rule_set=rule_set.ref,
        kind=kind,
        size=situation.size,
        score=profile.score,
        clear=tuple(together.clear),
        valid_for=timedelta(days=days),
        unchecked=tuple(together.unchecked),
        effects=tuple([(each.name, each.day) for each in opens if each.day is not None]) if opens else (),
    )
    return Conclusion(decision, opens)


def _open(granted: Granted) -> tuple[Opened, ...]:
    return tuple([opened(rule, granted) for rule in granted.situation.rule_set.effects])
