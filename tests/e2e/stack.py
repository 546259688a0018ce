"""The whole service in one process: real agencies, PostgreSQL, signatures and mutual TLS on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import grpc

from certsvc import app
from certsvc.agencies.sandbox import Sandbox
from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.cli.main import run
from certsvc.config import load
from certsvc.core import jose
from certsvc.v1.certificate_service_pb2_grpc import CertificateServiceStub
from certsvc.v1.operations_service_pb2_grpc import OperationsServiceStub
from certsvc.v1.trust_service_pb2_grpc import TrustServiceStub

ISSUER = "https://certs.example"


class Running(NamedTuple):
    """A running service and what a client needs."""

    grpc_address: str
    site: str
    data: Path

    @property
    def root(self) -> str:
        """The thumbprint that verifiers pin."""
        return jose.thumbprint(jose.read_json((self.data / "root.jwk").read_bytes()))

    @asynccontextmanager
    async def channel(self, role: str) -> AsyncIterator[grpc.aio.Channel]:
        """A channel with the role's client certificate."""
        tls = self.data / "tls"
        files = ("ca.pem", f"{role}.key.pem", f"{role}.pem")
        credentials = grpc.ssl_channel_credentials(*((tls / file).read_bytes() for file in files))
        async with grpc.aio.secure_channel(self.grpc_address, credentials) as channel:
            yield channel

    @asynccontextmanager
    async def certificates(self, role: str = "programme") -> AsyncIterator[CertificateServiceStub]:
        """CertificateService as this role."""
        async with self.channel(role) as channel:
            yield CertificateServiceStub(channel)

    @asynccontextmanager
    async def operations(self, role: str = "operator") -> AsyncIterator[OperationsServiceStub]:
        """OperationsService as this role."""
        async with self.channel(role) as channel:
            yield OperationsServiceStub(channel)

    @asynccontextmanager
    async def trust(self, role: str = "auditor") -> AsyncIterator[TrustServiceStub]:
        """TrustService as this role."""
        async with self.channel(role) as channel:
            yield TrustServiceStub(channel)

    async def fetch(self, path: str) -> bytes:
        """What the site publishes."""
        async with aiohttp.ClientSession() as session, session.get(self.site + path) as response:
            assert response.status == 200, path
            return await response.read()


class Stage(NamedTuple):
    """Agencies and a configured folder on a database; services come and go on it."""

    sandbox: Sandbox
    data: Path
    environment: Mapping[str, str]

    @asynccontextmanager
    async def serve(self, **changes: str) -> AsyncIterator[Running]:
        """A service until left. `changes` are further settings, such as `pending__first_retry_seconds`."""
        environment = {**self.environment, **{f"CERTSVC__{key.upper()}": value for key, value in changes.items()}}
        async with AsyncExitStack() as stack:
            addresses = await app.start(load(self.data, environment), stack)
            yield Running(addresses["grpc"], addresses["site"], self.data)


@asynccontextmanager
async def stage(folder: Path, dsn: str, scenario: str | None = None) -> AsyncIterator[Stage]:
    """Agencies run and the folder is written; no service runs yet."""
    async with Sandbox(load_scenario(scenario or shipped_text())) as sandbox:
        agencies = folder / "agencies.json"
        agencies.write_text(_addresses(sandbox))
        data = folder / "data"
        listen = ["--listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0", "--issuer", ISSUER]
        assert run(["init", str(data), "--json", "--sandbox-agencies", str(agencies), *listen]) == 0
        yield Stage(sandbox, data, {"CERTSVC__DATABASE__DSN": dsn})


def _addresses(sandbox: Sandbox) -> str:
    import json
    from dataclasses import asdict

    addresses: dict[str, Any] = asdict(sandbox.addresses)
    return json.dumps(addresses)
