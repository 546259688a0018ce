"""A burst far beyond the limit is answered call by call: with a result, or with OVERLOADED and when to retry."""

from __future__ import annotations

import asyncio
from collections import Counter

import grpc

from certsvc.server.interceptor import Limits
from tests.server.calls import an_application, told
from tests.server.conftest import Start

BURST = 2000


async def test_a_burst_is_answered_without_one_call_lost(start: Start) -> None:
    running = await start(limits=Limits(calls=100))
    release = asyncio.Event()
    running.fakes.before = release.wait  # type: ignore[assignment]  # what it returns is of no interest
    stub = await running.certificates()
    turned_away = 0
    full = asyncio.Event()

    async def call() -> str:
        nonlocal turned_away
        try:
            await stub.IssueCertificate(an_application(), timeout=100)
        except grpc.aio.AioRpcError as error:
            turned_away += 1
            if turned_away == BURST - 100:
                full.set()
            found = told(error)
            return found.info.reason if found.retry is not None else "no retry hint"
        return "OK"

    calls = asyncio.gather(*(call() for _ in range(BURST)))
    # Exactly what fits is inside and waits; all others have been told so, none was dropped.
    await full.wait()
    release.set()
    assert Counter(await calls) == {"OK": 100, "OVERLOADED": BURST - 100}
