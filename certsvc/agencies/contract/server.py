"""A faulty agency on real sockets: its front speaks the protocol, the wire before it carries the bytes."""

from __future__ import annotations

from datetime import date, timedelta
from types import TracebackType
from typing import Protocol

from certsvc.agencies.contract.cases import NOW, OF_THE_WIRE, Failure
from certsvc.agencies.contract.grpc import REDIRECT, GrpcFront
from certsvc.agencies.contract.http import HttpFront
from certsvc.agencies.contract.spoil import Truth
from certsvc.agencies.contract.wire import Place, Wire

_DAYS: dict[Failure, int] = {Failure.AHEAD: 2, Failure.TOMORROW: 1}
_TAIL = 16


class Front(Protocol):
    """What speaks the agency's protocol behind the wire.

    `calls` counts questions, `followed` those that came by a redirect, `sent` the bytes of the answer without end.
    """

    truth: Truth
    calls: int
    sent: int
    followed: int

    async def start(self) -> Place:
        """Where it listens."""
        ...

    async def fail(self, failure: Failure | None, day: date) -> None:
        """Does this from now on, None for nothing; its data is of `day`."""
        ...

    async def stop(self) -> None:
        """Stops listening."""
        ...


class FaultyServer:
    """An agency that says of one enterprise that it is clear, or fails as it is told to.

    What it speaks is in `front`: an HttpFront, a GrpcFront, or one of your own.
    """

    def __init__(self, front: Front) -> None:
        self._front = front
        self._wire = Wire()

    @property
    def truth(self) -> Truth:
        """What it says when all is well."""
        return self._front.truth

    @property
    def states_its_time(self) -> bool:
        """True if its answers carry a Date header."""
        return isinstance(self._front, HttpFront)

    @property
    def address(self) -> str:
        """HOST:PORT, the same for as long as it runs."""
        return self._wire.address

    @property
    def calls(self) -> int:
        """How many questions have come."""
        return self._front.calls

    @property
    def followed(self) -> int:
        """How many came by a redirect."""
        return self._front.followed

    @property
    def sent(self) -> int:
        """How many bytes were sent of the answer that does not end."""
        return self._front.sent

    async def fail(self, failure: Failure) -> None:
        """Fails in this way from now on."""
        day = NOW.date() + timedelta(days=_DAYS.get(failure, 0))
        is_foreign = failure is Failure.REDIRECT and isinstance(self._front, GrpcFront)
        on_the_wire = is_foreign or failure in OF_THE_WIRE
        await self._front.fail(None if on_the_wire else failure, day)
        if is_foreign:
            self._wire.fail(Failure.NOISE, noise=REDIRECT)
        elif on_the_wire:
            body = self.truth.reply(day).body
            self._wire.fail(failure, cut_at=self.truth.cut_at or body[len(body) // 2 :][:_TAIL])

    async def mend(self) -> None:
        """Is well from now on."""
        await self._front.fail(None, NOW.date())
        await self._wire.mend()

    async def __aenter__(self) -> FaultyServer:
        await self._wire.start(await self._front.start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.stop()
        await self._front.stop()
