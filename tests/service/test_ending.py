"""Rule: what runs beside ends when it is to end, whatever it makes of a cancel, or is left and told of."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from certsvc.service.ending import ended

SOON = 0.01


async def deaf(cancels: int, begun: asyncio.Event) -> None:
    """Takes so many cancels for failures after which it goes on."""
    begun.set()
    for _ in range(cancels):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


async def started(cancels: int) -> asyncio.Task[None]:
    begun = asyncio.Event()
    task = asyncio.create_task(deaf(cancels, begun), name="deaf")
    await begun.wait()
    return task


async def test_what_takes_a_cancel_for_a_failure_is_cancelled_again() -> None:
    task = await started(cancels=3)
    async with asyncio.timeout(30):
        assert await ended((task,), within=30, again=SOON)
    assert task.cancelled()


async def test_what_never_ends_is_left_and_told_of() -> None:
    task = await started(cancels=1_000_000)
    with capture_logs() as logs:
        assert not await ended((task,), within=5 * SOON, again=SOON)
    assert [(line["event"], line["tasks"], line["alert"]) for line in logs] == [("work_left_running", ["deaf"], True)]
    loop = asyncio.get_running_loop()
    loop.call_soon(task.get_coro().close)


async def test_what_ended_by_itself_is_no_failure_of_the_end() -> None:
    async def fails() -> None:
        raise RuntimeError

    task = asyncio.create_task(fails())
    await asyncio.wait((task,))
    assert await ended((task,))
    assert await ended(())
