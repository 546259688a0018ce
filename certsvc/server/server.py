"""The gRPC server of one process: what is served, with which options, and how it stops."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from certsvc.core.errors import ConfigError
from certsvc.server.access import RULES, Rule, check_rules
from certsvc.server.caller import Caller, Identify, always, by_certificate
from certsvc.server.calllog import Finished, log_finished
from certsvc.server.certificates import Certificates
from certsvc.server.events import AgencyEvents
from certsvc.server.interceptor import Interceptor, Limits
from certsvc.server.operations import Operations
from certsvc.server.tls import TlsFiles, server_credentials
from certsvc.server.trust import TrustData
from certsvc.server.usecases import UseCases
from certsvc.v1 import (
    agency_event_service_pb2,
    certificate_service_pb2,
    operations_service_pb2,
    trust_service_pb2,
)
from certsvc.v1.agency_event_service_pb2_grpc import add_AgencyEventServiceServicer_to_server
from certsvc.v1.certificate_service_pb2_grpc import add_CertificateServiceServicer_to_server
from certsvc.v1.operations_service_pb2_grpc import add_OperationsServiceServicer_to_server
from certsvc.v1.trust_service_pb2_grpc import add_TrustServiceServicer_to_server

MAX_MESSAGE = 4 * 1024 * 1024
"""Bytes that a request may have."""


@dataclass(frozen=True, slots=True)
class MutualTls:
    """The only way in production: callers are who their certificate says, in one trust domain."""

    files: TlsFiles
    trust_domain: str


@dataclass(frozen=True, slots=True)
class Plain:
    """No TLS, everyone is `caller`: for benches, on a loopback address or a unix socket."""

    caller: Caller


def services() -> tuple[Any, ...]:
    """The descriptors of our own services."""
    files = (certificate_service_pb2, operations_service_pb2, agency_event_service_pb2, trust_service_pb2)
    return tuple(service for file in files for service in file.DESCRIPTOR.services_by_name.values())


def served_methods() -> tuple[str, ...]:
    """The path of every method that the server answers, from the descriptors."""
    standard = (
        health_pb2.DESCRIPTOR.services_by_name["Health"],
        reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"],
    )
    return tuple(
        f"/{service.full_name}/{method.name}" for service in (*services(), *standard) for method in service.methods
    )


def channel_options(max_connection_age: float | None = None) -> list[tuple[str, int]]:
    """The options of our server, in gRPC's own spelling. `max_connection_age` is in seconds."""
    options = [
        ("grpc.max_receive_message_length", MAX_MESSAGE),
        # Left alone, the core drops calls at random once about a thousand wait to start, and clients see
        # CANCELLED. We turn calls away ourselves, with a reason.
        ("grpc.server.max_pending_requests", 1_000_000),
        ("grpc.server.max_pending_requests_hard_limit", 2_000_000),
        # Two servers on one port would share calls at random, each with half of the callers' requests.
        ("grpc.so_reuseport", 0),
        # Programmes keep a connection open between applications; allow them a ping each minute.
        ("grpc.http2.min_ping_interval_without_data_ms", 60_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
    if max_connection_age is not None:
        options.append(("grpc.max_connection_age_ms", int(max_connection_age * 1000)))
        options.append(("grpc.max_connection_age_grace_ms", 60_000))
    return options


class GrpcServer:
    """Serves the use cases. Make it, start it and stop it inside one running event loop."""

    def __init__(
        self,
        use_cases: UseCases,
        *,
        listen: str,
        security: MutualTls | Plain,
        limits: Limits | None = None,
        rules: Mapping[str, Rule] = RULES,
        max_connection_age: float | None = None,
        finished: Callable[[Finished], None] = log_finished,
    ) -> None:
        """Binds `listen`, which is `host:port` or `unix:path`; port 0 lets the system choose.

        Raises ConfigError if a served method has no access rule, a rule has no method, the address cannot be
        bound, the TLS files do not fit together, or `Plain` would listen to the network.
        """
        check_rules(rules, served_methods())
        self._interceptor = Interceptor(
            rules=rules, identify=_identify(security), limits=limits or Limits(), finished=finished
        )
        self._server = grpc.aio.server(interceptors=[self._interceptor], options=channel_options(max_connection_age))
        add_CertificateServiceServicer_to_server(Certificates(use_cases), self._server)
        add_OperationsServiceServicer_to_server(Operations(use_cases), self._server)
        add_AgencyEventServiceServicer_to_server(AgencyEvents(use_cases), self._server)
        add_TrustServiceServicer_to_server(TrustData(use_cases), self._server)
        self._names = tuple(service.full_name for service in services())
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]  # the stubs leave it out
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection((*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        self.address = _bind(self._server, listen, security)

    async def start(self) -> None:
        """Returns once calls are answered and health says SERVING."""
        await self._server.start()
        await self.set_serving(True)

    async def set_serving(self, serving: bool) -> None:
        """Makes health say so for every service: NOT_SERVING takes this process out of balancing."""
        response = health_pb2.HealthCheckResponse
        status = response.SERVING if serving else response.NOT_SERVING
        for name in ("", *self._names):
            await self._health.set(name, status)

    async def stop(self, grace: float = 10.0, announce: float = 0.0) -> None:
        """Stops in order: health says NOT_SERVING, balancers get `announce` seconds to see it, streams end, new
        calls are refused, calls in progress get `grace` seconds; what then still runs is cut off."""
        await self._health.enter_graceful_shutdown()
        if announce:
            await asyncio.sleep(announce)
        self._interceptor.drain.begin()
        await self._server.stop(grace)

    async def wait(self) -> None:
        """Returns once the server has stopped."""
        await self._server.wait_for_termination()


def _identify(security: MutualTls | Plain) -> Identify:
    if isinstance(security, MutualTls):
        return by_certificate(security.trust_domain)
    return always(security.caller)


def _bind(server: grpc.aio.Server, listen: str, security: MutualTls | Plain) -> str:
    """The address that was bound, with the real port."""
    if isinstance(security, Plain) and not _is_local(listen):
        raise ConfigError([f"grpc address {listen}: without TLS only a loopback address or a unix socket is allowed"])
    try:
        if isinstance(security, MutualTls):
            port = server.add_secure_port(listen, server_credentials(security.files))
        else:
            port = server.add_insecure_port(listen)
    except RuntimeError as error:
        raise ConfigError([f"grpc address {listen} cannot be bound; is it in use?"]) from error
    return listen if listen.startswith("unix:") else f"{listen.rpartition(':')[0]}:{port}"


def _is_local(listen: str) -> bool:
    if listen.startswith("unix:"):
        return True
    host = listen.rpartition(":")[0].removeprefix("[").removesuffix("]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
