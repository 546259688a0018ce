"""Read `certsvc.toml`: file, then environment, then shape, then relations; every fault in one error."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from certsvc.config.checks import relations
from certsvc.config.database import has_password
from certsvc.config.draft import SECTIONS, draft, keys_of
from certsvc.config.faults import unknown_key
from certsvc.config.settings import Settings
from certsvc.core.errors import ConfigError

FILE_NAME = "certsvc.toml"
_PREFIX = "CERTSVC__"
_MAX_BYTES = 1_000_000


def load(directory: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in `directory`, the process's environment put over them unless another is given.

    Raises ConfigError with every fault that can be seen at once.
    """
    folder = directory.absolute()
    environment = os.environ if environment is None else environment
    values, is_open = _read(folder / FILE_NAME)
    faults = _exposed(values, folder / FILE_NAME) if is_open else []
    faults += _override(values, environment)
    parts, malformed = draft(values, folder)
    faults += malformed + relations(parts, environment)
    if faults:
        raise ConfigError(faults)
    return parts.settings()


def _read(file: Path) -> tuple[dict[str, Any], bool]:
    """The file's values, and whether everyone can get at them."""
    try:
        with file.open("rb") as stream:
            is_open = bool(os.fstat(stream.fileno()).st_mode & stat.S_IRWXO)
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ConfigError([f"{FILE_NAME}: is larger than {_MAX_BYTES} bytes; is it the right file?"])
        return tomllib.loads(data.decode()), is_open
    except OSError as error:
        raise ConfigError([f"{file}: {error.strerror}; write one with: certsvc init {file.parent}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{FILE_NAME}: is not TOML: {error}"]) from error


def _exposed(values: Mapping[str, Any], file: Path) -> list[str]:
    """The fault of a password in a file that everyone can read, also where the environment puts another over it."""
    database = values.get("database")
    dsn = database.get("dsn") if isinstance(database, dict) else None
    if not isinstance(dsn, str) or not has_password(dsn):
        return []
    return [
        f"database.dsn: holds a password, and the file can be read by others; run: chmod o= {file}, or keep the "
        "password in a file named by PGPASSFILE, or set CERTSVC__DATABASE__DSN"
    ]


def _override(values: dict[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Puts the environment's values over the file's; the faults are variables that name no setting."""
    places = {"PROFILE": ("", "profile")}
    places |= {f"{s}__{k}".upper(): (s, k) for s in SECTIONS for k in keys_of(s)}
    faults = []
    for variable in sorted(v for v in environment if v.startswith(_PREFIX)):
        place = places.get(variable.removeprefix(_PREFIX))
        if place is None:
            faults.append(unknown_key(variable, [_PREFIX + known for known in places]))
            continue
        section, key = place
        table = values.setdefault(section, {}) if section else values
        # A section that is no table is reported by `draft`.
        if isinstance(table, dict):
            table[key] = environment[variable]
    return faults
