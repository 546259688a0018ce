"""Watching a status list until it shows what was done.

The list is read as a verifier would get it, from its public address; where that cannot be reached from
here, from the service. Its signature is not checked: this tells that something was published, and trusts nothing.
"""

from __future__ import annotations

import time
import urllib.request
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from certsvc.cli.output import Output
from certsvc.core import jose
from certsvc.core.errors import VerificationError
from certsvc.core.statuslist import CAP, inflate

if TYPE_CHECKING:
    import grpc

    from certsvc.v1.certificate_service_pb2 import Certificate

_EVERY = 0.5
_FETCH_TIMEOUT = 10.0


class Shown(NamedTuple):
    """One look at a list: its version, and the value at the index."""

    version: int
    value: int


def wait_until_shown(channel: grpc.Channel, certificate: Certificate, seconds: float, output: Output) -> bool:
    """True once the certificate's list shows an entry that is not valid; false after `seconds`."""
    uri, until = certificate.status_list_uri, time.monotonic() + seconds
    output.say("waiting_for_list", where=uri)
    while True:
        shown = _look(channel, uri, certificate.status_index)
        if shown is not None and shown.value:
            output.say("seen_in_list", where=uri, version=shown.version)
            return True
        if time.monotonic() + _EVERY > until:
            output.say("not_seen_in_list", where=uri, seconds=f"{seconds:g}")
            return False
        time.sleep(_EVERY)


def _look(channel: grpc.Channel, uri: str, index: int) -> Shown | None:
    token = _from_site(uri) or _from_service(channel, uri)
    try:
        return read_entry(token, index)
    except VerificationError:
        return None


def read_entry(token: str, index: int) -> Shown:
    """The version and entry of an unproved list. Raises VerificationError for what is no list."""
    parts = token.split(".")
    if len(parts) != 3:
        raise VerificationError("not_three_parts")
    claims = jose.read_json(jose.b64url_decode(parts[1]))
    listed, version = claims.get("status_list"), claims.get("ver")
    bits = listed.get("bits") if isinstance(listed, dict) else None
    lst = listed.get("lst") if isinstance(listed, dict) else None
    if bits not in (1, 2, 4, 8) or not isinstance(lst, str) or not isinstance(version, int):
        raise VerificationError("status_list_malformed")
    packed, place = inflate(jose.b64url_decode(lst)), index * bits
    if not 0 <= place < len(packed) * 8:
        raise VerificationError("status_index_out_of_range")
    return Shown(version, packed[place // 8] >> place % 8 & ((1 << bits) - 1))


def _from_site(uri: str) -> str:
    """The list at its public address; empty if it cannot be had."""
    if urlsplit(uri).scheme not in ("http", "https"):
        return ""
    try:
        with urllib.request.urlopen(uri, timeout=_FETCH_TIMEOUT) as answer:  # noqa: S310  the scheme is checked above
            return str(answer.read(CAP + 1), "ascii", "replace").strip()
    except (OSError, ValueError):
        return ""


def _from_service(channel: grpc.Channel, uri: str) -> str:
    """The list as the service publishes it; empty if it gives none."""
    import grpc

    from certsvc.cli.stubs import trust
    from certsvc.v1 import trust_service_pb2 as pb

    request = pb.GetStatusListRequest(name=f"statusLists/{uri.rpartition('/')[2]}")
    try:
        return str(trust(channel).GetStatusList(request, timeout=_FETCH_TIMEOUT).token)
    except grpc.RpcError:
        return ""
