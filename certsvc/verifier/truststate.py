"""What a trust store has accepted, and the file form of it: JSON that holds the tokens and the marks.

Reading the file proves every signature again, but no date: what has expired since still counts against rollback.
Every list that is held has its mark, and the file is read only if the two agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import VerificationError
from certsvc.core.jose import LATEST, b64url_decode, b64url_encode, read_json, sha256, write_json
from certsvc.core.keys import prove_key_set
from certsvc.core.statuslist import is_uri, prove_status_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certsvc.core.keys import KeySet
    from certsvc.core.statuslist import StatusList

FORMAT = 2
CAP = 48 * 1024 * 1024
"""Bytes: 32 MiB of tokens at most, and marks of less than 700 bytes each."""
_MEMBERS = frozenset({"v", "origin", "pin", "root", "keys", "status_lists", "marks", "newest"})


class Mark(NamedTuple):
    """The newest list ever accepted for one URI under one key: no older one is accepted again.

    `expires_at` is that list's end; times are Unix seconds. `digest` covers the payload.
    """

    issued_at: int
    expires_at: int
    version: int
    digest: str


def mark_of(token: str, status_list: StatusList) -> Mark:
    """The mark that this list leaves."""
    digest = b64url_encode(sha256(payload_of(token).encode("ascii")))
    return Mark(status_list.issued_at, status_list.expires_at, status_list.version, digest)


def payload_of(token: str) -> str:
    """The payload segment; base64url is strict, so equal content has equal text."""
    return token.split(".")[1]


class TrustState(NamedTuple):
    """Everything accepted so far; never changed, only replaced.

    `origin` is the pin that the operator gave, `pin` the root now in force. `lists` and `tokens` are by URI, `marks`
    by URI and kid. `newest` is the latest `iat` ever accepted, in Unix seconds.
    """

    origin: str
    pin: str
    root: Mapping[str, object]
    key_set: KeySet | None
    key_set_token: str
    lists: Mapping[str, StatusList]
    tokens: Mapping[str, str]
    marks: Mapping[tuple[str, str], Mark]
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
            "marks": [
                f"{uri} {kid} {mark.issued_at} {mark.expires_at} {mark.version} {mark.digest}"
                for (uri, kid), mark in state.marks.items()
            ],
            "newest": state.newest,
        }
    )


def decode_state(data: bytes) -> TrustState:
    """The state, every token proved again. Raises VerificationError."""
    members = read_json(data) if len(data) <= CAP and data.isascii() else {}
    if members.keys() != _MEMBERS or type(members["v"]) is not int or members["v"] != FORMAT:
        raise _malformed("members")
    root, listed, marks, newest = (members[name] for name in ("root", "status_lists", "marks", "newest"))
    if not isinstance(root, dict) or not isinstance(listed, list) or not isinstance(marks, list):
        raise _malformed("root, status_lists or marks")
    if type(newest) is not int or not 0 <= newest <= LATEST:
        raise _malformed("newest")
    origin, pin = (_thumbprint(members, name) for name in ("origin", "pin"))
    empty = TrustState(origin, pin, root, None, "", {}, {}, dict(map(_read_mark, marks)), newest)
    token = members["keys"]
    if not isinstance(token, str):
        raise _malformed("keys")
    if len(empty.marks) != len(marks):
        raise _malformed("marks")
    if not token:
        if root or listed or marks:
            raise _malformed("keys")
        return empty
    return _with_tokens(empty, token, listed)


def _with_tokens(empty: TrustState, token: str, listed: list[object]) -> TrustState:
    key_set = prove_key_set(token, empty.root, empty.pin)
    lists, tokens = {}, {}
    for item in listed:
        if not isinstance(item, str):
            raise _malformed("status_lists")
        status_list = prove_status_list(item, key_set)
        mark = empty.marks.get((status_list.uri, status_list.kid))
        if status_list.uri in lists or mark != mark_of(item, status_list):
            raise _malformed("status_lists")
        lists[status_list.uri], tokens[status_list.uri] = status_list, item
    return empty._replace(key_set=key_set, key_set_token=token, lists=lists, tokens=tokens)


def _thumbprint(members: Mapping[str, object], name: str) -> str:
    text = members[name]
    if not isinstance(text, str) or len(b64url_decode(text)) != 32:
        raise _malformed(name)
    return text


def _read_mark(text: object) -> tuple[tuple[str, str], Mark]:
    """One mark with its URI and kid, in the one spelling that `encode_state` gives it."""
    parts = text.split(" ") if isinstance(text, str) else []
    if len(parts) != 6:
        raise _malformed("marks")
    uri, kid, *numbers, digest = parts
    if not is_uri(uri) or len(kid) != 43 or len(digest) != 43:
        raise _malformed("marks")
    b64url_decode(kid)
    b64url_decode(digest)
    issued_at, expires_at, version = map(_number, numbers)
    return (uri, kid), Mark(issued_at, expires_at, version, digest)


def _number(text: str) -> int:
    """The whole number from 1 to LATEST, written without sign or leading zero."""
    if not text.isascii() or not text.isdigit() or len(text) > 12 or text[0] == "0" or int(text) > LATEST:
        raise _malformed("marks")
    return int(text)


def _malformed(detail: str) -> VerificationError:
    return VerificationError("trust_store_malformed", detail)
