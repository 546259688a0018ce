"""Status lists: bits, bounds, signatures, dates."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core import jose, keys, statuslist
from certsvc.core.errors import StaleTrust, VerificationError
from certsvc.core.permutation import place
from certsvc.core.statuslist import SIZE, StatusList, deflate, inflate, pack, prove_status_list, read_status_list
from tests.jose_oracles import assert_oracles_agree
from tests.trust_kit import DAY, LIST_URI, NOW, TrustKit

KIT = TrustKit()
KEY_SET = KIT.key_set()


def reason_of(token: str, uri: str | None = None) -> str:
    with pytest.raises(VerificationError) as caught:
        read_status_list(token, KEY_SET, NOW, uri)
    return caught.value.reason


def listing(packed: bytes | None = None, **changes: Any) -> str:
    """A list signed by the genuine status key, with its payload changed; a value of None takes a member away."""
    listed: dict[str, Any] = {"bits": 2, "lst": jose.b64url_encode(zlib.compress(packed if packed else bytes(32)))}
    members = {"sub": LIST_URI, "iat": NOW - 60, "exp": NOW + DAY, "ttl": 43_200, "ver": 1, "status_list": listed}
    members = {name: value for name, value in (members | changes).items() if value is not None}
    return jose.sign(KIT.statuses, statuslist.TYP, jose.write_json(members))


def test_every_entry_reads_back_as_written() -> None:
    token = KIT.status_list({0: 1, 1: 2, 5: 3, SIZE - 1: 2})
    status_list = read_status_list(token, KEY_SET, NOW, LIST_URI)
    assert {i: v for i in range(SIZE) if (v := status_list.value(i))} == {0: 1, 1: 2, 5: 3, SIZE - 1: 2}
    assert (status_list.version, status_list.issued_at, status_list.ttl) == (5, NOW - 3600, 43_200)
    assert_oracles_agree(token, KIT.statuses.jwk)


def test_least_significant_bits_come_first() -> None:
    """The example of Token Status List, section 4.1, for two bits."""
    values = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    packed = pack(dict(enumerate(values)), len(values))
    assert packed == bytes([0xC9, 0x44, 0xF9])


@given(st.dictionaries(st.integers(0, 999), st.integers(0, 3)))
def test_packing_loses_nothing(entries: dict[int, int]) -> None:
    packed = inflate(deflate(pack(entries, 1000)))
    status_list = StatusList("u", 1, 1, 2, 1, 2, packed, "k")
    assert all(status_list.value(i) == entries.get(i, 0) for i in range(1000))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_all_widths_of_the_standard_are_read(bits: int) -> None:
    token = listing(
        bytes([0b0000_0001, 0]), status_list={"bits": bits, "lst": jose.b64url_encode(zlib.compress(b"\1\0"))}
    )
    status_list = read_status_list(token, KEY_SET, NOW)
    assert [status_list.value(i) for i in range(16 // bits)] == [1] + [0] * (16 // bits - 1)


@pytest.mark.parametrize("bits", [0, 3, 16, -1, True, "2", 2.0, None])
def test_rejects_other_widths(bits: object) -> None:
    token = listing(status_list={"bits": bits, "lst": jose.b64url_encode(zlib.compress(b"\0"))})
    assert reason_of(token) == "status_list_bits"


@pytest.mark.parametrize("index", [-1, 128, 2**70])
def test_rejects_an_index_out_of_range(index: int) -> None:
    status_list = read_status_list(listing(), KEY_SET, NOW)
    with pytest.raises(VerificationError, match="status_index_out_of_range"):
        status_list.value(index)


def test_rejects_a_bomb_without_inflating_it() -> None:
    bomb = zlib.compress(bytes(64 * 1024 * 1024), 9)
    assert len(bomb) < 70_000
    with pytest.raises(VerificationError, match="status_list_too_large"):
        inflate(bomb)


def test_a_list_may_inflate_to_the_ceiling_and_not_a_byte_more() -> None:
    assert len(inflate(zlib.compress(bytes(statuslist.MAX_BYTES)))) == statuslist.MAX_BYTES
    with pytest.raises(VerificationError, match="status_list_too_large"):
        inflate(zlib.compress(bytes(statuslist.MAX_BYTES + 1)))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_list_has_as_many_entries_as_ours_at_most_whatever_their_width(bits: int) -> None:
    def of(size: int) -> str:
        return listing(status_list={"bits": bits, "lst": jose.b64url_encode(zlib.compress(bytes(size)))})

    assert len(read_status_list(of(SIZE * bits // 8), KEY_SET, NOW).packed) == SIZE * bits // 8
    assert reason_of(of(SIZE * bits // 8 + 1)) == "status_list_too_large"


def test_the_widest_list_fits_into_a_token_even_if_it_cannot_be_compressed() -> None:
    packed = random.Random(1).randbytes(statuslist.MAX_BYTES)
    listed = {"bits": 8, "lst": jose.b64url_encode(deflate(packed))}
    token = listing(status_list=listed, sub="u" * statuslist.MAX_URI)
    assert read_status_list(token, KEY_SET, NOW).packed == packed


@pytest.mark.parametrize(
    "uri", ["u" * (statuslist.MAX_URI + 1), "urn:a b", "urn:\u00f1", "urn:\n", 'urn:"', "urn:\\"], ids=ascii
)
def test_rejects_a_subject_that_is_no_uri(uri: str) -> None:
    assert reason_of(listing(sub=uri)) == "status_list_malformed"


@pytest.mark.parametrize("rest", [b"\0", b"x", zlib.compress(b"\0")], ids=["zero", "text", "another stream"])
def test_rejects_bytes_after_the_stream(rest: bytes) -> None:
    with pytest.raises(VerificationError, match="status_list_trailing_bytes"):
        inflate(deflate(bytes(100)) + rest)


@pytest.mark.parametrize("cut", [1, 4, 5])
def test_rejects_a_stream_that_is_cut_off(cut: int) -> None:
    with pytest.raises(VerificationError, match="status_list_zlib"):
        inflate(deflate(bytes(100))[:-cut])


@pytest.mark.parametrize(
    "stream", [b"", b"x", zlib.compress(b"a")[2:], b"\x1f\x8b\x08"], ids=["empty", "text", "raw", "gzip"]
)
def test_rejects_what_is_no_zlib_stream(stream: bytes) -> None:
    with pytest.raises(VerificationError, match="status_list_zlib"):
        inflate(stream)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sub": None}, "status_list_malformed"),
        ({"sub": ""}, "status_list_malformed"),
        ({"iat": None}, "status_list_malformed"),
        ({"iat": "1"}, "status_list_malformed"),
        ({"exp": None}, "status_list_malformed"),
        ({"exp": NOW - 60}, "status_list_malformed"),
        ({"ttl": 0}, "status_list_malformed"),
        ({"ver": None}, "status_list_malformed"),
        ({"ver": 1.0}, "status_list_malformed"),
        ({"status_list": None}, "status_list_malformed"),
        ({"status_list": []}, "status_list_malformed"),
        ({"status_list": {"bits": 2}}, "status_list_malformed"),
        ({"status_list": {"bits": 2, "lst": "eJ=="}}, "bad_base64url"),
        ({"iat": NOW + 61}, "status_list_from_the_future"),
        ({"exp": NOW}, "status_list_expired"),
        ({"iat": NOW - 300 * DAY}, "key_not_in_force"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_rejects_a_list_with(changes: dict[str, Any], reason: str) -> None:
    assert reason_of(listing(**changes)) == reason


def test_an_expired_list_is_stale_and_not_false() -> None:
    with pytest.raises(StaleTrust):
        read_status_list(listing(exp=NOW), KEY_SET, NOW)
    assert prove_status_list(listing(exp=NOW), KEY_SET).expires_at == NOW


def test_rejects_the_list_of_another_uri() -> None:
    assert reason_of(listing(), f"{LIST_URI}0") == "status_list_subject"


def test_rejects_a_list_signed_by_a_certificate_key() -> None:
    assert reason_of(KIT.status_list(signer=KIT.certificates)) == "key_role"


def test_rejects_a_list_signed_by_a_revoked_key() -> None:
    entries = (KIT.certificates.entry(keys.CERTIFICATE), KIT.statuses.entry(keys.STATUS, revoked_at=NOW))
    with pytest.raises(VerificationError, match="key_revoked"):
        read_status_list(KIT.status_list(), KIT.key_set(keys=entries), NOW)


def test_rejects_a_list_over_its_cap() -> None:
    assert reason_of("A" * (statuslist.CAP + 1)) == "too_large"


@pytest.mark.parametrize("entries", [{-1: 1}, {SIZE: 1}, {0: 4}, {0: -1}], ids=str)
def test_never_writes_an_entry_out_of_range(entries: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="no such entry"):
        pack(entries)


@pytest.mark.parametrize("crowded", [0.0, 0.001, 0.01, 0.02, 0.1, 0.3])
def test_a_stream_is_hardly_longer_than_the_slowest_level_makes_it(crowded: float) -> None:
    packed = pack({place(bytes(16), n): 1 + n % 2 for n in range(int(SIZE * crowded))})
    assert len(deflate(packed)) <= 1.10 * len(zlib.compress(packed, 9)) + 32


@given(st.binary(max_size=200))
def test_any_bytes_inflate_or_are_refused(stream: bytes) -> None:
    """Invariant tested: only VerificationError leaves the decoder."""
    try:
        assert len(inflate(stream)) <= statuslist.MAX_BYTES
    except VerificationError:
        return
