"""The decision: what a rule set says of one enterprise on one legal day, by the evidence at hand.

Invariants
- Pure: the same arguments give the same decision, whatever the order of findings and facts.
- Granted only if every required scheme has a finding, and every finding of it is clear, dated and fresh enough.
- Unknown never becomes clear and is no bar: it leaves the decision open. So does evidence that is too old, undated
  where a date is required, or dated in the future, whether it would have been clear or barred.
- A bar refuses, whatever else is known or unknown; adding one never improves a decision.
- An agency's fact comes before the caller's.
- Nothing is granted while the names that are known of the enterprise differ, whoever holds them: the
  answers may then be on two enterprises.
- No certificate outlives the oldest clear day by more than the scheme's `standing_days`.

Steps
1 the rule set must be in force on the day
2 weigh the findings of each required scheme, in the order of the rule set
3 compare the names, then tell the size
4 any bar: REFUSED with all bars, and with the problems of step 3 if no scheme is unknown
5 any scheme unknown: UNDECIDED with what is unknown at which agency
6 two names: REFUSED (the size may then be another enterprise's, and is left out)
7 no size, or one that is not certified: REFUSED
8 else GRANTED, with the kind, and the validity that the evidence carries
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from certsvc.core.errors import NoRuleSet
from certsvc.core.facts import best_facts
from certsvc.core.model import (
    DECLARED,
    CertificateKind,
    Decision,
    Enterprise,
    Evidence,
    Fact,
    FactName,
    Finding,
    Outcome,
    Reason,
    Result,
    Standing,
)
from certsvc.core.names import fold_name
from certsvc.core.rules.model import SCHEME_CODES, RuleCode, RuleSet, SchemeRule, Undated
from certsvc.core.rules.parts import missing_key
from certsvc.core.rules.size import Measured, Unmeasured, measure

# An agency in another zone, or one that dates its file by the day of delivery, may be a day ahead.
_LATEST_DATA = timedelta(days=1)

_CLEAR, _ARRANGED = Outcome.CLEAR, Outcome.CLEAR_UNDER_ARRANGEMENT
_STANDING = {outcome: outcome.standing for outcome in Outcome}
_ORDER = {code: number for number, code in enumerate(SCHEME_CODES)}


@dataclass(slots=True)
class _Weighed:
    """All required schemes together: bars and doubts in listing order, and the clear day of each clear scheme."""

    bars: list[Reason] = field(default_factory=list)
    doubts: list[Reason] = field(default_factory=list)
    clear: list[tuple[str, date]] = field(default_factory=list)
    kind: CertificateKind = CertificateKind.FULL
    carried_until: date = date.max


class _Profile(NamedTuple):
    """What is known besides duties: the problems found (none if it fits), and the size."""

    problems: tuple[Reason, ...]
    measured: Measured | None


def decide(enterprise: Enterprise, evidence: Evidence, rule_set: RuleSet, on: date) -> Decision:
    """The decision on the legal date `on`. Raises NoRuleSet if the rule set is not in force on it."""
    if not rule_set.covers(on):  # 1
        raise NoRuleSet(f"{rule_set.ref} is not in force on {on}")
    weighed = _weigh_all(evidence, rule_set, on)  # 2
    problems, measured = _profile(enterprise, evidence, rule_set)  # 3
    size = measured.size if measured else None
    if weighed.bars:  # 4
        reasons = (*weighed.bars, *(() if weighed.doubts else problems))
        return _refusal(rule_set, on, reasons, measured)
    if weighed.doubts:  # 5
        return Decision(
            result=Result.UNDECIDED,
            on=on,
            rule_set=rule_set.ref,
            size=size,
            score=measured.score if measured else None,
            reasons=tuple(weighed.doubts),
        )
    if problems or measured is None:  # 6, 7
        return _refusal(rule_set, on, problems, measured)
    return _grant(rule_set, on, weighed, measured)  # 8


def _refusal(rule_set: RuleSet, on: date, reasons: tuple[Reason, ...], measured: Measured | None) -> Decision:
    return Decision(
        result=Result.REFUSED,
        on=on,
        rule_set=rule_set.ref,
        size=measured.size if measured else None,
        score=measured.score if measured else None,
        reasons=reasons,
        appeal_until=on + timedelta(days=rule_set.appeal.days),
    )


def _grant(rule_set: RuleSet, on: date, weighed: _Weighed, measured: Measured) -> Decision:
    by_kind = timedelta(days=rule_set.validity[weighed.kind])
    return Decision(
        result=Result.GRANTED,
        on=on,
        rule_set=rule_set.ref,
        kind=weighed.kind,
        size=measured.size,
        score=measured.score,
        clear=tuple(weighed.clear),
        # Never zero: no day is older than max_age_days, and the parser keeps standing_days above that.
        valid_for=min(by_kind, weighed.carried_until - on),
    )


def _weigh_all(evidence: Evidence, rule_set: RuleSet, on: date) -> _Weighed:
    by_scheme: dict[str, list[Finding]] = {}
    for finding in evidence.findings:
        by_scheme.setdefault(finding.scheme, []).append(finding)
    weighed = _Weighed()
    for rule in rule_set.schemes:
        _weigh(rule, by_scheme.get(rule.name, []), rule_set, on, weighed)
    return weighed


def _weigh(rule: SchemeRule, findings: list[Finding], rule_set: RuleSet, on: date, weighed: _Weighed) -> None:
    """Adds one scheme. Of several findings the worst standing wins: barred, then unknown, then clear."""
    bars: set[tuple[str, str]] = set()
    doubts: set[tuple[str, str]] = set()
    oldest, kind = on, weighed.kind
    for finding in findings:
        day = _day(finding, rule, rule_set)
        if (doubt := _doubt(finding, rule, day, on)) is not None:
            doubts.add((finding.agency, doubt))
            continue
        for outcome in (finding.outcome, *finding.further):
            if outcome is _CLEAR:
                continue
            standing = _STANDING[outcome]
            if standing is Standing.BARRED:
                bars.add((finding.agency, outcome.value))
            elif standing is Standing.UNKNOWN:
                doubts.add((finding.agency, outcome.value))
            elif outcome is _ARRANGED and rule.arrangement_gives is not CertificateKind.FULL:
                kind = rule.arrangement_gives
        if day is not None and day < oldest:  # a day ahead counts as today
            oldest = day
    if not findings:
        doubts.add(("", RuleCode.NO_FINDING.value))
    if bars:
        weighed.bars += _reasons(rule, bars)
    elif doubts:
        weighed.doubts += _reasons(rule, doubts)
    else:
        weighed.kind = kind
        weighed.clear.append((rule.name, oldest))
        weighed.carried_until = min(weighed.carried_until, oldest + timedelta(days=rule.evidence.standing_days))


def _day(finding: Finding, rule: SchemeRule, rule_set: RuleSet) -> date | None:
    """Up to which day the finding speaks; None if it does not say and the rule demands that it does."""
    if finding.data_as_of is not None:
        return finding.data_as_of
    if rule.evidence.undated is Undated.REJECT:
        return None
    return finding.checked_at.astimezone(rule_set.time_zone).date()


def _doubt(finding: Finding, rule: SchemeRule, day: date | None, on: date) -> str | None:
    """Why the finding proves nothing on that day, as a reason code; None if it does prove something."""
    if _STANDING[finding.outcome] is Standing.UNKNOWN:
        return finding.outcome.value
    if day is None:
        return RuleCode.EVIDENCE_UNDATED.value
    if day - on > _LATEST_DATA:
        return Outcome.MALFORMED.value
    if (on - day).days > rule.evidence.max_age_days:
        return RuleCode.EVIDENCE_STALE.value
    return None


def _reasons(rule: SchemeRule, found: set[tuple[str, str]]) -> list[Reason]:
    """The reasons of one scheme by agency, then in the order of SCHEME_CODES."""
    ordered = sorted(found, key=lambda pair: (pair[0], _ORDER[pair[1]]))
    return [_of_agency(rule.reasons[code], agency) for agency, code in ordered]


def _of_agency(reason: Reason, agency: str) -> Reason:
    return Reason(reason.code, reason.text, reason.remedy, reason.citation, reason.scheme, agency)


def _profile(enterprise: Enterprise, evidence: Evidence, rule_set: RuleSet) -> _Profile:
    two_names = _two_names(enterprise, evidence, rule_set)
    if two_names:
        return _Profile(two_names, None)
    facts: Mapping[FactName, Fact] = best_facts(evidence.facts)
    found = measure(facts, rule_set.size)
    if isinstance(found, Unmeasured):
        return _Profile(_size_unknown(found, rule_set), None)
    if found.size is None or found.size not in rule_set.size.certifiable:
        return _Profile((rule_set.reasons[RuleCode.SIZE_ABOVE_LIMIT.value],), found)
    return _Profile((), found)


def _two_names(enterprise: Enterprise, evidence: Evidence, rule_set: RuleSet) -> tuple[Reason, ...]:
    """The reasons if not all names are the same, by agency: those that differ from the declared name; all, without one.

    Two agencies that contradict each other do so whether the caller declares a name or not.
    """
    names = [(f.source, str(f.value)) for f in evidence.facts if f.name is FactName.NAME and f.value]
    held = {name for source, name in names if source != DECLARED}
    declared = {name for source, name in names if source == DECLARED}
    if enterprise.name:
        declared.add(enterprise.name)
    if not held or len(held | declared) == 1:
        return ()  # nothing to compare, or nothing to fold
    suffixes = rule_set.names.suffixes
    folded = {name: fold_name(name, suffixes) for name in held | declared}
    if declared:
        # Two different declared names cannot both be the one that an agency holds.
        wanted, code = {folded[name] for name in declared}, RuleCode.NAME_MISMATCH
    else:
        wanted, code = {folded[name] for name in held}, RuleCode.AGENCIES_DISAGREE_ON_NAME
    differing = {name for name in held if {folded[name]} != wanted}
    agencies = sorted({source for source, name in names if source != DECLARED and name in differing})
    return tuple(_of_agency(rule_set.reasons[code.value], agency) for agency in agencies)


def _size_unknown(found: Unmeasured, rule_set: RuleSet) -> tuple[Reason, ...]:
    if found.missing:
        return tuple(rule_set.reasons[missing_key(fact)] for fact in found.missing)
    return (rule_set.reasons[RuleCode.SECTOR_UNKNOWN.value],)
