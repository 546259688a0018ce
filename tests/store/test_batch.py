"""Many callers, one flush; nobody waits when idle, nobody pays for another's fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from certsvc.core.errors import Overloaded, StoreUnavailable
from certsvc.store import batch
from certsvc.store.batch import Batcher


class Flush:
    """Records its batches; the first one waits for `go`."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        self.began.set()
        await self.go.wait()
        return [ValueError(str(i)) if i < 0 else i * 10 for i in items]


async def test_the_first_goes_alone_and_those_after_it_together() -> None:
    flush = Flush()
    batcher = Batcher(flush)
    first = asyncio.create_task(batcher.submit(1))
    await flush.began.wait()
    others = [asyncio.create_task(batcher.submit(i)) for i in range(2, 6)]
    await asyncio.sleep(0)
    flush.go.set()
    assert await asyncio.gather(first, *others) == [10, 20, 30, 40, 50]
    assert flush.batches == [[1], [2, 3, 4, 5]]
    await batcher.close()


async def test_a_batch_holds_at_most_its_cap() -> None:
    flush = Flush()
    flush.go.set()
    batcher = Batcher(flush, cap=3)
    assert await asyncio.gather(*(batcher.submit(i) for i in range(8))) == [i * 10 for i in range(8)]
    assert max(map(len, flush.batches)) == 3
    await batcher.close()


async def test_an_exception_goes_to_its_own_caller() -> None:
    flush = Flush()
    flush.go.set()
    batcher = Batcher(flush)
    answers = await asyncio.gather(*(batcher.submit(i) for i in (1, -2, 3)), return_exceptions=True)
    assert answers[0] == 10
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 30
    await batcher.close()


async def test_a_failed_flush_fails_its_batch_and_not_the_next() -> None:
    calls = 0

    async def flush(items: Sequence[int]) -> list[int | Exception]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise StoreUnavailable("away")
        return list(items)

    batcher = Batcher(flush)
    answers = await asyncio.gather(*(batcher.submit(i) for i in range(3)), return_exceptions=True)
    assert [type(a) for a in answers] == [StoreUnavailable] * 3
    assert await batcher.submit(7) == 7
    await batcher.close()


async def test_a_caller_that_leaves_before_its_flush_is_not_flushed() -> None:
    flush = Flush()
    batcher = Batcher(flush)
    first = asyncio.create_task(batcher.submit(1))
    await flush.began.wait()
    leaving, staying = (asyncio.create_task(batcher.submit(i)) for i in (2, 3))
    await asyncio.sleep(0)
    leaving.cancel()
    flush.go.set()
    assert (await first, await staying) == (10, 30)
    assert flush.batches == [[1], [3]]
    await batcher.close()


async def test_a_caller_that_leaves_in_mid_flush_harms_nobody() -> None:
    flush = Flush()
    batcher = Batcher(flush)
    first = asyncio.create_task(batcher.submit(1))
    await flush.began.wait()
    first.cancel()
    second = asyncio.create_task(batcher.submit(2))
    flush.go.set()
    assert await second == 20
    await batcher.close()


async def test_beyond_the_room_callers_are_refused_at_once() -> None:
    flush = Flush()
    batcher = Batcher(flush, room=2)
    tasks = [asyncio.create_task(batcher.submit(1))]
    await flush.began.wait()
    tasks += [asyncio.create_task(batcher.submit(i)) for i in (2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await batcher.submit(4)
    flush.go.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30]
    await batcher.close()


async def test_closing_flushes_what_waits_and_then_refuses() -> None:
    flush = Flush()
    batcher = Batcher(flush)
    tasks = [asyncio.create_task(batcher.submit(i)) for i in (1, 2)]
    await flush.began.wait()
    flush.go.set()
    await batcher.close()
    assert await asyncio.gather(*tasks) == [10, 20]
    with pytest.raises(StoreUnavailable):
        await batcher.submit(3)


async def test_an_idle_batcher_does_not_wait_for_company() -> None:
    flush = Flush()
    flush.go.set()
    batcher = Batcher(flush, gap=3600.0)  # a wait for company would outlast the test
    assert await batcher.submit(5) == 50
    assert await batcher.submit(6) == 60
    await batcher.close()


async def test_after_company_a_batcher_waits_for_more_of_it() -> None:
    flush = Flush()
    flush.go.set()
    batcher = Batcher(flush, gap=3600.0, busy_gap=3600.0)
    await asyncio.gather(*(batcher.submit(i) for i in (1, 2)))
    early = [asyncio.create_task(batcher.submit(i)) for i in (3, 4, 5)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(flush.batches) == 1
    assert await batcher.submit(6) == 60
    assert await asyncio.gather(*early) == [30, 40, 50]
    assert flush.batches[1] == [3, 4, 5, 6]
    await batcher.close()


async def test_company_that_does_not_come_is_waited_for_no_longer_than_the_gap() -> None:
    flush = Flush()
    flush.go.set()
    batcher = Batcher(flush, gap=0.0, busy_gap=0.0)
    await asyncio.gather(*(batcher.submit(i) for i in (1, 2)))
    assert await batcher.submit(3) == 30
    assert flush.batches == [[1, 2], [3]]
    await batcher.close()


async def test_closing_does_not_wait_for_a_flush_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_CLOSE_WITHIN", 0.05)
    flush = Flush()
    batcher = Batcher(flush, cap=1)
    callers = [asyncio.create_task(batcher.submit(i)) for i in range(2)]
    await flush.began.wait()
    async with asyncio.timeout(10):
        await batcher.close()
    for caller in callers:  # the one in the flush, and the one behind it
        with pytest.raises(StoreUnavailable, match="closed"):
            await caller
