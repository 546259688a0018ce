"""A certificate says what the decision says, and has passed our own verifier."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from certsvc.core.certificate import Claims, read_certificate
from certsvc.core.errors import SigningFailed
from certsvc.core.model import CertificateKind, Decision, Enterprise, Evidence, Identifier, Result, SizeClass
from certsvc.service.mint import Mint
from certsvc.system import SystemEntropy
from tests.service.conftest import Publishing
from tests.trust_kit import ISSUER, NOW

FIRM = Enterprise((Identifier("cr.cedula_juridica", "3101123456"),))


def a_grant(
    kind: CertificateKind = CertificateKind.FULL,
    unchecked: tuple[tuple[str, str], ...] = (),
    effects: tuple[tuple[str, date], ...] = (),
) -> Decision:
    return Decision(
        Result.GRANTED,
        date(2026, 11, 5),
        "costa_rica/2026-01-01#sha256-x",
        kind=kind,
        size=SizeClass.MICRO,
        score=Decimal("12.00"),
        clear=(("tax", date(2026, 10, 31)),),
        valid_for=timedelta(days=90),
        unchecked=unchecked,
        effects=effects,
    )


async def minted(publishing: Publishing, decision: Decision) -> Claims:
    store = await publishing.store()
    publish = publishing.publisher(store)
    mint = Mint(
        issuer=ISSUER,
        keys=publishing.kit.keys(),
        store=store,
        entropy=SystemEntropy(),
        ensure_list=publish.ensure_list,
        list_uri=publish.list_uri,
    )
    made = await mint(FIRM, Evidence(()), decision, datetime.fromtimestamp(NOW, UTC))
    return read_certificate(made.token, publishing.kit.key_set(), NOW)


async def test_a_full_certificate_leaves_nothing_unchecked_and_may_open_nothing(publishing: Publishing) -> None:
    claims = await minted(publishing, a_grant())
    assert (claims.kind, claims.unchecked, claims.effects) == ("FULL", (), ())


async def test_a_provisional_certificate_names_what_is_unchecked_and_what_it_opens(publishing: Publishing) -> None:
    unchecked = (("family_allowances", "fodesaf"), ("levy", "north"), ("levy", "south"), ("work_injury", "ins"))
    effects = (("legal_persons_tax_exemption", date(2027, 1, 1)), ("credit", date(2026, 11, 5)))
    claims = await minted(publishing, a_grant(CertificateKind.PROVISIONAL, unchecked, effects))
    assert (claims.kind, claims.unchecked) == ("PROVISIONAL", unchecked)
    assert claims.effects == (("legal_persons_tax_exemption", "2027-01-01"), ("credit", "2026-11-05"))


async def test_a_name_that_verifiers_would_refuse_is_never_issued(publishing: Publishing) -> None:
    decision = a_grant(CertificateKind.PROVISIONAL, (("family_allowances", "The Fund"),))
    with pytest.raises(SigningFailed, match="malformed_claim"):
        await minted(publishing, decision)
