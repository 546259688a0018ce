"""One name, however it is spelled; two names stay two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.names import fold_name, fold_suffixes
from tests.situations import RULES

SUFFIXES = RULES.names.suffixes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Panadería Ejemplo", "PANADERIA EJEMPLO"),
        ("  Panadería   Ejemplo ", "PANADERIA EJEMPLO"),
        ("Panadería Ejemplo, S.A.", "PANADERIA EJEMPLO SOCIEDAD ANONIMA"),
        ("Panaderia Ejemplo S A", "PANADERIA EJEMPLO S.A."),
        ("Panaderia Ejemplo SA", "PANADERIA EJEMPLO"),
        ("Taller Dos S.R.L.", "TALLER DOS SOCIEDAD DE RESPONSABILIDAD LIMITADA"),
        ("Taller Dos S. de R. L.", "TALLER DOS LTDA"),
        ("A.B.C. S.A.", "ABC SOCIEDAD ANÓNIMA"),
        ("Peñón", "PENON"),
        ("Café-Bar «El Sol»", "CAFE BAR EL SOL"),
        ("Ejemplo Ltda S.A.", "EJEMPLO"),
    ],
)
def test_case_accents_punctuation_blanks_and_suffixes_do_not_count(one: str, other: str) -> None:
    assert fold_name(one, SUFFIXES) == fold_name(other, SUFFIXES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Panadería Ejemplo Uno", "Panadería Ejemplo Dos"),
        ("La Casa", "La Ca S.A."),  # a suffix is taken off only as whole words
        ("Juan Mora", "Mora Juan"),
        ("Taller 1", "Taller 2"),
    ],
)
def test_other_words_are_another_name(one: str, other: str) -> None:
    assert fold_name(one, SUFFIXES) != fold_name(other, SUFFIXES)


@pytest.mark.parametrize("name", ["S.A.", "SOCIEDAD ANONIMA", "Ltda"])
def test_a_suffix_never_leaves_an_empty_name(name: str) -> None:
    assert fold_name(name, SUFFIXES)


def test_a_blank_suffix_is_no_suffix() -> None:
    assert fold_suffixes(["S. A.", "S.A.", "...", ""]) == {"sa"}


@given(st.text())
def test_folding_any_text_twice_changes_nothing_more(name: str) -> None:
    once = fold_name(name, frozenset())
    assert fold_name(once, frozenset()) == once
