"""Use cases on a real store and a real site, with a clock of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certsvc.publication.site import Site
from certsvc.service.ports import Store
from certsvc.service.publish import ListTimes, PublishStatus
from certsvc.store.postgres import PostgresStore
from tests.trust_kit import ISSUER, NOW, TrustKit


@dataclass
class HandClock:
    """A clock that moves when told to, and when somebody sleeps on it."""

    at: datetime = field(default_factory=lambda: datetime.fromtimestamp(NOW, UTC))
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


class OnClock(PostgresStore):
    """The store, its database's clock set by hand as well."""

    clock: HandClock
    off: timedelta = timedelta(0)

    async def now(self) -> datetime:
        return self.clock.now() + self.off


@dataclass
class Publishing:
    """What publishers of one issuer share."""

    kit: TrustKit
    site: Path
    clock: HandClock
    dsn: str
    stack: AsyncExitStack

    async def store(self, dsn: str | None = None) -> OnClock:
        """The database as one more process sees it."""
        store = await OnClock.connect(dsn or self.dsn)
        self.stack.push_async_callback(store.close)
        assert isinstance(store, OnClock)
        store.clock = self.clock
        return store

    def publisher(self, store: Store, **changes: Any) -> PublishStatus:
        """One more publisher on the same site."""
        return PublishStatus(
            store=store,
            keys=self.kit.keys(**changes),
            publisher=Site(self.site),
            times=ListTimes(timedelta(days=7), timedelta(hours=12)),
            base_uri=ISSUER,
            clock=self.clock,
            sleep=self.clock.sleep,
        )


@pytest.fixture
async def publishing(tmp_path: Path, database: str) -> AsyncIterator[Publishing]:
    """An issuer with a database and an empty site."""
    async with AsyncExitStack() as stack:
        yield Publishing(TrustKit(), tmp_path / "site", HandClock(), database, stack)
