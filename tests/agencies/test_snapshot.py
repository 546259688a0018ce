"""A debtor file counts as a whole or not at all, and its words mean what the layout says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.agencies.layouts import LAYOUTS
from certsvc.agencies.snapshot import Snapshot, read_snapshot
from certsvc.core.account import Debt
from certsvc.core.outcome import Outcome, Standing
from certsvc.service.debtor_files import BadFile
from certsvc.service.identifiers import KINDS, readings
from tests.agencies.kit import FILE_DAY, NOW, sample

CCSS_HEADER = "Cedula,Nombre,EstadoPatrono,Situacion,MontoAdeudado,LugarPago,FechaDato"
FODESAF_HEADER = "Cedula,Nombre,Deuda_Total,Saldo_Arreglo,Cuotas_Al_Cobro,Cuotas_Atraso,Principal,Recargos,Multas"


def ccss(body: bytes, *, threshold: str = "0", max_rows: int = 1000) -> Snapshot:
    return read_snapshot(body, LAYOUTS["ccss"], file_day=None, at=NOW, max_rows=max_rows, threshold=Decimal(threshold))


def ccss_row(employer: str, debt: str, *, owed: str = "0.00", key: str = "3101999921", day: str = "2026-09-30") -> str:
    return f"{key},NOMBRE DE PRUEBA,{employer},{debt},{owed},SUCURSAL,{day}"


def ccss_rows(*rows: str) -> bytes:
    return ("\n".join([CCSS_HEADER, *rows]) + "\n").encode()


def fodesaf(
    *rows: str, day: date | None = FILE_DAY, header: str = FODESAF_HEADER, threshold: Decimal = Decimal(0)
) -> Snapshot:
    body = ("\n".join([header, *(f"03101999921,NOMBRE,{row}" for row in rows)]) + "\n").encode()
    return read_snapshot(body, LAYOUTS["fodesaf"], file_day=day, at=NOW, max_rows=1000, threshold=threshold)


def verdict(snapshot: Snapshot, key: str = "3101999921") -> tuple[Outcome, tuple[Outcome, ...]]:
    return snapshot.answers[key].outcome, snapshot.answers[key].further


def test_every_row_of_the_social_security_sample_has_its_outcome() -> None:
    answers = ccss(sample("ccss/morosidad.csv")).answers
    assert {key: answer.outcome for key, answer in answers.items()} == {
        "3101999921": Outcome.CLEAR,
        "3102999922": Outcome.BARRED_ARREARS,
        "3101999923": Outcome.CLEAR_UNDER_ARRANGEMENT,
        "100000019": Outcome.BARRED_ARREARS,
        "3101999925": Outcome.BARRED_ARREARS,
        "100000027": Outcome.BARRED_NOT_REGISTERED,
        "100000035": Outcome.CLEAR,
        "100000000094": Outcome.BARRED_ARREARS,
    }
    assert {answer.data_as_of for answer in answers.values()} == {FILE_DAY}


def test_every_firm_of_the_family_allowance_sample_has_its_outcome() -> None:
    snapshot = read_snapshot(
        sample("fodesaf/patronos-2026-09-30.csv"), LAYOUTS["fodesaf"], file_day=FILE_DAY, at=NOW, max_rows=10
    )
    assert {key: (answer.outcome, answer.further) for key, answer in snapshot.answers.items()} == {
        "3101999921": (Outcome.CLEAR, ()),
        "3102999922": (Outcome.BARRED_ARREARS, ()),
        "3101999923": (Outcome.CLEAR_UNDER_ARRANGEMENT, ()),
        "3101999925": (Outcome.BARRED_ARRANGEMENT_BROKEN, ()),
    }


@pytest.mark.parametrize(
    ("employer", "debt", "expected"),
    [
        ("ACTIVO", "AL DIA", Outcome.CLEAR),
        ("activo", " Al  Día ", Outcome.CLEAR),
        ("ACTIVO", "AL DIA CON ARREGLO DE PAGO", Outcome.CLEAR_UNDER_ARRANGEMENT),
        ("ACTIVO", "COBRO ADMINISTRATIVO", Outcome.BARRED_ARREARS),
        ("INACTIVO", "COBRO JUDICIAL", Outcome.BARRED_ARREARS),
        ("ACTIVO", "SIN INSCRIPCIÓN", Outcome.BARRED_NOT_REGISTERED),
        ("ACTIVO", "SIN INFORMACION", Outcome.NO_INFORMATION),
        ("NO INSCRITO", "SIN INFORMACION", Outcome.BARRED_NOT_REGISTERED),
        ("ACTIVO", "CASI AL DIA", Outcome.MALFORMED),
        ("ACTIVO", "", Outcome.MALFORMED),
        ("DORMIDO", "AL DIA", Outcome.MALFORMED),
    ],
)
def test_social_security_words_are_a_closed_table(employer: str, debt: str, expected: Outcome) -> None:
    assert verdict(ccss(ccss_rows(ccss_row(employer, debt)))) == (expected, ())


@pytest.mark.parametrize(
    ("employer", "debt", "bar"),
    [
        ("DORMIDO", "MOROSO", Outcome.BARRED_ARREARS),
        ("NO INSCRITO", "CASI AL DIA", Outcome.BARRED_NOT_REGISTERED),
    ],
)
def test_a_word_that_is_not_known_stays_beside_a_bar(employer: str, debt: str, bar: Outcome) -> None:
    assert verdict(ccss(ccss_rows(ccss_row(employer, debt)))) == (bar, (Outcome.MALFORMED,))


def test_a_row_that_says_nothing_stays_beside_one_that_bars() -> None:
    rows = ccss_row("ACTIVO", "MOROSO"), ccss_row("ACTIVO", "SIN INFORMACION")
    assert verdict(ccss(ccss_rows(*rows))) == (Outcome.BARRED_ARREARS, (Outcome.NO_INFORMATION,))


def test_a_number_that_is_not_in_the_file_stays_beside_one_that_bars() -> None:
    snapshot = ccss(ccss_rows(ccss_row("ACTIVO", "MOROSO")))
    answer = snapshot.answer_for(["100000019", "3101999921"], Outcome.NO_INFORMATION)
    assert (answer.outcome, answer.further) == (Outcome.BARRED_ARREARS, (Outcome.NO_INFORMATION,))
    absence_is_clear = snapshot.answer_for(["100000019", "3101999921"], Outcome.CLEAR)
    assert (absence_is_clear.outcome, absence_is_clear.further) == (Outcome.BARRED_ARREARS, ())


def test_trap_14_an_inactive_debtor_is_a_debtor() -> None:
    assert verdict(ccss(ccss_rows(ccss_row("INACTIVO", "MOROSO", owed="5.00"))))[0] is Outcome.BARRED_ARREARS


def test_an_unregistered_debtor_is_barred_for_both() -> None:
    snapshot = ccss(ccss_rows(ccss_row("NO INSCRITO", "MOROSO")))
    assert verdict(snapshot) == (Outcome.BARRED_ARREARS, (Outcome.BARRED_NOT_REGISTERED,))


def test_of_two_rows_the_worse_counts_and_the_older_date_holds() -> None:
    rows = ccss_row("ACTIVO", "AL DIA"), ccss_row("INACTIVO", "MOROSO", day="2026-08-31")
    answer = ccss(ccss_rows(*rows)).answers["3101999921"]
    assert (answer.outcome, answer.data_as_of) == (Outcome.BARRED_ARREARS, date(2026, 8, 31))


def test_a_malformed_row_beside_a_clear_one_is_not_clear() -> None:
    snapshot = ccss(ccss_rows(ccss_row("ACTIVO", "AL DIA"), ccss_row("ACTIVO", "???")))
    assert verdict(snapshot) == (Outcome.MALFORMED, ())


@pytest.mark.parametrize(
    ("owed", "expected"),
    [
        ("45.10", Outcome.CLEAR_BELOW_THRESHOLD),
        ("99.99", Outcome.CLEAR_BELOW_THRESHOLD),
        ("100.00", Outcome.BARRED_ARREARS),
        ("0.00", Outcome.BARRED_ARREARS),
        ("", Outcome.BARRED_ARREARS),
    ],
)
def test_trap_16_arrears_below_the_threshold_are_clear_and_arrears_without_amount_are_not(
    owed: str, expected: Outcome
) -> None:
    body = ccss_rows(ccss_row("ACTIVO", "COBRO ADMINISTRATIVO", owed=owed))
    assert verdict(ccss(body, threshold="100"))[0] is expected


def test_small_arrears_at_two_sites_add_up_to_more_than_the_threshold() -> None:
    row = ccss_row("ACTIVO", "MOROSO", owed="60.00")
    assert verdict(ccss(ccss_rows(row, row), threshold="100"))[0] is Outcome.BARRED_ARREARS


SMALL = ccss_row("ACTIVO", "MOROSO", owed="10.00")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (ccss_row("ACTIVO", "AL DIA"), Outcome.CLEAR_BELOW_THRESHOLD),
        (ccss_row("ACTIVO", "SIN INFORMACION", owed=""), Outcome.NO_INFORMATION),
        (ccss_row("ACTIVO", "CASI AL DIA"), Outcome.MALFORMED),
        (ccss_row("ACTIVO", "AL DIA CON CONVENIO DE PAGO", owed="312000.00"), Outcome.CLEAR_UNDER_ARRANGEMENT),
        (ccss_row("ACTIVO", "COBRO JUDICIAL", owed=""), Outcome.BARRED_ARREARS),
        (ccss_row("ACTIVO", "COBRO JUDICIAL", owed="0.00"), Outcome.BARRED_ARREARS),
        (ccss_row("ACTIVO", "COBRO JUDICIAL", owed="90.00"), Outcome.BARRED_ARREARS),
        (ccss_row("ACTIVO", "AL DIA", owed="90.00"), Outcome.BARRED_ARREARS),
        (ccss_row("NO INSCRITO", "SIN INFORMACION", owed=""), Outcome.BARRED_ARREARS),
    ],
)
def test_small_arrears_hide_nothing_that_another_row_says(other: str, expected: Outcome) -> None:
    for rows in ((SMALL, other), (other, SMALL)):
        assert verdict(ccss(ccss_rows(*rows), threshold="100"))[0] is expected


def test_small_arrears_of_an_unknown_employer_are_malformed() -> None:
    body = ccss_rows(ccss_row("DORMIDO", "MOROSO", owed="10.00"))
    assert verdict(ccss(body, threshold="100"))[0] is Outcome.MALFORMED


words = st.sampled_from(["AL DIA", "MOROSO", "SIN INFORMACION", "AL DIA CON CONVENIO DE PAGO", "COBRO JUDICIAL", "?"])


@given(st.lists(st.tuples(words, st.sampled_from(["", "0.00", "10.00", "60.00", "500.00"])), min_size=1, max_size=5))
def test_a_threshold_never_makes_a_firm_better_than_its_rows_without_arrears(rows: list[tuple[str, str]]) -> None:
    written = [ccss_row("ACTIVO", word, owed=owed) for word, owed in rows]
    plain = verdict(ccss(ccss_rows(*written)))[0]
    found = verdict(ccss(ccss_rows(*written), threshold="100"))[0]
    arrears = [owed for word, owed in rows if word in ("MOROSO", "COBRO JUDICIAL")]
    if not arrears or any(owed in ("", "0.00", "500.00") for owed in arrears):
        assert found is plain
    elif found is not Outcome.BARRED_ARREARS:
        others = [row for row, (word, _) in zip(written, rows, strict=True) if word not in ("MOROSO", "COBRO JUDICIAL")]
        rest = verdict(ccss(ccss_rows(*others)))[0] if others else Outcome.CLEAR
        assert found is (Outcome.CLEAR_BELOW_THRESHOLD if rest is Outcome.CLEAR else rest)


CLEAR_SITE = "0.00,0.00,0.00,0,0.00,0.00,0.00"


def test_trap_12_one_of_two_sites_in_debt_bars_the_firm() -> None:
    owing = "154320.10,0.00,0.00,0,120000.00,24320.10,10000.00"
    assert verdict(fodesaf(CLEAR_SITE, owing)) == (Outcome.BARRED_ARREARS, ())
    assert verdict(fodesaf(owing, CLEAR_SITE)) == (Outcome.BARRED_ARREARS, ())


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (CLEAR_SITE, Outcome.CLEAR),
        ("480000.00,480000.00,0.00,0,0.00,0.00,0.00", Outcome.CLEAR_UNDER_ARRANGEMENT),
        ("520000.00,480000.00,40000.00,0,0.00,0.00,0.00", Outcome.CLEAR_UNDER_ARRANGEMENT),
        ("520000.00,480000.00,40000.00,1,0.00,0.00,0.00", Outcome.BARRED_ARRANGEMENT_BROKEN),
        ("480000.00,480000.00,0.00,1,0.00,0.00,0.00", Outcome.BARRED_ARRANGEMENT_BROKEN),
        ("480000.01,480000.00,0.00,0,0.00,0.00,0.00", Outcome.BARRED_ARREARS),
        ("0.00,0.00,0.00,0,0.01,0.00,0.00", Outcome.BARRED_ARREARS),
        ("480000.00,480000.00,0.00,0,0.00,0.00,0.01", Outcome.BARRED_ARREARS),
    ],
)
def test_trap_13_inside_an_arrangement_only_a_late_instalment_bars(site: str, expected: Outcome) -> None:
    assert verdict(fodesaf(site)) == (expected, ())


def test_debt_outside_beside_a_broken_arrangement_is_two_bars() -> None:
    assert verdict(fodesaf("500.00,300.00,100.00,2,100.00,0.00,0.00")) == (
        Outcome.BARRED_ARREARS,
        (Outcome.BARRED_ARRANGEMENT_BROKEN,),
    )


def test_small_arrears_beside_an_arrangement_leave_the_arrangement() -> None:
    body = ("\n".join([FODESAF_HEADER, "03101999921,NOMBRE,310.00,300.00,0.00,0,10.00,0.00,0.00"]) + "\n").encode()
    layout = LAYOUTS["fodesaf"]
    snapshot = read_snapshot(body, layout, file_day=FILE_DAY, at=NOW, max_rows=9, threshold=Decimal(100))
    assert verdict(snapshot) == (Outcome.CLEAR_UNDER_ARRANGEMENT, ())


def listed(*rows: str, threshold: Decimal = Decimal(0)) -> tuple[Debt, ...]:
    """The debts of the firm, with the column of its newest period outside an arrangement at the end."""
    snapshot = fodesaf(*rows, header=f"{FODESAF_HEADER},Hasta_Periodo_Fuera", threshold=threshold)
    return snapshot.answers["3101999921"].debts


OWING = "154320.10,0.00,0.00,0,120000.00,24320.10,10000.00,2014-11-01"
CLEAR_ITEMISED = f"{CLEAR_SITE},"


def test_debt_outside_an_arrangement_is_listed_by_component_as_of_its_newest_period() -> None:
    assert listed(OWING) == (Debt(date(2014, 11, 30), Decimal(120000), penalty=Decimal("34320.10")),)


def test_the_debts_of_all_sites_of_a_firm_are_listed() -> None:
    other = "70.00,0.00,0.00,0,50.00,20.00,0.00,2012-02-01"
    assert listed(OWING, CLEAR_ITEMISED, other) == (
        Debt(date(2014, 11, 30), Decimal(120000), penalty=Decimal("34320.10")),
        Debt(date(2012, 2, 29), Decimal(50), penalty=Decimal(20)),
    )


@pytest.mark.parametrize(
    "other",
    [
        "154320.11,0.00,0.00,0,120000.00,24320.10,10000.00,2014-11-01",
        "480000.01,480000.00,0.00,0,0.00,0.00,0.00,2014-11-01",
        OWING.replace("2014-11-01", ""),
        OWING.replace("2014-11-01", "2014-11-30"),
        OWING.replace("2014-11-01", "2014-11"),
        OWING.replace("2014-11-01", "nunca"),
        "480000.00,480000.00,0.00,0,0.00,0.00,0.00,",
        "520000.00,480000.00,40000.00,1,0.00,0.00,0.00,",
    ],
    ids=[
        "a total beyond its items",
        "a total without items",
        "no period",
        "the last day of a month",
        "a month",
        "a word",
        "an arrangement",
        "a broken arrangement",
    ],
)
def test_no_debt_is_listed_unless_all_are_and_nothing_else_would_vanish_with_them(other: str) -> None:
    assert listed(OWING, other) == ()
    assert listed(other) == ()
    snapshot = fodesaf(OWING, other, header=f"{FODESAF_HEADER},Hasta_Periodo_Fuera")
    assert verdict(snapshot)[0] is Outcome.BARRED_ARREARS


def test_small_arrears_are_listed_like_others() -> None:
    small = "70.00,0.00,0.00,0,50.00,20.00,0.00,2012-02-01"
    assert len(listed(small, threshold=Decimal(100))) == 1
    assert len(listed(small, CLEAR_ITEMISED, threshold=Decimal(60))) == 1


def test_a_firm_with_more_sites_in_debt_than_an_account_lists_has_no_list() -> None:
    assert len(listed(*[OWING] * 64)) == 64
    assert listed(*[OWING] * 65) == ()


def test_a_file_without_the_column_of_periods_says_the_same_without_debts() -> None:
    snapshot = fodesaf(OWING.rpartition(",")[0])
    assert verdict(snapshot) == (Outcome.BARRED_ARREARS, ())
    assert snapshot.answers["3101999921"].debts == ()


def test_an_amount_in_one_sum_lists_no_debt() -> None:
    body = ccss_rows(ccss_row("ACTIVO", "MOROSO", owed="500.00"))
    assert ccss(body).answers["3101999921"].debts == ()


def test_the_debts_of_two_numbers_are_listed_together_or_not_at_all() -> None:
    header = f"{FODESAF_HEADER},Hasta_Periodo_Fuera"
    rows = [f"03101999921,UNO,{OWING}", f"03102999922,DOS,{OWING}", f"100000019,TRES,{CLEAR_ITEMISED}"]
    body = ("\n".join([header, *rows]) + "\n").encode()
    snapshot = read_snapshot(body, LAYOUTS["fodesaf"], file_day=FILE_DAY, at=NOW, max_rows=9)
    both = snapshot.answer_for(["3101999921", "3102999922", "100000019"], Outcome.NO_INFORMATION)
    assert (both.outcome, len(both.debts)) == (Outcome.BARRED_ARREARS, 2)
    one_unknown = snapshot.answer_for(["3101999921", "100000027"], Outcome.NO_INFORMATION)
    assert (one_unknown.outcome, one_unknown.debts) == (Outcome.BARRED_ARREARS, ())


def test_amounts_are_in_no_text() -> None:
    snapshot = fodesaf(OWING, header=f"{FODESAF_HEADER},Hasta_Periodo_Fuera")
    assert snapshot.answers["3101999921"].debts
    assert "120000" not in repr(snapshot)
    assert "154320" not in repr(fodesaf("154320.10,0.00,0.00,0,154320.10,0.00,0.00"))
    small = ccss(ccss_rows(ccss_row("ACTIVO", "MOROSO", owed="77.31")), threshold="100")
    assert "77.31" not in repr(small)


def test_columns_that_are_not_read_may_be_missing() -> None:
    assert verdict(fodesaf(CLEAR_SITE))[0] is Outcome.CLEAR


GOOD = ccss_row("ACTIVO", "AL DIA")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        (CCSS_HEADER + "\n").encode(),
        ccss_rows(GOOD)[:-1],
        ccss_rows(GOOD, "3101999921,cut"),
        ccss_rows(GOOD, GOOD + ",more"),
        ccss_rows(GOOD, ""),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", owed="1,000.00")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", owed="-1.00")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", owed="1e9")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", owed="NaN")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", owed="١٢")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", key="12345678")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", key="")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", day="")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", day="30/09/2026")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", day="2026-02-30")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", day="20260930")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", day="2026-10-07")),
        ccss_rows(ccss_row("ACTIVO", "AL DIA", day="1999-12-31")),
        ccss_rows(GOOD).replace(b"FechaDato", b"Fecha"),
        ccss_rows(GOOD).replace(b"LugarPago", b"Cedula"),
        ccss_rows(GOOD).replace(b"PRUEBA", "PEÑA".encode("latin-1")),
        ccss_rows(GOOD).replace(b"SUCURSAL", b'"SUCURSAL'),
        sample("hacienda/http_400.html"),
        b"null",
    ],
)
def test_a_file_with_any_fault_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(BadFile) as caught:
        ccss(body)
    assert "3101999921" not in str(caught.value)


def test_a_file_without_a_date_is_refused() -> None:
    with pytest.raises(BadFile, match="no date"):
        fodesaf(CLEAR_SITE, day=None)


def test_a_file_with_more_rows_than_allowed_is_refused() -> None:
    with pytest.raises(BadFile, match="rows"):
        ccss(ccss_rows(GOOD, GOOD, GOOD), max_rows=2)


def test_a_byte_order_mark_and_windows_line_ends_are_borne() -> None:
    body = b"\xef\xbb\xbf" + ccss_rows(GOOD).replace(b"\n", b"\r\n")
    assert verdict(ccss(body))[0] is Outcome.CLEAR


def test_trap_11_padded_and_hyphenated_identifiers_are_normalised() -> None:
    keys = ["03101999921", "3-101-999921", "3101999921", "310199992145", "3-101-999921-45"]
    snapshot = ccss(ccss_rows(*(ccss_row("ACTIVO", "AL DIA", key=key) for key in keys)))
    assert set(snapshot.answers) == {"3101999921"}


def test_a_row_whose_number_only_another_kind_can_have_is_nobodys() -> None:
    rows = [ccss_row("ACTIVO", "MOROSO", key=key) for key in ("6101999921", "1101999921", "610199992145")]
    assert set(ccss(ccss_rows(*rows, GOOD)).answers) == {"3101999921"}


@pytest.mark.parametrize("key", ["31019999214", "61019999214"])
def test_a_number_that_no_kind_has_refuses_the_file(key: str) -> None:
    with pytest.raises(BadFile, match="of no kind"):
        ccss(ccss_rows(ccss_row("ACTIVO", "MOROSO", key=key)))


def test_a_number_of_two_kinds_of_a_layout_refuses_the_file() -> None:
    layout = replace(LAYOUTS["ccss"], kinds=KINDS)
    with pytest.raises(BadFile, match="or of two"):
        read_snapshot(ccss_rows(GOOD), layout, file_day=None, at=NOW, max_rows=9)


@given(st.from_regex(r"[0-9]{8,13}", fullmatch=True))
def test_no_number_has_the_form_of_two_kinds_of_a_layout(number: str) -> None:
    for layout in LAYOUTS.values():
        assert len(readings(number, layout.kinds)) <= 1


def test_a_file_of_tomorrow_may_come_from_a_zone_ahead_of_ours() -> None:
    day = str(NOW.date() + timedelta(days=1))
    assert ccss(ccss_rows(ccss_row("ACTIVO", "AL DIA", day=day))).extent.newest == date(2026, 10, 6)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_snapshot_or_a_bad_file(body: bytes) -> None:
    for layout in LAYOUTS.values():
        try:
            read_snapshot(body, layout, file_day=FILE_DAY, at=NOW, max_rows=10)
        except BadFile:
            continue


@given(
    st.lists(st.sampled_from(["AL DIA", "MOROSO", "SIN INFORMACION", "AL DIA CON CONVENIO DE PAGO", "?"]), min_size=1)
)
def test_a_firm_is_clear_only_if_every_row_is(words: list[str]) -> None:
    snapshot = ccss(ccss_rows(*(ccss_row("ACTIVO", word) for word in words)))
    is_clear = verdict(snapshot)[0].standing is Standing.CLEAR
    assert is_clear == all(word.startswith("AL DIA") for word in words)
