"""A decision as bytes, whole: every field, both languages, so that it can be returned and recomputed years later.

Absent values are null; days are ISO 8601; `valid_for` is in microseconds; the score keeps its decimals.

Version 2 adds the day since when to each reason, empty for none, and `unchecked` and `effects` as pairs. It is written
only where one of them is used: what version 1 can say is version 1 for ever, so stored bytes recompute as they are.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from certsvc.core import canonical
from certsvc.core.errors import MalformedRecord
from certsvc.core.model import CertificateKind, Decision, Reason, Result, SizeClass, Text

__all__ = ["decode_decision", "encode_decision"]

_MICROSECOND = timedelta(microseconds=1)


def encode_decision(decision: Decision) -> bytes:
    """The canonical bytes. Raises ValueError for a score that is not finite."""
    if decision.score is not None and not decision.score.is_finite():
        raise ValueError("only a finite score can be recorded")
    if not (decision.unchecked or decision.effects or any(r.since for r in decision.reasons)):
        return canonical.write(_record(decision, 1, [_reason_row(r) for r in decision.reasons]))
    reasons = [(*_reason_row(r), canonical.write_day(r.since)) for r in decision.reasons]
    effects = [(effect, day.isoformat()) for effect, day in decision.effects]
    return canonical.write(_record(decision, 2, reasons) | {"unchecked": decision.unchecked, "effects": effects})


def _record(decision: Decision, version: int, reasons: list[tuple[str, ...]]) -> dict[str, object]:
    return {
        "v": version,
        "result": decision.result.value,
        "on": decision.on.isoformat(),
        "rule_set": decision.rule_set,
        "kind": decision.kind.value if decision.kind is not None else None,
        "size": decision.size.value if decision.size is not None else None,
        "score": str(decision.score) if decision.score is not None else None,
        "reasons": reasons,
        "clear": [(scheme, day.isoformat()) for scheme, day in decision.clear],
        "valid_for": decision.valid_for // _MICROSECOND if decision.valid_for is not None else None,
        "appeal_until": decision.appeal_until.isoformat() if decision.appeal_until is not None else None,
    }


def decode_decision(data: bytes) -> Decision:
    """The decision. Raises MalformedRecord for any bytes that `encode_decision` would not write."""
    record: dict[str, object] = canonical.of_type(canonical.read(data), dict)
    try:
        decision = _decision(record)
        written = encode_decision(decision)
    except (KeyError, ValueError, OverflowError, InvalidOperation) as error:
        raise MalformedRecord("a value of the decision is missing or not allowed") from error
    if written != data:
        raise MalformedRecord("the decision is not in its one spelling")
    return decision


def _decision(record: dict[str, object]) -> Decision:
    kind, size, score = (_text_or_none(record[key]) for key in ("kind", "size", "score"))
    appeal_until, valid_for = _text_or_none(record["appeal_until"]), record["valid_for"]
    width = 9 if record.get("v") == 2 else 8
    return Decision(
        result=Result(canonical.of_type(record["result"], str)),
        on=date.fromisoformat(canonical.of_type(record["on"], str)),
        rule_set=canonical.of_type(record["rule_set"], str),
        kind=CertificateKind(kind) if kind is not None else None,
        size=SizeClass(size) if size is not None else None,
        score=Decimal(score) if score is not None else None,
        reasons=tuple(_reason(r, width) for r in canonical.of_type(record["reasons"], list)),
        clear=_days(record["clear"]),
        valid_for=canonical.of_type(valid_for, int) * _MICROSECOND if valid_for is not None else None,
        appeal_until=date.fromisoformat(appeal_until) if appeal_until is not None else None,
        unchecked=tuple(_pair(r) for r in canonical.of_type(record.get("unchecked", []), list)),
        effects=_days(record.get("effects", [])),
    )


def _reason_row(reason: Reason) -> tuple[str, ...]:
    text, remedy = reason.text, reason.remedy
    return reason.code, reason.scheme, reason.agency, text.es, text.en, remedy.es, remedy.en, reason.citation


def _reason(value: object, width: int) -> Reason:
    cells = [canonical.of_type(cell, str) for cell in canonical.row(value, width)]
    code, scheme, agency, text_es, text_en, remedy_es, remedy_en, citation, *since = cells
    day = canonical.read_day(since[0]) if since else None
    return Reason(code, Text(text_es, text_en), Text(remedy_es, remedy_en), citation, scheme, agency, day)


def _days(value: object) -> tuple[tuple[str, date], ...]:
    pairs = (_pair(row) for row in canonical.of_type(value, list))
    return tuple((name, date.fromisoformat(day)) for name, day in pairs)


def _pair(value: object) -> tuple[str, str]:
    first, second = (canonical.of_type(cell, str) for cell in canonical.row(value, 2))
    return first, second


def _text_or_none(value: object) -> str | None:
    return None if value is None else canonical.of_type(value, str)
