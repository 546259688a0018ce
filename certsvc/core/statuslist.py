"""Status lists: two bits for each certificate, signed, dated and numbered (Token Status List, sections 4 to 7).

Invariants
- Entry i lies in byte i * bits // 8, the least significant bits first.
- 0 is valid; 1 is revoked, 2 is suspended; any other value is not valid.
- A list has at most SIZE entries, so inflates to at most MAX_BYTES, whatever its token claims.
- Nothing follows its zlib stream.
- `sub` is the URI that certificates name, ASCII and at most MAX_URI long; `ver` rises with every list of that URI.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from certsvc.core.errors import StaleTrust, VerificationError
from certsvc.core.jose import LATEST, b64url_decode, b64url_encode, read_json, verify_with_kid, write_json
from certsvc.core.keys import SKEW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certsvc.core.keys import KeySet

TYP = "statuslist+jwt"
CAP = 256 * 1024
"""Characters of a token: MAX_BYTES that cannot be compressed, in base64 twice, are 234,000."""
SIZE = 131_072
"""Entries of each list that we publish, and the most that a list may have."""
BITS = 2
"""The width that we publish; the standard's other widths are read, so that a later issuer may need more values."""
MAX_BYTES = SIZE
"""The most that a list may inflate to: SIZE entries of eight bits. Ours have 32 KiB."""
MAX_URI = 512
MAX_NOTICES_SAID = 1024
"""The highest number of notices that a list may speak of (`certsvc.core.notice.MAX_SEQ`)."""

VALID = 0
REVOKED = 1
SUSPENDED = 2

_NOT_IN_URI = frozenset(' "\\')


class StatusList(NamedTuple):
    """One list, as proved. Times are Unix seconds; `packed` holds the entries; `kid` is the key that signed.

    `notices` is how many notices the issuer had made by then: whoever brings fewer has taken some out.
    """

    uri: str
    version: int
    issued_at: int
    expires_at: int
    ttl: int
    bits: int
    packed: bytes
    kid: str
    notices: int = 0

    def value(self, index: int) -> int:
        """The entry at this index. Refuses an index outside the list."""
        bits = self.bits
        place = index * bits
        if not 0 <= place < len(self.packed) << 3:
            raise VerificationError("status_index_out_of_range")
        return self.packed[place >> 3] >> (place & 7) & ((1 << bits) - 1)

    def check_issued(self, at: int) -> None:
        """Refuses a list from the future."""
        if self.issued_at > at + SKEW:
            raise VerificationError("status_list_from_the_future")

    def check_fresh(self, at: int) -> None:
        """Refuses a list from the future; raises StaleTrust for one that has expired."""
        self.check_issued(at)
        if self.expires_at <= at:
            raise StaleTrust("status_list_expired")


def encode_status_list(
    entries: Mapping[int, int],
    *,
    uri: str,
    version: int,
    issued_at: int,
    expires_at: int,
    ttl: int,
    size: int = SIZE,
    notices: int = 0,
) -> bytes:
    """The payload of a list of `size` entries, for a status key to sign with `typ` TYP.

    `entries` maps an index to its value where it is not 0; times are Unix seconds, `ttl` seconds.
    Raises ValueError for an index or a value out of range.
    """
    listed = {"bits": BITS, "lst": b64url_encode(deflate(pack(entries, size)))}
    members: dict[str, object] = {"sub": uri, "iat": issued_at, "exp": expires_at, "ttl": ttl, "ver": version}
    if notices:
        members["notices"] = notices
    return write_json(members | {"status_list": listed})


def pack(entries: Mapping[int, int], size: int = SIZE) -> bytes:
    """The entries at two bits each, least significant first. Raises ValueError for what is out of range."""
    packed = bytearray((size * BITS + 7) // 8)
    for index, value in entries.items():
        if not 0 <= index < size or not 0 <= value <= 3:
            raise ValueError(f"no such entry: {index} = {value}")
        packed[index >> 2] |= value << ((index & 3) << 1)
    return bytes(packed)


def deflate(packed: bytes) -> bytes:
    """The smaller of two quick zlib streams: hardly longer than the slowest level makes it, in a hundredth of the time.

    Sparse lists are runs of zeros, which Z_RLE finds; crowded ones have no runs, and Z_HUFFMAN_ONLY does better.
    """
    streams = []
    for strategy in (zlib.Z_RLE, zlib.Z_HUFFMAN_ONLY):
        compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
        streams.append(compressor.compress(packed) + compressor.flush())
    return min(streams, key=len)


def inflate(stream: bytes) -> bytes:
    """The bytes of exactly one whole zlib stream, at most MAX_BYTES of them."""
    inflater = zlib.decompressobj()
    try:
        packed = inflater.decompress(stream, MAX_BYTES + 1)
    except zlib.error:
        raise VerificationError("status_list_zlib") from None
    if len(packed) > MAX_BYTES:
        raise VerificationError("status_list_too_large")
    if not inflater.eof:
        raise VerificationError("status_list_zlib", "the stream is cut off")
    if inflater.unused_data:
        raise VerificationError("status_list_trailing_bytes")
    return packed


def read_status_list(token: str, key_set: KeySet, at: int, uri: str | None = None) -> StatusList:
    """The list, proved and current at `at`, and the one of `uri` if given. Raises StaleTrust if it has expired."""
    status_list = prove_status_list(token, key_set)
    if uri is not None and status_list.uri != uri:
        raise VerificationError("status_list_subject")
    status_list.check_fresh(at)
    return status_list


def prove_status_list(token: str, key_set: KeySet) -> StatusList:
    """The list that a status key of this set has signed, whatever the time."""
    kid, payload = verify_with_kid(token, typ=TYP, key_of=key_set.status_key, cap=CAP)
    members = read_json(payload)
    uri = members.get("sub")
    if not isinstance(uri, str) or not is_uri(uri):
        raise VerificationError("status_list_malformed", "sub")
    version, issued_at, expires_at, ttl = (_whole(members, name) for name in ("ver", "iat", "exp", "ttl"))
    if expires_at <= issued_at:
        raise VerificationError("status_list_malformed", "exp")
    notices = members.get("notices", 0)
    if type(notices) is not int or not 0 <= notices <= MAX_NOTICES_SAID:
        raise VerificationError("status_list_malformed", "notices")
    key_set.check_in_force(kid, issued_at)
    bits, packed = _read_entries(members.get("status_list"))
    return StatusList(uri, version, issued_at, expires_at, ttl, bits, packed, kid, notices)


def _read_entries(listed: object) -> tuple[int, bytes]:
    if not isinstance(listed, dict):
        raise VerificationError("status_list_malformed", "status_list")
    bits, lst = listed.get("bits"), listed.get("lst")
    if type(bits) is not int or bits not in (1, 2, 4, 8):
        raise VerificationError("status_list_bits")
    if not isinstance(lst, str):
        raise VerificationError("status_list_malformed", "lst")
    packed = inflate(b64url_decode(lst))
    if len(packed) * 8 > SIZE * bits:
        raise VerificationError("status_list_too_large")
    return bits, packed


def is_uri(text: str) -> bool:
    """True for a text of bounded length without blanks, quotes, escapes and foreign characters (RFC 3986, section 2).

    A trust store keeps a URI for years, so a stolen status key must not make it long.
    """
    return 0 < len(text) <= MAX_URI and text.isascii() and text.isprintable() and _NOT_IN_URI.isdisjoint(text)


def _whole(members: Mapping[str, object], name: str) -> int:
    """The whole number from 1 to LATEST of this name."""
    value = members.get(name)
    if type(value) is not int or not 1 <= value <= LATEST:
        raise VerificationError("status_list_malformed", name)
    return value
