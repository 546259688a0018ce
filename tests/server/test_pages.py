"""A page token goes on where the page ended, and only in the list that it was made for."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

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


@given(st.text(max_size=300) | st.binary(max_size=60).map(lambda b: b64url_encode(b"\x01" + MARK + b)))
def test_any_other_token_is_refused_and_nothing_else_happens(token: str) -> None:
    with suppress(InvalidRequest):
        pages.decode_token(token, MARK)


def test_sizes_are_bounded_not_refused() -> None:
    assert [pages.page_size(n) for n in (0, 1, 1000, 1001, 2**31 - 1)] == [50, 1, 1000, 1000, 1000]
    with pytest.raises(InvalidRequest, match="page_size"):
        pages.page_size(-1)
