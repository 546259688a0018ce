"""What operators do about agencies: from messages to the model, strictly, and back.

Invariants
- Nothing that a caller sent is repeated in an error, and every fault of a request is named at once.
- Who acts is never read here: the client certificate says it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from certsvc.core.model import Identifier
from certsvc.core.rules.scheme import Degraded
from certsvc.server.answers import Fields, enum_table, identifier, text, timestamp
from certsvc.server.fields import Faults, read_instant, read_required_text
from certsvc.server.requests import read_identifier, read_uuid
from certsvc.service.agency_records import Dispute, Hold, ModeSwitch
from certsvc.v1 import operations_service_pb2 as pb

MAX_NAME = 63
"""Characters of the name of an agency or scheme."""
MAX_REASON = 500
MAX_STATEMENT = 2000
MOST_DISPUTES = 1000
FEW_DISPUTES = 100
"""How many are listed if the caller does not say."""

MODES = enum_table(Degraded, "DEGRADED_MODE_", pb.DegradedMode.Value)
_MODES: dict[int, Degraded | None] = {0: None} | {number: mode for mode, number in MODES.items()}


class Switch(NamedTuple):
    """What a SwitchAgencyModeRequest asks for; without a mode, back to the rules."""

    agency: str
    mode: Degraded | None
    reason: str
    until: datetime | None


class Claim(NamedTuple):
    """What an OpenDisputeRequest asks for."""

    agency: str
    scheme: str
    identifier: Identifier
    statement: str
    until: datetime


class Listing(NamedTuple):
    """What a ListDisputesRequest asks for."""

    closed_too: bool
    identifier: Identifier | None
    limit: int


def read_switch(message: pb.SwitchAgencyModeRequest) -> Switch:
    """The switch. Raises InvalidRequest."""
    faults = Faults()
    agency = read_required_text(message.agency, "agency", MAX_NAME, faults)
    if message.mode not in _MODES:
        faults.add("mode", "use a value of the enumeration, or leave it out for the rules' own")
    reason = read_required_text(message.reason, "reason", MAX_REASON, faults)
    until = read_instant(message.expire_time, "expire_time", faults) if message.HasField("expire_time") else None
    faults.refuse_if_any()
    return Switch(agency, _MODES[message.mode], reason, until)


def read_release(message: pb.ReleaseAgencyHoldRequest) -> tuple[str, str]:
    """Agency and reason. Raises InvalidRequest."""
    faults = Faults()
    agency = read_required_text(message.agency, "agency", MAX_NAME, faults)
    reason = read_required_text(message.reason, "reason", MAX_REASON, faults)
    faults.refuse_if_any()
    return agency, reason


def read_claim(message: pb.OpenDisputeRequest) -> Claim:
    """The claim. Raises InvalidRequest."""
    faults = Faults()
    agency = read_required_text(message.agency, "agency", MAX_NAME, faults)
    scheme = read_required_text(message.scheme, "scheme", MAX_NAME, faults)
    number = read_identifier(message.identifier, "identifier", faults)
    statement = read_required_text(message.statement, "statement", MAX_STATEMENT, faults)
    until = None
    if message.HasField("expire_time"):
        until = read_instant(message.expire_time, "expire_time", faults)
    else:
        faults.add("expire_time", "say when it ends")
    faults.refuse_if_any()
    assert number is not None
    assert until is not None
    return Claim(agency, scheme, number, statement, until)


def read_dispute_name(name: str) -> str:
    """The id in `disputes/<uuid>`. Raises InvalidRequest."""
    faults = Faults()
    if not name.startswith("disputes/"):
        faults.add("name", "write disputes/ and the id as the service gave it")
    dispute_id = read_uuid(name.removeprefix("disputes/"), "name", faults)
    faults.refuse_if_any()
    return dispute_id


def read_listing(message: pb.ListDisputesRequest) -> Listing:
    """What to list. Raises InvalidRequest."""
    faults, number = Faults(), None
    if message.HasField("identifier"):
        number = read_identifier(message.identifier, "identifier", faults)
    if not 0 <= message.page_size <= MOST_DISPUTES:
        faults.add("page_size", f"write at most {MOST_DISPUTES}, or leave it out")
    faults.refuse_if_any()
    return Listing(message.show_closed, number, message.page_size or FEW_DISPUTES)


def mode(switch: ModeSwitch) -> Fields:
    """Of `AgencyMode`."""
    return {
        "agency": switch.agency,
        "mode": MODES[switch.mode] if switch.mode is not None else 0,
        "reason": text(switch.reason),
        "actor": switch.actor,
        "switch_time": timestamp(switch.at),
        "expire_time": timestamp(switch.until),
    }


def hold(held: Hold) -> Fields:
    """Of `AgencyHold`."""
    fields: Fields = {
        "agency": held.agency,
        "hold_time": timestamp(held.since),
        "suspect_time": timestamp(held.suspect_from),
        "asked": held.asked,
        "turned": held.turned,
        "proposed_by": held.proposed_by,
        "reason": text(held.reason),
        "released_by": held.released_by,
    }
    if held.proposed_at is not None:
        fields["propose_time"] = timestamp(held.proposed_at)
    if held.released_at is not None:
        fields["release_time"] = timestamp(held.released_at)
    return fields


def dispute(of: Dispute, now: datetime) -> Fields:
    """Of `Dispute`, as it stands now."""
    fields: Fields = {
        "name": f"disputes/{of.id}",
        "state": _state(of, now),
        "agency": of.agency,
        "scheme": of.scheme,
        "identifier": identifier(of.identifier),
        "statement": text(of.statement),
        "opened_by": of.opened_by,
        "open_time": timestamp(of.opened_at),
        "expire_time": timestamp(of.until),
        "approved_by": of.approved_by,
        "closed_by": of.closed_by,
    }
    if of.approved_at is not None:
        fields["approve_time"] = timestamp(of.approved_at)
    if of.closed_at is not None:
        fields["close_time"] = timestamp(of.closed_at)
    return fields


def _state(of: Dispute, now: datetime) -> Any:  # an enumeration type that exists in the stubs alone
    if of.closed_at is not None:
        return pb.Dispute.STATE_CLOSED
    if now >= of.until:
        return pb.Dispute.STATE_EXPIRED
    return pb.Dispute.STATE_OPEN if of.approved_at is None else pb.Dispute.STATE_APPROVED
