"""npm jose agrees with every kind of token that we issue."""

from __future__ import annotations

from tests.trust_kit import TrustKit, twin
from tests.verifier.conftest import Verifier

KIT = TrustKit()


def test_npm_jose_verifies_every_kind_of_token(npm_jose: Verifier) -> None:
    pairs = [
        (KIT.certificate(), KIT.certificates.jwk),
        (twin(KIT.certificate()), KIT.certificates.jwk),
        (KIT.status_list({1: 1, 2: 2}), KIT.statuses.jwk),
        (KIT.key_set_token(), KIT.root.jwk),
    ]
    assert npm_jose(pairs) == [{"payload": token.split(".")[1]} for token, _ in pairs]


def test_npm_jose_refuses_a_token_under_another_key(npm_jose: Verifier) -> None:
    assert npm_jose([(KIT.certificate(), KIT.statuses.jwk)]) == [{"error": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}]
