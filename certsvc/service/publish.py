"""Publish: what verifiers fetch, rebuilt from the rows, signed anew, and put in place.

Invariants
- A list is built from every status event committed before its version was claimed; nothing is patched.
- `ver` and `iat` of a list strictly rise, whoever publishes.
- Every list has passed the verifier that we ship before it is written; the bundle is written last.
- Publishing fails whole for the caller: the version that is reported has been read back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from certsvc.core import jose
from certsvc.core.bundle import encode_bundle
from certsvc.core.errors import CertsvcError, PublicationFailed, VerificationError
from certsvc.core.keys import KeySet, public_jwks
from certsvc.core.statuslist import TYP, encode_status_list, read_status_list
from certsvc.service.ports import Clock, Publisher, Signer, Store
from certsvc.service.records import PublishedList, StatusListRow

log = structlog.get_logger()

CLAIM_ATTEMPTS = 10
CLAIM_PAUSE = 0.05
"""Seconds that a publisher waits, times the attempt, after another was faster."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The static part of what is published: the root's public key and the key set it signed."""

    root_jwk: Mapping[str, object]
    key_set_token: str
    key_set: KeySet


@dataclass(frozen=True, slots=True)
class ListTimes:
    """How long a status list may be believed, and how long it may be cached."""

    lifetime: timedelta
    ttl: timedelta


class PublishStatus:
    """Publishes all live lists; calls that come while one runs share the next."""

    def __init__(
        self,
        *,
        store: Store,
        signer: Signer,
        publisher: Publisher,
        trust: Trust,
        times: ListTimes,
        base_uri: str,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._signer = signer
        self._publisher = publisher
        self._trust = trust
        self._times = times
        self._base_uri = base_uri.rstrip("/")
        self._clock = clock
        self._sleep = sleep
        self._published: dict[int, PublishedList] = {}
        self._next: asyncio.Task[Sequence[PublishedList]] | None = None
        self._lock = asyncio.Lock()

    def list_uri(self, number: int) -> str:
        """The address of a list, as certificates name it."""
        return f"{self._base_uri}/status/{number}"

    @property
    def published(self) -> Sequence[PublishedList]:
        """What this process published last."""
        return tuple(self._published.values())

    async def ensure_list(self, number: int) -> None:
        """Returns once the list is published by this process."""
        if number not in self._published:
            await self()

    async def __call__(self) -> Sequence[PublishedList]:
        """Every live list as published, built after this call began. Raises PublicationFailed, StoreUnavailable."""
        # The run that waits for the lock has not read anything yet, so whoever comes now may share it.
        if self._next is None:
            self._next = asyncio.create_task(self._run())
        return await asyncio.shield(self._next)

    async def _run(self) -> Sequence[PublishedList]:
        async with self._lock:
            self._next = None
            lists = await self._sign_all()
            await self._publisher.publish(self._files(lists))
            self._published = {published.number: published for published, _ in lists}
            return self.published

    async def _sign_all(self) -> Sequence[tuple[PublishedList, str]]:
        for attempt in range(CLAIM_ATTEMPTS):
            if attempt:
                await self._sleep(CLAIM_PAUSE * attempt)
            rows = await self._store.live_lists(self._clock.now())
            signed = [await self._sign(row) for row in rows]
            lists = [made for made in signed if made is not None]
            if len(lists) == len(rows):
                return lists
        raise PublicationFailed("other publishers claimed every version that this one wanted")

    async def _sign(self, row: StatusListRow) -> tuple[PublishedList, str] | None:
        """The list signed anew; None if another publisher claimed the version first."""
        version, issued_at = row.version + 1, await self._next_instant(row.issued_at)
        # Claimed before the rows are read: two publishers never sign different lists under one version.
        if not await self._store.claim_version(row.number, version, issued_at):
            return None
        published = PublishedList(
            row.number, self.list_uri(row.number), version, issued_at, issued_at + self._times.lifetime
        )
        payload = encode_status_list(
            await self._store.status_entries(row.number),
            uri=published.uri,
            version=version,
            issued_at=int(issued_at.timestamp()),
            expires_at=int(published.expires_at.timestamp()),
            ttl=int(self._times.ttl.total_seconds()),
        )
        token = jose.sign(self._signer, TYP, payload)
        try:
            read_status_list(token, self._trust.key_set, int(issued_at.timestamp()))
        except VerificationError as error:
            raise PublicationFailed(f"our verifier rejects list {row.number}: {error.reason}") from error
        return published, token

    async def _next_instant(self, previous: datetime | None) -> datetime:
        """The whole second that the list is dated with: later than its last one, and never ahead of the clock.

        Waits for that second to come, since a verifier without leeway refuses a token from the future; calls
        that come meanwhile share the next publication.
        """
        while True:
            now = self._clock.now().astimezone(UTC)
            instant = now.replace(microsecond=0)
            if previous is None or previous < instant:
                return instant
            await self._sleep((previous + timedelta(seconds=1) - now).total_seconds())

    def _files(self, lists: Sequence[tuple[PublishedList, str]]) -> Mapping[str, bytes]:
        tokens = [token for _, token in lists]
        files = {f"status/{published.number}": token.encode() for published, token in lists}
        files["status/index.json"] = jose.write_json({"status_lists": [published.uri for published, _ in lists]})
        files["keys.jwt"] = self._trust.key_set_token.encode()
        files["root.jwk"] = jose.write_json(dict(self._trust.root_jwk))
        files[".well-known/jwks.json"] = public_jwks(self._trust.key_set.keys)
        files["bundle.json"] = encode_bundle(self._trust.root_jwk, self._trust.key_set_token, tokens)
        return files


async def republish(
    publish: Callable[[], Awaitable[object]],
    *,
    every: timedelta,
    retry_after: timedelta,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Publishes `every` so often, for ever; after a failure again after `retry_after`. Never returns.

    A list that is not signed anew in time makes every verdict UNKNOWN, so no failure ends this loop.
    """
    pause = every
    while True:
        await sleep(pause.total_seconds())
        try:
            await publish()
            pause = every
        except (CertsvcError, OSError) as error:
            log.error("not_published", error=type(error).__name__, detail=str(error))
            pause = min(every, retry_after)
