"""The vocabulary: what law, wire, code and documents call by the same word.

Invariants
- Everything here is frozen and validated at birth.
- An outcome is clear, barred or unknown; unknown never becomes clear, and is no bar by itself.
- Money and ratios are Decimal; legal dates are `date` in the authority's zone; instants are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum

from certsvc.core.account import Account
from certsvc.core.outcome import Outcome, Standing


class FactKind(Enum):
    """What the value of a fact is."""

    NUMBER = Decimal
    TEXT = str
    DAY = date


class FactName(StrEnum):
    """What may be known of an enterprise besides its duties."""

    NAME = "name"
    HEAD_COUNT = "head_count"
    NET_SALES = "net_sales"
    FIXED_ASSETS = "fixed_assets"
    TOTAL_ASSETS = "total_assets"
    SECTOR = "sector"
    ZONE = "zone"
    REGIME = "regime"
    """The simplified regime that the enterprise has joined, by the name that the rules give it."""
    REGISTERED_ON = "registered_on"
    """The day on which the enterprise was first registered."""
    FORMER_SIZE = "former_size"
    """The size class that it had before it outgrew the limits."""
    OUTGREW_ON = "outgrew_on"
    """The day on which it outgrew them."""
    WORKERS_PERMANENT = "workers_permanent"
    WORKERS_PART_TIME = "workers_part_time"
    WORKERS_CASUAL = "workers_casual"
    WORKERS_APPRENTICE = "workers_apprentice"
    WORKERS_FAMILY = "workers_family"
    WORKERS_HOME = "workers_home"
    WORKERS_OWNER = "workers_owner"

    @property
    def kind(self) -> FactKind:
        """What values of this fact are."""
        return _FACT_KINDS[self]

    @property
    def is_number(self) -> bool:
        """True if the value is a Decimal."""
        return self in _NUMBERS


WORKERS: tuple[FactName, ...] = tuple(name for name in FactName if name.value.startswith("workers_"))
"""The worker categories, whose members are counted in persons."""

_NUMBERS = frozenset({FactName.HEAD_COUNT, FactName.NET_SALES, FactName.FIXED_ASSETS, FactName.TOTAL_ASSETS, *WORKERS})
_DAYS = frozenset({FactName.REGISTERED_ON, FactName.OUTGREW_ON})
_FACT_KINDS = {
    name: FactKind.NUMBER if name in _NUMBERS else FactKind.DAY if name in _DAYS else FactKind.TEXT for name in FactName
}

DECLARED = "declared"
"""The source of a fact that only the caller vouches for."""


class CertificateKind(StrEnum):
    """What a certificate attests."""

    FULL = "FULL"
    UNDER_ARRANGEMENT = "UNDER_ARRANGEMENT"
    PROVISIONAL = "PROVISIONAL"


class SizeClass(StrEnum):
    """The size of an enterprise under a rule set."""

    MICRO = "MICRO"
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"


class Result(StrEnum):
    """How a decision ends."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    UNDECIDED = "UNDECIDED"


class ApplicationState(StrEnum):
    """PENDING moves once, to one of the others."""

    PENDING = "PENDING"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


class CertificateStatus(Enum):
    """The value of a certificate in its status list (Token Status List, section 7)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2


class RevocationReason(StrEnum):
    """Why a certificate was revoked."""

    ARREARS = "ARREARS"
    MISSING_RETURN = "MISSING_RETURN"
    ARRANGEMENT_BROKEN = "ARRANGEMENT_BROKEN"
    SIZE_OUTGROWN = "SIZE_OUTGROWN"
    DATA_UPDATE_MISSED = "DATA_UPDATE_MISSED"
    INSPECTION_FAILED = "INSPECTION_FAILED"
    MISDECLARED = "MISDECLARED"
    ISSUED_IN_ERROR = "ISSUED_IN_ERROR"
    KEY_COMPROMISE = "KEY_COMPROMISE"
    COURT_ORDER = "COURT_ORDER"
    HOLDER_REQUEST = "HOLDER_REQUEST"
    DISSOLVED = "DISSOLVED"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One official number, normalised. The kind is stated, never inferred."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise as the caller names it; the first identifier is the one that certificates state."""

    identifiers: tuple[Identifier, ...]
    name: str = ""

    def __post_init__(self) -> None:
        if not self.identifiers:
            raise ValueError("an enterprise has at least one identifier")

    @property
    def identifier(self) -> Identifier:
        """The identifier that a certificate states."""
        return self.identifiers[0]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of an enterprise, with who says so and for which day."""

    name: FactName
    value: Decimal | str | date
    source: str
    as_of: date | None = None

    def __post_init__(self) -> None:
        if type(self.value) is not _FACT_KINDS[self.name].value:
            raise ValueError(f"{self.name} has a value of the wrong type")


class Source(StrEnum):
    """How a finding came to us."""

    ASKED = "asked"
    """The agency was asked over the network."""
    FILE = "file"
    """It stands in a file of the agency, fetched by us or imported by an operator."""
    EVENT = "event"
    """The agency reported it without being asked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One agency's answer on one scheme.

    `further` holds the other bars of the same answer (a missing return beside arrears), and beside a bar what is not
    known besides (another number of which the agency knows nothing).
    `data_as_of` is the agency's date, None if it does not say; `checked_at` is ours. `account` holds the particulars
    that rules may weigh, None where the agency gives none.
    """

    scheme: str
    agency: str
    outcome: Outcome
    checked_at: datetime
    data_as_of: date | None = None
    further: tuple[Outcome, ...] = ()
    account: Account | None = None
    source: Source = Source.ASKED

    def __post_init__(self) -> None:
        if self.checked_at.tzinfo is None:
            raise ValueError("an instant has a zone")

    @property
    def standing(self) -> Standing:
        """The class of the outcome."""
        return self.outcome.standing


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a decision rests on: what the agencies found and what is known of the enterprise.

    `switched` pairs each agency that is out with the degraded mode to which an operator has switched it, by the name
    that rules give the mode; it is empty where none was switched. `encoded` is kept by `core.evidence`: the bytes of
    what cannot change are made once.
    """

    findings: tuple[Finding, ...]
    facts: tuple[Fact, ...] = ()
    switched: tuple[tuple[str, str], ...] = ()
    encoded: bytes | None = field(default=None, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    es: str
    en: str

    def in_language(self, code: str) -> str:
        """The English text for `en`, else the Spanish one."""
        return self.en if code == "en" else self.es


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision is not a grant, and what to do about it.

    `code` is an Outcome's name or a rule's own code; scheme and agency are empty where none is concerned.
    `since` is the day from which it counts, where that is known.
    """

    code: str
    text: Text
    remedy: Text
    citation: str
    scheme: str = ""
    agency: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule set says of one enterprise on one legal day.

    GRANTED has a kind, a size, `clear` (scheme, day up to which it was clear) and `valid_for`; the others have
    reasons. `unchecked` pairs each scheme that a PROVISIONAL grant left open with the agency that did not answer;
    `effects` pairs each effect that a grant opens with the day on which the status counts for it.
    `rule_set` names the rules by jurisdiction, first day and digest.
    """

    result: Result
    on: date
    rule_set: str
    kind: CertificateKind | None = None
    size: SizeClass | None = None
    score: Decimal | None = None
    reasons: tuple[Reason, ...] = ()
    clear: tuple[tuple[str, date], ...] = ()
    valid_for: timedelta | None = None
    appeal_until: date | None = None
    unchecked: tuple[tuple[str, str], ...] = ()
    effects: tuple[tuple[str, date], ...] = ()

    def __post_init__(self) -> None:
        granted = self.result is Result.GRANTED
        if granted != (not self.reasons):
            raise ValueError("a decision has reasons exactly if it is not a grant")
        if granted and (self.kind is None or self.valid_for is None or not self.clear):
            raise ValueError("a grant has a kind, a validity and the schemes that were clear")
        if bool(self.unchecked) != (self.kind is CertificateKind.PROVISIONAL):
            raise ValueError("exactly a provisional grant names what is unchecked")
        if self.effects and not granted:
            raise ValueError("only a grant has effects")

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The agencies whose answer is missing, each once; empty unless undecided."""
        if self.result is not Result.UNDECIDED:
            return ()
        return tuple(dict.fromkeys(r.agency for r in self.reasons if r.agency))
