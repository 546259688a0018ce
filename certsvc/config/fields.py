"""The kinds of values that settings are made of. Each refuses with what to write instead."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError


class Address(NamedTuple):
    """Where to listen. Port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_any(self) -> bool:
        """True if this stands for every interface."""
        return self.host in ("0.0.0.0", "::")  # noqa: S104  recognised here, not bound


def wrong(why: str) -> PydanticCustomError:
    """A fault in the value of one key."""
    # The template language of pydantic must not see what a user wrote.
    return PydanticCustomError("wrong", "{why}", {"why": why})


def _address(value: object) -> object:
    if isinstance(value, Address):
        return value
    host, separator, port = str(value).rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not separator or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise wrong("is not HOST:PORT")
    return Address(host, int(port))


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise wrong("is not a number")
    return value


def _from_folder(path: Path, info: ValidationInfo) -> Path:
    context: dict[str, Any] | None = info.context
    return Path(context["folder"], path) if context else path


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise wrong("names a file that does not exist")
    return path


def _existing_folder(path: Path) -> Path:
    if not path.is_dir():
        raise wrong("names a folder that does not exist")
    return path


def _private(path: Path) -> Path:
    # A group may read it: container platforms hand secrets to a group. Everyone may not.
    if path.stat().st_mode & stat.S_IRWXO:
        raise wrong(f"can be read by others; run: chmod o= {path}")
    return path


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise wrong("is not an http or https address without query")
    return value.rstrip("/")


ListenAddress = Annotated[Address, BeforeValidator(_address)]
Url = Annotated[str, AfterValidator(_url)]
Whole = Annotated[int, BeforeValidator(_no_bool), Field(gt=0, le=1_000_000)]
Seconds = Annotated[float, BeforeValidator(_no_bool), Field(gt=0, le=86_400, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
AnyPath = Annotated[Path, AfterValidator(_from_folder)]
ExistingFile = Annotated[Path, AfterValidator(_from_folder), AfterValidator(_existing)]
ExistingFolder = Annotated[Path, AfterValidator(_from_folder), AfterValidator(_existing_folder)]
PrivateFile = Annotated[Path, AfterValidator(_from_folder), AfterValidator(_existing), AfterValidator(_private)]
