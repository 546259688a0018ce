"""What signing, publication and the acts on keys need, each with its guarantee. The adapters fit by shape.

Calls to the database are one transaction each and raise StoreUnavailable where it did not confirm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from certsvc.core.keylife import KeyRole, KeyState
from certsvc.service.trust_records import KeyRecord, KeySetRecord, SignedNotice, Trust


class Signer(Protocol):
    """One private key in one role. What it gives is verified by the caller before anything leaves."""

    @property
    def kid(self) -> str:
        """The RFC 7638 thumbprint of the public key."""
        ...

    def public_jwk(self) -> dict[str, str]:
        """The public key as a JWK with its required members alone."""
        ...

    async def sign(self, data: bytes) -> bytes:
        """64 bytes r || s over `data` by ES256, within a bounded time. Raises SigningFailed."""
        ...


class KeyStore(Protocol):
    """Where private keys are: a folder of encrypted files, or a PKCS#11 token. Nothing private ever leaves it."""

    @property
    def place(self) -> str:
        """Its name, as kept with each key: `file` or `pkcs11`."""
        ...

    async def signers(self) -> Mapping[str, Signer]:
        """Every key that it holds now, by kid. Raises SigningFailed if the store cannot be reached."""
        ...

    async def generate(self, role: KeyRole) -> Signer:
        """A new key, durable on return. Raises SigningFailed."""
        ...


class Keys(Protocol):
    """What signs now, and what verifiers are told to trust. Asked anew for each use, since keys rotate."""

    @property
    def trust(self) -> Trust:
        """The newest installed key set."""
        ...

    def signer(self, role: KeyRole, now: datetime) -> Signer:
        """The active key of this role, published long enough, in force at `now`.

        Raises SigningFailed, with what to do, if there is none or its private half cannot be reached.
        """
        ...


class KeyBook(Protocol):
    """The record of keys and key sets. Each act is recorded with its audit leaf."""

    async def keys(self) -> Sequence[KeyRecord]:
        """Every key, the oldest first."""
        ...

    async def prepare(self, key: KeyRecord, actor: str) -> KeyRecord:
        """Records a new key, prepared."""
        ...

    async def move(self, kid: str, to: KeyState, actor: str, reason: str, at: datetime) -> KeyRecord | None:
        """The key after this move; activating one retires the active one of its role in the same transaction.

        A key that is there already is returned as it is. None if there is no such key. Raises InvalidRequest for a move
        that the table of `certsvc.core.keylife` does not have, or an activation before its time.
        """
        ...

    async def key_set(self) -> KeySetRecord | None:
        """The newest installed key set."""
        ...

    async def install(self, key_set: KeySetRecord, keys: Sequence[KeyRecord]) -> None:
        """Records a newer key set, and what it says of the keys that are named in it: periods, and who is revoked.

        Raises InvalidRequest if one of that version or a higher one is installed.
        """
        ...

    async def note_published(self, ver: int, at: datetime, wait: timedelta) -> None:
        """Notes that verifiers can fetch this set: prepared keys in it become published, usable after `wait`.

        Said again, it changes nothing.
        """
        ...


class NoticeBoard(Protocol):
    """The notices that verifiers are given."""

    async def notices(self) -> Sequence[SignedNotice]:
        """Every approved notice in order of its number, signed by a key that is not revoked.

        Raises SigningFailed, StoreUnavailable.
        """
        ...


class SalvageBook(Protocol):
    """The salvage lists of revoked keys."""

    async def tokens(self) -> Sequence[str]:
        """Those whose digest stands in the newest key set, signed by a status key that is not revoked."""
        ...
