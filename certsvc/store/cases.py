"""Rows to cases: what an application rests on and how it was decided, without its certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certsvc.core.decision.codec import decode_decision
from certsvc.core.evidence import decode_evidence
from certsvc.service.records import StoredCase
from certsvc.store.rows import decode_payload

if TYPE_CHECKING:
    from asyncpg import Record as Row  # its names and types are those of `queries/history.sql`


def read_case(row: Row) -> StoredCase:
    """The case of a row. Raises MalformedRecord."""
    enterprise, _ = decode_payload(row["payload"])
    evidence, decision = decode_evidence(row["evidence"]), decode_decision(row["decision"])
    return StoredCase(str(row["id"]), enterprise, evidence, decision, row["updated_at"])
