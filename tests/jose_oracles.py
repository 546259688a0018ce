"""Other people's JOSE libraries, which must agree with every token that our tests issue."""

from __future__ import annotations

import json
from collections.abc import Mapping

import jwt
from joserfc import jws
from joserfc.jwk import ECKey
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]  # the package has no types
from jwcrypto.jws import JWS  # type: ignore[import-untyped]  # the same

from certsvc.core.jose import b64url_decode

_REGISTRY = jws.JWSRegistry(algorithms=["ES256"])
_REGISTRY.max_payload_length = 8 << 20  # its own limit is below that of our status lists


def assert_oracles_agree(token: str, jwk: Mapping[str, object]) -> None:
    """PyJWT, joserfc and jwcrypto all verify this token under this public JWK and read the payload that we read."""
    text = token.removesuffix("~")
    payload = b64url_decode(text.split(".")[1])
    plain: dict[str, str | list[str]] = {name: str(jwk[name]) for name in ("kty", "crv", "x", "y")}
    assert jwt.PyJWS().decode(text, jwt.PyJWK(plain, algorithm="ES256"), algorithms=["ES256"]) == payload
    assert jws.deserialize_compact(text, ECKey.import_key(plain), registry=_REGISTRY).payload == payload
    other = JWS()
    other.deserialize(text, JWK.from_json(json.dumps(plain)), alg="ES256")
    assert other.payload == payload
