"""The way to an agency: a relay of bytes that delays, drips, cuts and resets them, whatever they mean.

It stands before anything that listens on TCP: an HTTP server, a gRPC server, a database.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from certsvc.agencies.contract.cases import OF_THE_WIRE, Failure

_CHUNK = 64 * 1024

_PACE = 0.01
"""Seconds from one byte to the next: soon enough for whoever only waits for the next one."""

_BANNER = b"SSH-2.0-nothing\r\n\x00\xff\r\n" * 50
"""What a port says that is not the agency's."""


Place = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""


class Wire:
    """Relays every connection, and does to it what `fail` says, from then on."""

    def __init__(self) -> None:
        self._upstream: Place = ""
        self._place = ("127.0.0.1", 0)
        self._listening: asyncio.Server | None = None
        self._kept: socket.socket | None = None
        self._failure: Failure | None = None
        self._noise = _BANNER
        self._cut_at = b""
        self._well = asyncio.Event()
        self._links: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

    @property
    def address(self) -> str:
        """HOST:PORT, once started."""
        return f"{self._place[0]}:{self._place[1]}"

    async def start(self, upstream: Place) -> None:
        """Listens on a port of its own, for what listens at `upstream`."""
        self._upstream = upstream
        self._well.set()
        self._keep()
        await self._listen()

    def fail(self, failure: Failure, *, cut_at: bytes = b"", noise: bytes = _BANNER) -> None:
        """Does this from now on. `cut_at` is where HALF ends the connection, `noise` what NOISE says."""
        self._failure, self._cut_at, self._noise = failure, cut_at, noise
        if failure not in OF_THE_WIRE:
            return
        self._well.clear()
        if failure in (Failure.SILENT, Failure.NOISE, Failure.REFUSED):
            self._drop()
        if failure is Failure.REFUSED and self._listening is not None:
            self._listening.close()
            self._listening = None
            # Bound and not listening: the port stays ours, and who connects is refused.
            self._keep()

    async def mend(self) -> None:
        """Relays as it comes, from now on; what was held back goes its way."""
        cut_off = self._failure in (Failure.SILENT, Failure.NOISE, Failure.REFUSED)
        self._failure = None
        self._well.set()
        if cut_off:
            self._drop()
        if self._listening is None:
            await self._listen()

    async def stop(self) -> None:
        """Ends every connection and stops listening."""
        if self._listening is not None:
            self._listening.close()
        if self._kept is not None:
            self._kept.close()
        self._drop()
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    def _keep(self) -> None:
        self._kept = socket.socket()
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind(self._place)
        self._place = self._kept.getsockname()

    async def _listen(self) -> None:
        self._listening = await asyncio.start_server(self._accept, sock=self._kept)
        self._kept = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._links[link] = [writer]
        link.add_done_callback(self._links.pop)

    def _drop(self) -> None:
        for writers in self._links.values():
            for writer in writers:
                _abort(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            if self._failure is Failure.NOISE:
                writer.write(self._noise)
                await writer.drain()
            elif self._failure is Failure.SILENT:
                while await reader.read(_CHUNK):
                    pass
            else:
                from_agency, to_agency = await _connect(self._upstream)
                writers = self._links[_this_task()] = [writer, to_agency]
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._carry_question(reader, to_agency, writer))
                    group.create_task(self._carry_answer(from_agency, writer))
        except* OSError:
            pass  # one of the two ends left, as they do here
        finally:
            for one in writers:
                one.close()

    async def _carry_question(
        self, reader: asyncio.StreamReader, to_agency: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        while chunk := await reader.read(_CHUNK):
            if self._failure is Failure.RESET:
                _abort(back)
                to_agency.close()
                return
            to_agency.write(chunk)
            await to_agency.drain()
        to_agency.close()

    async def _carry_answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK):
            if self._failure is Failure.SLOW:
                await self._well.wait()
            if self._failure in (Failure.DRIP, Failure.DRIP_IN_TIME):
                await self._drip(chunk, writer)
                continue
            cut = chunk.find(self._cut_at) if self._failure is Failure.HALF else -1
            writer.write(chunk if cut < 0 else chunk[:cut])
            await writer.drain()
            if cut >= 0:
                break
        writer.close()

    async def _drip(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        for number in range(len(chunk)):
            if self._well.is_set():
                writer.write(chunk[number:])
                break
            writer.write(chunk[number : number + 1])
            await writer.drain()
            await asyncio.sleep(_PACE if self._failure is Failure.DRIP else 0)


async def _connect(place: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(place, str):
        return await asyncio.open_unix_connection(place)
    return await asyncio.open_connection(*place)


def _this_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task


def _abort(writer: asyncio.StreamWriter) -> None:
    """Ends the connection by a reset."""
    peer: socket.socket | None = writer.get_extra_info("socket")
    if peer is not None and not writer.transport.is_closing():
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
