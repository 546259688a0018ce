"""The tax ministry's words mean what the table says, and nothing else is ever clear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.agencies.hacienda import Hacienda, read_answer
from certsvc.agencies.quota import NoQuota
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import Behaviour
from certsvc.core.model import Enterprise, FactName, Identifier
from certsvc.core.outcome import Outcome, Standing
from certsvc.service.agency_records import Urgency
from certsvc.service.identifiers import normalise
from tests.agencies.kit import NOW, PLENTY, SOON, FixedClock, Monotonic, company, only, outcome, person, sample

ARREARS = Outcome.BARRED_ARREARS
MISSING = Outcome.BARRED_MISSING_RETURN


def entry(**situation: object) -> bytes:
    """The clear entry with other words in its situation."""
    document: dict[str, Any] = orjson.loads(sample("hacienda/registered_clear.json"))
    document["situacion"] |= situation
    return orjson.dumps(document)


def read(body: bytes, kind: str = "cr.cedula_juridica") -> tuple[Outcome, tuple[Outcome, ...]]:
    answer = read_answer(body, kind)
    return answer.outcome, answer.further


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("registered_clear", "cr.cedula_juridica", (Outcome.CLEAR, ())),
        ("registered_arrears_padded", "cr.cedula_juridica", (ARREARS, ())),
        ("registered_missing_return", "cr.cedula_juridica", (MISSING, ())),
        ("deregistered_arrears", "cr.cedula_fisica", (Outcome.BARRED_DEREGISTERED, (ARREARS,))),
        ("deregistered_ex_officio", "cr.cedula_juridica", (Outcome.BARRED_DEREGISTERED, (MISSING,))),
        ("not_registered", "cr.cedula_fisica", (Outcome.BARRED_NOT_REGISTERED, ())),
        ("simplified_numeric_code", "cr.cedula_fisica", (Outcome.CLEAR, ())),
        ("dimex_with_ciiu3", "cr.dimex", (Outcome.CLEAR, ())),
        ("http_404", "cr.dimex", (Outcome.NO_INFORMATION, ())),
        ("http_400", "cr.dimex", (Outcome.MALFORMED, ())),
        ("http_200_problem", "cr.dimex", (Outcome.NO_INFORMATION, ())),
        ("http_503", "cr.dimex", (Outcome.UNAVAILABLE, ())),
    ],
)
def test_every_known_shape_in_a_200_has_its_outcome(
    name: str, kind: str, expected: tuple[Outcome, tuple[Outcome, ...]]
) -> None:
    assert read(sample(f"hacienda/{name}.json"), kind) == expected


@pytest.mark.parametrize("flag", ["moroso", "omiso"])
@pytest.mark.parametrize("word", ["SÍ", "N", "S", "", "si", "no", True, False, None, 0, ["NO"], "NO APLICA"])
def test_trap_01_an_unknown_flag_is_malformed_and_never_clear(flag: str, word: object) -> None:
    assert read(entry(**{flag: word})) == (Outcome.MALFORMED, ())


@pytest.mark.parametrize("word", ["INSCRITO", "inscrito", " Inscrito "])
def test_trap_01_the_state_is_compared_without_case(word: str) -> None:
    assert read(entry(estado=word)) == (Outcome.CLEAR, ())


@pytest.mark.parametrize("word", ["", "Suspendido", "Inscrito.", "Desinscrito  oficio", None, 1, {"a": 1}])
def test_an_unknown_state_fails_closed(word: object) -> None:
    assert read(entry(estado=word)) == (Outcome.MALFORMED, ())


def test_trap_02_blanks_around_strings_are_trimmed() -> None:
    answer = read_answer(sample("hacienda/registered_arrears_padded.json"), "cr.cedula_juridica")
    assert answer.name == "CARNICERIA LOMA ALTA SOCIEDAD DE RESPONSABILIDAD LIMITADA"
    assert read(entry(moroso=" NO ", omiso=" SI")) == (MISSING, ())


@pytest.mark.parametrize(
    "activities", [[], None, "x", [{"codigo": 751101}], [{"codigo": "6492.0"}], [{"codigo": "721001"}]]
)
def test_traps_03_and_04_activities_mean_nothing_whatever_their_form(activities: object) -> None:
    document = orjson.loads(sample("hacienda/registered_clear.json"))
    document["actividades"] = activities
    assert read(orjson.dumps(document)) == (Outcome.CLEAR, ())


@pytest.mark.parametrize("state", ["Desinscrito", "Desinscrito oficio", "DESINSCRITO OFICIO"])
def test_trap_05_deregistered_and_deregistered_ex_officio_are_both_known(state: str) -> None:
    assert read(entry(estado=state)) == (Outcome.BARRED_DEREGISTERED, ())


def test_arrears_count_before_a_missing_return_and_both_are_kept() -> None:
    assert read(entry(moroso="SI", omiso="SI")) == (ARREARS, (MISSING,))
    assert read(entry(moroso="SI", omiso="SI", estado="Desinscrito")) == (
        Outcome.BARRED_DEREGISTERED,
        (ARREARS, MISSING),
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"Inscrito"',
        b"1",
        b"{}",
        b"{",
        b"\xff\xfe",
        b'{"situacion": null, "nombre": "X", "tipoIdentificacion": "02"}',
        b'{"situacion": [], "nombre": "X", "tipoIdentificacion": "02"}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        sample("hacienda/http_400.html"),
        None,
    ],
)
def test_a_body_that_is_no_register_entry_is_malformed(body: bytes | None) -> None:
    assert read_answer(body, "cr.cedula_juridica").outcome is Outcome.MALFORMED


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        (b'"moroso":"NO"', b'"moroso":"SI","moroso":"NO"'),
        (b'"estado":"Inscrito"', b'"estado":"Desinscrito","estado":"Inscrito"'),
        (b'"situacion":', b'"situacion":{"moroso":"SI","omiso":"NO","estado":"Inscrito"},"situacion":'),
        (b'"nombre":', b'"nombre":"OTRO","nombre":'),
        (b'"moroso":"NO"', b'"moroso":"SI","\\u006doroso":"NO"'),
    ],
)
def test_a_member_that_stands_twice_is_malformed_whatever_the_last_one_says(once: bytes, twice: bytes) -> None:
    body = entry(moroso="NO")
    assert read(body) == (Outcome.CLEAR, ())
    assert once in body
    assert read(body.replace(once, twice, 1)) == (Outcome.MALFORMED, ())


@pytest.mark.parametrize("name", [1, None, ["X"], "X" * 201, "A\u202eB", "A\x00B", "A\nB"])
def test_a_name_that_is_no_printable_text_is_malformed(name: object) -> None:
    document = orjson.loads(sample("hacienda/registered_clear.json"))
    document["nombre"] = name
    assert read(orjson.dumps(document))[0] is Outcome.MALFORMED


def test_an_error_beside_a_register_entry_is_an_error() -> None:
    document = orjson.loads(sample("hacienda/registered_clear.json"))
    assert read(orjson.dumps(document | {"code": 429}))[0] is Outcome.RATE_LIMITED
    assert read(orjson.dumps(document | {"code": 200}))[0] is Outcome.MALFORMED


def test_a_number_that_the_register_holds_as_another_kind_is_no_information() -> None:
    assert read(sample("hacienda/registered_clear.json"), "cr.nite") == (Outcome.NO_INFORMATION, ())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.sampled_from(["SI", "NO", "Inscrito", "02", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["situacion", "moroso", "omiso", "estado", "nombre", "tipoIdentificacion", "code"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_gives_an_answer_and_clear_only_by_the_exact_words(document: object) -> None:
    if read_answer(orjson.dumps(document), "cr.cedula_juridica").outcome is Outcome.CLEAR:
        assert isinstance(document, dict)
        situation = document["situacion"]
        assert (situation["estado"], situation["moroso"], situation["omiso"]) == ("Inscrito", "NO", "NO")


@given(st.binary(max_size=300))
def test_any_bytes_give_an_unknown_outcome(body: bytes) -> None:
    assert read_answer(body, "cr.dimex").outcome.standing is Standing.UNKNOWN


# --- over a socket ---


@pytest.fixture
def quota(monotonic: Monotonic) -> NoQuota:
    return NoQuota(monotonic)


@pytest.fixture
async def agency(sandbox: Sandbox, clock: FixedClock, quota: NoQuota) -> AsyncIterator[Hacienda]:
    adapter = Hacienda("hacienda", sandbox.addresses.hacienda, clock=clock, pause=quota.pause)
    yield adapter
    await adapter.close()


async def test_a_clear_answer_has_our_time_no_date_and_the_name(agency: Hacienda) -> None:
    evidence = await agency.find(company("3101999901"), PLENTY)
    finding = only(evidence)
    assert (finding.scheme, finding.agency, finding.outcome) == ("tax", "hacienda", Outcome.CLEAR)
    assert (finding.checked_at, finding.data_as_of) == (NOW, None)
    (name,) = evidence.facts
    assert (name.name, name.value, name.source) == (
        FactName.NAME,
        "PANADERIA LUNA DE PAPEL SOCIEDAD ANONIMA",
        "hacienda",
    )


async def test_trap_06_an_error_inside_a_200_is_no_information(agency: Hacienda, sandbox: Sandbox) -> None:
    sandbox.behave("hacienda", Behaviour.EMBEDDED_ERROR)
    assert outcome(await agency.find(company("3101999901"), PLENTY)) is Outcome.NO_INFORMATION


async def test_trap_07_a_404_that_is_a_200_the_next_time_is_unknown_and_then_clear(
    agency: Hacienda, sandbox: Sandbox
) -> None:
    sandbox.behave("hacienda", Behaviour.FLAPPING)
    asked = [outcome(await agency.find(company("3101999901"), PLENTY)) for _ in range(3)]
    assert asked == [Outcome.NO_INFORMATION, Outcome.CLEAR, Outcome.NO_INFORMATION]


async def test_trap_08_a_400_in_html_is_malformed(agency: Hacienda, sandbox: Sandbox) -> None:
    sandbox.behave("hacienda", Behaviour.BAD_REQUEST_HTML)
    assert outcome(await agency.find(company("3101999901"), PLENTY)) is Outcome.MALFORMED


async def test_trap_09_a_hang_is_unavailable_at_the_deadline(agency: Hacienda, sandbox: Sandbox) -> None:
    sandbox.behave("hacienda", Behaviour.HANG)
    assert outcome(await agency.find(company("3101999901"), SOON)) is Outcome.UNAVAILABLE


async def test_trap_10_a_429_pauses_the_whole_agency_for_as_long_as_it_says(
    agency: Hacienda, sandbox: Sandbox, quota: NoQuota, monotonic: Monotonic
) -> None:
    guard = Guard(agency, FixedClock(), quota=quota)
    sandbox.behave("hacienda", Behaviour.RATE_LIMITED)
    assert outcome(await guard.find(company("3101999901"), PLENTY)) is Outcome.RATE_LIMITED
    sandbox.behave("hacienda", None)
    monotonic.seconds += 599
    assert outcome(await guard.find(company("3102999902"), PLENTY)) is Outcome.RATE_LIMITED
    assert sandbox.calls("hacienda") == 1
    monotonic.seconds += 1
    assert outcome(await guard.find(company("3101999901"), PLENTY)) is Outcome.CLEAR


@pytest.mark.parametrize("behaviour", [Behaviour.UNAVAILABLE, Behaviour.RESET, Behaviour.NOT_FOUND])
async def test_nothing_but_a_429_pauses_it(
    agency: Hacienda, sandbox: Sandbox, quota: NoQuota, behaviour: Behaviour
) -> None:
    sandbox.behave("hacienda", behaviour)
    await agency.find(company("3101999901"), PLENTY)
    assert await quota.take(1, Urgency.LIVE, 0.0)


def test_an_enterprise_costs_a_call_for_each_number_that_the_ministry_can_know(agency: Hacienda) -> None:
    assert agency.calls_for(Enterprise((CLEAR_COMPANY, BARRED_PERSON, Identifier("br.cnpj", "1")))) == 2


async def test_a_503_is_unavailable(agency: Hacienda, sandbox: Sandbox) -> None:
    sandbox.behave("hacienda", Behaviour.UNAVAILABLE)
    assert outcome(await agency.find(company("3101999901"), PLENTY)) is Outcome.UNAVAILABLE


async def test_not_registered_and_no_information_are_kept_apart(agency: Hacienda) -> None:
    assert outcome(await agency.find(person("100000078"), PLENTY)) is Outcome.BARRED_NOT_REGISTERED
    assert outcome(await agency.find(company("3101999999"), PLENTY)) is Outcome.NO_INFORMATION


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        ("cr.cedula_juridica", "3-101-999901", Outcome.CLEAR),
        ("cr.cedula_juridica", "310199990127", Outcome.CLEAR),
        ("cr.cedula_fisica", "01-0000-0051", MISSING),
        ("cr.cedula_fisica", "0100000051", MISSING),
    ],
)
async def test_trap_11_a_number_reaches_the_ministry_without_padding_hyphens_and_check_digits(
    agency: Hacienda, kind: str, written: str, expected: Outcome
) -> None:
    assert outcome(await agency.find(Enterprise((normalise(kind, written),)), PLENTY)) is expected


async def test_an_identifier_that_the_ministry_does_not_know_is_not_sent(agency: Hacienda, sandbox: Sandbox) -> None:
    stranger = Enterprise((Identifier("br.cnpj", "3101999901"),))
    assert outcome(await agency.find(stranger, PLENTY)) is Outcome.NO_INFORMATION
    assert sandbox.calls("hacienda") == 0


CLEAR_COMPANY = Identifier("cr.cedula_juridica", "3101999901")
OWING_COMPANY = Identifier("cr.cedula_juridica", "3101999904")
BARRED_PERSON = Identifier("cr.cedula_fisica", "100000051")
UNKNOWN_DIMEX = Identifier("cr.dimex", "100000000086")


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((CLEAR_COMPANY, BARRED_PERSON), (MISSING, ())),
        ((BARRED_PERSON, CLEAR_COMPANY), (MISSING, ())),
        ((OWING_COMPANY, BARRED_PERSON), (ARREARS, (MISSING,))),
        ((CLEAR_COMPANY, UNKNOWN_DIMEX), (Outcome.NO_INFORMATION, ())),
        ((UNKNOWN_DIMEX, OWING_COMPANY), (ARREARS, (Outcome.NO_INFORMATION,))),
        ((OWING_COMPANY, BARRED_PERSON, UNKNOWN_DIMEX), (ARREARS, (MISSING, Outcome.NO_INFORMATION))),
        ((CLEAR_COMPANY, Identifier("cr.nite", "3101999901")), (Outcome.NO_INFORMATION, ())),
        ((CLEAR_COMPANY, Identifier("br.cnpj", "1")), (Outcome.CLEAR, ())),
    ],
)
async def test_every_number_that_the_ministry_can_know_is_asked_and_the_worst_answer_counts(
    agency: Hacienda, sandbox: Sandbox, numbers: tuple[Identifier, ...], expected: tuple[Outcome, tuple[Outcome, ...]]
) -> None:
    finding = only(await agency.find(Enterprise(numbers), PLENTY))
    assert (finding.outcome, finding.further) == expected
    assert sandbox.calls("hacienda") == len([number for number in numbers if number.kind.startswith("cr.")])


async def test_numbers_of_two_people_give_both_names(agency: Hacienda) -> None:
    evidence = await agency.find(Enterprise((CLEAR_COMPANY, BARRED_PERSON)), PLENTY)
    assert [fact.value for fact in evidence.facts] == [
        "PANADERIA LUNA DE PAPEL SOCIEDAD ANONIMA",
        "PERSONA INVENTADA CINCO DEL BOSQUE",
    ]


async def test_of_two_numbers_one_that_hangs_leaves_the_ministry_unavailable_in_time(
    agency: Hacienda, sandbox: Sandbox
) -> None:
    sandbox.behave("hacienda", Behaviour.HANG)
    evidence = await agency.find(Enterprise((CLEAR_COMPANY, BARRED_PERSON)), SOON)
    assert outcome(evidence) is Outcome.UNAVAILABLE


async def test_trap_23_the_name_at_the_agency_is_handed_on_as_it_is(agency: Hacienda) -> None:
    applicant = Enterprise((Identifier("cr.cedula_juridica", "3101999901"),), name="OTRO NOMBRE")
    (fact,) = (await agency.find(applicant, PLENTY)).facts
    assert fact.value == "PANADERIA LUNA DE PAPEL SOCIEDAD ANONIMA"


async def test_every_scheme_gets_one_finding(sandbox: Sandbox, clock: FixedClock) -> None:
    adapter = Hacienda("hacienda", sandbox.addresses.hacienda, clock=clock, schemes=("tax", "vat"))
    evidence = await adapter.find(company("3101999904"), PLENTY)
    await adapter.close()
    assert [(f.scheme, f.outcome) for f in evidence.findings] == [("tax", ARREARS), ("vat", ARREARS)]
