"""A real server over real mutual TLS on a loopback address, with fake use cases behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import grpc
import pytest

from certsvc.server.calllog import Finished
from certsvc.server.interceptor import Limits
from certsvc.server.server import GrpcServer, MutualTls
from certsvc.server.tls import TlsFiles
from certsvc.v1.certificate_service_pb2_grpc import CertificateServiceStub
from tests.pki import TRUST_DOMAIN, Authority, make_authority
from tests.server.fakes import Fakes


@pytest.fixture(scope="session")
def authority() -> Authority:
    return make_authority()


@pytest.fixture(scope="session")
def tls_files(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    folder = tmp_path_factory.mktemp("pki")
    certificate, key = authority.issue_server().write(folder, "server")
    (folder / "ca.crt").write_bytes(authority.pem)
    return TlsFiles(certificate, key, folder / "ca.crt")


@dataclass
class Running:
    """A server with its fakes, and channels to it."""

    fakes: Fakes
    authority: Authority
    stack: AsyncExitStack
    server: GrpcServer = field(init=False)
    log: list[Finished] = field(default_factory=list)
    lines: asyncio.Queue[Finished] = field(default_factory=asyncio.Queue)

    def finished(self, line: Finished) -> None:
        self.log.append(line)
        self.lines.put_nowait(line)

    async def channel(self, role: str = "programme", name: str = "siec") -> grpc.aio.Channel:
        credentials = self.authority.credentials(self.authority.issue_client(role, name))
        return await self.open(credentials)

    async def open(self, credentials: grpc.ChannelCredentials) -> grpc.aio.Channel:
        return await self.stack.enter_async_context(grpc.aio.secure_channel(self.server.address, credentials))

    async def certificates(self, role: str = "programme", name: str = "siec") -> CertificateServiceStub:
        return CertificateServiceStub(await self.channel(role, name))


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start(authority: Authority, tls_files: TlsFiles) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def begin(
            fakes: Fakes | None = None, limits: Limits | None = None, files: TlsFiles = tls_files
        ) -> Running:
            running = Running(fakes or Fakes(), authority, stack)
            running.server = GrpcServer(
                running.fakes.use_cases(),
                listen="localhost:0",
                security=MutualTls(files, TRUST_DOMAIN),
                limits=limits,
                finished=running.finished,
            )
            await running.server.start()
            stack.push_async_callback(running.server.stop, 0.0)
            return running

        yield begin


@pytest.fixture
async def running(start: Start) -> Running:
    return await start()
