"""Server certificates can be replaced while the server runs, and never by a pair that does not fit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest

from certsvc.core.errors import ConfigError
from certsvc.server.tls import TlsFiles, _Source, server_credentials
from tests.pki import Authority, make_authority
from tests.server.calls import send
from tests.server.conftest import Start

METHOD = "/grpc.health.v1.Health/Check"


def files_in(folder: Path, authority: Authority) -> TlsFiles:
    certificate, key = authority.issue_server().write(folder, "server")
    (folder / "ca.crt").write_bytes(authority.pem)
    return TlsFiles(certificate, key, folder / "ca.crt")


async def reaches(address: str, server_authority: Authority, client_authority: Authority) -> bool:
    """Whether a client that trusts one authority and is signed by another gets an answer."""
    client = client_authority.issue_client("operator", "probe")
    credentials = grpc.ssl_channel_credentials(server_authority.pem, client.key, client.certificate)
    async with grpc.aio.secure_channel(address, credentials) as channel:
        try:
            await send(channel, METHOD)
        except grpc.aio.AioRpcError:
            return False
    return True


async def test_new_files_serve_new_connections_without_a_restart(start: Start, tmp_path: Path) -> None:
    old, new = make_authority(), make_authority()
    running = await start(files=files_in(tmp_path, old))
    assert await reaches(running.server.address, old, old)
    files_in(tmp_path, new)
    assert await reaches(running.server.address, new, new)
    assert not await reaches(running.server.address, new, old), "the old authority's clients are out"


async def test_a_key_without_its_certificate_keeps_the_old_pair(start: Start, tmp_path: Path) -> None:
    authority = make_authority()
    running = await start(files=files_in(tmp_path, authority))
    (tmp_path / "server.key").write_bytes(authority.issue_server().key)
    assert await reaches(running.server.address, authority, authority)
    files_in(tmp_path, authority)
    assert await reaches(running.server.address, authority, authority)


@pytest.mark.parametrize("broken", ["server.crt", "server.key", "ca.crt"])
def test_files_that_do_not_fit_refuse_the_start(tmp_path: Path, broken: str) -> None:
    files = files_in(tmp_path, make_authority())
    (tmp_path / broken).write_bytes(b"not PEM")
    with pytest.raises(ConfigError, match="TLS files"):
        server_credentials(files)


def test_a_missing_file_refuses_the_start(tmp_path: Path) -> None:
    files = files_in(tmp_path, make_authority())
    files.key.unlink()
    with pytest.raises(ConfigError, match="TLS files"):
        server_credentials(files)


async def test_hundreds_of_handshakes_at_once_are_served_without_replacing_the_handshaker(
    start: Start, tmp_path: Path
) -> None:
    authority = make_authority()
    running = await start(files=files_in(tmp_path, authority))
    for _ in range(5):
        reached = await asyncio.gather(*(reaches(running.server.address, authority, authority) for _ in range(60)))
        assert all(reached)


def test_unchanged_files_give_grpc_nothing_to_replace(tmp_path: Path) -> None:
    source = _Source(files_in(tmp_path, make_authority()))
    assert source.fetch() is None
    files_in(tmp_path, make_authority())
    assert source.fetch() is source.current
    assert source.fetch() is None
