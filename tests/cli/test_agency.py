"""Rules: nothing is done unasked; each screen says what will happen and what did; a second person is another identity;
at a glance it is seen which agency is out, since when, what is held, what is switched and who waits."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import BadRequest
from google.type.date_pb2 import Date

from certsvc.cli.main import run
from certsvc.cli.moments import read_until, span
from certsvc.v1 import enterprise_pb2
from certsvc.v1 import operations_service_pb2 as pb
from tests.cli.conftest import Ran
from tests.cli.standin import Failure, StandIn

ID = "6d1f1f3e-0000-4000-8000-000000000009"
OPERATOR, APPROVER = "operator/demo", "operator/approver"
REASON = "ticket 7 [bold]{x}"
Call = Callable[..., Ran]
Status = pb.AgencyStatus


@pytest.fixture
def agency(folder: Path, service: StandIn, capfd: pytest.CaptureFixture[str]) -> Call:
    """Runs `certsvc agency` against the stand-in, in English unless told otherwise."""

    def call(*arguments: str, lang: str = "en") -> Ran:
        status = run(["--lang", lang, "agency", *arguments, "--config", str(folder), "--address", service.address])
        out, err = capfd.readouterr()
        return Ran(status, out, err)

    return call


@pytest.fixture
def status(folder: Path, service: StandIn, capfd: pytest.CaptureFixture[str]) -> Call:
    """Runs `certsvc status` against the stand-in, which tells of these agencies."""

    def call(*agencies: pb.AgencyStatus, lang: str = "en") -> Ran:
        service.answers["GetServiceStatus"] = standing(*agencies)
        ended = run(["--lang", lang, "status", "--config", str(folder), "--address", service.address])
        out, err = capfd.readouterr()
        return Ran(ended, out, err)

    return call


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Sits at a terminal and types this."""

    @contextmanager
    def sit(text: str) -> Any:
        (tmp_path / "typed").write_text(text)
        with (tmp_path / "typed").open() as terminal, monkeypatch.context() as patch:
            patch.setattr(terminal, "isatty", lambda: True, raising=False)
            patch.setattr(sys, "stdin", terminal)
            yield

    return sit


def ago(**passed: float) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(datetime.now(UTC) - timedelta(**passed))
    return made


def standing(*agencies: pb.AgencyStatus) -> pb.GetServiceStatusResponse:
    return pb.GetServiceStatusResponse(version="0.1.0", rule_set="costa_rica/2026-01-01", agencies=agencies)


def well(name: str = "ins") -> pb.AgencyStatus:
    return pb.AgencyStatus(
        agency=name,
        breaker=Status.BREAKER_CLOSED,
        concurrency_limit=16,
        in_flight=3,
        quota_left=73,
        answer_time=ago(seconds=8.5),
        data_as_of=Date(year=2026, month=11, day=24),
    )


def out(name: str = "ccss") -> pb.AgencyStatus:
    return pb.AgencyStatus(
        agency=name,
        breaker=Status.BREAKER_OPEN,
        concurrency_limit=2,
        waiting=12,
        pending_applications=1204,
        oldest_pending_age=Duration(seconds=3 * 86_400 + 4 * 3600 + 59),
        answer_time=ago(days=3, hours=5),
    )


def hold(proposed_by: str = "", released_by: str = "") -> pb.AgencyHold:
    return pb.AgencyHold(
        agency="hacienda",
        hold_time=Timestamp(seconds=1_800_000_000),
        suspect_time=Timestamp(seconds=1_799_978_400),
        asked=412,
        turned=398,
        proposed_by=proposed_by,
        propose_time=Timestamp(seconds=1_800_003_600) if proposed_by else None,
        reason=REASON if proposed_by else "",
        released_by=released_by,
        release_time=Timestamp(seconds=1_800_007_200) if released_by else None,
    )


def held(proposed_by: str = "") -> pb.AgencyStatus:
    made = well("hacienda")
    made.hold.CopyFrom(hold(proposed_by))
    return made


def mode(which: pb.DegradedMode = pb.DEGRADED_MODE_PROVISIONAL) -> pb.AgencyMode:
    until = Timestamp(seconds=1_796_126_400)
    return pb.AgencyMode(agency="ccss", mode=which, reason=REASON, actor=OPERATOR, expire_time=until)


def dispute(state: pb.Dispute.State = pb.Dispute.STATE_OPEN, statement: str = "receipt 12") -> pb.Dispute:
    return pb.Dispute(
        name=f"disputes/{ID}",
        state=state,
        agency="ccss",
        scheme="social_security",
        identifier=enterprise_pb2.Identifier(kind="cr.cedula_juridica", value="3101999901"),
        statement=statement,
        opened_by=OPERATOR,
        expire_time=Timestamp(seconds=1_796_126_400),
    )


SWITCH = ("mode", "ccss", "provisional", "--until", "2026-12-01T06:00-06:00", "--reason", REASON)
RELEASE = ("release", "hacienda", "--reason", "confirmed by phone")
OPEN = (
    *("dispute", "open", "ccss", "social_security", "--kind", "cr.cedula_juridica", "--id", "3-101-999901"),
    *("--statement", "receipt 12", "--until", "2026-12-01T12:00Z"),
)
ACTS: dict[str, tuple[tuple[str, ...], Any]] = {
    "SwitchAgencyMode": (SWITCH, pb.SwitchAgencyModeResponse(mode=mode())),
    "ReleaseAgencyHold": (RELEASE, pb.ReleaseAgencyHoldResponse(hold=hold(OPERATOR, APPROVER))),
    "OpenDispute": (OPEN, pb.OpenDisputeResponse(dispute=dispute())),
    "ApproveDispute": (
        ("dispute", "approve", ID),
        pb.ApproveDisputeResponse(dispute=dispute(pb.Dispute.STATE_APPROVED)),
    ),
    "CloseDispute": (("dispute", "close", ID), pb.CloseDisputeResponse(dispute=dispute(pb.Dispute.STATE_CLOSED))),
}


@pytest.mark.parametrize("method", ACTS)
def test_without_a_terminal_nothing_is_done_unasked(agency: Call, service: StandIn, method: str) -> None:
    arguments, service.answers[method] = ACTS[method]
    ran = agency(*arguments)
    assert (ran.status, service.calls) == (2, [])
    assert "--yes" in ran.err
    assert agency(*arguments, "--json").status == 2
    assert not service.calls


@pytest.mark.parametrize(("answer", "ended", "sent"), [("n\n", 130, False), ("y\n", 0, True), ("", 130, False)])
@pytest.mark.parametrize("method", ACTS)
def test_on_a_terminal_it_is_done_after_a_yes_alone(
    agency: Call, service: StandIn, typed: Any, method: str, answer: str, ended: int, sent: bool
) -> None:
    arguments, service.answers[method] = ACTS[method]
    service.answers["GetServiceStatus"] = standing(out(), held())
    service.answers["ListDisputes"] = pb.ListDisputesResponse(disputes=[dispute()])
    with typed(answer):
        ran = agency(*arguments)
    assert (ran.status, service.called(method)) == (ended, sent)


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("method", ACTS)
def test_each_act_speaks_both_languages_and_json(agency: Call, service: StandIn, method: str, lang: str) -> None:
    arguments, service.answers[method] = ACTS[method]
    assert agency(*arguments, "--yes", lang=lang).out
    assert agency(*arguments, "--yes", "--json", lang=lang).data


def test_a_switch_says_until_when_and_sends_the_instant_in_utc(agency: Call, service: StandIn) -> None:
    service.answers["SwitchAgencyMode"] = pb.SwitchAgencyModeResponse(mode=mode())
    ran = agency(*SWITCH, "--yes")
    asked = service.asked("SwitchAgencyMode")
    assert (asked.agency, asked.mode, asked.reason) == ("ccss", pb.DEGRADED_MODE_PROVISIONAL, REASON)
    assert asked.expire_time.ToDatetime(UTC) == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert "until 2026-12-01 12:00Z: PROVISIONAL" in ran.out
    assert OPERATOR in ran.out
    assert ran.status == 0


def test_going_back_to_the_rules_sends_no_mode_and_no_end(agency: Call, service: StandIn) -> None:
    service.answers["SwitchAgencyMode"] = pb.SwitchAgencyModeResponse(mode=pb.AgencyMode(agency="ccss", actor=OPERATOR))
    ran = agency("mode", "ccss", "rules", "--reason", "it is back", "--yes")
    asked = service.asked("SwitchAgencyMode")
    assert (asked.mode, asked.HasField("expire_time")) == (pb.DEGRADED_MODE_UNSPECIFIED, False)
    assert "what the rules say" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("mode", "ccss", "provisional", "--reason", "r", "--yes"),
        ("mode", "ccss", "rules", "--until", "48h", "--reason", "r", "--yes"),
        ("mode", "ccss", "open", "--until", "48h", "--reason", "r", "--yes"),
        ("mode", "ccss", "reuse", "--until", "2026-12-01T12:00", "--reason", "r", "--yes"),
        ("mode", "ccss", "reuse", "--until", "soon", "--reason", "r", "--yes"),
        ("mode", "ccss", "reuse", "--until", "48h", "--yes"),
        ("release", "ccss", "--yes"),
        ("dispute", "open", "ccss", "tax", "--kind", "k", "--id", "1", "--statement", "s", "--yes"),
        ("dispute", "list", "--kind", "cr.nite"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_sent(
    agency: Call, service: StandIn, arguments: tuple[str, ...]
) -> None:
    assert agency(*arguments).status == 2
    assert not service.calls


def test_before_a_switch_it_shows_who_waits_and_what_will_happen(agency: Call, service: StandIn, typed: Any) -> None:
    service.answers["GetServiceStatus"] = standing(out(), held())
    with typed("n\n"):
        shown = agency(*SWITCH).out
    for text in ("ccss", "OUT", "3d04h", "PROVISIONAL certificates", "attempted again now: 1204"):
        assert text in shown
    assert "hacienda" not in shown


def test_what_the_rules_do_not_allow_is_refused_with_what_they_do(agency: Call, service: StandIn) -> None:
    why = "the rules in force allow no such mode for this agency; they allow pending"
    bad = BadRequest(field_violations=[BadRequest.FieldViolation(field="mode", description=why)])
    service.answers["SwitchAgencyMode"] = Failure(grpc.StatusCode.INVALID_ARGUMENT, "invalid", (bad,))
    ran = agency(*SWITCH, "--yes")
    assert ran.status == 4
    assert f"mode: {why}" in ran.err


def test_a_release_that_is_only_proposed_is_no_success_and_says_who_must_follow(agency: Call, service: StandIn) -> None:
    service.answers["ReleaseAgencyHold"] = pb.ReleaseAgencyHoldResponse(hold=hold(OPERATOR))
    ran = agency(*RELEASE, "--yes")
    assert ran.status == 3
    assert "STILL HELD" in ran.out
    assert "certsvc agency release hacienda" in ran.out
    assert service.callers == [f"spiffe://certsvc.localhost/{OPERATOR}"]
    asked = service.asked("ReleaseAgencyHold")
    assert (asked.agency, asked.reason) == ("hacienda", "confirmed by phone")


def test_the_second_person_releases_under_another_identity(agency: Call, service: StandIn) -> None:
    service.answers["ReleaseAgencyHold"] = pb.ReleaseAgencyHoldResponse(hold=hold(OPERATOR, APPROVER))
    ran = agency(*RELEASE, "--yes", "--as", "approver")
    assert ran.status == 0
    assert f"Released by {APPROVER}" in ran.out
    assert service.callers == [f"spiffe://certsvc.localhost/{APPROVER}"]


@pytest.mark.parametrize(("proposed_by", "says"), [("", "PROPOSES"), (OPERATOR, "RELEASES it now")])
def test_before_a_release_it_shows_what_is_held_and_what_this_call_does(
    agency: Call, service: StandIn, typed: Any, proposed_by: str, says: str
) -> None:
    service.answers["GetServiceStatus"] = standing(held(proposed_by))
    with typed("n\n"):
        shown = agency(*RELEASE).out
    assert "398 of 412" in shown
    assert says in shown
    assert (REASON in shown) == bool(proposed_by)


def test_where_nothing_is_held_there_is_nothing_to_ask(agency: Call, service: StandIn, typed: Any) -> None:
    service.answers["GetServiceStatus"] = standing(well("hacienda"))
    with typed("y\n"):
        ran = agency(*RELEASE)
    assert ran.status == 1
    assert "Nothing of hacienda is held" in ran.out
    assert not service.called("ReleaseAgencyHold")


def test_an_opened_dispute_tells_what_the_second_person_has_to_type(agency: Call, service: StandIn) -> None:
    service.answers["OpenDispute"] = pb.OpenDisputeResponse(dispute=dispute())
    ran = agency(*OPEN, "--yes")
    assert ran.status == 0
    assert f"certsvc agency dispute approve {ID}" in ran.out
    assert "One was open already" not in ran.out
    asked = service.asked("OpenDispute")
    assert (asked.agency, asked.scheme, asked.identifier.value) == ("ccss", "social_security", "3-101-999901")
    assert (asked.statement, asked.expire_time) == ("receipt 12", dispute().expire_time)


def test_it_is_said_if_another_dispute_was_open(agency: Call, service: StandIn) -> None:
    service.answers["OpenDispute"] = pb.OpenDisputeResponse(
        dispute=dispute(pb.Dispute.STATE_APPROVED, statement="receipt 11")
    )
    ran = agency(*OPEN, "--yes")
    assert "One was open already" in ran.out
    assert "receipt 11" in ran.out
    assert "does not count yet" not in ran.out


@pytest.mark.parametrize("verb", ["approve", "close"])
@pytest.mark.parametrize("known", [True, False])
def test_before_a_dispute_is_approved_or_closed_it_is_shown(
    agency: Call, service: StandIn, typed: Any, verb: str, known: bool
) -> None:
    service.answers["ListDisputes"] = pb.ListDisputesResponse(disputes=[dispute()] if known else [])
    with typed("n\n"):
        shown = agency("dispute", verb, ID, "--as", "approver").out
    assert ("receipt 12" in shown) == known
    assert ID in shown
    assert not service.called(f"{verb.capitalize()}Dispute")


def test_a_dispute_is_approved_by_its_id_or_its_name(agency: Call, service: StandIn) -> None:
    service.answers["ApproveDispute"] = pb.ApproveDisputeResponse(dispute=dispute(pb.Dispute.STATE_APPROVED))
    for named in (ID, f"disputes/{ID}"):
        ran = agency("dispute", "approve", named, "--as", "approver", "--yes")
        assert "State: APPROVED" in ran.out
        assert service.asked("ApproveDispute").name == f"disputes/{ID}"
    assert set(service.callers) == {f"spiffe://certsvc.localhost/{APPROVER}"}


def test_disputes_are_listed_in_a_table(agency: Call, service: StandIn) -> None:
    service.answers["ListDisputes"] = pb.ListDisputesResponse(disputes=[dispute(), dispute(pb.Dispute.STATE_EXPIRED)])
    shown = agency("dispute", "list", "--all", "--kind", "cr.nite", "--id", "31", "--limit", "7").out
    assert all(text in shown for text in (ID, "open", "expired", "cr.cedula_juridica 3101999901", "2026-12-01 12:00Z"))
    asked = service.asked("ListDisputes")
    assert (asked.show_closed, asked.identifier.value, asked.page_size) == (True, "31", 7)
    service.answers["ListDisputes"] = pb.ListDisputesResponse()
    assert agency("dispute", "list").out == "None.\n"


def test_a_status_where_all_is_well_says_so(status: Call) -> None:
    shown = status(well("ins"), well("fodesaf")).out
    assert "No agency is out, failing, paused, held or switched." in shown
    row = next(line for line in shown.splitlines() if line.startswith("ins"))
    assert row.split() == ["ins", "up", "-", "-", "8s", "2026-11-24", "3/16", "73"]


def test_a_status_shows_who_is_out_since_when_and_how_many_wait_how_long(status: Call) -> None:
    shown = status(well(), out()).out
    row = next(line for line in shown.splitlines() if line.startswith("ccss"))
    assert row.split() == ["ccss", "OUT", "1204", "3d04h", "3d05h", "-", "0/2+12", "-"]
    assert "! ccss is out: no answer since " in shown
    assert "Applications that wait: 1204; the oldest for 3d04h." in shown
    assert "! ins" not in shown


def test_a_status_shows_what_is_held_switched_paused_and_left_over(status: Call) -> None:
    trying = pb.AgencyStatus(agency="ccss", breaker=Status.BREAKER_HALF_OPEN, mode=mode())
    paused = well("ins")
    paused.pause_expire_time.FromDatetime(datetime.now(UTC) + timedelta(minutes=10))
    over = well("fodesaf")
    over.pause_expire_time.FromDatetime(datetime.now(UTC) - timedelta(minutes=10))
    shown = " ".join(status(trying, held(OPERATOR), paused, over, pb.AgencyStatus(agency="gone")).out.split())
    for text in (
        "ccss trying",
        "! ccss is out: it has never answered.",
        f"! ccss: while it is out, PROVISIONAL until 2026-12-01 12:00Z, by word of {OPERATOR}: {REASON}",
        "hacienda HELD",
        "! hacienda is HELD since 2027-01-15 08:00Z: it changed 398 of 412 enterprises since 2027-01-15 02:00Z.",
        f"{OPERATOR} proposed its release at 2027-01-15 09:00Z: {REASON}.",
        "ins PAUSED",
        "! ins has asked to be left alone until",
        "fodesaf up",
        "gone removed",
        "! gone is not configured any more.",
    ):
        assert text in shown, text
    assert "! fodesaf" not in shown


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("drawn", [True, False])
def test_a_status_fits_into_100_columns(status: Call, monkeypatch: pytest.MonkeyPatch, lang: str, drawn: bool) -> None:
    worst = out("a_very_long_name_of_an_agency")
    worst.mode.CopyFrom(mode())
    worst.mode.reason = "word " * 100
    worst.hold.CopyFrom(hold(OPERATOR))
    worst.hold.agency = worst.mode.agency = worst.agency
    worst.data_as_of.CopyFrom(Date(year=2026, month=11, day=24))
    worst.quota_left = 100
    if drawn:
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", status(worst, held(), well(), lang=lang).out).splitlines()
    assert max(map(len, lines)) <= 100
    row = next(line for line in lines if "3d04h" in line)
    assert all(cell in row for cell in ("1204", "3d05h", "2026-11-24", "0/2+12", "100")), "no cell is wrapped or cut"


def test_json_tells_of_agencies_all_that_the_service_does(
    folder: Path, service: StandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    service.answers["GetServiceStatus"] = standing(held(OPERATOR), out())
    assert run(["status", "--config", str(folder), "--address", service.address, "--json"]) == 0
    first, second = json.loads(capfd.readouterr().out)["agencies"]
    assert (first["hold"]["turned"], first["quota_left"], second["breaker"]) == ("398", 73, "BREAKER_OPEN")


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(-3, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (3900, "1h05m"), (86_399, "23h59m"), (98_000, "1d03h")],
)
def test_spans_are_written_in_two_units(seconds: float, written: str) -> None:
    assert span(seconds) == written


@pytest.mark.parametrize(("written", "length"), [("90m", 5400), ("48h", 172_800), ("7d", 604_800)])
def test_a_span_counts_from_now(written: str, length: int) -> None:
    nothing: Any = None
    until = read_until(nothing, nothing, written)
    assert until is not None
    assert 0 <= length - (until - datetime.now(UTC)).total_seconds() < 60
