"""What a trust store has accepted, and the file form of it: JSON that holds the tokens and the marks.

Reading the file proves every signature again, but no date: what has expired since still counts against rollback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import VerificationError
from certsvc.core.jose import LATEST, b64url_decode, read_json, write_json
from certsvc.core.keys import prove_key_set
from certsvc.core.statuslist import prove_status_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certsvc.core.keys import KeySet
    from certsvc.core.statuslist import StatusList

FORMAT = 1
CAP = 128 * 1024 * 1024
_MEMBERS = frozenset({"v", "origin", "pin", "root", "keys", "status_lists", "marks", "newest"})


class Mark(NamedTuple):
    """The newest list ever accepted for one URI: no older one is accepted again. `digest` covers the payload."""

    kid: str
    issued_at: int
    version: int
    digest: str


class TrustState(NamedTuple):
    """Everything accepted so far; never changed, only replaced.

    `origin` is the pin that the operator gave, `pin` the root now in force. `lists`, `tokens` and `marks` are by
    URI. `newest` is the latest `iat` ever accepted, in Unix seconds.
    """

    origin: str
    pin: str
    root: Mapping[str, object]
    key_set: KeySet | None
    key_set_token: str
    lists: Mapping[str, StatusList]
    tokens: Mapping[str, str]
    marks: Mapping[str, Mark]
    newest: int


def encode_state(state: TrustState) -> bytes:
    """The bytes that `decode_state` reads."""
    return write_json(
        {
            "v": FORMAT,
            "origin": state.origin,
            "pin": state.pin,
            "root": dict(state.root),
            "keys": state.key_set_token,
            "status_lists": list(state.tokens.values()),
            # One text for each mark: a file with thousands of marks stays flat.
            "marks": {
                uri: f"{mark.kid} {mark.issued_at} {mark.version} {mark.digest}" for uri, mark in state.marks.items()
            },
            "newest": state.newest,
        }
    )


def decode_state(data: bytes) -> TrustState:
    """The state, every token proved again. Raises VerificationError."""
    members = read_json(data) if len(data) <= CAP else {}
    if members.keys() != _MEMBERS or type(members["v"]) is not int or members["v"] != FORMAT:
        raise _malformed("members")
    root, listed, marks, newest = (members[name] for name in ("root", "status_lists", "marks", "newest"))
    if not isinstance(root, dict) or not isinstance(listed, list) or not isinstance(marks, dict):
        raise _malformed("root, status_lists or marks")
    if type(newest) is not int or not 0 <= newest <= LATEST:
        raise _malformed("newest")
    origin, pin = (_thumbprint(members, name) for name in ("origin", "pin"))
    empty = TrustState(origin, pin, root, None, "", {}, {}, {uri: _mark(text) for uri, text in marks.items()}, newest)
    token = members["keys"]
    if not isinstance(token, str):
        raise _malformed("keys")
    if not token:
        return empty
    return _with_tokens(empty, token, listed)


def _with_tokens(empty: TrustState, token: str, listed: list[object]) -> TrustState:
    key_set = prove_key_set(token, empty.root, empty.pin)
    lists, tokens = {}, {}
    for item in listed:
        if not isinstance(item, str):
            raise _malformed("status_lists")
        status_list = prove_status_list(item, key_set)
        if status_list.uri in lists or status_list.uri not in empty.marks:
            raise _malformed("status_lists")
        lists[status_list.uri], tokens[status_list.uri] = status_list, item
    return empty._replace(key_set=key_set, key_set_token=token, lists=lists, tokens=tokens)


def _thumbprint(members: Mapping[str, object], name: str) -> str:
    text = members[name]
    if not isinstance(text, str) or len(b64url_decode(text)) != 32:
        raise _malformed(name)
    return text


def _mark(text: object) -> Mark:
    parts = text.split(" ") if isinstance(text, str) else []
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) <= 12 for part in parts[1:3]):
        raise _malformed("marks")
    return Mark(parts[0], int(parts[1]), int(parts[2]), parts[3])


def _malformed(detail: str) -> VerificationError:
    return VerificationError("trust_store_malformed", detail)
