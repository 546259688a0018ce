"""The JOSE core: compact JWS with ES256 and nothing else (RFC 7515, 7517, 7518, 7638).

Invariants
- One token has one spelling: base64url without padding, without foreign characters, with zero unused bits.
- JSON is read strictly, as `certsvc.core.strictjson` has it.
- The header holds `alg`, `typ` and `kid` and no other member, so nothing in a token can choose a key or an algorithm.
- A payload is parsed by nobody before its signature is proved.
- Only VerificationError leaves the reading functions.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from certsvc.core.errors import SigningFailed, VerificationError
from certsvc.core.strictjson import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "ALG",
    "LATEST",
    "Signer",
    "b64url_decode",
    "b64url_encode",
    "joined",
    "public_jwk",
    "public_key",
    "read_json",
    "sha256",
    "sign",
    "signing_input",
    "thumbprint",
    "verify",
    "verify_with_kid",
    "write_json",
]

ALG = "ES256"
MAX_HEADER = 512
"""Characters of the header's segment; ours have about 120."""
LATEST = 253_402_300_799
"""The last second of the year 9999: no time in a token may be later."""

_ES256 = ec.ECDSA(SHA256())
_CURVE = ec.SECP256R1()
_ORDER = bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
_ZERO = bytes(32)
_HEADER_MEMBERS = frozenset({"alg", "typ", "kid"})
# Members of a JWK that belong to a private or symmetric key (RFC 7518, sections 6.2.2, 6.3.2 and 6.4).
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

# The standard alphabet and the padding sign become "!", which strict decoding refuses.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")
_PADDING = (b"", b"===", b"==", b"=")
# The characters that may end a text whose length leaves 2 or 3 over a multiple of 4: their unused bits are zero.
_ENDINGS = ("", "", "AQgw", "AEIMQUYcgkosw048")


class Signer(Protocol):
    """A private key that signs by ES256."""

    @property
    def kid(self) -> str:
        """The RFC 7638 thumbprint of the public key."""
        ...

    def sign(self, data: bytes) -> bytes:
        """64 bytes r || s."""
        ...


def b64url_encode(data: bytes) -> str:
    """The base64url text without padding (RFC 7515, section 2)."""
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_FROM_STANDARD).decode("ascii")


def b64url_decode(text: str) -> bytes:
    """The bytes of a base64url text. Refuses padding, foreign characters and unused bits that are not zero."""
    left_over = len(text) & 3
    try:
        data = a2b_base64(text.encode("ascii").translate(_TO_STANDARD) + _PADDING[left_over], strict_mode=True)
    except ValueError:
        raise VerificationError("bad_base64url") from None
    if left_over and text[-1] not in _ENDINGS[left_over]:
        raise VerificationError("bad_base64url", "unused bits are not zero")
    return data


def sha256(data: bytes) -> bytes:
    """The SHA-256 of `data`; by the library that is loaded anyway, since hashlib costs start-up time."""
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize()


def thumbprint(jwk: Mapping[str, object]) -> str:
    """The RFC 7638 thumbprint of a P-256 key."""
    x, y = _coordinates(jwk)
    return b64url_encode(sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode("ascii")))


def public_key(jwk: Mapping[str, object]) -> ec.EllipticCurvePublicKey:
    """The key of a public P-256 JWK. Refuses private members, another use, and a point that is not on the curve."""
    x, y = _coordinates(jwk)
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise VerificationError("key_private")
    if jwk.get("alg", ALG) != ALG:
        raise VerificationError("key_alg")
    if jwk.get("use", "sig") != "sig" or jwk.get("key_ops", ["verify"]) != ["verify"]:
        raise VerificationError("key_use")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, b"\x04" + b64url_decode(x) + b64url_decode(y))
    except ValueError:
        raise VerificationError("key_not_on_curve") from None


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public JWK of a P-256 key: `kty`, `crv`, `x`, `y`. Raises ValueError for another curve."""
    if key.curve.name != _CURVE.name:
        raise ValueError("the key is not on P-256")
    numbers = key.public_numbers()
    x, y = (b64url_encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _coordinates(jwk: Mapping[str, object]) -> tuple[str, str]:
    """The x and y of a P-256 key, each 32 bytes in base64url."""
    if jwk.get("kty") != "EC":
        raise VerificationError("key_kty")
    if jwk.get("crv") != "P-256":
        raise VerificationError("key_crv")
    x, y = jwk.get("x"), jwk.get("y")
    if not isinstance(x, str) or not isinstance(y, str) or not len(x) == len(y) == 43:  # 32 bytes each
        raise VerificationError("key_coordinates")
    b64url_decode(x)
    b64url_decode(y)
    return x, y


@lru_cache(maxsize=64)
def _header_text(typ: str, kid: str) -> str:
    """The first segment of every token of this type by this key."""
    return b64url_encode(write_json({"alg": ALG, "typ": typ, "kid": kid}))


def sign(signer: Signer, typ: str, payload: bytes) -> str:
    """The compact JWS over exactly these bytes. Raises SigningFailed if the signer gives anything but 64 bytes."""
    unsigned = signing_input(typ, signer.kid, payload)
    return joined(unsigned, signer.sign(unsigned))


def signing_input(typ: str, kid: str, payload: bytes) -> bytes:
    """What is signed for a token of this type (RFC 7515, section 5.1)."""
    return f"{_header_text(typ, kid)}.{b64url_encode(payload)}".encode("ascii")


def joined(unsigned: bytes, signature: bytes) -> str:
    """The compact JWS of a signing input and its signature. Raises SigningFailed for anything but 64 bytes."""
    if len(signature) != 64:
        raise SigningFailed("the signer did not return 64 bytes")
    return f"{unsigned.decode('ascii')}.{b64url_encode(signature)}"


def verify(token: str, *, typ: str, key_of: Callable[[str], ec.EllipticCurvePublicKey], cap: int) -> bytes:
    """The payload of a token of this type, once its signature is proved by the key that `key_of` gives for its kid."""
    return verify_with_kid(token, typ=typ, key_of=key_of, cap=cap)[1]


def verify_with_kid(
    token: str, *, typ: str, key_of: Callable[[str], ec.EllipticCurvePublicKey], cap: int
) -> tuple[str, bytes]:
    """As `verify`, with the kid. `cap` is the longest token in characters; `key_of` refuses by VerificationError."""
    if len(token) > cap:
        raise VerificationError("too_large")
    parts = token.split(".", 3)
    if len(parts) != 3:
        raise VerificationError("not_three_parts")
    header_text, payload_text, signature_text = parts
    found_typ, kid = _header(header_text)
    if found_typ != typ:
        raise VerificationError("header_typ")
    key = key_of(kid)
    signature = _der(b64url_decode(signature_text))
    payload = b64url_decode(payload_text)
    if not payload:
        raise VerificationError("empty_payload")
    try:
        key.verify(signature, token[: len(header_text) + 1 + len(payload_text)].encode("ascii"), _ES256)
    except InvalidSignature:
        raise VerificationError("bad_signature") from None
    return kid, payload


# A key signs thousands of tokens under one header, so a header read once is known; errors are never kept.
@lru_cache(maxsize=64)
def _header(text: str) -> tuple[str, str]:
    """The `typ` and `kid` of a protected header that holds nothing else but `alg` ES256."""
    if len(text) > MAX_HEADER:
        raise VerificationError("header_too_large")
    members = read_json(b64url_decode(text))
    typ, kid = members.get("typ"), members.get("kid")
    if members.get("alg") != ALG:
        raise VerificationError("header_alg")
    if not isinstance(typ, str):
        raise VerificationError("header_typ")
    if not isinstance(kid, str) or not kid:
        raise VerificationError("header_kid")
    if members.keys() != _HEADER_MEMBERS:
        raise VerificationError("header_member")
    return typ, kid


def _der(signature: bytes) -> bytes:
    """The DER form (RFC 3279, section 2.2.3) of r || s, both within 1 and n - 1 (RFC 7518, section 3.4)."""
    if len(signature) != 64:
        raise VerificationError("signature_length")
    r, s = signature[:32], signature[32:]
    if not (_ZERO < r < _ORDER and _ZERO < s < _ORDER):  # texts of one length compare as numbers do
        raise VerificationError("signature_range")
    if r[0] and s[0]:
        return _DER[r[0] >> 7, s[0] >> 7] % (r, s)
    # One signature in 128 has a number that is shorter than 32 bytes.
    r, s = _integer(r), _integer(s)
    return b"\x30%c\x02%c%b\x02%c%b" % (len(r) + len(s) + 4, len(r), r, len(s), s)


# A number whose first bit is set has a zero byte before it, or it would be negative.
_DER = {
    (0, 0): b"\x30\x44\x02\x20%b\x02\x20%b",
    (0, 1): b"\x30\x45\x02\x20%b\x02\x21\x00%b",
    (1, 0): b"\x30\x45\x02\x21\x00%b\x02\x20%b",
    (1, 1): b"\x30\x46\x02\x21\x00%b\x02\x21\x00%b",
}


def _integer(number: bytes) -> bytes:
    """The shortest content of a positive DER INTEGER."""
    number = number.lstrip(b"\0")
    return b"\0" + number if number[0] & 0x80 else number
