"""Page tokens: where a list goes on, bound to what was listed (AIP-158).

A token grants nothing: it is read together with the caller's own scope, so it is not signed. Anyone can make one,
so what is read from it is checked like any other field.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import orjson

from certsvc.core.errors import InvalidRequest, VerificationError
from certsvc.core.jose import b64url_decode, b64url_encode
from certsvc.core.model import CertificateStatus, Identifier
from certsvc.server.requests import SERIAL
from certsvc.service.records import CertificateRecord

DEFAULT_SIZE = 50
MAX_SIZE = 1000

_HEAD = struct.Struct(">B8sq")
_VERSION = 1
_MAX_TOKEN = 108  # characters: the head and a serial of 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Key = tuple[datetime, str]


def page_size(asked: int) -> int:
    """The number of entries to give. Raises InvalidRequest if negative."""
    if asked < 0:
        raise InvalidRequest("page_size", "write a number that is not negative")
    return min(asked or DEFAULT_SIZE, MAX_SIZE)


def filter_mark(scope: str | None, identifier: Identifier | None, status: CertificateStatus | None) -> bytes:
    """Eight bytes that differ for different lists."""
    parts = [scope, str(identifier) if identifier else None, status.value if status else None]
    return sha256(orjson.dumps(parts)).digest()[:8]


def encode_token(last: CertificateRecord, mark: bytes) -> str:
    """The token of the page after `last`."""
    micros = (last.issued_at - _EPOCH) // _MICROSECOND
    return b64url_encode(_HEAD.pack(_VERSION, mark, micros) + last.serial.encode())


def decode_token(token: str, mark: bytes) -> Key | None:
    """The key to go on after; None for the first page. Raises InvalidRequest for any token not made for this list."""
    if not token:
        return None
    key = _read(token, mark) if len(token) <= _MAX_TOKEN else None
    if key is None:
        raise InvalidRequest("page_token", "use next_page_token of the previous answer, with the same filters")
    return key


def _read(token: str, mark: bytes) -> Key | None:
    try:
        data = b64url_decode(token)
        version, marked, micros = _HEAD.unpack_from(data)
        issued_at, serial = _EPOCH + timedelta(microseconds=micros), data[_HEAD.size :].decode("ascii")
    except (VerificationError, ValueError, OverflowError, struct.error):
        return None
    if version != _VERSION or marked != mark or issued_at < _EPOCH or not SERIAL.fullmatch(serial):
        return None
    return issued_at, serial
