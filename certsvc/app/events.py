"""What agencies report of their own accord: the book, and the streams that we follow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

from certsvc.agencies.stream import AgencyStream
from certsvc.app.kinds import client_tls
from certsvc.config import GrpcAgency, Settings
from certsvc.service.agency_ports import EventBook
from certsvc.service.follow import FollowAgency
from certsvc.service.receive_events import ReceiveEvents
from certsvc.store.events import PostgresEventBook


async def open_event_book(dsn: str, owner: str, stack: AsyncExitStack) -> PostgresEventBook:
    """The book, closed by `stack`. `owner` is a name that no other process has or had."""
    book = await PostgresEventBook.connect(dsn, owner)
    stack.push_async_callback(book.close)
    return book


def open_followers(
    settings: Settings, *, receive: ReceiveEvents, book: EventBook, stack: AsyncExitStack
) -> Iterator[FollowAgency]:
    """One for each agency with `follow`; none runs yet. Their channels are closed by `stack`."""
    for agency in settings.agencies:
        if isinstance(agency, GrpcAgency) and agency.follow:
            stream = AgencyStream(agency.name, str(agency.address), tls=client_tls(agency))
            stack.push_async_callback(stream.close)
            yield FollowAgency(agency.name, stream, receive=receive, book=book, monotonic=time.monotonic)
