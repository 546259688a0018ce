"""Published files as they are served: bytes, type, tag and lifetime, read again when the file changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from certsvc.core import jose
from certsvc.publication import lifetimes
from certsvc.publication.lifetimes import Lifetime

JSON = "application/json"
KEY_SET = "keys.jwt"
INDEX = "status/index.json"
TYPES = {
    ".well-known/jwks.json": "application/jwk-set+json",
    KEY_SET: "application/jwk-set+jwt",
    "root.jwk": "application/jwk+json",
    INDEX: JSON,
    "bundle.json": JSON,
}
"""What is served besides the lists, with its media type (RFC 7517, section 8.5, for a JWK and a JWK Set)."""

LIST_TYPE = "application/statuslist+jwt"
"""The media type of a list (Token Status List, section 14.7)."""


class Page(NamedTuple):
    """One file, ready to be sent. `tag` is a strong validator: it covers every byte."""

    body: bytes
    content_type: str
    tag: str
    modified: datetime
    lifetime: Lifetime


class _Stamp(NamedTuple):
    """Differs when a file was replaced: the rename brings another inode and time."""

    inode: int
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: _Stamp
    page: Page


class Shelf:
    """The pages of one folder. Each is parsed once for each time that it is published."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._kept: dict[str, _Kept] = {}

    def page(self, name: str) -> Page | None:
        """The page as published now, None if it is not. `name` must be one that `TYPES` or a list number gives."""
        path = self._directory / name
        try:
            found = path.stat()
            stamp = _Stamp(found.st_ino, found.st_size, found.st_mtime_ns)
            kept = self._kept.get(name)
            if kept is not None and kept.stamp == stamp:
                return kept.page
            # If the file is replaced between the two calls, the new bytes are kept under the old
            # stamp, which the next request finds changed.
            body = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            self._kept.pop(name, None)
            return None
        page = Page(
            body=body,
            content_type=TYPES.get(name, LIST_TYPE),
            tag=jose.b64url_encode(hashlib.sha256(body).digest()),
            modified=datetime.fromtimestamp(found.st_mtime, UTC),
            lifetime=self._lifetime(name, body),
        )
        self._kept[name] = _Kept(stamp, page)
        return page

    def _lifetime(self, name: str, body: bytes) -> Lifetime:
        if name == "bundle.json":
            return lifetimes.of_bundle(body)
        if name == INDEX:
            # A list that appears with the next publication must be found in time.
            return lifetimes.shortest(self._of_file(path) for path in self._directory.glob("status/[0-9]*"))
        if name in TYPES:
            # The plain keys say nothing of their end; the signed set that they stand beside does.
            return self._of_file(self._directory / KEY_SET)
        return lifetimes.of_token(body.decode("ascii", "replace"))

    def _of_file(self, path: Path) -> Lifetime:
        try:
            return lifetimes.of_token(path.read_text("ascii", "replace"))
        except OSError:
            return lifetimes.NONE
