"""A way to the database that can be made to hang: connections stay open, and nothing passes any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_SOCKET = ".s.PGSQL.5432"


class Hanging:
    """Passes bytes to and fro until `hang`. `dsn` leads through it."""

    def __init__(self, dsn: str, folder: Path) -> None:
        parts = urlsplit(dsn)
        (host,) = parse_qs(parts.query)["host"]
        self._to = str(Path(host) / _SOCKET)
        self.socket = str(folder / _SOCKET)
        self.dsn = parts._replace(query=f"host={folder}").geturl()
        self._passes = asyncio.Event()
        self._passes.set()
        self._carriers: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []

    def hang(self) -> None:
        """From now on nothing is passed."""
        self._passes.clear()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begins to carry one connection."""
        self._ends.append(writer)
        self._carriers.add(asyncio.create_task(self._carry(reader, writer)))

    async def close(self) -> None:
        """Ends every connection."""
        for task in self._carriers:
            task.cancel()
        await asyncio.gather(*self._carriers, return_exceptions=True)
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*(end.wait_closed() for end in self._ends), return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passes.wait()
        to_reader, to_writer = await asyncio.open_unix_connection(self._to)
        self._ends.append(to_writer)
        await asyncio.gather(self._pass(reader, to_writer), self._pass(to_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(65536):
                await self._passes.wait()
                writer.write(some)
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def hanging(dsn: str, folder: Path) -> AsyncIterator[Hanging]:
    """The way, while entered, through a socket in this empty folder."""
    way = Hanging(dsn, folder)
    server = await asyncio.start_unix_server(way.connected, way.socket)
    try:
        yield way
    finally:
        server.close()
        await way.close()
