"""A page token goes on where the page ended, and only in the list that it was made for."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.errors import InvalidRequest
from certsvc.core.jose import b64url_encode
from certsvc.core.model import CertificateStatus
from certsvc.server import pages
from tests.server.fakes import IDENTIFIER, NOW, certificate

MARK = pages.filter_mark("programme/siec", None, None)


def test_a_token_gives_the_key_of_the_last_entry() -> None:
    last = certificate("MSE-2", NOW - timedelta(microseconds=1))
    assert pages.decode_token(pages.encode_token(last, MARK), MARK) == (last.issued_at, "MSE-2")


def test_no_token_is_the_first_page() -> None:
    assert pages.decode_token("", MARK) is None


def test_a_token_of_another_list_is_refused() -> None:
    token = pages.encode_token(certificate(), MARK)
    others = [
        pages.filter_mark("programme/other", None, None),
        pages.filter_mark(None, None, None),
        pages.filter_mark("programme/siec", IDENTIFIER, None),
        pages.filter_mark("programme/siec", None, CertificateStatus.VALID),
    ]
    for mark in others:
        with pytest.raises(InvalidRequest, match="page_token"):
            pages.decode_token(token, mark)


def forged(micros: int, serial: bytes) -> str:
    """A token that anyone could make for this list."""
    return b64url_encode(struct.pack(">B8sq", 1, MARK, micros) + serial)


@given(
    st.text(max_size=300)
    | st.binary(max_size=60).map(lambda b: b64url_encode(b"\x01" + MARK + b))
    | st.builds(forged, st.integers(-(2**63), 2**63 - 1), st.binary(max_size=70))
)
def test_a_token_gives_a_key_that_an_entry_could_have_or_is_refused(token: str) -> None:
    try:
        key = pages.decode_token(token, MARK)
    except InvalidRequest:
        return
    if key is None:
        assert token == ""
        return
    assert key[0] >= datetime(1970, 1, 1, tzinfo=UTC)
    assert re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}", key[1])


@pytest.mark.parametrize(
    ("micros", "serial"),
    [
        (0, b""),
        (0, b"a\0b"),
        (0, b"a b"),
        (0, "é".encode()),
        (0, b"A" * 65),
        (-1, b"A"),
        (2**63 - 1, b"A"),
        (0, b"A\n"),
    ],
)
def test_a_token_that_names_no_entry_is_refused(micros: int, serial: bytes) -> None:
    with pytest.raises(InvalidRequest, match="page_token"):
        pages.decode_token(forged(micros, serial), MARK)


def test_a_token_that_is_too_long_is_refused_not_cut() -> None:
    longest = forged(0, b"A" * 64)
    assert pages.decode_token(longest, MARK) is not None
    for tail in ("A", "A" * 4, "A" * 10_000):
        with pytest.raises(InvalidRequest, match="page_token"):
            pages.decode_token(longest + tail, MARK)


def test_sizes_are_bounded_not_refused() -> None:
    assert [pages.page_size(n) for n in (0, 1, 1000, 1001, 2**31 - 1)] == [50, 1, 1000, 1000, 1000]
    with pytest.raises(InvalidRequest, match="page_size"):
        pages.page_size(-1)
