"""Evidence as bytes: the same findings and facts in any order give the same bytes, so the digest means the content.

    {"v":1,
     "findings":[[scheme,agency,outcome,checked_at,data_as_of,[further,...]],...],
     "facts":[[name,value,source,as_of],...]}

Both lists are sorted. Days are ISO 8601, empty where there is none; instants are UTC to the microsecond;
numbers are decimal texts, one spelling for equal numbers. Nothing is left out. An instant lies in the years 1990 to
2199: one at the edge of the calendar has no day in the authority's zone.

Version 2 has the account as the seventh cell of each finding, `[]` for none (`core.account_rows`), and any fact's name.
Version 3 has the source as the eighth cell of each finding, and after the facts `"switched":[[agency,mode],...]`,
sorted, each agency once.

A version is written only where something needs it: what an earlier one can say is written in that one for ever, so a
digest never changes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from operator import itemgetter

from certsvc.core import canonical
from certsvc.core.account_rows import account_in_order, read_account, write_account
from certsvc.core.canonical import digest
from certsvc.core.errors import MalformedRecord
from certsvc.core.model import Evidence, Fact, FactKind, FactName, Finding, Source
from certsvc.core.outcome import Outcome

__all__ = ["decode_evidence", "digest", "encode_evidence", "in_order", "read_value"]

_FIRST_FACTS = frozenset(
    {
        FactName.NAME,
        FactName.HEAD_COUNT,
        FactName.NET_SALES,
        FactName.FIXED_ASSETS,
        FactName.TOTAL_ASSETS,
        FactName.SECTOR,
        FactName.ZONE,
    }
)
"""The facts that version 1 knows."""

_FIRST_INSTANT, _END = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

_ASKED = Source.ASKED

_FindingRow = tuple[object, ...]
_FactRow = tuple[str, str, str, str]
_row = itemgetter(0)


def encode_evidence(evidence: Evidence) -> bytes:
    """The canonical bytes, made at the first call.

    Raises ValueError for a number that is not finite, an instant outside 1990 to 2199, an account that lists more than
    a record holds, and an agency that is switched twice.
    """
    if evidence.encoded is not None:
        return evidence.encoded
    findings = _finding_rows(evidence)
    facts = [_fact_row(f) for f in evidence.facts]
    findings.sort()
    facts.sort()
    return _keep_encoded(evidence, findings, facts)


def in_order(evidence: Evidence) -> Evidence:
    """The same evidence as it reads after being stored: sorted, each number in its one spelling.

    What is answered first and what is answered from the books years later must be equal. Raises ValueError
    where `encode_evidence` does.
    """
    # The rows that it is sorted by are the rows that its record needs: an issue makes them once.
    findings = sorted(zip(_finding_rows(evidence), evidence.findings, strict=True), key=_row)
    facts = sorted([(_fact_row(f), f) for f in evidence.facts], key=_row)
    ordered = Evidence(
        tuple([f if f.account is None else replace(f, account=account_in_order(f.account)) for _, f in findings]),
        tuple([_respelled(f, row[1]) if f.name.is_number else f for row, f in facts]),
        tuple(sorted(evidence.switched)) if evidence.switched else (),
    )
    _keep_encoded(ordered, [row for row, _ in findings], [row for row, _ in facts])
    return ordered


def _version(evidence: Evidence) -> int:
    """The lowest that can say it."""
    if evidence.switched or any(f.source is not _ASKED for f in evidence.findings):
        return 3
    if any(f.account is not None for f in evidence.findings):
        return 2
    return 1 if _FIRST_FACTS.issuperset([f.name for f in evidence.facts]) else 2


def _keep_encoded(evidence: Evidence, findings: list[_FindingRow], facts: list[_FactRow]) -> bytes:
    record: dict[str, object] = {"v": _version(evidence), "findings": findings, "facts": facts}
    if record["v"] == 3:
        record["switched"] = _switched_rows(evidence)
    encoded = canonical.write(record)
    object.__setattr__(evidence, "encoded", encoded)  # frozen, and still what it was
    return encoded


def decode_evidence(data: bytes) -> Evidence:
    """The evidence, sorted. Raises MalformedRecord for any bytes that `encode_evidence` would not write."""
    record: dict[str, object] = canonical.of_type(canonical.read(data), dict)
    width = 8 if record.get("v") == 3 else 7 if record.get("v") == 2 else 6
    try:
        evidence = Evidence(
            tuple(_finding(r, width) for r in canonical.of_type(record.get("findings"), list)),
            tuple(_fact(r) for r in canonical.of_type(record.get("facts"), list)),
            tuple(_switched(r) for r in canonical.of_type(record.get("switched", []), list)),
        )
        written = encode_evidence(evidence)
    except (ValueError, OverflowError, InvalidOperation) as error:
        raise MalformedRecord("a value of the evidence is not allowed") from error
    # One comparison covers order, spelling, unknown and repeated keys, and the version.
    if written != data:
        raise MalformedRecord("the evidence is not in its one spelling")
    return evidence


def read_value(name: FactName, text: str) -> Decimal | str | date:
    """The value of this fact that was written as `text`. Raises ValueError or InvalidOperation."""
    if name.kind is FactKind.NUMBER:
        return Decimal(text)
    return date.fromisoformat(text) if name.kind is FactKind.DAY else text


def _finding_rows(evidence: Evidence) -> list[_FindingRow]:
    version = _version(evidence)
    if version == 1:
        return [_finding_row(f) for f in evidence.findings]
    rows = [(*_finding_row(f), () if f.account is None else write_account(f.account)) for f in evidence.findings]
    return rows if version == 2 else [(*row, f.source) for row, f in zip(rows, evidence.findings, strict=True)]


def _switched_rows(evidence: Evidence) -> list[tuple[str, str]]:
    if len(dict(evidence.switched)) != len(evidence.switched):
        raise ValueError("an agency is switched to one mode at a time")
    return sorted(evidence.switched)


# An outcome and a fact's name are texts themselves; `.value` would cost a descriptor's call each.
def _finding_row(finding: Finding) -> _FindingRow:
    if not _FIRST_INSTANT <= finding.checked_at < _END:
        raise ValueError("an instant from 1990 to 2199 can be recorded")
    return (
        finding.scheme,
        finding.agency,
        finding.outcome,
        canonical.write_instant(finding.checked_at),
        canonical.write_day(finding.data_as_of),
        finding.further,
    )


def _fact_row(fact: Fact) -> _FactRow:
    value = fact.value
    if isinstance(value, Decimal):
        text = canonical.write_decimal(value)
    else:
        text = value if isinstance(value, str) else canonical.write_day(value)
    return fact.name, text, fact.source, canonical.write_day(fact.as_of)


def _respelled(fact: Fact, text: str) -> Fact:
    """The fact with its number in the spelling of `text`, which is equal."""
    return fact if str(fact.value) == text else Fact(fact.name, Decimal(text), fact.source, fact.as_of)


def _finding(value: object, width: int) -> Finding:
    scheme, agency, outcome, checked_at, data_as_of, further, *more = canonical.row(value, width)
    return Finding(
        scheme=canonical.of_type(scheme, str),
        agency=canonical.of_type(agency, str),
        outcome=Outcome(canonical.of_type(outcome, str)),
        checked_at=datetime.fromisoformat(canonical.of_type(checked_at, str)),
        data_as_of=canonical.read_day(canonical.of_type(data_as_of, str)),
        further=tuple(Outcome(canonical.of_type(o, str)) for o in canonical.of_type(further, list)),
        account=read_account(more[0]) if more and more[0] else None,
        source=Source(canonical.of_type(more[1], str)) if width == 8 else _ASKED,
    )


def _switched(value: object) -> tuple[str, str]:
    agency, mode = (canonical.of_type(cell, str) for cell in canonical.row(value, 2))
    return agency, mode


def _fact(value: object) -> Fact:
    name, text, source, as_of = (canonical.of_type(cell, str) for cell in canonical.row(value, 4))
    fact_name = FactName(name)
    return Fact(fact_name, read_value(fact_name, text), source, canonical.read_day(as_of))
