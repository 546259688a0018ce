"""A bare gRPC echo server: what the transport alone costs, to divide the service's cost by.

Same options as the service and the same event loop, but no interceptor and no work, and TLS only if asked for. Start
it as a child process, `python -m tests.bench.echo --uvloop`, which prints its address and ends when its standard input
closes; or call `start_echo` inside a running loop.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import grpc

from certsvc.server.server import channel_options

SERVICE = "certsvc.bench.Echo"
METHOD = f"/{SERVICE}/Echo"
ANSWER_SIZE = 1024


async def start_echo(
    listen: str = "127.0.0.1:0",
    answer: bytes = b"\x00" * ANSWER_SIZE,
    credentials: grpc.ServerCredentials | None = None,
) -> tuple[grpc.aio.Server, str]:
    """A started server that answers every message with `answer`, and its address; without TLS if no credentials."""

    async def echo(_request: bytes, _context: Any) -> bytes:
        return answer

    make: Any = grpc.unary_unary_rpc_method_handler  # the stubs know synchronous handlers alone
    server = grpc.aio.server(options=channel_options())
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"Echo": make(echo)}),))
    port = server.add_secure_port(listen, credentials) if credentials else server.add_insecure_port(listen)
    await server.start()
    return server, listen if listen.startswith("unix:") else f"{listen.rpartition(':')[0]}:{port}"


async def _serve_until_input_closes() -> None:
    server, address = await start_echo()
    print(address, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


if __name__ == "__main__":
    if "--uvloop" in sys.argv[1:]:
        import uvloop

        uvloop.run(_serve_until_input_closes())
    else:
        asyncio.run(_serve_until_input_closes())
