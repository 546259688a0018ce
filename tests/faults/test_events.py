"""The server is killed while it receives what agencies report: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from certsvc.agencies.sandbox.http import EVENTS_PATH
from certsvc.agencies.sandbox.scenario import CastMember
from certsvc.v1 import agency_event_service_pb2 as event_pb
from certsvc.v1 import certificate_service_pb2 as pb
from tests.faults.conftest import World
from tests.faults.service import GRANTED, NOT_POSTED_CAST, PENDING, Client
from tests.faults.test_killed import check_books, kill_at_each, rows
from tests.pki import issue_agency


@pytest.fixture
def world(world: World) -> World:
    """Without an event, the next attempt is an hour away."""
    far = {"CERTSVC__PENDING__FIRST_RETRY_SECONDS": "3600", "CERTSVC__PENDING__LAST_RETRY_SECONDS": "3600"}
    return world._replace(environment={**world.environment, **far})


def pay(world: World, member: CastMember) -> None:
    """The social-security fund posts the payment, and tells of it to whoever follows."""
    address = json.loads((world.work / "agencies.json").read_bytes())["hacienda"].partition("/fe/")[0]
    asked = urllib.parse.urlencode({"agency": "ccss", "kind": "payment", "id": member.identifier.value})
    with urllib.request.urlopen(f"{address}{EVENTS_PATH}?{asked}", data=b"", timeout=20) as response:
        assert response.status == 200


def payment(member: CastMember) -> event_pb.AgencyEvent:
    return event_pb.AgencyEvent(
        event_id=f"receipt of {member.key}",
        kind=event_pb.AgencyEvent.KIND_PAYMENT,
        scheme="social_security",
        identifier={"kind": member.identifier.kind, "value": member.identifier.value},
        occur_time=datetime(2026, 3, 2, tzinfo=UTC),
    )


def apply(client: Client, member: CastMember) -> pb.Application:
    application = client.apply(member, str(uuid4()))
    assert application.state == PENDING
    return application


def check(world: World, answers: list[pb.Application], reported: int) -> None:
    assert {answer.state for answer in answers} == {GRANTED}
    check_books(world, answers)
    (counted,) = rows(world.dsn, "SELECT count(*) AS n, count(DISTINCT identifier) AS firms FROM agency_event")
    assert (counted["n"], counted["firms"]) == (reported, reported)


def count_warm_points(
    world: World, point: str, warm: Callable[[Client], object], act: Callable[[Client, int], object]
) -> int:
    """How many suspension points `act` has once connections and statements are there, as after a recovery."""
    with world.serve(point, 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        warm(client)
        child.arm()
        act(client, 0)
        return child.points()


@pytest.mark.timeout(300)
def test_killed_while_receiving_a_report_records_it_once_and_decides_once(world: World) -> None:
    configuration = world.data / "certsvc.toml"
    configuration.write_text(configuration.read_text("utf-8").replace("follow = true", "follow = false"), "utf-8")
    agency = issue_agency(world.data, "ccss")
    pending: list[tuple[CastMember, pb.Application]] = []
    answers: list[pb.Application] = []

    def act(client: Client, at: int) -> None:
        member = NOT_POSTED_CAST[at]
        pending.append((member, apply(client, member)))
        pay(world, member)
        client.report(agency, payment(member))

    def recover(client: Client) -> None:
        member, application = pending[-1]
        assert client.report(agency, payment(member)) in (0, 1)
        assert client.report(agency, payment(member)) == 0
        answers.append(client.outcome(application.name))

    def warmed(client: Client) -> None:
        act(client, -1)
        recover(client)

    total = count_warm_points(world, "receive", warmed, act)
    assert total > 6
    kill_at_each(world, "receive", total, act, recover)
    check(world, answers, reported=total + 2)


@pytest.mark.timeout(300)
def test_killed_between_a_followed_message_and_its_cursor_loses_no_event_and_decides_once(world: World) -> None:
    pending: list[pb.Application] = []
    answers: list[pb.Application] = []

    def act(client: Client, at: int) -> None:
        member = NOT_POSTED_CAST[at]
        pending.append(apply(client, member))
        pay(world, member)
        client.outcome(pending[-1].name)

    def recover(client: Client) -> None:
        answers.append(client.outcome(pending[-1].name))

    total = count_warm_points(world, "follow", lambda client: act(client, -1), act)
    assert total > 6
    kill_at_each(world, "follow", total, act, recover)
    check(world, answers, reported=total + 2)
