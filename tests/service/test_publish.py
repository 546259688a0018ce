"""What verifiers fetch never goes back, is never dated ahead, and says what was committed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from certsvc.core.bundle import encode_bundle, read_bundle
from certsvc.core.errors import PublicationFailed
from certsvc.core.statuslist import StatusList, prove_status_list
from certsvc.publication.site import Site
from certsvc.store.migrate import migrate
from tests.service.conftest import Publishing
from tests.trust_kit import ISSUER, MemorySigner

EXPIRES = timedelta(days=60)


def published(publishing: Publishing) -> dict[str, StatusList]:
    """The lists of the published bundle by address; each is also published by itself, the same."""
    lists = {}
    for token in read_bundle((publishing.site / "bundle.json").read_bytes()).status_lists:
        listed = prove_status_list(token, publishing.kit.key_set())
        lists[listed.uri] = listed
        number = listed.uri.rpartition("/")[2]
        assert (publishing.site / "status" / number).read_text() == token
    return lists


async def test_each_publication_has_a_higher_version_and_a_later_date(publishing: Publishing) -> None:
    store = await publishing.store()
    publish = publishing.publisher(store)
    await store.lease_place(publishing.clock.now() + EXPIRES)
    seen = []
    for _ in range(4):
        await publish()
        (listed,) = published(publishing).values()
        seen.append((listed.version, listed.issued_at))
    assert seen == sorted(set(seen))
    assert [version for version, _ in seen] == [1, 2, 3, 4]


async def test_no_list_is_dated_ahead_of_the_clock_however_fast_they_follow(publishing: Publishing) -> None:
    store = await publishing.store()
    publish = publishing.publisher(store)
    await store.lease_place(publishing.clock.now() + EXPIRES)
    for _ in range(5):
        await publish()
        (listed,) = published(publishing).values()
        assert listed.issued_at <= publishing.clock.now().timestamp()
    assert len(publishing.clock.slept) == 4


async def test_calls_at_once_share_publications(publishing: Publishing) -> None:
    store = await publishing.store()
    publish = publishing.publisher(store)
    await store.lease_place(publishing.clock.now() + EXPIRES)
    answers = await asyncio.gather(*(publish() for _ in range(50)))
    assert {lists[0].version for lists in answers} <= {1, 2}


async def test_publishers_of_one_site_never_put_an_older_list_over_a_newer(publishing: Publishing) -> None:
    stores = [await publishing.store() for _ in range(3)]
    publishers = [publishing.publisher(store) for store in stores]
    await stores[0].lease_place(publishing.clock.now() + EXPIRES)
    answers = await asyncio.gather(*(publish() for publish in publishers for _ in range(4)))
    (listed,) = published(publishing).values()
    assert listed.version == max(lists[0].version for lists in answers)


async def test_a_list_that_another_publisher_added_stays_in_the_bundle(publishing: Publishing) -> None:
    one, other = await publishing.store(), await publishing.store()
    first, second = publishing.publisher(one), publishing.publisher(other)
    await one.lease_place(publishing.clock.now() + EXPIRES)
    await asyncio.gather(first(), second())
    await other.lease_place(publishing.clock.now() + EXPIRES + timedelta(days=120))
    await asyncio.gather(first(), second.ensure_list(2), first())
    assert len(published(publishing)) == 2


async def test_a_database_older_than_what_is_published_is_refused_with_what_to_do(
    publishing: Publishing, empty_database: str
) -> None:
    store = await publishing.store()
    publish = publishing.publisher(store)
    await store.lease_place(publishing.clock.now() + EXPIRES)
    await publish()
    await publish()
    await migrate(empty_database)
    restored = await publishing.store(empty_database)
    with pytest.raises(PublicationFailed, match=r"no such list.*restore a newer backup"):
        await publishing.publisher(restored)()
    await restored.lease_place(publishing.clock.now() + EXPIRES)
    before = published(publishing)
    with pytest.raises(PublicationFailed, match=r"published in version 2.*version 0 at most"):
        await publishing.publisher(restored)()
    assert published(publishing) == before


async def test_a_clock_that_is_behind_the_last_list_is_refused_at_once(publishing: Publishing) -> None:
    store = await publishing.store()
    publish = publishing.publisher(store)
    await store.lease_place(publishing.clock.now() + EXPIRES)
    await publish()
    publishing.clock.at -= timedelta(hours=1)
    with pytest.raises(PublicationFailed, match="ahead of the clock"):
        await publish()
    assert publishing.clock.slept == []


@pytest.mark.parametrize("off", [timedelta(days=90), timedelta(seconds=-30)])
async def test_a_clock_that_differs_from_the_databases_dates_nothing(publishing: Publishing, off: timedelta) -> None:
    store = await publishing.store()
    store.off = off
    await store.lease_place(publishing.clock.now() + EXPIRES)
    with pytest.raises(PublicationFailed, match="off the database's"):
        await publishing.publisher(store)()
    assert await store.list_version(1) == 0


async def test_nothing_is_signed_under_a_key_set_that_has_expired(publishing: Publishing) -> None:
    store = await publishing.store()
    publish = publishing.publisher(store)
    await store.lease_place(publishing.clock.now() + EXPIRES)
    publishing.clock.at += timedelta(days=91)
    with pytest.raises(PublicationFailed, match="key set has expired"):
        await publish()


async def test_after_a_failure_the_next_call_publishes(publishing: Publishing) -> None:
    store = await publishing.store()
    publish = publishing.publisher(store)
    await store.lease_place(publishing.clock.now() + EXPIRES)
    store.off = timedelta(days=1)
    with pytest.raises(PublicationFailed):
        await publish()
    store.off = timedelta(0)
    assert len(await publish()) == 1


async def test_a_list_that_cannot_be_proved_does_not_hide_a_newer_one_beside_it(
    publishing: Publishing, empty_database: str
) -> None:
    store = await publishing.store()
    await store.lease_place(publishing.clock.now() + EXPIRES)
    await publishing.publisher(store)()
    whole = read_bundle((publishing.site / "bundle.json").read_bytes())
    foreign = publishing.kit.status_list(signer=MemorySigner(), uri=f"{ISSUER}/status/9")
    mixed = encode_bundle(whole.root, whole.keys, [foreign, *whole.status_lists])
    await Site(publishing.site).publish({"bundle.json": mixed})
    await migrate(empty_database)
    with pytest.raises(PublicationFailed, match="restore a newer backup"):
        await publishing.publisher(await publishing.store(empty_database))()


async def test_a_damaged_bundle_on_the_site_is_written_anew(publishing: Publishing) -> None:
    store = await publishing.store()
    await store.lease_place(publishing.clock.now() + EXPIRES)
    await Site(publishing.site).publish({"bundle.json": b"{"})
    await publishing.publisher(store)()
    assert len(published(publishing)) == 1
