"""The codes of reasons, and the order in which they are listed."""

from __future__ import annotations

from enum import StrEnum

from certsvc.core.outcome import Outcome, Standing


class RuleCode(StrEnum):
    """Reasons that are no outcome of an agency."""

    EVIDENCE_STALE = "EVIDENCE_STALE"
    EVIDENCE_UNDATED = "EVIDENCE_UNDATED"
    NO_FINDING = "NO_FINDING"
    PRESUMED_DEBT = "PRESUMED_DEBT"
    PAYMENT_NOT_POSTED = "PAYMENT_NOT_POSTED"
    NAME_MISMATCH = "NAME_MISMATCH"
    AGENCIES_DISAGREE_ON_NAME = "AGENCIES_DISAGREE_ON_NAME"
    FACTS_MISSING = "FACTS_MISSING"
    SECTOR_UNKNOWN = "SECTOR_UNKNOWN"
    SECTOR_EXCLUDED = "SECTOR_EXCLUDED"
    SIZE_ABOVE_LIMIT = "SIZE_ABOVE_LIMIT"
    SIZE_BELOW_LIMIT = "SIZE_BELOW_LIMIT"
    REGIME_CEILING_EXCEEDED = "REGIME_CEILING_EXCEEDED"
    REGIME_SECTOR_EXCLUDED = "REGIME_SECTOR_EXCLUDED"
    DATA_UPDATE_MISSED = "DATA_UPDATE_MISSED"
    PROOFS_NOT_MET = "PROOFS_NOT_MET"


SCHEME_CODES: tuple[str, ...] = (
    *(o.value for o in Outcome if o.standing is not Standing.CLEAR),
    RuleCode.EVIDENCE_STALE.value,
    RuleCode.EVIDENCE_UNDATED.value,
    RuleCode.NO_FINDING.value,
    RuleCode.PRESUMED_DEBT.value,
    RuleCode.PAYMENT_NOT_POSTED.value,
)
"""Every reason that can concern a scheme, in the order in which one scheme's reasons are listed."""

ENTERPRISE_CODES: tuple[str, ...] = (
    RuleCode.NAME_MISMATCH.value,
    RuleCode.AGENCIES_DISAGREE_ON_NAME.value,
    RuleCode.FACTS_MISSING.value,
    RuleCode.SECTOR_UNKNOWN.value,
    RuleCode.SECTOR_EXCLUDED.value,
    RuleCode.SIZE_ABOVE_LIMIT.value,
    RuleCode.SIZE_BELOW_LIMIT.value,
    RuleCode.REGIME_CEILING_EXCEEDED.value,
    RuleCode.REGIME_SECTOR_EXCLUDED.value,
    RuleCode.DATA_UPDATE_MISSED.value,
    RuleCode.PROOFS_NOT_MET.value,
)
"""Every reason that concerns the enterprise as a whole, in the order in which they are listed."""


def reason_key(code: RuleCode, *parts: str) -> str:
    """Under which key a reason is kept that is worded for one fact, regime or proof group."""
    return ".".join((code.value, *parts))
