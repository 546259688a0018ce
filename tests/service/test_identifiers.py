"""Numbers have one normal form, and the kind is the caller's word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.errors import InvalidRequest
from certsvc.core.model import Identifier
from certsvc.service.identifiers import KINDS, normalise, readings


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("cr.cedula_fisica", "100000041", "100000041"),
        ("cr.cedula_fisica", "1-0000-0041", "100000041"),
        ("cr.cedula_fisica", " 1 0000 0041 ", "100000041"),
        ("cr.cedula_fisica", "0100000041", "100000041"),
        ("cr.cedula_fisica", "01-0000-0041", "100000041"),
        ("cr.cedula_fisica", "900000041", "900000041"),
        ("cr.cedula_juridica", "3-101-999901", "3101999901"),
        ("cr.cedula_juridica", "310199990127", "3101999901"),
        ("cr.cedula_juridica", "2999999901", "2999999901"),
        ("cr.cedula_juridica", "3777999901", "3777999901"),
        ("cr.nite", "3120999901", "3120999901"),
        ("cr.nite", "312099990144", "3120999901"),
        ("cr.dimex", "100000000086", "100000000086"),
        ("cr.dimex", "10000000008", "10000000008"),
    ],
)
def test_hyphens_blanks_padding_and_check_digits_are_removed(kind: str, written: str, value: str) -> None:
    assert normalise(kind, written) == Identifier(kind, value)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("cr.cedula_fisica", ""),
        ("cr.cedula_fisica", "012345678"),
        ("cr.cedula_fisica", "12345678"),
        ("cr.cedula_fisica", "1123456789"),
        ("cr.cedula_fisica", "00100000041"),
        ("cr.cedula_fisica", "10000004A"),
        ("cr.cedula_fisica", "١٠٠٠٠٠٠٤١"),
        ("cr.cedula_fisica", "１００００００４１"),
        ("cr.cedula_fisica", "100000041\n"),
        ("cr.cedula_fisica", "+100000041"),
        ("cr.cedula_juridica", "1101999901"),
        ("cr.cedula_juridica", "6101999901"),
        ("cr.cedula_juridica", "03101999901"),
        ("cr.cedula_juridica", "31019999012"),
        ("cr.nite", "0120999901"),
        ("cr.nite", "100000041"),
        ("cr.dimex", "200000000086"),
        ("cr.dimex", "1000000000"),
        ("cr.dimex", "1000000000861"),
        ("cr.cedula_fisica", "1" * 33),
        ("cr.cedula_fisica", "-" * 5000),
    ],
)
def test_what_has_another_form_is_refused_without_repeating_it(kind: str, written: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        normalise(kind, written)
    assert caught.value.field == "identifier.value"
    assert not written or written not in str(caught.value)


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidRequest) as caught:
        normalise("cr.passport", "100000041", field="enterprise.identifiers[1]")
    assert caught.value.field == "enterprise.identifiers[1].kind"
    assert all(kind in caught.value.why for kind in KINDS)


def test_the_kind_is_never_inferred_from_the_length() -> None:
    assert normalise("cr.nite", "3120999901").kind == "cr.nite"
    assert normalise("cr.cedula_juridica", "3120999901").kind == "cr.cedula_juridica"


@given(st.sampled_from(KINDS), st.text(max_size=40))
def test_any_text_gives_ascii_digits_or_invalid_request(kind: str, written: str) -> None:
    try:
        value = normalise(kind, written).value
    except InvalidRequest:
        return
    assert value.isascii()
    assert value.isdigit()
    assert value[0] != "0"
    assert normalise(kind, value).value == value


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        ("100000041", ("cr.cedula_fisica",)),
        ("3101999901", ("cr.cedula_juridica", "cr.nite")),
        ("310199990127", ("cr.cedula_juridica", "cr.nite")),
        ("6101999901", ("cr.nite",)),
        ("100000000086", ("cr.nite", "cr.dimex")),
        ("10000000008", ("cr.dimex",)),
        ("12345678", ()),
        ("", ()),
        ("3-101-999901", ()),
    ],
)
def test_bare_digits_read_as_every_kind_whose_form_they_have(number: str, kinds: tuple[str, ...]) -> None:
    assert tuple(identifier.kind for identifier in readings(number)) == kinds
    assert readings(number) == tuple(normalise(kind, number) for kind in kinds)


def test_only_the_kinds_asked_for_are_read() -> None:
    assert readings("3101999901", ["cr.cedula_juridica"]) == (Identifier("cr.cedula_juridica", "3101999901"),)
