"""Publish: what verifiers fetch, rebuilt from the rows, signed anew, and put in place.

Invariants
- A list is built from every status event committed before its version was claimed; nothing is patched.
- `ver` and `iat` of a list strictly rise, whoever publishes; what is published on one site never goes back.
- No list is dated ahead of the clock, or by a clock that is off; nor signed under a key set that has expired.
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
from certsvc.core.bundle import encode_bundle, read_bundle
from certsvc.core.errors import CertsvcError, PublicationFailed, VerificationError
from certsvc.core.keylife import KeyRole
from certsvc.core.keys import public_jwks
from certsvc.core.statuslist import TYP, StatusList, encode_status_list, prove_status_list, read_status_list
from certsvc.service import signing
from certsvc.service.ports import Clock, Publisher, Store
from certsvc.service.records import PublishedList, StatusListRow
from certsvc.service.trust_ports import Keys

log = structlog.get_logger()

CLOCK_TOLERANCE = timedelta(seconds=5)
"""How far two clocks may differ before nothing is dated by either."""


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
        keys: Keys,
        publisher: Publisher,
        times: ListTimes,
        base_uri: str,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._keys = keys
        self._publisher = publisher
        self._times = times
        self._base_uri = base_uri.rstrip("/")
        self._clock = clock
        self._sleep = sleep
        self._published: dict[int, PublishedList] = {}
        self._next: asyncio.Task[Sequence[PublishedList]] | None = None
        self._lock = asyncio.Lock()

    def _list_number(self, uri: str) -> int | None:
        """The number of a list of ours by its address."""
        number = uri.removeprefix(f"{self._base_uri}/status/")
        return int(number) if number.isascii() and number.isdigit() else None

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
        try:
            # Held from before anything is read until everything is written: versions reach verifiers in the
            # order in which they were claimed, and no list that another process added is left out.
            async with self._lock, self._publisher.alone():
                self._next = None
                await self._check_clock()
                await self._check_nothing_newer_is_published()
                rows = await self._store.live_lists(self._clock.now())
                lists = [await self._sign(row) for row in rows]
                await self._publisher.publish(self._files(lists))
                self._published = {published.number: published for published, _ in lists}
                return self.published
        finally:
            if self._next is asyncio.current_task():
                self._next = None  # it failed before it began: the next call tries anew

    async def _check_clock(self) -> None:
        """Refuses to date lists by a clock that is wrong, since a date once claimed cannot be taken back."""
        off = self._clock.now() - await self._store.now()
        if abs(off) > CLOCK_TOLERANCE:
            raise PublicationFailed(
                f"this machine's clock is {off.total_seconds():+.0f} s off the database's; set the clock that is wrong"
            )
        try:
            self._keys.trust.key_set.check_fresh(int(self._clock.now().timestamp()))
        except VerificationError as error:
            raise PublicationFailed("the key set has expired: have the root sign a new one and restart") from error

    async def _check_nothing_newer_is_published(self) -> None:
        """Refuses to go on from a database that is older than what verifiers have.

        After restoring an old backup it would sign versions that every verifier refuses, and give places again
        that certificates out there hold.
        """
        for listed in self._provable(await self._publisher.read("bundle.json")):
            number = self._list_number(listed.uri)
            known = None if number is None else await self._store.list_version(number)
            if known is None or known < listed.version:
                raise PublicationFailed(
                    f"{listed.uri} is published in version {listed.version}, but the database knows "
                    f"{'no such list' if known is None else f'version {known} at most'}: it is older than what is "
                    "published; restore a newer backup, or publish to another site under another issuer"
                )

    def _provable(self, bundle: bytes | None) -> Sequence[StatusList]:
        """The lists of a published bundle that verifiers would accept; one that they would refuse binds nobody."""
        try:
            tokens = read_bundle(bundle).status_lists if bundle is not None else ()
        except VerificationError as error:
            log.warning("published_bundle_not_readable", reason=error.reason)
            return ()
        return [listed for token in tokens if (listed := self._proved(token)) is not None]

    def _proved(self, token: str) -> StatusList | None:
        try:
            return prove_status_list(token, self._keys.trust.key_set)
        except VerificationError as error:
            log.warning("published_list_not_provable", reason=error.reason)
            return None

    async def _sign(self, row: StatusListRow) -> tuple[PublishedList, str]:
        version, issued_at = row.version + 1, await self._next_instant(row.issued_at)
        # Claimed before the rows are read: two publishers with a site each never sign different lists under
        # one version.
        while not await self._store.claim_version(row.number, version, issued_at):
            version = (await self._store.list_version(row.number) or version) + 1
            issued_at = await self._next_instant(issued_at)
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
        token = await signing.signed(self._keys.signer(KeyRole.STATUS, issued_at), TYP, payload)
        try:
            read_status_list(token, self._keys.trust.key_set, int(issued_at.timestamp()))
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
            wait = previous + timedelta(seconds=1) - now
            if wait > CLOCK_TOLERANCE:
                raise PublicationFailed(
                    f"the last list is dated {previous.isoformat()}, {wait.total_seconds():.0f} s ahead of the clock; "
                    "set the clock, or wait"
                )
            await self._sleep(wait.total_seconds())

    def _files(self, lists: Sequence[tuple[PublishedList, str]]) -> Mapping[str, bytes]:
        tokens, trust = [token for _, token in lists], self._keys.trust
        files = {f"status/{published.number}": token.encode() for published, token in lists}
        files["status/index.json"] = jose.write_json({"status_lists": [published.uri for published, _ in lists]})
        files["keys.jwt"] = trust.key_set_token.encode()
        files["root.jwk"] = jose.write_json(dict(trust.root_jwk))
        files[".well-known/jwks.json"] = public_jwks(trust.key_set.keys)
        files["bundle.json"] = encode_bundle(trust.root_jwk, trust.key_set_token, tokens)
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
