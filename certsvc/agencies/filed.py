"""Where the debtor files are that operators brought; `certsvc.store` fits it by shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from certsvc.service.debtor_files import FiledRows


class Filed(Protocol):
    """The current version of each agency's file."""

    async def rows_of(self, agency: str, keys: Sequence[str]) -> FiledRows | None:
        """What it says under these numbers, at least one, all of one version; None if there is none.

        Raises CertsvcError.
        """
        ...


class _NoFiles:
    """Nobody has brought any."""

    async def rows_of(self, agency: str, keys: Sequence[str]) -> FiledRows | None:  # noqa: ARG002  as Filed has it
        """None."""
        return None


NO_FILES: Filed = _NoFiles()
