"""The jobs of pending applications in PgQueuer's tables: one for each attempt that is still to be made.

The payload of a job is `<application id> <attempts made>`, and so is its key against doubles. A job whose number
of attempts is not the application's any more has been overtaken, and does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

if TYPE_CHECKING:
    import asyncpg

ENTRYPOINT = "complete_application"


class _Settings(DBSettings):
    """PgQueuer's own names for its tables, whatever the environment says: our SQL names them too."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the signature of pydantic-settings
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


SETTINGS = _Settings()


class Attempt(NamedTuple):
    """An attempt to be made `after` from now."""

    application_id: str
    attempts: int
    after: timedelta

    @property
    def payload(self) -> str:
        """What the job carries."""
        return f"{self.application_id} {self.attempts}"


def queries(connection: asyncpg.Connection) -> Queries:
    """PgQueuer's statements on this connection."""
    return Queries(
        AsyncpgDriver(connection),
        qbe=QueryBuilderEnvironment(SETTINGS),
        qbq=QueryQueueBuilder(SETTINGS),
        qbs=QuerySchedulerBuilder(SETTINGS),
    )


async def enqueue(ours: Queries, attempts: Sequence[Attempt]) -> None:
    """Queues the attempts in the transaction of `ours`; one that is queued or running already is left as it is."""
    if attempts:
        payloads = [a.payload for a in attempts]
        await ours.enqueue(
            [ENTRYPOINT] * len(attempts),
            [p.encode() for p in payloads],
            [0] * len(attempts),
            [max(a.after, timedelta(0)) for a in attempts],
            dedupe_key=list(payloads),
            on_conflict="skip",
        )


def read_payload(payload: bytes | None) -> tuple[str, int]:
    """The application id and the number of attempts made."""
    application_id, attempts = (payload or b"").decode().split(" ")
    return application_id, int(attempts)
