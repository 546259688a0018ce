"""Reasons as decisions list them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from certsvc.core.model import FactName, Reason
from certsvc.core.rules.codes import ENTERPRISE_CODES, SCHEME_CODES, RuleCode, reason_key
from certsvc.core.rules.scheme import SchemeRule

_SCHEME_ORDER = {code: number for number, code in enumerate(SCHEME_CODES)}
_ENTERPRISE_ORDER = {code: number for number, code in enumerate(ENTERPRISE_CODES)}

Found = Mapping[tuple[str, str], date | None]
"""What speaks against a scheme: by agency and code, the day from which it counts where that is known."""


def of_scheme(rule: SchemeRule, found: Found) -> tuple[Reason, ...]:
    """The reasons of one scheme by agency, then in the order of SCHEME_CODES."""
    if not found:
        return ()
    ordered = sorted(found, key=lambda pair: (pair[0], _SCHEME_ORDER[pair[1]]))
    return tuple(of_agency(rule.reasons[code], agency, found[agency, code]) for agency, code in ordered)


def of_agency(reason: Reason, agency: str, since: date | None = None) -> Reason:
    """The reason as this agency gives it."""
    return Reason(reason.code, reason.text, reason.remedy, reason.citation, reason.scheme, agency, since)


def of_enterprise(reasons: Mapping[str, Reason], keys: Iterable[str]) -> tuple[Reason, ...]:
    """The reasons under these keys, each once, in the order of ENTERPRISE_CODES."""
    ordered = sorted(dict.fromkeys(keys), key=lambda key: _ENTERPRISE_ORDER[key.partition(".")[0]])
    return tuple(reasons[key] for key in ordered)


def missing(facts: Iterable[FactName]) -> tuple[str, ...]:
    """The keys of the reasons that these facts are missing."""
    return tuple(reason_key(RuleCode.FACTS_MISSING, fact.value) for fact in facts)
