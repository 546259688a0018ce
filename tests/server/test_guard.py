"""Whatever happens to a call, its client gets one right answer, and the log one line."""

from __future__ import annotations

import asyncio

import grpc
import pytest
import structlog.testing

from certsvc.core.errors import (
    CertsvcError,
    InvalidRequest,
    NoRuleSet,
    NotFound,
    Overloaded,
    PublicationFailed,
    RequestIdReused,
    SigningFailed,
    StoreUnavailable,
)
from certsvc.core.model import ApplicationState
from certsvc.server.calllog import Finished, log_finished
from certsvc.server.errors import ANSWERS, DETAILS_CAP
from certsvc.server.interceptor import Limits
from certsvc.v1 import certificate_service_pb2 as pb
from tests.server import fakes
from tests.server.calls import Told, an_application, send, told
from tests.server.conftest import Running, Start


async def failing(running: Running, error: BaseException) -> Told:
    running.fakes.error = error
    stub = await running.certificates()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.IssueCertificate(an_application(), timeout=30)
    return told(failed.value)


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest("enterprise.identifiers[0].value", "write 10 digits"),
        NotFound("secret"),
        RequestIdReused("secret"),
        Overloaded("secret"),
        StoreUnavailable("secret"),
        SigningFailed("secret"),
        PublicationFailed("secret"),
        NoRuleSet("secret"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_each_error_is_told_by_the_table_and_never_by_its_own_text(running: Running, error: CertsvcError) -> None:
    found = await failing(running, error)
    answer = ANSWERS[type(error)]
    assert (found.code, found.info.reason, found.text) == (answer.code, answer.reason, answer.text)
    assert (found.retry is not None) == (answer.retry_after is not None)
    if found.retry is not None:
        assert found.retry.retry_delay.ToTimedelta().total_seconds() == answer.retry_after
    assert (found.bad is not None) == isinstance(error, InvalidRequest)
    assert "secret" not in str(found)
    assert running.log[-1].reason == answer.reason


async def test_an_unknown_error_is_internal_with_an_incident_that_the_log_repeats(running: Running) -> None:
    with structlog.testing.capture_logs() as logged:
        found = await failing(running, ZeroDivisionError("3-101-123456"))
    assert found.code is grpc.StatusCode.INTERNAL
    (cause,) = [line for line in logged if line["event"] == "call_failed"]
    assert cause["incident"] == found.info.metadata["incident"] == running.log[-1].incident
    assert cause["cause"][0] == "ZeroDivisionError"
    assert "3-101-123456" not in str((found, logged)), "an error's message may quote a caller"


async def test_a_handler_that_raises_cancelled_error_never_leaves_the_client_waiting(running: Running) -> None:
    found = await failing(running, asyncio.CancelledError())
    assert found.code is grpc.StatusCode.INTERNAL


async def test_huge_details_are_cut_so_that_the_real_status_arrives(running: Running) -> None:
    many = [(f"declared_facts[{n}].number" * 10, "ñ" * 1000) for n in range(500)]
    found = await failing(running, InvalidRequest("enterprise.name", "x" * 50_000, *many))
    assert found.code is grpc.StatusCode.INVALID_ARGUMENT
    assert found.size <= DETAILS_CAP


async def test_a_deadline_too_short_begins_nothing(running: Running) -> None:
    stub = await running.certificates()
    await stub.GetCertificate(pb.GetCertificateRequest(name=f"certificates/{fakes.SERIAL}"), timeout=30)  # connects
    running.fakes.seen.clear()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.IssueCertificate(an_application(), timeout=0.04)
    # The client's own clock or our answer may come first; both say the same.
    assert failed.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert running.fakes.seen == []


async def test_a_client_that_leaves_ends_its_call(running: Running) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    running.fakes.before = hang
    stub = await running.certificates()
    call = stub.IssueCertificate(an_application(), timeout=60)
    await begun.wait()
    call.cancel()
    await ended.wait()
    assert (await running.lines.get()).code == "CANCELLED"


async def test_a_client_that_leaves_ends_its_watch(start: Start) -> None:
    running = await start(fakes.Fakes(state=ApplicationState.PENDING))
    stub = await running.certificates()
    made = (await stub.IssueCertificate(an_application(), timeout=30)).application
    call = stub.WatchApplication(pb.WatchApplicationRequest(name=made.name), timeout=60)
    await call.read()
    assert running.fakes.watching == 1
    call.cancel()
    await running.fakes.unwatched.wait()
    assert running.fakes.watching == 0


async def test_calls_beyond_the_limit_are_turned_away_and_room_comes_back(start: Start) -> None:
    running = await start(limits=Limits(calls=2))
    release, inside = asyncio.Event(), asyncio.Semaphore(0)

    async def hold() -> None:
        inside.release()
        await release.wait()

    running.fakes.before = hold
    stub = await running.certificates()
    held = [stub.IssueCertificate(an_application(), timeout=60) for _ in range(2)]
    for _ in held:
        await inside.acquire()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.IssueCertificate(an_application(), timeout=30)
    found = told(failed.value)
    assert (found.code, found.info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert found.retry is not None
    release.set()
    await asyncio.gather(*held)
    await stub.IssueCertificate(an_application(), timeout=30)


async def test_streams_beyond_the_limit_are_turned_away(start: Start) -> None:
    running = await start(fakes.Fakes(state=ApplicationState.PENDING), limits=Limits(streams=1))
    stub = await running.certificates()
    made = (await stub.IssueCertificate(an_application(), timeout=30)).application
    request = pb.WatchApplicationRequest(name=made.name)
    first = stub.WatchApplication(request, timeout=60)
    await first.read()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.WatchApplication(request, timeout=30).read()
    assert told(failed.value).info.reason == "OVERLOADED"
    first.cancel()


async def test_operators_get_through_when_programmes_are_turned_away(start: Start) -> None:
    running = await start(limits=Limits(calls=0))
    channel = await running.channel("operator", "ana")
    await send(channel, "/certsvc.v1.OperationsService/GetServiceStatus")


async def test_each_call_has_one_line_with_caller_and_code(running: Running) -> None:
    stub = await running.certificates()
    await stub.IssueCertificate(an_application(), timeout=30)
    (line,) = running.log
    assert (line.method, line.caller, line.code, line.reason) == (
        "/certsvc.v1.CertificateService/IssueCertificate",
        "programme/siec",
        "OK",
        "",
    )


def test_the_line_names_only_what_is_no_personal_data() -> None:
    with structlog.testing.capture_logs() as logged:
        log_finished(Finished("/m", "programme/siec", "INTERNAL", "INTERNAL", 0.0123, "abc"))
    assert logged == [
        {
            "event": "call",
            "log_level": "info",
            "method": "/m",
            "caller": "programme/siec",
            "code": "INTERNAL",
            "ms": 12.3,
            "reason": "INTERNAL",
            "incident": "abc",
        }
    ]
