"""Rules: a case and a recorded decision are explained alike; a decision that is not reproduced is said loudly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from google.type.date_pb2 import Date

from certsvc.cli.main import run
from certsvc.core.decision import StepState
from certsvc.core.rules.cases.trial import explained
from certsvc.rulesets import cases, load
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2
from tests.cli.conftest import Ran
from tests.cli.messages import APPLICATION
from tests.cli.standin import StandIn

Explain = Callable[..., Ran]

ARREARS = "Overdue tax, though the two other proofs are given"


@pytest.fixture
def explain(capfd: pytest.CaptureFixture[str]) -> Explain:
    """Runs `certsvc rules explain`, in English unless said otherwise."""

    def call(*arguments: str, lang: str = "en") -> Ran:
        status = run(["--lang", lang, "rules", "explain", *arguments])
        return Ran(status, *capfd.readouterr())

    return call


@pytest.fixture
def of_service(folder: Path, service: StandIn, explain: Explain) -> Explain:
    """Runs it for an application, against the stand-in."""

    def call(*arguments: str, lang: str = "en") -> Ran:
        connection = ["--config", str(folder), "--address", service.address]
        return explain("--application", APPLICATION, *connection, *arguments, lang=lang)

    return call


def answer(*, reproduced: bool = True) -> pb.ExplainApplicationResponse:
    """A refusal with one rule that failed and one that does not concern it."""
    made = pb.ExplainApplicationResponse(reproduced=reproduced)
    told = made.explanation
    told.headline = "Refused on 2026-06-01."
    told.appeal_where = "DIGEPYME"
    told.offices.add(scheme="tax", where="the online office")
    told.decision.result = enterprise_pb2.Decision.RESULT_REFUSED
    told.decision.legal_date.CopyFrom(Date(year=2026, month=6, day=1))
    told.decision.appeal_until.CopyFrom(Date(year=2026, month=7, day=1))
    told.decision.rule_set = "costa_rica/2026-01-01#sha256-x"
    told.decision.reasons.add(
        code="BARRED_ARREARS", scheme="tax", agency="hacienda", text="[Owed].", remedy="Pay.", citation="Ley 8262"
    )
    told.steps.add(
        rule="schemes.tax",
        state=pb.Step.STATE_FAILED,
        text="There is a bar.",
        scheme="tax",
        agency="hacienda",
        code="BARRED_ARREARS",
        citation="Ley 8262",
        confirmed=False,
        data_as_of=Date(year=2026, month=5, day=25),
        age_days=7,
    )
    told.steps.add(
        rule="sample", state=pb.Step.STATE_NOT_APPLICABLE, text="Not drawn.", citation="Ley 1", confirmed=True
    )
    return made


# --- A case ---


def test_a_refusal_says_what_to_do_where_and_by_when_to_appeal(explain: Explain) -> None:
    out = explain("costa_rica", "--case", ARREARS).out
    assert "FAILED   schemes.tax " in out
    assert "What to do: Pay what is overdue or agree a payment arrangement" in out
    assert "Where: the online office of the Ministry of Finance" in out
    assert "Legal basis: Ley 8262, art. 3" in out
    assert "You can appeal until 2026-07-01: " in out
    assert "* No source confirms" in out


def test_it_is_told_in_spanish_too(explain: Explain) -> None:
    out = explain("costa_rica", "--case", ARREARS, lang="es").out
    assert "NO CUMPLIDA  schemes.tax " in out
    assert "Qué hacer: Pague lo vencido" in out
    assert "Dónde: la oficina virtual del Ministerio de Hacienda" in out
    assert "Puede recurrir hasta el 2026-07-01: " in out


def test_a_case_is_found_by_its_number_or_a_part_of_its_situation_in_any_case(explain: Explain) -> None:
    number = next(n for n, case in enumerate(cases("costa_rica").cases, start=1) if case.situation == ARREARS)
    by_number, by_text = explain("costa_rica", "--case", str(number)), explain("costa_rica", "--case", ARREARS.upper())
    assert by_number.out == by_text.out
    assert by_number.out.startswith("  costa_rica/cases.toml:")


@pytest.mark.parametrize("wanted", ["a", "no such situation", "0", "100000"])
def test_a_text_of_several_cases_or_of_none_is_refused_with_those_it_may_mean(explain: Explain, wanted: str) -> None:
    ran = explain("costa_rica", "--case", wanted)
    assert (ran.status, ran.out) == (2, "")
    assert "situations" in ran.err


def test_as_data_it_holds_every_step_whether_it_concerns_the_case_or_not(explain: Explain) -> None:
    data = explain("costa_rica", "--case", ARREARS, "--json").data
    (case,) = (case for case in cases("costa_rica").cases if case.situation == ARREARS)
    steps = explained(case, load("costa_rica").in_force(case.on)).steps
    assert [(row["rule"], row["state"]) for row in data["rows"]] == [(step.rule, step.state.value) for step in steps]
    assert data["reproduced"] is None
    assert date.fromisoformat(data["appeal_until"]) == date(2026, 7, 1)


def test_rules_that_do_not_concern_the_case_are_counted_and_shown_on_demand(explain: Explain) -> None:
    short, full = explain("costa_rica", "--case", ARREARS).out, explain("costa_rica", "--case", ARREARS, "--all").out
    assert "(--all shows them)" in short
    assert "schemes.tax.arrangement" not in short
    assert "not applicable" in full
    assert "(--all shows them)" not in full


def test_every_case_that_ships_can_be_explained_in_both_languages(explain: Explain) -> None:
    for jurisdiction in ("chile", "brazil"):
        for number in range(1, len(cases(jurisdiction).cases) + 1):
            for lang in ("es", "en"):
                assert explain(jurisdiction, "--case", str(number), "--all", lang=lang).status == 0


# --- A recorded decision ---


def test_a_recorded_decision_reads_like_a_case(of_service: Explain, service: StandIn) -> None:
    service.answers["ExplainApplication"] = answer()
    ran = of_service()
    assert ran.status == 0
    assert ran.out.splitlines()[0] == "Refused on 2026-06-01."
    assert "FAILED schemes.tax There is a bar. Ley 8262 * hacienda 2026-05-25 (7 d)" in " ".join(ran.out.split())
    assert "Where: the online office" in ran.out
    assert "You can appeal until 2026-07-01: DIGEPYME." in ran.out
    assert "Recomputed from the stored evidence and rules: identical." in ran.out
    assert "Rules that do not concern this case: 1 (--all shows them)." in ran.out


def test_the_language_is_asked_of_the_service(of_service: Explain, service: StandIn) -> None:
    service.answers["ExplainApplication"] = answer()
    assert "idéntica" in of_service(lang="es").out
    request = service.asked("ExplainApplication")
    assert (request.name, request.language_code) == (f"applications/{APPLICATION}", "es")


@pytest.mark.parametrize(("lang", "warning"), [("en", "WARNING"), ("es", "ATENCIÓN")])
def test_what_is_not_reproduced_is_said_loudly_and_by_the_status(
    of_service: Explain, service: StandIn, lang: str, warning: str
) -> None:
    service.answers["ExplainApplication"] = answer(reproduced=False)
    ran = of_service(lang=lang)
    assert ran.status == 1
    assert ran.out.splitlines()[-1].startswith(warning)
    assert of_service("--json", lang=lang).data["reproduced"] is False


def test_both_kinds_of_explanation_are_the_same_data(of_service: Explain, explain: Explain, service: StandIn) -> None:
    service.answers["ExplainApplication"] = answer()
    stored, case = of_service("--json").data, explain("costa_rica", "--case", ARREARS, "--json").data
    assert stored.keys() == case.keys()
    assert stored["rows"][0].keys() == case["rows"][0].keys()
    assert stored["reasons"][0].keys() == case["reasons"][0].keys()
    assert {row["state"] for row in case["rows"]} <= {state.value for state in StepState}


# --- Usage ---


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["costa_rica"],
        ["--case", "1"],
        ["--application", APPLICATION, "--case", "1", "costa_rica"],
        ["--application", APPLICATION, "costa_rica"],
        ["--application", APPLICATION],
    ],
)
def test_it_must_be_said_what_to_explain_and_where_the_service_is(explain: Explain, arguments: list[str]) -> None:
    ran = explain(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_rules_without_a_case_table_have_nothing_to_explain(explain: Explain, tmp_path: Path) -> None:
    (tmp_path / "2026-01-01.toml").write_text(load("costa_rica").sets[-1].text, "utf-8")
    ran = explain(str(tmp_path), "--case", "1")
    assert ran.status == 2
    assert "has no case table" in ran.err
