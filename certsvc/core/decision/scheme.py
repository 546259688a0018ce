"""One scheme: whether it concerns the enterprise, and what its findings mean (step 4).

Invariants
- Of several findings the worst standing wins: barred, then unknown, then clear.
- Where no duty is owed, another payment satisfies it, or the regime that it pays for was not joined, old arrears and
  broken arrangements still bar, and an arrangement still shows in the certificate; nothing else that is found counts.
- A satisfied scheme is as clear as the payment that satisfies it, and adds no doubt of its own.
- A proof can bar and be in doubt at once: a bar that does not refuse by itself does not hide the doubt whether there
  is one that does.
- Where several agencies of one scheme are out and different things are done about them, the most cautious is done about
  all: to wait, then to refuse, then a provisional certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import NamedTuple

from certsvc.core.decision import reasons
from certsvc.core.decision.days import FOREVER, age
from certsvc.core.decision.findings import OUTAGES, Proven, mode_of, plainly_clear, prove
from certsvc.core.decision.liability import Liability, liability
from certsvc.core.decision.situation import Situation
from certsvc.core.model import Finding, Reason
from certsvc.core.outcome import Outcome
from certsvc.core.rules.codes import RuleCode
from certsvc.core.rules.scheme import Degraded, Requirement, SchemeRule

_BARS_EVEN_IF_EXCUSED = frozenset(
    {Outcome.BARRED_ARREARS.value, Outcome.BARRED_ARRANGEMENT_BROKEN.value, RuleCode.PRESUMED_DEBT.value}
)

_BY_CAUTION = (Degraded.PENDING, Degraded.REUSE, Degraded.REFUSE, Degraded.PROVISIONAL)
"""Of several modes the first counts."""


class Mode(Enum):
    """How a scheme concerns the enterprise; the value is the word for it in explanations."""

    REQUIRED = "required"
    NOT_LIABLE = "not_liable"
    SATISFIED = "satisfied"
    """By the payment of the regime that the enterprise has joined."""
    NOT_JOINED = "not_joined"
    """It is the payment of a regime that the enterprise has not joined."""


class Status(Enum):
    """What a scheme comes to, as proofs count it."""

    CLEAR = "clear"
    NOT_APPLICABLE = "not_applicable"
    BARRED = "barred"
    OPEN = "open"
    UNCHECKED = "unchecked"
    """Open for want of an agency's answer alone, and the rules accept that for a while."""


class Weighed(NamedTuple):
    """What a scheme comes to, and what follows from it.

    `bars` and `doubts` hold every reason against it; `refuses` those that refuse by themselves, `leaves_open` those
    without whose answer nothing is granted. `clear_on` is the day up to which it was clear, None if it is not or does
    not count; `carries` for how many days from the legal date its answers hold. A bar or a doubt beside them takes
    nothing from `carries` and `arranged`: it must not make a certificate longer, or full.
    """

    rule: SchemeRule
    status: Status
    mode: Mode = Mode.REQUIRED
    bars: tuple[Reason, ...] = ()
    doubts: tuple[Reason, ...] = ()
    refuses: tuple[Reason, ...] = ()
    leaves_open: tuple[Reason, ...] = ()
    clear_on: date | None = None
    carries: int = FOREVER
    arranged: bool = False

    @property
    def unchecked(self) -> tuple[tuple[str, str], ...]:
        """The scheme with each agency that leaves it in doubt; for an UNCHECKED one, those that do not answer."""
        return tuple((self.rule.name, agency) for agency in dict.fromkeys(reason.agency for reason in self.doubts))


def must_be_known(rule: SchemeRule) -> bool:
    """True if nothing is granted while it is unknown whether this scheme bars."""
    return rule.requirement is not Requirement.OPTIONAL and bool(rule.bars)


def weigh(
    rule: SchemeRule, findings: Sequence[Finding], situation: Situation, paying: Weighed | None = None
) -> Weighed:
    """What the scheme comes to. `paying` is the scheme whose payment satisfies it, if one does."""
    joined = rule.requirement is not Requirement.REGIME or is_joined(rule, situation)
    if (
        joined
        and not rule.liability
        and paying is None
        and (oldest := plainly_clear(rule, findings, situation)) is not None
    ):
        return _clear(rule, Mode.REQUIRED, oldest, situation.on)
    duty = liability(rule.liability, situation.known, situation.on)
    mode = _mode(joined, duty, paying)
    proven = prove(rule, findings, situation)
    if not findings:
        proven.doubts["", RuleCode.NO_FINDING.value] = None
    if mode is not Mode.REQUIRED:
        _excuse(proven, situation.on, vouched=mode is not Mode.NOT_LIABLE or duty.vouched)
    if proven.bars or proven.doubts:
        return _against(rule, mode, proven, duty, situation)
    if mode is Mode.NOT_JOINED:
        return Weighed(rule, Status.NOT_APPLICABLE, mode)
    if mode is Mode.SATISFIED and paying is not None:
        return _as_paid(rule, proven, paying)
    weighed = _clear(rule, mode, proven.oldest, situation.on)
    applies = proven.applies and mode is Mode.REQUIRED
    return weighed._replace(
        status=Status.CLEAR if applies else Status.NOT_APPLICABLE,
        carries=min(proven.carries, weighed.carries),
        arranged=proven.arranged,
    )


def _mode(joined: bool, duty: Liability, paying: Weighed | None) -> Mode:
    if not joined:
        return Mode.NOT_JOINED
    if not duty.liable:
        return Mode.NOT_LIABLE
    return Mode.SATISFIED if paying is not None else Mode.REQUIRED


def _clear(rule: SchemeRule, mode: Mode, oldest: date, on: date) -> Weighed:
    """Clear by answers that speak up to that day."""
    clear_on = oldest if rule.requirement is not Requirement.OPTIONAL else None
    carries = rule.evidence.standing_days - age(oldest, on)
    # By position: this is where an issue spends its time.
    return Weighed(rule, Status.CLEAR, mode, (), (), (), (), clear_on, carries)


def is_joined(rule: SchemeRule, situation: Situation) -> bool:
    """True if the scheme is the payment of the regime that the enterprise has joined."""
    return situation.regime is not None and situation.regime.paid_by == rule.name


def bars_even_if_excused(code: str) -> bool:
    """True for what bars though no duty is owed, or another payment satisfies it."""
    return code in _BARS_EVEN_IF_EXCUSED


def _excuse(proven: Proven, on: date, *, vouched: bool) -> None:
    """Leaves only what counts of a scheme that asks for nothing; if only the caller says so, the agency must answer."""
    proven.bars = {key: since for key, since in proven.bars.items() if bars_even_if_excused(key[1])}
    proven.doubts = {} if vouched else {key: None for key in proven.doubts if key[1] != Outcome.NO_INFORMATION}
    proven.oldest = on


def _as_paid(rule: SchemeRule, proven: Proven, paying: Weighed) -> Weighed:
    """The standing of the payment; where that is barred or open, it is the payment that is blamed."""
    return Weighed(
        rule,
        Status.OPEN if paying.status is Status.BARRED else paying.status,
        Mode.SATISFIED,
        clear_on=None if rule.requirement is Requirement.OPTIONAL else paying.clear_on,
        carries=min(proven.carries, paying.carries),
        arranged=proven.arranged,
    )


def _against(rule: SchemeRule, mode: Mode, proven: Proven, duty: Liability, situation: Situation) -> Weighed:
    """What bars and doubts come to, one of which there is."""
    bars, doubts = reasons.of_scheme(rule, proven.bars), reasons.of_scheme(rule, proven.doubts)
    refuses = tuple(bar for bar in bars if _refuses(rule, bar.code))
    degraded = _degraded(rule, doubts, situation)
    if degraded is Degraded.REFUSE and not refuses:
        bars += doubts
        refuses = doubts if must_be_known(rule) else ()
        doubts = ()
    if duty.missing:
        ask = reasons.of_enterprise(situation.rule_set.reasons, reasons.missing(duty.missing))
        bars += ask if _has_not_registered(bars) else ()
        refuses += ask if _has_not_registered(refuses) else ()
    unchecked = degraded is Degraded.PROVISIONAL and not bars
    status = Status.BARRED if bars else Status.UNCHECKED if unchecked else Status.OPEN
    leaves_open = doubts if must_be_known(rule) and not refuses and not unchecked else ()
    carries = min(proven.carries, rule.evidence.standing_days - age(proven.oldest, situation.on))
    return Weighed(rule, status, mode, bars, doubts, refuses, leaves_open, None, carries, proven.arranged)


def _refuses(rule: SchemeRule, code: str) -> bool:
    """True if this bar refuses by itself; presumed debts do where arrears do."""
    named = Outcome.BARRED_ARREARS.value if code == RuleCode.PRESUMED_DEBT else code
    return must_be_known(rule) and named in rule.bars


def _degraded(rule: SchemeRule, doubts: tuple[Reason, ...], situation: Situation) -> Degraded:
    """What is done about these doubts: by the mode of the scheme if there is nothing but outages, else PENDING.

    An outage that nothing stands in for waits where earlier evidence might.
    """
    if rule.degraded is None or not doubts or not all(doubt.code in OUTAGES for doubt in doubts):
        return Degraded.PENDING
    modes = {mode_of(rule, doubt.agency, situation) for doubt in doubts}
    return next((mode for mode in _BY_CAUTION if mode in modes), Degraded.PENDING)


def _has_not_registered(bars: tuple[Reason, ...]) -> bool:
    return any(bar.code == Outcome.BARRED_NOT_REGISTERED for bar in bars)
