"""How an agency's answer on a scheme comes out: clear, barred or unknown."""

from __future__ import annotations

from enum import Enum, StrEnum


class Standing(Enum):
    """The three classes of outcomes."""

    CLEAR = "clear"
    BARRED = "barred"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """One agency's answer on one scheme."""

    CLEAR = "CLEAR"
    CLEAR_UNDER_ARRANGEMENT = "CLEAR_UNDER_ARRANGEMENT"
    CLEAR_NOT_LIABLE = "CLEAR_NOT_LIABLE"
    CLEAR_BELOW_THRESHOLD = "CLEAR_BELOW_THRESHOLD"
    BARRED_ARREARS = "BARRED_ARREARS"
    BARRED_MISSING_RETURN = "BARRED_MISSING_RETURN"
    BARRED_ARRANGEMENT_BROKEN = "BARRED_ARRANGEMENT_BROKEN"
    BARRED_NOT_REGISTERED = "BARRED_NOT_REGISTERED"
    BARRED_DEREGISTERED = "BARRED_DEREGISTERED"
    DISPUTED = "DISPUTED"
    NO_INFORMATION = "NO_INFORMATION"
    UNAVAILABLE = "UNAVAILABLE"
    MALFORMED = "MALFORMED"
    RATE_LIMITED = "RATE_LIMITED"

    @property
    def standing(self) -> Standing:
        """The class of this outcome; what is neither clear nor barred by name is unknown."""
        if self.value.startswith("CLEAR"):
            return Standing.CLEAR
        if self.value.startswith("BARRED"):
            return Standing.BARRED
        return Standing.UNKNOWN
