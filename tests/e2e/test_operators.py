"""An operator's night: an agency is out, another lies, an enterprise is wronged; by the commands, on a real service.

The ordinary next attempt is an hour away in every test here: what is decided soon, an operator's act has brought.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from certsvc.agencies.sandbox.scenario import Behaviour, CastMember, load_scenario, shipped_text
from certsvc.cli.main import run
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2
from tests.e2e.stack import Running, Stage
from tests.wire import request_for

CAST = {member.key: member for member in load_scenario(shipped_text()).cast}
CLEAR, ARREARS = CAST["clear"], CAST["tax-arrears"]
NOT_SOON = {"pending__first_retry_seconds": "3600", "pending__last_retry_seconds": "3600"}
SECONDS = 10.0
State = pb.Application.State


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    data: Any
    err: str


Command = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def service(on_stage: Stage) -> AsyncIterator[Running]:
    async with on_stage.serve(**NOT_SOON) as running:
        yield running


@pytest.fixture
def certsvc(service: Running, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs a command against the service, as somebody, and reads its JSON."""

    async def call(*arguments: str, caller: str = "operator") -> Ended:
        capfd.readouterr()
        connection = ("--config", str(service.data), "--address", service.grpc_address, "--as", caller, "--json")
        status = await asyncio.to_thread(run, [*arguments, *connection])
        out, err = capfd.readouterr()
        printed = re.search(r"^\{.*?^\}$", out, re.MULTILINE | re.DOTALL)  # beside the log of the service
        return Ended(status, json.loads(printed[0]) if printed else None, err)

    return call


async def apply(service: Running, member: CastMember) -> pb.Application:
    async with service.certificates() as stub:
        answer: pb.IssueCertificateResponse = await stub.IssueCertificate(
            request_for(member, str(uuid.uuid4())), timeout=30
        )
        return answer.application


async def decided(service: Running, waits: pb.Application) -> pb.Application:
    """The application once it is pending no more."""
    async with service.certificates() as stub:
        watch = stub.WatchApplication(pb.WatchApplicationRequest(name=waits.name), timeout=SECONDS)
        async for answer in watch:
            application: pb.Application = answer.application
            if application.state != State.STATE_PENDING:
                return application
    raise AssertionError("the watch ended before the application was decided")


async def of(certsvc: Command, agency: str) -> Any:
    """What the status says of the agency."""
    return next(each for each in (await certsvc("status")).data["agencies"] if each["agency"] == agency)


async def test_while_an_agency_is_out_a_switch_lets_who_waits_have_a_provisional_certificate(
    on_stage: Stage, service: Running, certsvc: Command
) -> None:
    on_stage.sandbox.behave("ccss", Behaviour.UNAVAILABLE)
    waits = await apply(service, CLEAR)
    assert waits.state == State.STATE_PENDING
    assert (await of(certsvc, "ccss"))["pending_applications"] == "1"
    done = await certsvc(
        *("agency", "mode", "ccss", "provisional", "--until", "48h", "--reason", "outage, ticket 7", "--yes")
    )
    assert done.status == 0, done.err
    granted = await decided(service, waits)
    assert granted.certificate.kind == enterprise_pb2.CERTIFICATE_KIND_PROVISIONAL
    assert [left.agency for left in granted.decision.unchecked] == ["ccss"]
    assert (await of(certsvc, "ccss"))["mode"]["reason"] == "outage, ticket 7"
    back = await certsvc("agency", "mode", "ccss", "rules", "--reason", "it is back", "--yes")
    assert back.status == 0
    assert "mode" not in await of(certsvc, "ccss")
    assert (await apply(service, CLEAR)).state == State.STATE_PENDING


async def test_a_mode_that_the_rules_do_not_allow_is_refused_by_naming_those_that_they_do(certsvc: Command) -> None:
    done = await certsvc("agency", "mode", "hacienda", "refuse", "--until", "48h", "--reason", "r", "--yes")
    assert done.status == 4
    assert "they allow pending" in done.err


async def test_what_is_held_of_an_agency_is_released_by_two_persons_and_who_waited_is_decided(
    service: Running, certsvc: Command, database: str
) -> None:
    sql = await asyncpg.connect(database)
    await sql.execute(
        "INSERT INTO agency_hold (agency, since, suspect_from, asked, turned)"
        " VALUES ('hacienda', now(), now() - interval '6 hours', 412, 398)"
    )
    await sql.close()
    waits = await apply(service, CLEAR)
    assert waits.state == State.STATE_PENDING
    assert [reason.agency for reason in waits.decision.reasons] == ["hacienda"]
    assert (await of(certsvc, "hacienda"))["hold"]["turned"] == "398"
    release = ("agency", "release", "hacienda", "--reason", "confirmed by phone", "--yes")
    for _ in range(2):
        proposed = await certsvc(*release)
        assert (proposed.status, proposed.data["proposed_by"]) == (3, "operator/demo"), (
            "one person alone releases nothing"
        )
    assert (await of(certsvc, "hacienda"))["hold"]["proposed_by"] == "operator/demo"
    released = await certsvc(*release, caller="approver")
    assert (released.status, released.data["released_by"]) == (0, "operator/approver")
    assert (await decided(service, waits)).state == State.STATE_GRANTED
    assert "hold" not in await of(certsvc, "hacienda")
    assert (await certsvc(*release)).status == 1


async def test_a_disputed_bar_refuses_no_more_once_a_second_person_has_approved(
    service: Running, certsvc: Command
) -> None:
    assert (await apply(service, ARREARS)).state == State.STATE_REFUSED
    number = ("--kind", ARREARS.identifier.kind, "--id", ARREARS.identifier.value)
    opened = await certsvc(
        *(
            "agency",
            "dispute",
            "open",
            "hacienda",
            "tax",
            *number,
            "--statement",
            "receipt 12",
            "--until",
            "20d",
            "--yes",
        )
    )
    assert (opened.status, opened.data["state"]) == (0, "STATE_OPEN"), opened.err
    assert (await apply(service, ARREARS)).state == State.STATE_REFUSED
    approve = ("agency", "dispute", "approve", opened.data["name"], "--yes")
    own = await certsvc(*approve)
    assert own.status == 4
    assert "another person must approve it" in own.err
    assert (await certsvc(*approve, caller="approver")).data["approved_by"] == "operator/approver"
    waits = await apply(service, ARREARS)
    assert waits.state == State.STATE_PENDING, "a dispute leaves open; it clears nobody"
    listed = await certsvc("agency", "dispute", "list", *number, caller="auditor")
    assert [dispute["state"] for dispute in listed.data["disputes"]] == ["STATE_APPROVED"]
    closed = await certsvc("agency", "dispute", "close", opened.data["name"], "--yes")
    assert closed.data["state"] == "STATE_CLOSED"
    assert (await decided(service, waits)).state == State.STATE_REFUSED


@pytest.mark.parametrize("caller", ["programme", "auditor"])
async def test_only_operators_act(certsvc: Command, caller: str) -> None:
    done = await certsvc("agency", "release", "hacienda", "--reason", "r", "--yes", caller=caller)
    assert done.status == 1
    assert "ROLE_NOT_ALLOWED" in done.err
