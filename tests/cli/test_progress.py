"""Who waits for agencies sees each of them, in its own language."""

from __future__ import annotations

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from certsvc.v1 import certificate_service_pb2 as pb
from tests.cli.conftest import Certsvc
from tests.cli.messages import APPLICATION, application
from tests.cli.standin import StandIn

FIRM = ("--kind", "cr.cedula_juridica", "--id", "3-101-999901")
ASKING, WAITING = pb.AgencyProgress.STATE_ASKING, pb.AgencyProgress.STATE_WAITING


def waiting(
    fund: pb.AgencyProgress.State, state: pb.Application.State = pb.Application.STATE_PENDING
) -> pb.Application:
    """An application that waits for the fund."""
    made = application(state)
    made.attempts = 3
    made.progress.add(
        agency="hacienda",
        schemes=["tax"],
        state=pb.AgencyProgress.STATE_ANSWERED,
        check_time=Timestamp(seconds=1_800_000_000),
    )
    made.progress.add(agency="ccss", schemes=["social_security", "work_injury"], state=fund)
    return made


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            (
                "Attempts: 3",
                "Agency    Schemes                       Progress          Asked",
                "hacienda  tax                           has answered      2027-01-15 08:00:00Z",
                "ccss      social_security, work_injury  has not answered",
            ),
        ),
        (
            "es",
            (
                "Intentos: 3",
                "Institución  Obligaciones                  Avance         Consultada",
                "hacienda     tax                           respondió      2027-01-15 08:00:00Z",
                "ccss         social_security, work_injury  sin respuesta",
            ),
        ),
    ],
)
def test_an_application_shows_each_agency(
    certsvc: Certsvc, service: StandIn, language: str, lines: tuple[str, ...]
) -> None:
    service.answers["GetApplication"] = waiting(WAITING)
    shown = certsvc("get", f"applications/{APPLICATION}", "--lang", language).out
    assert "\n".join(lines) in shown


def test_one_that_expired_shows_who_never_answered(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["GetApplication"] = waiting(WAITING, pb.Application.STATE_EXPIRED)
    assert "work_injury  has not answered\n" in certsvc("get", APPLICATION).out


def test_operators_see_who_is_at_it(certsvc: Certsvc, service: StandIn) -> None:
    held = waiting(ASKING)
    held.worker = "host-1-abc"
    held.lease_expire_time.CopyFrom(Timestamp(seconds=1_800_000_000))
    service.answers["GetApplication"] = held
    shown = certsvc("get", APPLICATION).out
    assert "Being attempted by host-1-abc, until 2027-01-15 08:00:00Z\n" in shown
    assert "is being asked" in shown


def test_a_state_that_only_a_newer_service_knows_is_shown_as_it_comes(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["GetApplication"] = waiting(99)  # type: ignore[arg-type]  # of a later version
    assert "work_injury  99\n" in certsvc("get", APPLICATION).out


def test_whoever_waits_is_told_each_change_once(certsvc: Certsvc, service: StandIn) -> None:
    changes = [waiting(WAITING), waiting(ASKING), waiting(ASKING), waiting(WAITING)]
    ended = waiting(WAITING, pb.Application.STATE_EXPIRED)
    service.answers["IssueCertificate"] = pb.IssueCertificateResponse(application=changes[0])
    service.answers["WatchApplication"] = tuple(
        pb.WatchApplicationResponse(application=each) for each in (*changes, ended)
    )
    ran = certsvc("apply", *FIRM, "--wait", "30")
    assert ran.status == 1
    told = [line for line in ran.err.splitlines() if line.startswith("  ")]
    assert told == [
        "  hacienda: has answered",
        "  ccss: has not answered",
        "  ccss: is being asked",
        "  ccss: has not answered",
    ]


def test_with_json_nothing_but_the_application_is_printed(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["IssueCertificate"] = pb.IssueCertificateResponse(application=waiting(WAITING))
    service.answers["WatchApplication"] = (
        pb.WatchApplicationResponse(application=waiting(WAITING, pb.Application.STATE_EXPIRED)),
    )
    ran = certsvc("apply", *FIRM, "--wait", "30", "--json")
    assert [each["state"] for each in ran.data["progress"]] == ["STATE_ANSWERED", "STATE_WAITING"]
    assert "ccss" not in ran.err
