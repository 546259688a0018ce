"""An agency that has enough, and says for how long, is left alone for so long; one that says nothing is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import DebugInfo, RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st

from certsvc.agencies.grpc import GrpcAgency
from certsvc.agencies.retry_info import retry_delay
from certsvc.core.outcome import Outcome
from certsvc.service.identifiers import KINDS
from tests.agencies.kit import PLENTY, FixedClock, company, outcome

Context = grpc.aio.ServicerContext[bytes, bytes]
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
DETAILS = "grpc-status-details-bin"


def details(*infos: RetryInfo | DebugInfo, code: grpc.StatusCode = EXHAUSTED) -> bytes:
    status = Status(code=code.value[0], message="enough")
    for info in infos:
        packed = Any()
        packed.Pack(info)
        status.details.append(packed)
    return status.SerializeToString()


def wait_for(seconds: int, nanos: int = 0) -> RetryInfo:
    info = RetryInfo()
    info.retry_delay.seconds = seconds
    info.retry_delay.nanos = nanos
    return info


@dataclass
class Tired:
    """An AgencyService that has enough, alone and in batches."""

    target: str = ""
    code: grpc.StatusCode = EXHAUSTED
    details: bytes | None = None

    async def refuse(self, _body: bytes, context: Context) -> bytes:
        if self.details is not None:
            context.set_trailing_metadata(((DETAILS, self.details),))
        await context.abort(self.code, "enough")
        raise AssertionError

    def handler(self) -> grpc.GenericRpcHandler[bytes, bytes]:
        make: Callable[..., grpc.RpcMethodHandler[bytes, bytes]] = grpc.unary_unary_rpc_method_handler
        methods = {"GetFindings": make(self.refuse), "BatchGetFindings": make(self.refuse)}
        return grpc.method_handlers_generic_handler("certsvc.v1.AgencyService", methods)


@pytest.fixture
async def tired() -> AsyncIterator[Tired]:
    ours = Tired()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((ours.handler(),))
    ours.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield ours
    await server.stop(None)


async def pauses(tired: Tired, questions: int = 1) -> list[float]:
    """The pauses that begin when so many are asked at once, of which all but the first may share a call."""
    begun: list[float] = []

    async def pause(seconds: float) -> None:
        begun.append(seconds)

    adapter = GrpcAgency(
        "fund", tired.target, schemes=("duty",), kinds=KINDS, clock=FixedClock(), calls_in_flight=1, pause=pause
    )
    asked = [adapter.find(company(f"3101999{number:03}"), PLENTY) for number in range(questions)]
    outcomes = [outcome(evidence) for evidence in await asyncio.gather(*asked)]
    await adapter.close()
    assert set(outcomes) == {Outcome.RATE_LIMITED if tired.code is EXHAUSTED else Outcome.UNAVAILABLE}
    return begun


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(wait_for(30), 30), (wait_for(2, 500_000_000), 2.5), (wait_for(0), 1), (wait_for(10**9), 3600)],
)
async def test_retry_info_pauses_the_agency_within_bounds(tired: Tired, asked: RetryInfo, seconds: float) -> None:
    tired.details = details(DebugInfo(detail="x"), asked)
    assert await pauses(tired) == [seconds]


async def test_a_batch_that_is_refused_pauses_as_well(tired: Tired) -> None:
    tired.details = details(wait_for(30))
    assert await pauses(tired, questions=5) == [30, 30]


@pytest.mark.parametrize(
    "said",
    [
        None,
        b"",
        b"\xff",
        details(),
        details(DebugInfo(detail="x")),
        details(wait_for(30), code=grpc.StatusCode.ABORTED),
    ],
)
async def test_without_retry_info_that_can_be_read_nothing_is_paused(tired: Tired, said: bytes | None) -> None:
    tired.details = said
    assert await pauses(tired) == []


async def test_another_status_with_retry_info_is_an_outage_and_no_pause(tired: Tired) -> None:
    tired.code = grpc.StatusCode.UNAVAILABLE
    tired.details = details(wait_for(30), code=grpc.StatusCode.UNAVAILABLE)
    assert await pauses(tired) == []


@given(st.binary(max_size=60) | st.builds(details, st.builds(wait_for, st.integers(-(2**40), 2**40))))
def test_any_details_are_read_or_left(said: bytes) -> None:
    trailing = grpc.aio.Metadata((DETAILS, said))
    error = grpc.aio.AioRpcError(EXHAUSTED, grpc.aio.Metadata(), trailing, details="enough", debug_error_string="")
    assert isinstance(retry_delay(error), float | None)
