"""Read `certsvc.toml`: file, then environment, then shape, then relations; every fault in one error."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from certsvc.config.checks import relations
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
    values = _read(folder / FILE_NAME)
    faults = _override(values, os.environ if environment is None else environment)
    parts, malformed = draft(values, folder)
    faults += malformed + relations(parts)
    if faults:
        raise ConfigError(faults)
    return parts.settings()


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ConfigError([f"{FILE_NAME}: is larger than {_MAX_BYTES} bytes; is it the right file?"])
        return tomllib.loads(data.decode())
    except OSError as error:
        raise ConfigError([f"{file}: {error.strerror}; write one with: certsvc init {file.parent}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{FILE_NAME}: is not TOML: {error}"]) from error


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
