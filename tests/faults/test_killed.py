"""The server is killed, SIGKILL, at each suspension of each step, and started again.

Invariants tested: no certificate leaves unrecorded; never two for one request; a status index is never
reused; nothing acknowledged is lost; recovery ends without a person.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress

import asyncpg
import grpc
import pytest

from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import operations_service_pb2
from tests.faults.conftest import World
from tests.faults.service import CAST, FLAPPING_CAST, GRANTED, PENDING, Client

CLEAR = CAST["clear"]


def rows(dsn: str, sql: str) -> list[asyncpg.Record]:
    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    return asyncio.run(ask())


def check_books(world: World, answers: Sequence[pb.Application]) -> None:
    """Everything acknowledged is in the books once, and the books hold nothing twice."""
    recorded = rows(
        world.dsn,
        "SELECT a.request_id, a.state, c.token, c.serial, c.list_number, c.list_index"
        " FROM application a LEFT JOIN certificate c ON c.application_id = a.id",
    )
    assert len({row["request_id"] for row in recorded}) == len(recorded)
    issued = [row for row in recorded if row["token"] is not None]
    assert {row["request_id"] for row in issued} == {r["request_id"] for r in recorded if r["state"] == "GRANTED"}
    assert len({(row["list_number"], row["list_index"]) for row in issued}) == len(issued)
    tokens = {row["request_id"]: row["token"] for row in issued}
    for answer in answers:
        if answer.state == GRANTED:
            assert tokens[answer.request_id] == answer.certificate.token
    leaves = rows(world.dsn, "SELECT count(*) AS n FROM audit_leaf")[0]["n"]
    assert leaves >= len(recorded)


def count_points(world: World, point: str) -> int:
    """How many suspension points one call has when nothing is killed."""
    with world.serve(point, 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        client.apply(CLEAR, str(uuid.uuid4()))  # places are leased and lists published from here on
        child.arm()
        assert client.apply(CLEAR, str(uuid.uuid4())).state == GRANTED
        return child.points()


@pytest.mark.parametrize("point", ["issue", "commit"])
@pytest.mark.timeout(300)
def test_killed_while_issuing_gives_one_recorded_certificate_for_each_request(world: World, point: str) -> None:
    total = count_points(world, point)
    assert total >= 4
    answers: list[pb.Application] = []
    waiting: str | None = None
    # One more start than points: it recovers the last kill and kills nothing.
    for at in range(1, total + 2):
        with world.serve(point, at) as child, Client(world.data, child.ready()["grpc"]) as client:
            if waiting is not None:
                recovered = client.apply(CLEAR, waiting)
                again = client.apply(CLEAR, waiting)
                assert recovered.state == GRANTED
                assert recovered.certificate.token == again.certificate.token
                answers.append(recovered)
            if at <= total:
                waiting = str(uuid.uuid4())
                child.arm()
                with pytest.raises(grpc.RpcError):
                    client.apply(CLEAR, waiting)
                assert child.process.wait(20) == -9
    assert len(answers) == total
    check_books(world, answers)


@pytest.mark.timeout(300)
def test_killed_while_leasing_places_gives_no_place_twice(world: World) -> None:
    with world.serve("lease", 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        child.arm()
        client.apply(CLEAR, str(uuid.uuid4()))
        total = child.points()  # of a first lease, which makes the list and takes a block of places
    answers = []
    for at in range(1, total + 1):
        with world.serve("lease", at) as child, Client(world.data, child.ready()["grpc"]) as client:
            child.arm()
            with pytest.raises(grpc.RpcError):
                client.apply(CLEAR, str(uuid.uuid4()))
            assert child.process.wait(20) == -9
        with world.serve("lease", 0) as child, Client(world.data, child.ready()["grpc"]) as client:
            answers += [client.apply(CLEAR, str(uuid.uuid4())) for _ in range(3)]
    check_books(world, answers)


@pytest.mark.timeout(300)
def test_killed_while_completing_a_pending_application_ends_in_one_decision(world: World) -> None:
    answers = []
    for at, member in enumerate(FLAPPING_CAST, 1):
        request_id = str(uuid.uuid4())
        with world.serve("complete", at) as child, Client(world.data, child.ready()["grpc"]) as client:
            child.arm()
            pending = client.apply(member, request_id)
            assert pending.state == PENDING
            # The attempt ends in the kill, or, once all points have had theirs, in the grant.
            with suppress(grpc.RpcError):
                answers.append(client.outcome(pending.name))
                break
            assert child.process.wait(20) == -9
        with world.serve("complete", 0) as child, Client(world.data, child.ready()["grpc"]) as client:
            answers.append(client.outcome(pending.name))
    assert len(answers) > 6
    assert {answer.state for answer in answers} == {GRANTED}
    check_books(world, answers)


@pytest.mark.parametrize("point", ["revoke", "publish"])
@pytest.mark.timeout(300)
def test_killed_while_revoking_is_revoked_once_and_published_in_the_end(world: World, point: str) -> None:
    with world.serve(point, 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        held = client.apply(CLEAR, str(uuid.uuid4()))
        child.arm()
        client.revoke(held.certificate.name)
        total = child.points()
    assert total >= 4
    versions = [0]
    for at in range(1, total + 1):
        with world.serve(point, at) as child, Client(world.data, child.ready()["grpc"]) as client:
            held = client.apply(CLEAR, str(uuid.uuid4()))
            child.arm()
            with pytest.raises(grpc.RpcError):
                client.revoke(held.certificate.name)
            assert child.process.wait(20) == -9
        with world.serve(point, 0) as child, Client(world.data, child.ready()["grpc"]) as client:
            answer: operations_service_pb2.RevokeCertificateResponse = client.revoke(held.certificate.name)
            assert answer.certificate.status == pb.Certificate.STATUS_REVOKED
            versions.append(answer.published_version)
    assert versions == sorted(set(versions))
    events = rows(world.dsn, "SELECT serial, count(*) AS n FROM status_event GROUP BY serial")
    assert {row["n"] for row in events} == {1}
