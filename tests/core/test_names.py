"""One name, however it is spelled; two names stay two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.names import fold_name, fold_suffixes
from certsvc.rulesets import load
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
        ("S.A. Ejemplo", "EJEMPLO S.A."),
        ("S.A. Ejemplo", "Ejemplo"),
        ("S.R.L. - Ejemplo", "EJEMPLO"),
        ("SRL Ejemplo", "Ejemplo"),
        ("Sociedad Anónima Ejemplo", "EJEMPLO SOCIEDAD ANONIMA"),
        ("SOCIEDAD DE RESPONSABILIDAD LIMITADA EL SOL", "El Sol Ltda"),
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
        ("Srl Ejemplo S.A.", "Ejemplo"),  # a form in front is taken off only where there is none at the end
        ("Ltda Limitada Ejemplo", "Ejemplo"),  # and one alone
        ("S A Mora", "Mora"),  # initials
        ("S. A. Mora", "Mora"),
        ("Sa Mora", "Mora"),  # two letters without dots may be a word
        ("Sociedad Ejemplo", "Ejemplo"),
        ("Srlejemplo", "Ejemplo"),
    ],
)
def test_other_words_are_another_name(one: str, other: str) -> None:
    assert fold_name(one, SUFFIXES) != fold_name(other, SUFFIXES)


ALGERIAN = load("algeria").sets[-1].names.suffixes


@pytest.mark.parametrize("name", ["SARL ATLAS", "Atlas SARL", "S.A.R.L. Atlas", "Atlas", "Ets Atlas", "EURL «Atlas»"])
def test_where_forms_stand_in_front_they_do_not_count_either(name: str) -> None:
    assert fold_name(name, ALGERIAN) == "atlas"


_words = st.sampled_from(
    ["S.A.", "SA", "S", "A.", "Sociedad", "Anónima", "Ltda", "SRL", "El", "Sol", "Me", "Mora", "-"]
)


@given(st.lists(_words, max_size=6))
def test_folding_only_takes_known_forms_off_either_end_and_never_all_of_a_name(words: list[str]) -> None:
    name = " ".join(words)
    whole, folded = fold_name(name, frozenset()), fold_name(name, SUFFIXES)
    assert bool(folded) == bool(whole)
    parts = [(whole[:n], whole[n:].removeprefix(folded)) for n in range(len(whole) + 1) if whole[n:].startswith(folded)]
    assert any(_is_made_of_forms(end) if not front else front in SUFFIXES and not end for front, end in parts), (
        "forms at the end, or one in front"
    )


def _is_made_of_forms(text: str) -> bool:
    return not text or any(text.startswith(form) and _is_made_of_forms(text[len(form) :]) for form in SUFFIXES)


@pytest.mark.parametrize("name", ["S.A.", "SOCIEDAD ANONIMA", "Ltda", "SRL Ltda", "Ltda SRL"])
def test_a_suffix_never_leaves_an_empty_name(name: str) -> None:
    assert fold_name(name, SUFFIXES)


def test_a_blank_suffix_is_no_suffix() -> None:
    assert fold_suffixes(["S. A.", "S.A.", "...", ""]) == {"sa"}


@given(st.text())
def test_folding_any_text_twice_changes_nothing_more(name: str) -> None:
    once = fold_name(name, frozenset())
    assert fold_name(once, frozenset()) == once
