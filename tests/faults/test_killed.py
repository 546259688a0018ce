"""The server is killed, SIGKILL, at each suspension of each step, and started again.

Invariants tested: no certificate leaves unrecorded; never two for one request; a status index is never
reused; nothing acknowledged is lost; recovery ends without a person.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from itertools import pairwise

import asyncpg
import grpc
import pytest

from certsvc.v1 import certificate_service_pb2 as pb
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


def count_points(world: World, point: str, act: Callable[[Client], object]) -> int:
    """How many suspension points `act` has when nothing is killed."""
    with world.serve(point, 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        client.apply(CLEAR, str(uuid.uuid4()))  # places are leased and lists published from here on
        child.arm()
        act(client)
        return child.points()


def kill_at_each(
    world: World, point: str, total: int, act: Callable[[Client, int], object], recover: Callable[[Client], object]
) -> None:
    """Starts a server, lets it `recover` from the kill before, kills it in `act`, and so on for every point."""
    for at in range(1, total + 2):
        with world.serve(point, at) as child, Client(world.data, child.ready()["grpc"]) as client:
            if at > 1:
                recover(client)
            if at > total:
                return
            child.arm()
            with pytest.raises(grpc.RpcError):
                act(client, at)
            assert child.process.wait(20) == -9


@pytest.mark.parametrize("point", ["issue", "commit"])
@pytest.mark.timeout(300)
def test_killed_while_issuing_gives_one_recorded_certificate_for_each_request(world: World, point: str) -> None:
    total = count_points(world, point, lambda client: client.apply(CLEAR, str(uuid.uuid4())))
    assert total >= 4
    ids, answers = [""], []

    def act(client: Client, _: int) -> None:
        ids.append(str(uuid.uuid4()))
        client.apply(CLEAR, ids[-1])

    def recover(client: Client) -> None:
        first, again = client.apply(CLEAR, ids[-1]), client.apply(CLEAR, ids[-1])
        assert first.state == GRANTED
        assert first == again
        answers.append(first)

    kill_at_each(world, point, total, act, recover)
    assert len(answers) == total
    check_books(world, answers)


@pytest.mark.timeout(300)
def test_killed_while_leasing_places_gives_no_place_twice(world: World) -> None:
    with world.serve("lease", 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        child.arm()
        client.apply(CLEAR, str(uuid.uuid4()))
        total = child.points()  # of a first lease, which makes the list and takes a block of places
    answers: list[pb.Application] = []

    def act(client: Client, _: int) -> None:
        client.apply(CLEAR, str(uuid.uuid4()))

    def recover(_: Client) -> None:
        """Nothing: the places that were taken are burned, and the next lease comes with the next kill."""

    kill_at_each(world, "lease", total, act, recover)
    with world.serve("lease", 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        answers += [client.apply(CLEAR, str(uuid.uuid4())) for _ in range(3)]
    check_books(world, answers)


@pytest.mark.parametrize("point", ["complete", "claim", "renew"])
@pytest.mark.timeout(600)
def test_killed_while_completing_a_pending_application_ends_in_one_decision(world: World, point: str) -> None:
    pending: list[pb.Application] = []
    answers: list[pb.Application] = []

    def act(client: Client, at: int) -> None:
        pending.append(client.apply(FLAPPING_CAST[at], str(uuid.uuid4())))
        assert pending[-1].state == PENDING
        client.outcome(pending[-1].name)

    def recover(client: Client) -> None:
        answers.append(client.outcome(pending[-1].name))

    with world.serve(point, 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        child.arm()
        counts = [0]
        for at in (-1, -2, -3, -4):
            act(client, at)
            counts.append(child.points())
        # The fewest: a connection that is new to a statement has it prepared, which are more points than the runs have.
        # The outcome is told when it commits, so the count may come a moment later, and then with the next.
        total = min(later - earlier for earlier, later in pairwise(counts) if later > earlier)
    assert total > 3
    kill_at_each(world, point, total, act, recover)
    assert {answer.state for answer in answers} == {GRANTED}
    check_books(world, answers)


@pytest.mark.parametrize("point", ["revoke", "publish"])
@pytest.mark.timeout(300)
def test_killed_while_revoking_is_revoked_once_and_published_in_the_end(world: World, point: str) -> None:
    held: list[pb.Application] = []
    versions = [0]

    def recover(client: Client) -> None:
        answer = client.revoke(held[-1].certificate.name)
        assert answer.certificate.status == pb.Certificate.STATUS_REVOKED
        versions.append(answer.published_version)

    def act(client: Client, _: int) -> None:
        client.revoke(held[-1].certificate.name)

    def prepared(client: Client) -> None:
        if held:
            recover(client)
        held.append(client.apply(CLEAR, str(uuid.uuid4())))

    with world.serve(point, 0) as child, Client(world.data, child.ready()["grpc"]) as client:
        prepared(client)
        prepared(client)  # as in the runs below, so that connections are made and the count is theirs
        child.arm()
        act(client, 0)
        total = child.points()
        child.disarm()
        prepared(client)
    assert total >= 4
    kill_at_each(world, point, total, act, prepared)
    assert versions == sorted(set(versions))
    events = rows(world.dsn, "SELECT serial, count(*) AS n FROM status_event GROUP BY serial")
    assert {row["n"] for row in events} == {1}
