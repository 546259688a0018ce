"""Questions to an AgencyService share calls under load, and one bad answer harms nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest
from structlog.testing import capture_logs

from certsvc.agencies.grpc import ClientTls, GrpcAgency
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import Behaviour
from certsvc.core.model import Enterprise, Fact, FactName, Identifier
from certsvc.core.outcome import Outcome
from certsvc.service.identifiers import KINDS
from certsvc.v1 import agency_service_pb2 as pb
from certsvc.v1 import enterprise_pb2
from tests.agencies.kit import PLENTY, SOON, FixedClock, company, only, outcome
from tests.pki import make_authority

Context = grpc.aio.ServicerContext[bytes, bytes]
CLOCK = FixedClock()


def response(
    scheme: str = "duty", result: enterprise_pb2.Outcome = enterprise_pb2.OUTCOME_CLEAR
) -> pb.GetFindingsResponse:
    return pb.GetFindingsResponse(findings=[enterprise_pb2.Finding(scheme=scheme, outcome=result)])


@dataclass
class Agency:
    """An AgencyService that answers clear; `batch` may answer otherwise."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    singles: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    bad: str = ""
    code: grpc.StatusCode = grpc.StatusCode.INVALID_ARGUMENT
    batch: Callable[[Sequence[pb.GetFindingsRequest]], bytes] | None = None
    target: str = ""
    remaining: list[float] = field(default_factory=list)
    hangs_on_batches: bool = False

    async def get(self, body: bytes, context: Context) -> bytes:
        request = pb.GetFindingsRequest.FromString(body)
        self.singles.append(request.identifiers[0].value)
        self.remaining.append(context.time_remaining() or 0.0)
        self.arrived.release()
        await self.gate.wait()
        if request.identifiers[0].value == self.bad:
            await context.abort(self.code, "3101999901 is not acceptable")
        return response().SerializeToString()

    async def batch_get(self, body: bytes, context: Context) -> bytes:
        requests = pb.BatchGetFindingsRequest.FromString(body).requests
        values = [request.identifiers[0].value for request in requests]
        self.batches.append(values)
        self.remaining.append(context.time_remaining() or 0.0)
        if self.hangs_on_batches:
            await asyncio.Event().wait()
        if self.batch is not None:
            return self.batch(requests)
        if self.bad in values:
            await context.abort(self.code, "")
        return pb.BatchGetFindingsResponse(responses=[response()] * len(requests)).SerializeToString()

    def handler(self, *, batches: bool = True) -> grpc.GenericRpcHandler[bytes, bytes]:
        methods = {"GetFindings": grpc.unary_unary_rpc_method_handler(self.get)}
        if batches:
            methods["BatchGetFindings"] = grpc.unary_unary_rpc_method_handler(self.batch_get)
        return grpc.method_handlers_generic_handler("certsvc.v1.AgencyService", methods)


@pytest.fixture
async def agency(request: pytest.FixtureRequest) -> AsyncIterator[Agency]:
    ours = Agency()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((ours.handler(batches=getattr(request, "param", True)),))
    ours.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield ours
    ours.gate.set()
    await server.stop(None)


@pytest.fixture
async def adapter(agency: Agency) -> AsyncIterator[GrpcAgency]:
    ours = GrpcAgency("fund", agency.target, schemes=("duty",), kinds=KINDS, clock=CLOCK, calls_in_flight=1)
    yield ours
    await ours.close()


async def ask_behind_one(adapter: GrpcAgency, agency: Agency, count: int, within: float = PLENTY) -> list[Outcome]:
    """The outcomes of `count` questions that wait while the first one of all is in flight."""
    first = asyncio.create_task(adapter.find(company("3101999900"), PLENTY))
    await agency.arrived.acquire()
    others = [asyncio.create_task(adapter.find(company(f"3101999{n:03}"), within)) for n in range(1, count + 1)]
    await asyncio.sleep(0)
    agency.gate.set()
    await first
    return [outcome(evidence) for evidence in await asyncio.gather(*others)]


async def test_an_idle_agency_is_asked_alone_and_a_busy_one_together(adapter: GrpcAgency, agency: Agency) -> None:
    assert await ask_behind_one(adapter, agency, 10) == [Outcome.CLEAR] * 10
    assert len(agency.singles) == 1
    assert [len(batch) for batch in agency.batches] == [10]


async def test_more_than_500_are_never_in_one_call(adapter: GrpcAgency, agency: Agency) -> None:
    assert await ask_behind_one(adapter, agency, 701) == [Outcome.CLEAR] * 701
    assert [len(batch) for batch in agency.batches] == [500, 201]


async def test_every_call_carries_a_deadline(adapter: GrpcAgency, agency: Agency) -> None:
    await ask_behind_one(adapter, agency, 2)
    assert len(agency.remaining) == 2
    assert all(0 < seconds < PLENTY + 1 for seconds in agency.remaining)


async def test_a_bad_answer_in_a_batch_is_malformed_for_that_enterprise_alone(
    adapter: GrpcAgency, agency: Agency
) -> None:
    def batch(requests: Sequence[pb.GetFindingsRequest]) -> bytes:
        answers = [response("other" if r.identifiers[0].value == "3101999003" else "duty") for r in requests]
        return pb.BatchGetFindingsResponse(responses=answers).SerializeToString()

    agency.batch = batch
    outcomes = await ask_behind_one(adapter, agency, 5)
    assert outcomes == [Outcome.CLEAR, Outcome.CLEAR, Outcome.MALFORMED, Outcome.CLEAR, Outcome.CLEAR]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, Outcome.MALFORMED),
        (grpc.StatusCode.NOT_FOUND, Outcome.NO_INFORMATION),
        (grpc.StatusCode.INTERNAL, Outcome.UNAVAILABLE),
        (grpc.StatusCode.UNKNOWN, Outcome.UNAVAILABLE),
    ],
)
async def test_a_batch_that_fails_for_one_enterprise_is_split_until_that_one_is_alone(
    adapter: GrpcAgency, agency: Agency, code: grpc.StatusCode, expected: Outcome
) -> None:
    agency.bad, agency.code = "3101999077", code
    outcomes = await ask_behind_one(adapter, agency, 100)
    assert outcomes[76] is expected
    assert [o for n, o in enumerate(outcomes) if n != 76] == [Outcome.CLEAR] * 99
    assert len(agency.batches) <= 14


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.UNAVAILABLE, Outcome.UNAVAILABLE),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Outcome.RATE_LIMITED),
        (grpc.StatusCode.PERMISSION_DENIED, Outcome.UNAVAILABLE),
    ],
)
async def test_a_batch_that_fails_for_all_is_not_split(
    adapter: GrpcAgency, agency: Agency, code: grpc.StatusCode, expected: Outcome
) -> None:
    agency.bad, agency.code = "3101999003", code
    assert await ask_behind_one(adapter, agency, 5) == [expected] * 5
    assert len(agency.batches) == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>", pb.BatchGetFindingsResponse(responses=[response()]).SerializeToString()]
)
async def test_a_batch_answer_that_is_not_one_for_each_is_never_matched_by_guess(
    adapter: GrpcAgency, agency: Agency, body: bytes
) -> None:
    agency.batch = lambda requests: body
    outcomes = await ask_behind_one(adapter, agency, 4)
    assert outcomes == [Outcome.CLEAR] * 4  # asked one by one in the end
    assert len(agency.singles) == 5


async def test_an_outage_that_looks_like_a_bad_enterprise_does_not_multiply_the_load(
    adapter: GrpcAgency, agency: Agency
) -> None:
    agency.batch = lambda requests: b"<html>"
    outcomes = await ask_behind_one(adapter, agency, 400)
    assert set(outcomes) <= {Outcome.CLEAR, Outcome.MALFORMED}
    assert len(agency.batches) + len(agency.singles) <= 70


@pytest.mark.parametrize("agency", [False], indirect=True)
async def test_an_agency_without_batches_is_asked_one_by_one_from_then_on(adapter: GrpcAgency, agency: Agency) -> None:
    assert await ask_behind_one(adapter, agency, 4) == [Outcome.CLEAR] * 4
    later = await asyncio.gather(*(adapter.find(company(f"3101999{n}"), PLENTY) for n in range(500, 510)))
    assert {outcome(evidence) for evidence in later} == {Outcome.CLEAR}
    assert len(agency.singles) == 15


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.DEADLINE_EXCEEDED, Outcome.UNAVAILABLE),
        (grpc.StatusCode.UNAVAILABLE, Outcome.UNAVAILABLE),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Outcome.RATE_LIMITED),
        (grpc.StatusCode.NOT_FOUND, Outcome.NO_INFORMATION),
        (grpc.StatusCode.UNIMPLEMENTED, Outcome.MALFORMED),
        (grpc.StatusCode.UNAUTHENTICATED, Outcome.UNAVAILABLE),
        (grpc.StatusCode.DATA_LOSS, Outcome.MALFORMED),
    ],
)
async def test_every_status_is_an_unknown_outcome_and_its_text_is_not_logged(
    adapter: GrpcAgency, agency: Agency, code: grpc.StatusCode, expected: Outcome
) -> None:
    agency.gate.set()
    agency.bad, agency.code = "3101999901", code
    with capture_logs() as logged:
        assert outcome(await adapter.find(company("3101999901"), PLENTY)) is expected
    malformed = expected is Outcome.MALFORMED
    assert [entry["event"] for entry in logged] == ["agency_answer_malformed" if malformed else "agency_call_failed"]
    assert [entry.get("alert", False) for entry in logged] == [malformed]
    assert "3101999901" not in repr(logged)


async def test_only_identifiers_of_the_configured_kinds_are_sent(sandbox: Sandbox) -> None:
    adapter = GrpcAgency(
        "ccss", sandbox.addresses.ccss, schemes=("social_security",), kinds=("cr.cedula_fisica",), clock=CLOCK
    )
    assert outcome(await adapter.find(company("3101999901"), PLENTY)) is Outcome.NO_INFORMATION
    assert sandbox.calls("ccss") == 0
    both = Enterprise((Identifier("cr.cedula_juridica", "3101999901"), Identifier("cr.cedula_fisica", "100000051")))
    evidence = await adapter.find(both, PLENTY)
    await adapter.close()
    assert (
        Fact(FactName.NAME, "PERSONA INVENTADA CINCO DEL BOSQUE", "ccss", only(evidence).data_as_of) in evidence.facts
    )


async def test_a_mixed_batch_at_a_real_agency_gives_each_its_own(sandbox: Sandbox) -> None:
    sandbox.behave("ccss", None)
    adapter = GrpcAgency(
        "ccss", sandbox.addresses.ccss, schemes=("social_security",), kinds=KINDS, clock=CLOCK, calls_in_flight=1
    )
    asked = [company("3101999901"), company("3102999902"), company("3101999977"), company("3101999904")]
    answers = await asyncio.gather(*(adapter.find(enterprise, PLENTY) for enterprise in asked))
    await adapter.close()
    assert [outcome(answer) for answer in answers] == [
        Outcome.CLEAR,
        Outcome.CLEAR_UNDER_ARRANGEMENT,
        Outcome.NO_INFORMATION,
        Outcome.CLEAR,
    ]


async def test_a_slow_enterprise_holds_only_the_call_it_travels_in(sandbox: Sandbox) -> None:
    adapter = GrpcAgency("ccss", sandbox.addresses.ccss, schemes=("social_security",), kinds=KINDS, clock=CLOCK)
    stuck = asyncio.create_task(adapter.find(company("3101999910"), PLENTY))
    quick = [await adapter.find(company("3101999901"), PLENTY) for _ in range(3)]
    assert {outcome(answer) for answer in quick} == {Outcome.CLEAR}
    stuck.cancel()
    await asyncio.gather(stuck, return_exceptions=True)
    await adapter.close()


async def test_one_enterprise_that_hangs_in_a_batch_leaves_the_others_clear(sandbox: Sandbox) -> None:
    adapter = GrpcAgency(
        "ccss", sandbox.addresses.ccss, schemes=("social_security",), kinds=KINDS, clock=CLOCK, calls_in_flight=1
    )
    numbers = ["3101999901", "3101999910", "3101999904", "3101999909"]  # the first alone, the others together
    alone, stuck, *others = [asyncio.create_task(adapter.find(company(n), 8 * SOON)) for n in numbers]
    assert [outcome(await task) for task in (alone, *others)] == [Outcome.CLEAR] * 3
    assert not stuck.done()  # the others did not wait for it
    stuck.cancel()
    await asyncio.gather(stuck, return_exceptions=True)
    await adapter.close()


async def test_a_large_batch_that_misses_its_time_is_not_asked_for_twice(adapter: GrpcAgency, agency: Agency) -> None:
    agency.hangs_on_batches = True
    assert await ask_behind_one(adapter, agency, 33, within=SOON) == [Outcome.UNAVAILABLE] * 33
    assert (len(agency.singles), len(agency.batches)) == (1, 1)


def calls_of_adapters() -> int:
    """The single calls that shared ones have begun and that still run."""
    return len([task for task in asyncio.all_tasks() if "GrpcAgency._get_alone" in repr(task.get_coro())])


async def test_closing_while_each_is_asked_alone_leaves_no_call_behind(adapter: GrpcAgency, agency: Agency) -> None:
    agency.hangs_on_batches = True
    agency.gate.set()
    first = asyncio.create_task(adapter.find(company("3101999900"), PLENTY))
    others = [asyncio.create_task(adapter.find(company(f"310199990{n}"), 4 * SOON)) for n in range(1, 4)]
    await first
    await agency.arrived.acquire()
    agency.gate.clear()
    for _ in others:
        await agency.arrived.acquire()
    assert calls_of_adapters() == 3
    await adapter.close()
    assert calls_of_adapters() == 0
    assert [outcome(await task) for task in others] == [Outcome.UNAVAILABLE] * 3


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (("3101999901", "3102999902"), Outcome.CLEAR_UNDER_ARRANGEMENT),
        (("3101999901", "3101999977"), Outcome.NO_INFORMATION),
        (("3101999901", "3101999904"), Outcome.CLEAR),
    ],
)
async def test_every_number_is_handed_on_and_an_agency_that_keeps_its_contract_answers_for_the_worst(
    sandbox: Sandbox, numbers: tuple[str, ...], expected: Outcome
) -> None:
    adapter = GrpcAgency("ccss", sandbox.addresses.ccss, schemes=("social_security",), kinds=KINDS, clock=CLOCK)
    for order in (numbers, numbers[::-1]):
        enterprise = Enterprise(tuple(Identifier("cr.cedula_juridica", number) for number in order))
        assert outcome(await adapter.find(enterprise, PLENTY)) is expected
    await adapter.close()


async def test_a_number_that_the_agency_does_not_find_stays_beside_the_bar_of_another(sandbox: Sandbox) -> None:
    adapter = GrpcAgency("ins", sandbox.addresses.ins, schemes=("work_injury",), kinds=KINDS, clock=CLOCK)
    numbers = tuple(Identifier("cr.cedula_juridica", number) for number in ("3101999977", "3101999911"))
    finding = only(await adapter.find(Enterprise(numbers), PLENTY))
    await adapter.close()
    assert (finding.outcome, finding.further) == (Outcome.BARRED_DEREGISTERED, (Outcome.NO_INFORMATION,))


async def test_a_flapping_agency_is_unknown_and_then_clear(sandbox: Sandbox) -> None:
    sandbox.behave("ccss", Behaviour.FLAPPING)
    adapter = GrpcAgency("ccss", sandbox.addresses.ccss, schemes=("social_security",), kinds=KINDS, clock=CLOCK)
    asked = [outcome(await adapter.find(company("3101999901"), PLENTY)) for _ in range(2)]
    await adapter.close()
    assert asked == [Outcome.NO_INFORMATION, Outcome.CLEAR]


async def test_mutual_tls_is_used_where_it_is_configured(tmp_path: Path) -> None:
    authority = make_authority()
    (tmp_path / "root.pem").write_bytes(authority.pem)
    certificate, key = authority.issue_client("service", "certsvc").write(tmp_path, "client")
    own = authority.issue_server()
    agency = Agency()
    agency.gate.set()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((agency.handler(),))
    credentials = grpc.ssl_server_credentials(
        [(own.key, own.certificate)], root_certificates=authority.pem, require_client_auth=True
    )
    target = f"127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"
    await server.start()
    outcomes = []
    for tls in (ClientTls(tmp_path / "root.pem", key, certificate), None):
        adapter = GrpcAgency("fund", target, schemes=("duty",), kinds=KINDS, clock=CLOCK, tls=tls)
        outcomes.append(outcome(await adapter.find(company("3101999901"), PLENTY)))
        await adapter.close()
    await server.stop(None)
    assert outcomes == [Outcome.CLEAR, Outcome.UNAVAILABLE]
