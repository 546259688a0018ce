"""Who may call what: the whole matrix over the wire, and no start with a gap in the table."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from certsvc.core.errors import ConfigError
from certsvc.server.access import RULES, Role, Rule, check_rules
from certsvc.server.interceptor import Limits
from certsvc.server.server import served_methods
from tests.server.calls import send, told
from tests.server.conftest import Start

P, O, A, B, G = Role.PROGRAMME, Role.OPERATOR, Role.AUDITOR, Role.BANK, Role.AGENCY  # noqa: E741  columns of the matrix

# Written out once more by hand: a change of the table must be made on purpose, in two places.
ALLOWED = {
    "/certsvc.v1.CertificateService/CheckEligibility": {P, O, A},
    "/certsvc.v1.CertificateService/IssueCertificate": {P},
    "/certsvc.v1.CertificateService/GetApplication": {P, O, A},
    "/certsvc.v1.CertificateService/WatchApplication": {P, O, A},
    "/certsvc.v1.CertificateService/ExplainApplication": {P, O, A},
    "/certsvc.v1.CertificateService/GetCertificate": {P, O, A},
    "/certsvc.v1.CertificateService/ListCertificates": {P, O, A},
    "/certsvc.v1.OperationsService/RevokeCertificate": {O},
    "/certsvc.v1.OperationsService/RepublishStatus": {O},
    "/certsvc.v1.OperationsService/GetServiceStatus": {O, A},
    "/certsvc.v1.OperationsService/SwitchAgencyMode": {O},
    "/certsvc.v1.OperationsService/ReleaseAgencyHold": {O},
    "/certsvc.v1.OperationsService/OpenDispute": {O},
    "/certsvc.v1.OperationsService/ApproveDispute": {O},
    "/certsvc.v1.OperationsService/CloseDispute": {O},
    "/certsvc.v1.OperationsService/ListDisputes": {O, A},
    "/certsvc.v1.AgencyEventService/ReportEvents": {G},
    "/certsvc.v1.TrustService/GetTrustBundle": {P, O, A, B, G},
    "/certsvc.v1.TrustService/GetKeySet": {P, O, A, B, G},
    "/certsvc.v1.TrustService/GetStatusList": {P, O, A, B, G},
    "/grpc.health.v1.Health/Check": {P, O, A, B, G},
    "/grpc.health.v1.Health/List": {P, O, A, B, G},
    "/grpc.health.v1.Health/Watch": {P, O, A, B, G},
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": {P, O},
}


def test_the_matrix_names_every_method_served() -> None:
    assert ALLOWED.keys() == set(served_methods())


async def refused(channel: grpc.aio.Channel, method: str) -> bool:
    """Whether an empty message to the method is refused for the role; any other end counts as let in."""
    try:
        if method.endswith(("/WatchApplication", "/Watch", "/ServerReflectionInfo")):
            stream: Any = channel.unary_stream  # the stubs demand serialisers
            call = stream(method)(b"", timeout=30)
            await call.read()
            call.cancel()
        else:
            await send(channel, method)
    except grpc.aio.AioRpcError as error:
        return error.code() is grpc.StatusCode.PERMISSION_DENIED and told(error).info.reason == "ROLE_NOT_ALLOWED"
    return False


@pytest.mark.parametrize("role", Role)
async def test_each_role_may_call_what_its_row_says_and_nothing_else(start: Start, role: Role) -> None:
    running = await start()
    channel = await running.channel(role.value, "x")
    for method, roles in ALLOWED.items():
        assert await refused(channel, method) == (role not in roles), method


@pytest.mark.parametrize(
    "method", ["/grpc.health.v1.Health/Watch", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"]
)
async def test_streams_of_every_kind_count_against_their_limit_and_a_health_check_never(
    start: Start, method: str
) -> None:
    running = await start(limits=Limits(calls=0, streams=1))
    channel = await running.channel("programme", "x")
    watch: Any = channel.unary_stream  # the stubs demand serialisers
    held = watch("/grpc.health.v1.Health/Watch")(b"", timeout=30)
    await held.read()
    streams: Any = channel.stream_stream if method.endswith("Info") else channel.unary_stream
    more = streams(method)(*([] if method.endswith("Info") else [b""]), timeout=30)
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await more.read()
    assert told(failed.value).info.reason == "OVERLOADED"
    await send(channel, "/grpc.health.v1.Health/Check")
    held.cancel()
    async with asyncio.timeout(30):
        while (line := await running.lines.get()).code != "CANCELLED":
            pass
    assert line.method == "/grpc.health.v1.Health/Watch"
    again = watch("/grpc.health.v1.Health/Watch")(b"", timeout=30)
    assert await again.read(), "room again"
    again.cancel()


def test_a_method_without_a_rule_refuses_the_start() -> None:
    rules = dict(RULES)
    del rules["/certsvc.v1.OperationsService/RevokeCertificate"]
    with pytest.raises(ConfigError, match="RevokeCertificate is served but has no access rule"):
        check_rules(rules, served_methods())


def test_a_rule_without_a_method_refuses_the_start() -> None:
    rules = {**RULES, "/certsvc.v1.OperationsService/Revoke": Rule(frozenset({Role.OPERATOR}), 5.0)}
    with pytest.raises(ConfigError, match="Revoke has an access rule but is not served"):
        check_rules(rules, served_methods())


def test_a_rule_that_allows_nobody_refuses_the_start() -> None:
    rules = {**RULES, "/certsvc.v1.TrustService/GetKeySet": Rule(frozenset(), 5.0)}
    with pytest.raises(ConfigError, match="allows nobody"):
        check_rules(rules, served_methods())


async def test_a_certificate_without_an_identity_is_refused_everywhere(start: Start) -> None:
    running = await start()
    channel = await running.open(running.authority.credentials(running.authority.issue_uris()))
    for method in ("/certsvc.v1.TrustService/GetKeySet", "/grpc.health.v1.Health/Check"):
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await send(channel, method)
        assert told(failed.value).info.reason == "CALLER_UNKNOWN"


async def test_no_client_certificate_means_no_connection(start: Start) -> None:
    running = await start()
    channel = await running.open(grpc.ssl_channel_credentials(running.authority.pem))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await send(channel, "/grpc.health.v1.Health/Check")
    assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
