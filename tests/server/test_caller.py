"""A caller is who its certificate says, read strictly."""

from __future__ import annotations

import pytest

from certsvc.server.access import Role
from certsvc.server.caller import Caller, by_certificate
from certsvc.server.errors import CallerUnknown

identify = by_certificate("certsvc.example")


def test_the_identity_names_role_and_caller() -> None:
    caller = identify({"peer_spiffe_id": [b"spiffe://certsvc.example/programme/siec"]})
    assert caller == Caller(Role.PROGRAMME, "siec")
    assert caller.id == "programme/siec"


def test_only_operators_and_auditors_see_what_is_others() -> None:
    assert {role for role in Role if Caller(role, "x").scope is None} == {Role.OPERATOR, Role.AUDITOR}


@pytest.mark.parametrize(
    "uris",
    [
        [],
        [b"spiffe://certsvc.example/programme/a", b"spiffe://certsvc.example/operator/a"],
        [b"spiffe://other.example/programme/siec"],
        [b"spiffe://certsvc.example.evil/programme/siec"],
        [b"spiffe://certsvc.example/root/siec"],
        [b"spiffe://certsvc.example/PROGRAMME/siec"],
        [b"spiffe://certsvc.example/programme/"],
        [b"spiffe://certsvc.example/programme/a/b"],
        [b"spiffe://certsvc.example/programme/a\n"],
        [b"spiffe://certsvc.example/programme/\xff"],
        [b"https://certsvc.example/programme/siec"],
        [b"spiffe://certsvc.example/programme/" + b"a" * 64],
    ],
)
def test_anything_else_is_nobody(uris: list[bytes]) -> None:
    with pytest.raises(CallerUnknown):
        identify({"peer_spiffe_id": uris})


def test_a_common_name_is_no_identity() -> None:
    with pytest.raises(CallerUnknown):
        identify({"x509_common_name": [b"programme/siec"]})
