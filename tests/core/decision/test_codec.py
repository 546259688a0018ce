"""A stored decision comes back whole; bytes that were never written are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.decision.codec import decode_decision, encode_decision
from certsvc.core.errors import MalformedRecord
from certsvc.core.model import Decision
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


GRANTED = encode_decision(decide_on())
REFUSED = encode_decision(decide_on(known=()))


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


@given(st.integers(0, len(GRANTED) - 1), st.integers(0, 255))
def test_one_changed_byte_is_refused_or_is_another_decision(position: int, byte: int) -> None:
    data = GRANTED[:position] + bytes([byte]) + GRANTED[position + 1 :]
    try:
        read = decode_decision(data)
    except MalformedRecord:
        return
    assert encode_decision(read) == data
