"""What the decision needs besides answers: the book of what agencies said, and when an agency turns too much."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta

from certsvc.config import Settings
from certsvc.service.turns import TurnLimit
from certsvc.store.agency_book import PostgresAgencyBook
from certsvc.store.connections import close_pool, create_pool

CONNECTIONS = 2
"""Of each process, for what is seldom asked of the book: counting turns, and holding an agency back."""


async def open_agency_book(dsn: str, stack: AsyncExitStack) -> PostgresAgencyBook:
    """The book, closed by `stack`. Raises StoreUnavailable."""
    pool = await create_pool(dsn, size=CONNECTIONS, application="certsvc turns")
    stack.push_async_callback(close_pool, pool)
    book = PostgresAgencyBook(dsn, pool)
    stack.push_async_callback(book.close)
    return book


def turn_limits(settings: Settings) -> Mapping[str, TurnLimit]:
    """When each agency of the configuration is held back, by name."""
    return {
        agency.name: TurnLimit(agency.turn_share, timedelta(hours=agency.turn_window_hours), agency.turn_least)
        for agency in settings.agencies
    }
