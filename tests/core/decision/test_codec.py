"""A stored decision comes back whole; bytes that were never written are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.decision.codec import decode_decision, encode_decision
from certsvc.core.errors import MalformedRecord
from certsvc.core.model import CertificateKind, Decision, Reason, Result, SizeClass, Text
from tests.situations import clear_findings, decide_on
from tests.strategies import decisions


@given(decisions())
def test_every_field_of_a_decision_comes_back(decision: Decision) -> None:
    data = encode_decision(decision)
    back = decode_decision(data)
    assert back == decision
    assert str(back.score) == str(decision.score)
    assert encode_decision(back) == data


def test_a_decision_recomputed_is_the_same_byte_for_byte() -> None:
    assert encode_decision(decide_on()) == encode_decision(decide_on(findings=clear_findings()[::-1]))


PLAIN = Decision(
    Result.GRANTED,
    date(2026, 6, 1),
    "costa_rica/2026-01-01#sha256-x",
    kind=CertificateKind.FULL,
    size=SizeClass.MICRO,
    score=Decimal("12.00"),
    clear=(("tax", date(2026, 5, 31)),),
    valid_for=timedelta(days=365),
)
DAY = date(2027, 1, 1)
PROVISIONAL = replace(
    PLAIN,
    kind=CertificateKind.PROVISIONAL,
    unchecked=(("family_allowances", "fodesaf"),),
    effects=(("legal_persons_tax_exemption", DAY),),
)
BARRED = Decision(
    Result.REFUSED,
    date(2026, 6, 1),
    "costa_rica/2026-01-01#sha256-x",
    reasons=(Reason("BARRED_ARREARS", Text("es", "en"), Text("pague", "pay"), "art. 3", "tax", "hacienda"),),
)
GRANTED, REFUSED = encode_decision(PLAIN), encode_decision(BARRED)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        GRANTED + b" ",
        GRANTED.replace(b'"v":1', b'"v":2'),
        GRANTED.replace(b'"v":1', b'"v":1,"more":1'),
        GRANTED.replace(b'"GRANTED"', b'"REFUSED"'),
        GRANTED.replace(b'"GRANTED"', b'"MAYBE"'),
        GRANTED.replace(b'"FULL"', b"null"),
        GRANTED.replace(b'"12.00"', b"12.00"),
        GRANTED.replace(b'"12.00"', b'"NaN"'),
        GRANTED.replace(b'"valid_for":', b'"valid_for":0.'),
        GRANTED.replace(b'"valid_for":', b'"valid_for":99999999'),
        GRANTED.replace(b',"appeal_until":null', b""),
        REFUSED.replace(b'"reasons":[[', b'"reasons":[['[:-1] + b'["extra",'),
        REFUSED.replace(b'"result":"REFUSED"', b'"result":"GRANTED"'),
    ],
)
def test_bytes_that_were_never_written_are_refused(data: bytes) -> None:
    assert data not in (GRANTED, REFUSED)
    with pytest.raises(MalformedRecord):
        decode_decision(data)


def test_what_the_first_version_can_say_keeps_its_bytes_for_ever() -> None:
    assert encode_decision(PLAIN) == (
        b'{"v":1,"result":"GRANTED","on":"2026-06-01","rule_set":"costa_rica/2026-01-01#sha256-x","kind":"FULL",'
        b'"size":"MICRO","score":"12.00","reasons":[],"clear":[["tax","2026-05-31"]],"valid_for":31536000000000,'
        b'"appeal_until":null}'
    )
    assert encode_decision(BARRED) == (
        b'{"v":1,"result":"REFUSED","on":"2026-06-01","rule_set":"costa_rica/2026-01-01#sha256-x","kind":null,'
        b'"size":null,"score":null,"reasons":[["BARRED_ARREARS","tax","hacienda","es","en","pague","pay","art. 3"]],'
        b'"clear":[],"valid_for":null,"appeal_until":null}'
    )


@pytest.mark.parametrize(
    "decision",
    [
        PROVISIONAL,
        replace(PROVISIONAL, effects=()),
        replace(PLAIN, effects=PROVISIONAL.effects),
        replace(BARRED, reasons=(replace(BARRED.reasons[0], since=DAY), BARRED.reasons[0])),
    ],
    ids=["unchecked and effects", "unchecked", "effects", "since"],
)
def test_only_what_the_first_version_cannot_say_makes_version_2(decision: Decision) -> None:
    data = encode_decision(decision)
    record = json.loads(data)
    assert (record["v"], list(record)[-2:]) == (2, ["unchecked", "effects"])
    assert decode_decision(data) == decision
    with pytest.raises(MalformedRecord):
        decode_decision(data.replace(b'"v":2', b'"v":1'))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":2', b'"v":3'),
        (b'[["family_allowances","fodesaf"]]', b"[]"),
        (b'[["family_allowances","fodesaf"]]', b'{"family_allowances":"fodesaf"}'),
        (b'[["family_allowances","fodesaf"]]', b'[["family_allowances"]]'),
        (b'[["family_allowances","fodesaf"]]', b'[["family_allowances",null]]'),
        (b'"PROVISIONAL"', b'"FULL"'),
        (b'"2027-01-01"', b'"20270101"'),
        (b'"2027-01-01"', b'""'),
        (b'"2027-01-01"', b"null"),
        (b',"effects":[["legal_persons_tax_exemption","2027-01-01"]]', b""),
    ],
)
def test_version_2_has_one_spelling_too(old: bytes, new: bytes) -> None:
    good = encode_decision(PROVISIONAL)
    assert old in good
    with pytest.raises(MalformedRecord):
        decode_decision(good.replace(old, new))


def test_version_2_is_refused_where_version_1_would_do() -> None:
    assert encode_decision(PLAIN).endswith(b'"appeal_until":null}')
    data = encode_decision(PLAIN).replace(b'"v":1', b'"v":2')[:-1] + b',"unchecked":[],"effects":[]}'
    with pytest.raises(MalformedRecord):
        decode_decision(data)


@given(st.integers(0, len(GRANTED) - 1), st.integers(0, 255))
def test_one_changed_byte_is_refused_or_is_another_decision(position: int, byte: int) -> None:
    data = GRANTED[:position] + bytes([byte]) + GRANTED[position + 1 :]
    try:
        read = decode_decision(data)
    except MalformedRecord:
        return
    assert encode_decision(read) == data
