"""Rules: an imported file answers as the same file in memory does; without one the agency is out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from certsvc.agencies.imported import ImportedList
from certsvc.agencies.layouts import LAYOUTS
from certsvc.agencies.snapshot import Snapshot, read_snapshot
from certsvc.core.account import Account, Debt
from certsvc.core.model import Enterprise, FactName, Identifier, Source
from certsvc.core.outcome import Outcome, Standing
from certsvc.service.debtor_files import BadFile
from certsvc.service.identifiers import KINDS
from certsvc.store.filed import Filed
from tests.agencies.kit import FILE_DAY, NOW, PLENTY, SOON, FixedClock, company, only, outcome, sample
from tests.debtor_files import ACT, bring

CLEAR_FIRM = company("3101999921")
DEBTOR = company("3102999922")
ABSENT = company("3101999977")
CCSS = sample("ccss/morosidad.csv")
FODESAF = sample("fodesaf/patronos-2026-09-30.csv")
EARLIER = NOW - timedelta(hours=3)
BROUGHT = replace(ACT, at=EARLIER)

Make = Callable[..., ImportedList]


@pytest.fixture
async def filed(database: str) -> AsyncIterator[Filed]:
    made = Filed(database)
    yield made
    await made.close()


@pytest.fixture
def make(filed: Filed) -> Make:
    def build(layout: str = "ccss", **options: Any) -> ImportedList:
        schemes = ("social_security", "work_injury")[: options.pop("schemes", 1)]
        return ImportedList("fund", filed, layout=layout, schemes=schemes, kinds=KINDS, clock=FixedClock(), **options)

    return build


async def test_the_current_file_answers_with_its_date_its_import_and_its_path(database: str, make: Make) -> None:
    await bring(database, CCSS, act=BROUGHT)
    evidence = await make(schemes=2).find(DEBTOR, PLENTY)
    assert [(f.scheme, f.agency) for f in evidence.findings] == [("social_security", "fund"), ("work_injury", "fund")]
    for finding in evidence.findings:
        assert (finding.outcome, finding.data_as_of) == (Outcome.BARRED_ARREARS, FILE_DAY)
        assert (finding.checked_at, finding.source) == (EARLIER, Source.FILE)
    (fact,) = evidence.facts
    assert (fact.name, fact.source, fact.as_of) == (FactName.NAME, "fund", FILE_DAY)
    assert fact.value == "CARNICERIA LOMA ALTA SOCIEDAD DE RESPONSABILIDAD LIMITADA"


async def test_without_a_current_file_the_agency_is_unavailable(make: Make) -> None:
    finding = only(await make(absent="clear", least_firms=1).find(DEBTOR, PLENTY))
    assert (finding.outcome, finding.checked_at, finding.source) == (Outcome.UNAVAILABLE, NOW, Source.FILE)


async def test_a_new_version_answers_the_next_question(database: str, make: Make) -> None:
    adapter = make()
    await bring(database, CCSS)
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.BARRED_ARREARS
    await bring(database, CCSS.replace(b"ACTIVO,MOROSO", b"ACTIVO,AL DIA"), turn_least=99)
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.CLEAR


async def test_absence_means_what_the_configuration_says(database: str, make: Make) -> None:
    await bring(database, CCSS)
    assert outcome(await make().find(ABSENT, PLENTY)) is Outcome.NO_INFORMATION
    finding = only(await make(absent="clear", least_firms=8).find(ABSENT, PLENTY))
    assert (finding.outcome, finding.data_as_of) == (Outcome.CLEAR, FILE_DAY)
    with pytest.raises(ValueError, match="least_firms"):
        make(absent="clear")


async def test_an_enterprise_without_a_covered_kind_is_never_clear_by_absence(database: str, make: Make) -> None:
    await bring(database, CCSS)
    for kind in ("br.cnpj", "cr.nite"):
        stranger = Enterprise((Identifier(kind, "3101999977"),))
        evidence = await make(absent="clear", least_firms=1).find(stranger, PLENTY)
        assert outcome(evidence) is Outcome.NO_INFORMATION
        assert not make().knows(stranger)
    assert make().knows(ABSENT)


async def test_a_version_that_the_configuration_would_refuse_by_now_clears_nobody(database: str, make: Make) -> None:
    await bring(database, CCSS)
    for adapter in (make(absent="clear", least_firms=9), make("fodesaf", absent="clear", least_firms=1)):
        with capture_logs() as logged:
            assert outcome(await adapter.find(ABSENT, PLENTY)) is Outcome.MALFORMED
        assert logged[0]["alert"] is True


async def test_debts_that_a_file_itemises_are_in_the_finding(database: str, make: Make) -> None:
    await bring(database, FODESAF, layout="fodesaf")
    found = only(await make("fodesaf").find(DEBTOR, PLENTY))
    assert found.account == Account(debts=(Debt(date(2014, 11, 30), Decimal("80000.00"), Decimal("24320.10")),))


async def test_small_arrears_under_two_numbers_add_up(database: str, make: Make) -> None:
    await bring(database, CCSS.replace(b"86400.00", b"60.00"))
    small, other = Identifier("cr.dimex", "100000000094"), Identifier("cr.cedula_fisica", "100000019")
    adapter = make(threshold=Decimal(100))
    assert outcome(await adapter.find(Enterprise((small,)), PLENTY)) is Outcome.CLEAR_BELOW_THRESHOLD
    assert outcome(await adapter.find(Enterprise((small, other)), PLENTY)) is Outcome.BARRED_ARREARS
    assert outcome(await adapter.find(Enterprise((small, small)), PLENTY)) is Outcome.CLEAR_BELOW_THRESHOLD


async def test_a_database_that_is_away_is_unavailable_and_its_return_is_noticed(
    database: str, make: Make, filed: Filed
) -> None:
    await bring(database, CCSS)
    away = Filed("postgresql://certsvc@127.0.0.1:1/x")
    adapter = make()
    adapter._filed = away
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.UNAVAILABLE
    await away.close()
    adapter._filed = filed
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.BARRED_ARREARS


async def test_a_lookup_that_takes_too_long_is_unavailable(database: str, make: Make) -> None:
    await bring(database, CCSS)
    sql = await asyncpg.connect(database)
    async with sql.transaction():
        await sql.execute("LOCK TABLE debtor_row")
        assert outcome(await make().find(DEBTOR, SOON)) is Outcome.UNAVAILABLE
    await sql.close()
    assert outcome(await make().find(DEBTOR, PLENTY)) is Outcome.BARRED_ARREARS


async def test_neither_numbers_nor_names_nor_amounts_reach_the_log(database: str, make: Make) -> None:
    with capture_logs() as logged:
        await make().find(DEBTOR, PLENTY)
        await bring(database, CCSS)
        await make(least_firms=99).find(DEBTOR, PLENTY)
        await make().find(DEBTOR, PLENTY)
    said = repr(logged)
    assert not [word for word in ("3102999922", "CARNICERIA", "754300") if word in said]


# --- The same file, imported and in memory ---

NUMBERS = ("3101999921", "03102999922", "3-101-999923", "100000019", "6101999921", "100000000094")
KEYS = ("3101999921", "3102999922", "3101999923", "100000019", "100000000094", "3101999977")
AMOUNTS = st.sampled_from(["0.00", "10.00", "60.00", "500.00", "480000.00"])
CCSS_HEADER = "Cedula,Nombre,EstadoPatrono,Situacion,MontoAdeudado,FechaDato"
FODESAF_COLUMNS = LAYOUTS["fodesaf"].columns + LAYOUTS["fodesaf"].optional

sound_rows = st.tuples(
    st.sampled_from(NUMBERS),
    st.sampled_from(["UNO", " DOS ", '"TRES, ""S.A."""', "Ñandú\\N", "", "\t", "x" * 300]),
    st.sampled_from(["ACTIVO", "INACTIVO", "NO INSCRITO", "DORMIDO"]),
    st.sampled_from(["AL DIA", "MOROSO", "COBRO JUDICIAL", "SIN INFORMACION", "AL DIA CON CONVENIO DE PAGO", "?"]),
    st.sampled_from(["", "0.00", "10.00", "25.5", "60.00", "500.00"]),
    st.sampled_from(["2026-09-30", "2026-08-31", "2026-10-05"]),
).map(",".join)
good = "3101999921,UNO,ACTIVO,AL DIA"
faulty_rows = st.sampled_from(
    [f"{good},1e9,2026-09-30", f"{good},0,2026-10-07", f"{good},0,", f'{good},"0,2026-09-30', "1,,,,,", f"{good},0"]
)
ccss_rows = st.one_of(*[sound_rows] * 15, faulty_rows)
fodesaf_rows = st.tuples(
    st.sampled_from(NUMBERS),
    st.sampled_from(["UNO", "DOS"]),
    *[AMOUNTS] * 3,
    st.sampled_from(["0", "1"]),
    *[AMOUNTS] * 3,
    st.sampled_from(["2014-11-01", "2012-02-01", ""]),
).map(",".join)


def a_file(header: str, rows: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    ends = st.sampled_from(["\n"] * 9 + [""])
    return st.builds(lambda lines, end: ("\n".join([header, *lines]) + end).encode(), st.lists(rows, max_size=12), ends)


files = st.one_of(
    st.tuples(st.just("ccss"), a_file(CCSS_HEADER, ccss_rows)),
    st.tuples(st.just("fodesaf"), a_file(",".join(FODESAF_COLUMNS), fodesaf_rows)),
)
numbers = count()


def in_memory(layout: str, body: bytes, threshold: Decimal) -> Snapshot | str:
    try:
        return read_snapshot(body, LAYOUTS[layout], file_day=FILE_DAY, at=NOW, max_rows=1000, threshold=threshold)
    except BadFile as fault:
        return str(fault)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=files,
    threshold=st.sampled_from([Decimal(0), Decimal(100)]),
    absent=st.sampled_from(["clear", "no_information"]),
)
def test_an_import_answers_as_the_same_bytes_in_memory(
    database: str, file: tuple[str, bytes], threshold: Decimal, absent: Any
) -> None:
    layout, body = file
    agency = f"agency_{next(numbers)}"
    snapshot = in_memory(layout, body, threshold)

    async def compare() -> None:
        if isinstance(snapshot, str):
            with pytest.raises(BadFile) as caught:
                await bring(database, body, agency=agency, layout=layout)
            assert str(caught.value) == snapshot
            return
        imported = await bring(database, body, agency=agency, layout=layout)
        assert imported.file.extent == snapshot.extent
        least = 1 if absent == "clear" else 0
        meaning = Outcome.CLEAR if absent == "clear" else Outcome.NO_INFORMATION
        filed = Filed(database)
        adapter = ImportedList(
            agency, filed, layout=layout, schemes=("x",), kinds=KINDS, clock=FixedClock(), absent=absent,
            least_firms=least, threshold=threshold,
        )  # fmt: skip
        try:
            for values in ([key] for key in KEYS):
                found = await filed.rows_of(agency, values)
                assert found is not None
                if found.extent.firms >= least:
                    assert adapter._answer(found, values) == snapshot.answer_for(values, meaning)
            pair = KEYS[:2]
            found = await filed.rows_of(agency, pair)
            assert found is not None
            if found.extent.firms >= least:
                assert adapter._answer(found, pair) == snapshot.answer_for(pair, meaning)
        finally:
            await filed.close()

    asyncio.run(compare())


def standings(snapshot: Snapshot, absent: Outcome) -> dict[str, Standing]:
    return {key: snapshot.answer_for([key], absent).outcome.standing for key in KEYS}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.tuples(st.lists(sound_rows, min_size=1, max_size=12), st.lists(sound_rows, min_size=1, max_size=12)),
    threshold=st.sampled_from([Decimal(0), Decimal(100)]),
    absent=st.sampled_from([Outcome.CLEAR, Outcome.NO_INFORMATION]),
)
def test_the_database_counts_as_turned_who_is_barred_no_more_or_barred_instead_of_clear(
    database: str, rows: tuple[Sequence[str], Sequence[str]], threshold: Decimal, absent: Outcome
) -> None:
    bodies = [("\n".join([CCSS_HEADER, *lines]) + "\n").encode() for lines in rows]
    snapshots = [in_memory("ccss", body, threshold) for body in bodies]
    before, after = snapshots
    if isinstance(before, str) or isinstance(after, str) or bodies[0] == bodies[1]:
        return
    old, new = standings(before, absent), standings(after, absent)
    turns = {
        (Standing.CLEAR, Standing.BARRED),
        (Standing.BARRED, Standing.CLEAR),
        (Standing.BARRED, Standing.UNKNOWN),
    }
    expected = [key for key in KEYS if (old[key], new[key]) in turns]
    terms: dict[str, Any] = {"agency": f"agency_{next(numbers)}", "threshold": threshold, "absent": absent}

    async def turned() -> int:
        await bring(database, bodies[0], **terms)
        act = replace(ACT, accept_shrink=True)
        try:
            return (await bring(database, bodies[1], act=act, dry_run=True, **terms)).file.turned
        except BadFile:  # older than the one before
            return len(expected)

    assert asyncio.run(turned()) == len(expected)
