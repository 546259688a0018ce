"""The database that a command works on by itself, without the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


@contextmanager
def database(config: Path | None, dsn: str | None) -> Iterator[str]:
    """The DSN of the database that is meant; an embedded one that nobody runs is run meanwhile.

    Raises UsageError if neither says which, ConfigError, StoreUnavailable.
    """
    if dsn is None:
        if config is None:
            raise click.UsageError("Say where the database is: --config DIR or --dsn DSN.")
        from certsvc.config import load

        settings = load(config).database
        dsn = settings.dsn
        if dsn is None:
            from certsvc.store.embedded import existing

            with existing(settings.directory) as dsn:
                yield dsn
            return
    yield dsn
