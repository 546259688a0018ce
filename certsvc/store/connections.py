"""How we connect to PostgreSQL, and how its failures are read.

Invariants
- A lost connection is made again at the next use, for ever, at most once in `_PAUSE_MAX` seconds.
- StoreUnavailable stands for every failure after which asking again may help. What was sent before it may have
  been committed.
- Who is cancelled hears CancelledError, whatever failed while he was: a cancel is never taken for a failure after which
  one goes on.
- No text made here quotes a row: PostgreSQL's own messages and their DETAIL hold identifiers and names, so of those
  only the SQLSTATE, its class and the name of the constraint are passed on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import asyncpg

from certsvc.core.errors import StoreRejected, StoreUnavailable

if TYPE_CHECKING:
    from asyncpg.pool import Pool

_CONNECT_TIMEOUT = 5.0
_COMMAND_TIMEOUT = 30.0
_PAUSE_MIN = 0.05
_PAUSE_MAX = 1.0
_CLOSE_WITHIN = 1.5

# SQLSTATE classes and codes after which the same statement may succeed later: connection, resources, shutdown and
# failover (PostgreSQL manual, appendix A).
_LATER = ("08", "53", "57P", "58", "25006", "40", "55P03", "57014")

# asyncpg may call it an internal error if the server goes while a statement is sent.
NOT_CONNECTED = (OSError, EOFError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What `connect` raises."""


class _Connection(asyncpg.Connection):
    """A connection that goes back to its pool as it is: we leave no session state behind, and save a round trip."""

    def get_reset_query(self) -> str:
        return ""


# For a few statements that only look up keys: planned once, whatever the length of their arrays; and by index,
# since a plan made while the tables were small would otherwise read them whole until statistics come in.
_PLAN_ONCE = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}


async def connect(dsn: str, *, application: str, plan_once: bool = False) -> asyncpg.Connection:
    """One connection. Raises what asyncpg raises."""
    return await asyncpg.connect(
        dsn,
        timeout=_CONNECT_TIMEOUT,
        command_timeout=_COMMAND_TIMEOUT,
        server_settings={"jit": "off", "application_name": application, **(_PLAN_ONCE if plan_once else {})},
    )


async def create_pool(
    dsn: str, *, size: int, application: str = "certsvc", read_only: bool = False, plan_once: bool = False
) -> Pool:
    """A pool whose statements are planned for their values, unless `plan_once`. Raises StoreUnavailable."""
    planning = _PLAN_ONCE if plan_once else {"plan_cache_mode": "force_custom_plan"}
    rights = {"default_transaction_read_only": "on"} if read_only else {}
    try:
        return await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            connection_class=_Connection,
            timeout=_CONNECT_TIMEOUT,
            command_timeout=_COMMAND_TIMEOUT,
            server_settings={
                "jit": "off",
                "application_name": application,
                **planning,
                **rights,
            },
        )
    except NOT_CONNECTED as error:
        raise not_connected(error) from error


async def close_pool(pool: Pool, within: float = _CLOSE_WITHIN) -> None:
    """Ends every session; after `within` seconds, as while the database hangs, those that are left are cut off."""
    try:
        async with asyncio.timeout(within):
            await pool.close()
    except NOT_CONNECTED:  # TimeoutError is one
        pool.terminate()


def not_connected(error: Exception) -> StoreUnavailable:
    """For what `connect` raised. No row was read yet, so the system's own words may stand: they name the host."""
    plain = isinstance(error, OSError | asyncpg.ClientConfigurationError)
    return StoreUnavailable(f"cannot connect: {(plain and str(error)) or described(error)}")


def described(error: BaseException) -> str:
    """What went wrong, without any value that a statement or a row held: for messages and the log."""
    name = type(error).__name__
    if isinstance(error, StoreUnavailable | StoreRejected):
        return f"{name}: {error}"
    if isinstance(error, asyncpg.PostgresError):
        constraint = getattr(error, "constraint_name", None)
        return f"{error.sqlstate or '-----'} {name}" + (f" on {constraint}" if constraint else "")
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    return name


def translated(error: Exception) -> Exception:
    """StoreUnavailable if asking again may help, StoreRejected if the database will refuse it again, else the error."""
    if isinstance(error, asyncpg.PostgresError):
        later = (error.sqlstate or "").startswith(_LATER)
        return (StoreUnavailable if later else StoreRejected)(described(error))
    # First: a failed check of the server's TLS certificate is an OSError and a ValueError.
    if isinstance(error, OSError | EOFError):
        return StoreUnavailable(described(error))
    # asyncpg's own DataError is an InterfaceError and a ValueError: a value that no statement will ever take.
    if isinstance(error, ValueError):
        return StoreRejected(described(error))
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        return StoreUnavailable(described(error))
    return error


@asynccontextmanager
async def acquired(pool: Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the pool. Raises StoreUnavailable or StoreRejected for whatever fails inside.

    While its task is being cancelled, CancelledError instead.
    """
    try:
        async with pool.acquire(timeout=_CONNECT_TIMEOUT) as connection:
            yield cast("asyncpg.Connection", connection)  # a proxy of the same shape
    except Exception as error:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            # Giving the connection back failed as well, and that failure has taken the place of the CancelledError.
            raise asyncio.CancelledError from None
        if (raised := translated(error)) is error:
            raise
        # Where it arose is kept; the error itself, which quotes the row, is not shown with it.
        raise raised.with_traceback(error.__traceback__) from None


class Line:
    """One held connection, made again when lost. One user at a time."""

    def __init__(self, dial: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._dial = dial
        self._connection: asyncpg.Connection | None = None
        self._pause = 0.0

    async def get(self) -> asyncpg.Connection:
        """The live connection. Raises StoreUnavailable, after a pause that grows while the database is away."""
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        self.drop()
        if self._pause:
            await asyncio.sleep(self._pause)
        try:
            self._connection = await self._dial()
        except NOT_CONNECTED as error:
            self._pause = min(_PAUSE_MAX, max(_PAUSE_MIN, self._pause * 2))
            raise not_connected(error) from error
        self._pause = 0.0
        return self._connection

    def drop(self) -> None:
        """Gives the connection up at once; its open transaction, if any, is rolled back by the server."""
        if self._connection is not None and not self._connection.is_closed():
            self._connection.terminate()
        self._connection = None

    async def close(self) -> None:
        """Ends the session."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=1.0)
            except NOT_CONNECTED:
                connection.terminate()
