"""Evidence as bytes: the same findings and facts in any order give the same bytes, so the digest means the content.

    {"v":1,
     "findings":[[scheme,agency,outcome,checked_at,data_as_of,[further,...]],...],
     "facts":[[name,value,source,as_of],...]}

Both lists are sorted. Days are ISO 8601, empty where there is none; instants are UTC to the microsecond;
numbers are decimal texts, one spelling for equal numbers. Nothing is left out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from certsvc.core import canonical
from certsvc.core.canonical import digest
from certsvc.core.errors import MalformedRecord
from certsvc.core.model import Evidence, Fact, FactName, Finding, Outcome

__all__ = ["decode_evidence", "digest", "encode_evidence", "in_order"]

_VERSION = 1

_FindingRow = tuple[str, str, str, str, str, tuple[str, ...]]


def encode_evidence(evidence: Evidence) -> bytes:
    """The canonical bytes. Raises ValueError for a number that is not finite."""
    findings = [_finding_row(f) for f in evidence.findings]
    facts = [_fact_row(f) for f in evidence.facts]
    findings.sort()
    facts.sort()
    return canonical.write({"v": _VERSION, "findings": findings, "facts": facts})


def in_order(evidence: Evidence) -> Evidence:
    """The same evidence as it reads after being stored: sorted, each number in its one spelling.

    What is answered first and what is answered from the books years later must be equal.
    """
    facts = [replace(f, value=_one_spelling(f.value)) if isinstance(f.value, Decimal) else f for f in evidence.facts]
    return Evidence(tuple(sorted(evidence.findings, key=_finding_row)), tuple(sorted(facts, key=_fact_row)))


def decode_evidence(data: bytes) -> Evidence:
    """The evidence, sorted. Raises MalformedRecord for any bytes that `encode_evidence` would not write."""
    record: dict[str, object] = canonical.of_type(canonical.read(data), dict)
    try:
        evidence = Evidence(
            tuple(_finding(r) for r in canonical.of_type(record.get("findings"), list)),
            tuple(_fact(r) for r in canonical.of_type(record.get("facts"), list)),
        )
        written = encode_evidence(evidence)
    except (ValueError, OverflowError, InvalidOperation) as error:
        raise MalformedRecord("a value of the evidence is not allowed") from error
    # One comparison covers order, spelling, unknown and repeated keys, and the version.
    if written != data:
        raise MalformedRecord("the evidence is not in its one spelling")
    return evidence


def _finding_row(finding: Finding) -> _FindingRow:
    return (
        finding.scheme,
        finding.agency,
        finding.outcome.value,
        canonical.write_instant(finding.checked_at),
        canonical.write_day(finding.data_as_of),
        tuple([o.value for o in finding.further]),
    )


def _fact_row(fact: Fact) -> tuple[str, str, str, str]:
    value = canonical.write_decimal(fact.value) if isinstance(fact.value, Decimal) else fact.value
    return fact.name.value, value, fact.source, canonical.write_day(fact.as_of)


def _one_spelling(value: Decimal) -> Decimal:
    return Decimal(canonical.write_decimal(value))


def _finding(value: object) -> Finding:
    scheme, agency, outcome, checked_at, data_as_of, further = canonical.row(value, 6)
    return Finding(
        scheme=canonical.of_type(scheme, str),
        agency=canonical.of_type(agency, str),
        outcome=Outcome(canonical.of_type(outcome, str)),
        checked_at=datetime.fromisoformat(canonical.of_type(checked_at, str)),
        data_as_of=canonical.read_day(canonical.of_type(data_as_of, str)),
        further=tuple(Outcome(canonical.of_type(o, str)) for o in canonical.of_type(further, list)),
    )


def _fact(value: object) -> Fact:
    name, text, source, as_of = (canonical.of_type(cell, str) for cell in canonical.row(value, 4))
    fact_name = FactName(name)
    return Fact(fact_name, Decimal(text) if fact_name.is_number else text, source, canonical.read_day(as_of))
