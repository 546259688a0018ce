"""One server process: how it binds, what it says of its health, how it stops."""

from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from certsvc.core.errors import ConfigError
from certsvc.core.model import ApplicationState
from certsvc.server.access import RULES, Role
from certsvc.server.caller import Caller
from certsvc.server.server import MAX_MESSAGE, GrpcServer, MutualTls, Plain
from certsvc.server.tls import TlsFiles
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1.certificate_service_pb2_grpc import CertificateServiceStub
from tests.pki import TRUST_DOMAIN
from tests.server import fakes
from tests.server.calls import an_application, send, told
from tests.server.conftest import Running, Start

SERVICES = ("", "certsvc.v1.CertificateService", "certsvc.v1.OperationsService", "certsvc.v1.TrustService")
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
PLAIN = Plain(Caller(Role.PROGRAMME, "bench"))


async def health_of(running: Running) -> set[int]:
    stub = health_pb2_grpc.HealthStub(await running.channel("operator", "probe"))
    checks = [stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=30) for name in SERVICES]
    return {answer.status for answer in await asyncio.gather(*checks)}


async def test_health_follows_what_the_application_says(running: Running) -> None:
    assert await health_of(running) == {SERVING}
    await running.server.set_serving(False)
    assert await health_of(running) == {NOT_SERVING}
    await running.server.set_serving(True)
    assert await health_of(running) == {SERVING}


async def test_a_handlers_own_answer_is_left_as_it_is_and_logged(running: Running) -> None:
    stub = health_pb2_grpc.HealthStub(await running.channel("operator", "probe"))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.Check(health_pb2.HealthCheckRequest(service="none"), timeout=30)
    assert failed.value.code() is grpc.StatusCode.NOT_FOUND
    assert (await running.lines.get()).code == "NOT_FOUND"


async def test_reflection_lists_our_services_to_programmes(running: Running) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(await running.channel())
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    call = stub.ServerReflectionInfo(iter([asked]), timeout=30)
    answers = [answer async for answer in call]
    names = {service.name for service in answers[0].list_services_response.service}
    assert set(SERVICES[1:]) <= names


async def test_a_message_beyond_the_limit_is_refused_before_it_is_read(running: Running) -> None:
    channel = await running.channel()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await send(channel, "/certsvc.v1.CertificateService/IssueCertificate", b"\x00" * (MAX_MESSAGE + 1))
    assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert running.fakes.seen == []


async def test_bytes_that_are_no_message_are_an_error_and_not_a_hang(running: Running) -> None:
    channel = await running.channel()
    with pytest.raises(grpc.aio.AioRpcError):
        await send(channel, "/certsvc.v1.CertificateService/IssueCertificate", b"\xff\xff\xff")


async def test_an_unknown_method_is_unimplemented(running: Running) -> None:
    channel = await running.channel()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await send(channel, "/certsvc.v1.CertificateService/Forge")
    assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_stopping_finishes_calls_and_ends_streams(start: Start) -> None:
    running = await start(fakes.Fakes(state=ApplicationState.PENDING))
    stub = await running.certificates()
    made = (await stub.IssueCertificate(an_application(), timeout=30)).application
    watch = stub.WatchApplication(pb.WatchApplicationRequest(name=made.name), timeout=60)
    await watch.read()
    health = health_pb2_grpc.HealthStub(await running.channel("operator", "probe"))
    health_watch = health.Watch(health_pb2.HealthCheckRequest(service=""), timeout=60)
    assert (await health_watch.read()).status == SERVING

    inside, release = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        inside.set()
        await release.wait()

    running.fakes.before = hold
    issue = stub.IssueCertificate(an_application(), timeout=60)
    await inside.wait()
    # The grace is longer than the test may last: only an orderly end lets `stop` return.
    stopping = asyncio.create_task(running.server.stop(grace=600))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await watch.read()
    assert told(failed.value).info.reason == "SHUTTING_DOWN"
    assert (await health_watch.read()).status == NOT_SERVING
    with pytest.raises(grpc.aio.AioRpcError):
        await health_watch.read()
    release.set()
    assert (await issue).application.state == pb.Application.STATE_PENDING
    await stopping
    await running.server.wait()


async def test_without_tls_only_this_machine_is_served() -> None:
    for listen in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0", "certsvc.example:0"):
        with pytest.raises(ConfigError, match="without TLS"):
            GrpcServer(fakes.Fakes().use_cases(), listen=listen, security=PLAIN)


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:0", "unix"])
async def test_without_tls_a_bench_may_call_over_loopback(listen: str, tmp_path: Path) -> None:
    listen = f"unix:{tmp_path}/s" if listen == "unix" else listen
    server = GrpcServer(fakes.Fakes().use_cases(), listen=listen, security=PLAIN, finished=lambda _: None)
    await server.start()
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            answer = await CertificateServiceStub(channel).IssueCertificate(an_application(), timeout=30)
        assert answer.application.state == pb.Application.STATE_GRANTED
    finally:
        await server.stop(0)


async def test_an_address_in_use_is_a_fault_of_the_configuration(running: Running, tls_files: TlsFiles) -> None:
    with pytest.raises(ConfigError, match="cannot be bound"):
        GrpcServer(
            fakes.Fakes().use_cases(), listen=running.server.address, security=MutualTls(tls_files, TRUST_DOMAIN)
        )


async def test_a_gap_in_the_access_table_refuses_the_start() -> None:
    rules = {method: rule for method, rule in RULES.items() if not method.endswith("RevokeCertificate")}
    with pytest.raises(ConfigError, match="RevokeCertificate"):
        GrpcServer(fakes.Fakes().use_cases(), listen="127.0.0.1:0", security=PLAIN, rules=rules)
