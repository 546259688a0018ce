"""What a caller declared and what an agency told come back from their columns as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.account import Account, Debt
from certsvc.core.errors import MalformedRecord
from certsvc.core.model import Enterprise, Evidence, Fact, FactName, Identifier
from certsvc.store.postgres import PostgresStore
from certsvc.store.rows import decode_payload, encode_payload
from tests.store import samples
from tests.strategies import facts

FIRM = Enterprise((Identifier("cr.cedula_juridica", "3101123456"),), "CAFE ÑANDÚ SA")
DECLARED = (
    Fact(FactName.HEAD_COUNT, Decimal("4.50"), "declared"),
    Fact(FactName.REGISTERED_ON, date(1987, 5, 4), "declared", date(2026, 1, 1)),
    Fact(FactName.FORMER_SIZE, "MICRO", "declared"),
)


@given(st.lists(facts(), max_size=5).map(tuple))
def test_what_was_declared_comes_back_in_its_order(declared: tuple[Fact, ...]) -> None:
    enterprise, back = decode_payload(encode_payload(FIRM, declared))
    assert (enterprise, back) == (FIRM, declared)
    assert [str(fact.value) for fact in back] == [str(fact.value) for fact in declared]


def test_a_payload_keeps_its_spelling_for_ever() -> None:
    assert encode_payload(FIRM, DECLARED) == (
        b'{"v":1,"identifiers":[["cr.cedula_juridica","3101123456"]],"name":"CAFE \\u00d1AND\\u00da SA",'
        b'"declared":[["head_count","4.50","declared",""],["registered_on","1987-05-04","declared","2026-01-01"],'
        b'["former_size","MICRO","declared",""]]}'
    )


@pytest.mark.parametrize("value", [b'"1987-02-30"', b'""', b'"yesterday"', b"1987", b"null"])
def test_a_day_that_was_never_written_is_refused(value: bytes) -> None:
    data = encode_payload(FIRM, DECLARED).replace(b'"1987-05-04"', value)
    with pytest.raises(MalformedRecord):
        decode_payload(data)


async def test_an_account_reads_back_equal_from_the_database(store: PostgresStore) -> None:
    application = samples.refused()
    (finding,) = application.evidence.findings
    account = Account(registered_on=date(1987, 5, 4), debts=(Debt(date(2025, 12, 31), Decimal("120.5")),))
    evidence = Evidence((replace(finding, account=account),), application.evidence.facts)
    reasons = tuple(replace(reason, since=date(2026, 2, 1)) for reason in application.decision.reasons)
    told = replace(application, evidence=evidence, decision=replace(application.decision, reasons=reasons))
    assert await store.record(told) == told
    assert await store.get_application(told.id) == told
