"""Which of several facts counts, and which numbers can be reckoned with.

Invariants
- An agency's word always comes before the caller's.
- The choice does not depend on the order of the facts.
- A number that cannot be reckoned with is not passed over for a lesser word: it wins, and then counts as missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from certsvc.core.model import DECLARED, Fact, FactName

# Beyond these a number is a mistake or an attack: 1E+999999 fits in nine characters and fills the memory.
_MOST_DIGITS = 18
_MOST_DECIMALS = 9
_WHOLE, _ZERO, _TOO_MUCH = Decimal(1), Decimal(0), Decimal(10) ** (_MOST_DIGITS + 1)

VOUCHED_FOR = frozenset({FactName.REGISTERED_ON, FactName.FORMER_SIZE, FactName.OUTGREW_ON})
"""Facts that only excuse: the caller's word for them counts only where the rules name it as a source."""


def is_amount(value: Decimal) -> bool:
    """True if the number is finite, not negative, below 10^19 and has at most 9 decimals."""
    if value.same_quantum(_WHOLE):  # most numbers are whole, and taking one apart costs ten times as much
        return _ZERO <= value < _TOO_MUCH
    exponent = value.as_tuple().exponent
    return (
        isinstance(exponent, int)
        and exponent >= -_MOST_DECIMALS
        and value.adjusted() <= _MOST_DIGITS
        and not (value.is_signed() and value)
    )


def best_facts(facts: Iterable[Fact]) -> dict[FactName, Fact]:
    """For each name the fact that counts: an agency's before a declared one, then the newest, then the greatest.

    The greatest, because between equals the choice must not favour the enterprise. So the name in a certificate is
    as the agency with the newest dated answer spells it, before one without a date, and the alphabetically last
    between equals; `decide` has seen to it that all spellings are of one name.
    """
    best: dict[FactName, Fact] = {}
    for fact in facts:
        rival = best.get(fact.name)
        if rival is None or _comes_before(fact, rival):
            best[fact.name] = fact
    return best


def best_fact(facts: Iterable[Fact], name: FactName) -> Fact | None:
    """The fact of this name that counts, by the rule of `best_facts`; None if there is none."""
    return max((f for f in facts if f.name is name), key=_rank, default=None)


def _comes_before(fact: Fact, rival: Fact) -> bool:
    by_agency = fact.source != DECLARED
    if by_agency is not (rival.source != DECLARED):
        return by_agency  # the same as by rank, without asking for the rest
    return _rank(fact) > _rank(rival)


def _rank(fact: Fact) -> tuple[bool, date, bool, Decimal, str, str]:
    value = fact.value
    usable = isinstance(value, Decimal) and is_amount(value)
    amount = value if isinstance(value, Decimal) and usable else Decimal(0)
    return fact.source != DECLARED, fact.as_of or date.min, not usable, amount, str(value), fact.source


def fold_term(text: str) -> str:
    """A word of the rules, such as a zone or a sector, as it is compared: without case and surplus blanks."""
    return " ".join(text.split()).casefold()
