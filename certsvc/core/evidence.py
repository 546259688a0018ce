"""Evidence as bytes: the same findings and facts in any order give the same bytes, so the digest means the content.

    {"v":1,
     "findings":[[scheme,agency,outcome,checked_at,data_as_of,[further,...]],...],
     "facts":[[name,value,source,as_of],...]}

Both lists are sorted. Days are ISO 8601, empty where there is none; instants are UTC to the microsecond;
numbers are decimal texts, one spelling for equal numbers. Nothing is left out.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from operator import itemgetter

from certsvc.core import canonical
from certsvc.core.canonical import digest
from certsvc.core.errors import MalformedRecord
from certsvc.core.model import Evidence, Fact, FactName, Finding, Outcome

__all__ = ["decode_evidence", "digest", "encode_evidence", "in_order"]

_VERSION = 1

_FindingRow = tuple[str, str, str, str, str, tuple[str, ...]]
_FactRow = tuple[str, str, str, str]
_row = itemgetter(0)


def encode_evidence(evidence: Evidence) -> bytes:
    """The canonical bytes, made at the first call. Raises ValueError for a number that is not finite."""
    if evidence.encoded is not None:
        return evidence.encoded
    findings = [_finding_row(f) for f in evidence.findings]
    facts = [_fact_row(f) for f in evidence.facts]
    findings.sort()
    facts.sort()
    return _keep_encoded(evidence, findings, facts)


def in_order(evidence: Evidence) -> Evidence:
    """The same evidence as it reads after being stored: sorted, each number in its one spelling.

    What is answered first and what is answered from the books years later must be equal.
    """
    # The rows that it is sorted by are the rows that its record needs: an issue makes them once.
    findings = sorted([(_finding_row(f), f) for f in evidence.findings], key=_row)
    facts = sorted([(_fact_row(f), f) for f in evidence.facts], key=_row)
    ordered = Evidence(
        tuple([f for _, f in findings]),
        tuple([_respelled(f, row[1]) if f.name.is_number else f for row, f in facts]),
    )
    _keep_encoded(ordered, [row for row, _ in findings], [row for row, _ in facts])
    return ordered


def _keep_encoded(evidence: Evidence, findings: list[_FindingRow], facts: list[_FactRow]) -> bytes:
    encoded = canonical.write({"v": _VERSION, "findings": findings, "facts": facts})
    object.__setattr__(evidence, "encoded", encoded)  # frozen, and still what it was
    return encoded


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


# An outcome and a fact's name are texts themselves; `.value` would cost a descriptor's call each.
def _finding_row(finding: Finding) -> _FindingRow:
    return (
        finding.scheme,
        finding.agency,
        finding.outcome,
        canonical.write_instant(finding.checked_at),
        canonical.write_day(finding.data_as_of),
        finding.further,
    )


def _fact_row(fact: Fact) -> _FactRow:
    value = canonical.write_decimal(fact.value) if isinstance(fact.value, Decimal) else fact.value
    return fact.name, value, fact.source, canonical.write_day(fact.as_of)


def _respelled(fact: Fact, text: str) -> Fact:
    """The fact with its number in the spelling of `text`, which is equal."""
    return fact if str(fact.value) == text else Fact(fact.name, Decimal(text), fact.source, fact.as_of)


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
