"""The same evidence has one spelling, whatever its order; other bytes are refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.account import Account
from certsvc.core.canonical import CAP
from certsvc.core.errors import MalformedRecord
from certsvc.core.evidence import decode_evidence, digest, encode_evidence, in_order
from certsvc.core.model import DECLARED, Evidence, Fact, FactName, Finding, Source
from certsvc.core.outcome import Outcome
from tests.situations import SMALL_FACTS, clear_findings
from tests.strategies import evidence, findings

SAMPLE = Evidence(clear_findings(), SMALL_FACTS)


@given(evidence)
def test_evidence_comes_back_whole_and_sorted(given_evidence: Evidence) -> None:
    data = encode_evidence(given_evidence)
    back = decode_evidence(data)
    assert len(back.findings) == len(given_evidence.findings)
    assert set(back.findings) == set(in_order(given_evidence).findings)
    assert len(back.facts) == len(given_evidence.facts)
    assert set(back.facts) == set(given_evidence.facts)
    assert back.switched == tuple(sorted(given_evidence.switched))
    assert encode_evidence(back) == data


@given(evidence, st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_the_order(given_evidence: Evidence, random: Random) -> None:
    shuffled_findings, shuffled_facts = list(given_evidence.findings), list(given_evidence.facts)
    random.shuffle(shuffled_findings)
    random.shuffle(shuffled_facts)
    shuffled = Evidence(tuple(shuffled_findings), tuple(shuffled_facts), given_evidence.switched[::-1])
    assert digest(encode_evidence(shuffled)) == digest(encode_evidence(given_evidence))


@given(findings, findings)
def test_different_findings_have_different_bytes(one: Finding, other: Finding) -> None:
    one, other = (in_order(Evidence((finding,))).findings[0] for finding in (one, other))
    assert (encode_evidence(Evidence((one,))) == encode_evidence(Evidence((other,)))) == (one == other)


FIRST = Evidence(
    (
        Finding("tax", "hacienda", Outcome.CLEAR, datetime(2026, 6, 1, 18, tzinfo=UTC)),
        Finding(
            "social_security",
            "ccss",
            Outcome.BARRED_ARREARS,
            datetime(2026, 6, 1, 18, 0, 0, 5, tzinfo=UTC),
            date(2026, 5, 31),
            (Outcome.BARRED_NOT_REGISTERED,),
        ),
    ),
    (
        Fact(FactName.ZONE, "norte", DECLARED),
        Fact(FactName.NAME, "ÑANDÚ", "ccss", date(2026, 5, 31)),
        Fact(FactName.HEAD_COUNT, Decimal("6.50"), DECLARED),
    ),
)
FIRST_BYTES = (
    b'{"v":1,"findings":[["social_security","ccss","BARRED_ARREARS","2026-06-01T18:00:00.000005+00:00","2026-05-31",'
    b'["BARRED_NOT_REGISTERED"]],["tax","hacienda","CLEAR","2026-06-01T18:00:00.000000+00:00","",[]]],'
    b'"facts":[["head_count","6.5","declared",""],["name","\\u00d1AND\\u00da","ccss","2026-05-31"],'
    b'["zone","norte","declared",""]]}'
)


def test_what_the_first_version_can_say_keeps_its_bytes_and_its_digest_for_ever() -> None:
    assert encode_evidence(FIRST) == FIRST_BYTES
    assert in_order(FIRST) == decode_evidence(FIRST_BYTES)


def test_an_account_makes_version_2_with_a_seventh_cell_in_every_finding() -> None:
    tax, social = FIRST.findings
    data = encode_evidence(Evidence((replace(tax, account=Account(registered_on=date(1999, 12, 31))), social)))
    record = json.loads(data)
    assert record["v"] == 2
    assert [finding[6] for finding in record["findings"]] == [[], ["1999-12-31", [], [], "", "", []]]


def test_an_empty_account_is_not_the_same_as_none() -> None:
    (tax, _) = FIRST.findings
    empty = Evidence((replace(tax, account=Account()),))
    assert decode_evidence(encode_evidence(empty)).findings[0].account == Account()
    assert encode_evidence(empty) != encode_evidence(Evidence((tax,)))


@given(evidence)
def test_only_a_source_other_than_asking_or_a_switch_makes_version_3(given_evidence: Evidence) -> None:
    needed = given_evidence.switched or any(f.source is not Source.ASKED for f in given_evidence.findings)
    version = json.loads(encode_evidence(given_evidence))["v"]
    assert (version == 3) == bool(needed)
    plain = Evidence(tuple(replace(f, source=Source.ASKED) for f in given_evidence.findings), given_evidence.facts)
    record = json.loads(encode_evidence(plain))
    assert record.keys() == {"v", "findings", "facts"}
    accounts = any(f.account is not None for f in plain.findings)
    assert record["v"] == (2 if accounts or any(f.name.value not in FIRST_FACTS for f in plain.facts) else 1)


THIRD = Evidence(
    (replace(FIRST.findings[0], source=Source.EVENT), replace(FIRST.findings[1], account=Account())),
    (),
    (("ins", "refuse"), ("ccss", "provisional")),
)
THIRD_BYTES = (
    b'{"v":3,"findings":[["social_security","ccss","BARRED_ARREARS","2026-06-01T18:00:00.000005+00:00","2026-05-31",'
    b'["BARRED_NOT_REGISTERED"],["",[],[],"","",[]],"asked"],["tax","hacienda","CLEAR",'
    b'"2026-06-01T18:00:00.000000+00:00","",[],[],"event"]],"facts":[],"switched":[["ccss","provisional"],["ins","refuse"]]}'
)


def test_version_3_has_the_source_of_every_finding_and_what_is_switched() -> None:
    assert encode_evidence(THIRD) == THIRD_BYTES
    assert decode_evidence(THIRD_BYTES) == in_order(THIRD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":3', b'"v":2'),
        (b'"event"', b'"asked"'),
        (b'"event"', b'"rumour"'),
        (b'[["ccss","provisional"],["ins","refuse"]]', b'[["ins","refuse"],["ccss","provisional"]]'),
        (b'["ins","refuse"]', b'["ccss","refuse"]'),
        (b'["ins","refuse"]', b'["ins"]'),
        (b'["ins","refuse"]', b'["ins",1]'),
        (b',"switched":[["ccss","provisional"],["ins","refuse"]]', b""),
        (b'[["ccss","provisional"],["ins","refuse"]]', b"[]"),
        (b'[["ccss","provisional"],["ins","refuse"]]', b"{}"),
    ],
)
def test_version_3_in_another_spelling_is_other_evidence_or_none(old: bytes, new: bytes) -> None:
    changed = THIRD_BYTES.replace(old, new)
    assert changed != THIRD_BYTES
    try:
        read = decode_evidence(changed)
    except MalformedRecord:
        return
    assert encode_evidence(read) == changed
    assert read != in_order(THIRD)


def test_an_agency_is_switched_to_one_mode_at_a_time() -> None:
    twice = Evidence((), (), (("ccss", "refuse"), ("ccss", "pending")))
    for write in (encode_evidence, in_order):
        with pytest.raises(ValueError, match="one mode"):
            write(twice)


FIRST_FACTS = {"name", "head_count", "net_sales", "fixed_assets", "total_assets", "sector", "zone"}
A_VALUE: dict[type, Decimal | str | date] = {Decimal: Decimal(3), str: "x", date: date(2001, 2, 3)}


@pytest.mark.parametrize("name", FactName)
def test_a_fact_that_the_first_version_does_not_know_makes_version_2(name: FactName) -> None:
    known = Evidence((), (Fact(name, A_VALUE[name.kind.value], DECLARED),))
    data = encode_evidence(known)
    assert json.loads(data)["v"] == (1 if name.value in FIRST_FACTS else 2)
    assert decode_evidence(data) == known


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":2', b'"v":1'),
        (b'"2001-02-03"', b'"20010203"'),
        (b'"2001-02-03"', b'"2001-02-30"'),
        (b'"2001-02-03"', b'""'),
        (b'"2001-02-03"', b"20010203"),
        (b'"registered_on"', b'"zone"'),
        (b'"registered_on"', b'"head_count"'),
    ],
)
def test_a_day_or_a_version_in_another_spelling_is_refused(old: bytes, new: bytes) -> None:
    good = encode_evidence(Evidence((), (Fact(FactName.REGISTERED_ON, date(2001, 2, 3), DECLARED),)))
    assert old in good
    with pytest.raises(MalformedRecord):
        decode_evidence(good.replace(old, new))


def test_equal_numbers_and_instants_have_one_spelling() -> None:
    def of(number: str, at: datetime) -> bytes:
        finding = Finding("tax", "hacienda", Outcome.CLEAR, at)
        return encode_evidence(Evidence((finding,), (Fact(FactName.NET_SALES, Decimal(number), DECLARED),)))

    noon = datetime(2026, 6, 1, 18, tzinfo=UTC)
    local = noon.astimezone(timezone(timedelta(hours=-6)))
    assert of("1200", noon) == of("1200.00", local) == of("12E2", noon)
    assert of("0", noon) == of("-0.0", noon)
    assert of("0.1", noon) != of("0.10000000000000000000000000000000000001", noon)


def test_the_digest_is_sha_256_of_the_bytes() -> None:
    data = encode_evidence(SAMPLE)
    assert digest(data) == hashlib.sha256(data).digest()


def test_the_bytes_are_plain_json_without_floats() -> None:
    assert json.loads(encode_evidence(SAMPLE), parse_float=pytest.fail)["facts"][0] == [
        "head_count",
        "6",
        "declared",
        "",
    ]


def test_half_a_surrogate_pair_from_an_agency_can_be_recorded() -> None:
    odd = Evidence((), (Fact(FactName.NAME, "\ud800 S.A.", "ccss"),))
    assert decode_evidence(encode_evidence(odd)) == odd


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity"])
def test_a_number_that_is_not_finite_is_never_recorded(number: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        encode_evidence(Evidence((), (Fact(FactName.HEAD_COUNT, Decimal(number), DECLARED),)))


FIRST_INSTANT, END = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def seen(at: datetime) -> Evidence:
    return Evidence((Finding("tax", "hacienda", Outcome.CLEAR, at),))


@pytest.mark.parametrize("at", [FIRST_INSTANT, END - INSTANT])
def test_the_first_and_the_last_instant_that_can_be_recorded(at: datetime) -> None:
    assert decode_evidence(encode_evidence(seen(at))) == seen(at)


@pytest.mark.parametrize(
    "at",
    [
        FIRST_INSTANT - INSTANT,
        END,
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
    ],
)
def test_an_instant_that_may_have_no_day_in_some_zone_is_never_recorded(at: datetime) -> None:
    for write in (encode_evidence, in_order):
        with pytest.raises(ValueError, match="1990 to 2199"):
            write(seen(at))


@pytest.mark.parametrize("at", ["0001-01-01", "1989-12-31", "2200-01-01", "9999-12-31"])
def test_a_record_of_an_instant_at_the_edge_of_the_calendar_is_refused(at: str) -> None:
    good = encode_evidence(seen(datetime(2026, 6, 1, tzinfo=UTC)))
    with pytest.raises(MalformedRecord):
        decode_evidence(good.replace(b"2026-06-01", at.encode()))


def test_a_finding_without_zone_cannot_exist() -> None:
    with pytest.raises(ValueError, match="zone"):
        Finding("tax", "hacienda", Outcome.CLEAR, datetime(2026, 6, 1))  # noqa: DTZ001  the very fault


GOOD = encode_evidence(SAMPLE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 10_000,
        b" " + GOOD,
        GOOD + b"\n",
        GOOD.replace(b'"v":1', b'"v":2'),
        GOOD.replace(b'"v":1', b'"v":true'),
        GOOD.replace(b'"v":1', b'"v":1,"w":1'),
        GOOD.replace(b'{"v":1', b'{"v":1,"v":1'),
        GOOD.replace(b'"CLEAR"', b'"CLEARED"', 1),
        GOOD.replace(b'"head_count","6"', b'"head_count","6.0"'),
        GOOD.replace(b'"head_count","6"', b'"head_count",6'),
        GOOD.replace(b'"head_count","6"', b'"head_count","six"'),
        GOOD.replace(b'"head_count","6"', b'"head_count","NaN"'),
        GOOD.replace(b'"head_count","6"', b'"head_count","1E+999999999999999999999"'),
        GOOD.replace(b"+00:00", b"", 1),
        GOOD.replace(b"+00:00", b"Z", 1),
        GOOD.replace(b"2026-06-01T", b"2026-6-1T", 1),
        GOOD.replace(b',[]],["social', b'],["social'),
        GOOD.replace(b'"tax"', b'"aaa"'),  # out of order
        b"1" * (CAP + 1),
    ],
)
def test_bytes_that_were_never_written_are_refused(data: bytes) -> None:
    assert data != GOOD
    with pytest.raises(MalformedRecord):
        decode_evidence(data)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()))
def test_any_bytes_give_evidence_or_malformed_record(data: bytes) -> None:
    with pytest.raises(MalformedRecord):
        decode_evidence(data)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_one_changed_byte_is_refused_or_is_other_evidence(position: int, byte: int) -> None:
    data = GOOD[:position] + bytes([byte]) + GOOD[position + 1 :]
    try:
        read = decode_evidence(data)
    except MalformedRecord:
        return
    assert encode_evidence(read) == data


@given(evidence)
def test_evidence_in_order_is_what_is_read_back_from_the_books(given_evidence: Evidence) -> None:
    ordered = in_order(given_evidence)
    read_back = decode_evidence(encode_evidence(given_evidence))
    assert ordered == read_back
    assert [str(f.value) for f in ordered.facts] == [str(f.value) for f in read_back.facts]
    assert [repr(f.account) for f in ordered.findings] == [repr(f.account) for f in read_back.findings]
