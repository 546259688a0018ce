"""Rules: a reader sees the old file or the new one; what is published was read back; nothing is written elsewhere."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from certsvc.core.errors import PublicationFailed
from certsvc.publication import site as site_module
from certsvc.publication.site import Site
from certsvc.service.ports import Publisher


class PowerCut(BaseException):
    """Ends a publication where a dying process would: no handler of ours catches it."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


async def test_what_is_published_can_be_read_in_folders_that_did_not_exist(site: Site) -> None:
    publisher: Publisher = site
    await publisher.publish({"status/1": b"one", ".well-known/jwks.json": b"{}"})
    assert await publisher.read("status/1") == b"one"
    assert await publisher.read(".well-known/jwks.json") == b"{}"
    assert await publisher.read("status/2") is None
    assert await publisher.read("status") is None
    assert await publisher.read("status/1/2") is None


@pytest.mark.parametrize("step", ["fsync", "replace"])
async def test_a_crash_before_the_rename_leaves_the_old_file_and_the_next_publisher_cleans_up(
    site: Site, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await site.publish({"keys.jwt": b"old"})

    def cut(*args: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(os if step == "fsync" else Path, step, cut)
        with pytest.raises(PowerCut):
            await site.publish({"keys.jwt": b"new"})
    assert await site.read("keys.jwt") == b"old"
    assert len(list(site.directory.rglob(".new-*"))) == 1
    await site.publish({"root.jwk": b"{}"})
    assert not list(site.directory.rglob(".new-*"))
    assert await site.read("keys.jwt") == b"old"


async def test_a_file_is_synced_before_it_is_renamed_and_its_folder_after(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.publish({"keys.jwt": b"old"})
    steps: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        steps.append("sync " + Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    await site.publish({"keys.jwt": b"new"})
    assert steps == ["sync .new-keys.jwt", "rename", "sync site"]


async def test_a_file_that_reads_back_differently_is_a_failure(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda self: b"something else")
    with pytest.raises(PublicationFailed, match="reads back differently"):
        await site.publish({"keys.jwt": b"new"})


async def test_files_become_visible_in_the_order_given(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed: list[str] = []
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        renamed.append(target.name)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    await site.publish({"status/2": b"2", "status/1": b"1", "bundle.json": b"{}"})
    assert renamed == ["2", "1", "bundle.json"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        ".",
        "..",
        "../x",
        "a/../../x",
        "/etc/x",
        "a//b",
        "a/./b",
        "a/",
        ".lock",
        ".new-x",
        "a\\b",
        "a\0b",
        "status/.x",
    ],
)
async def test_a_path_that_leaves_the_folder_or_hides_in_it_is_refused(site: Site, path: str) -> None:
    with pytest.raises(PublicationFailed, match="not a path inside the site"):
        await site.publish({path: b"x"})
    with pytest.raises(PublicationFailed, match="not a path inside the site"):
        await site.read(path)
    assert not site.directory.exists()


async def test_files_are_public_whatever_the_umask(site: Site) -> None:
    before = os.umask(0o077)
    try:
        await site.publish({"status/1": b"x"})
    finally:
        os.umask(before)
    modes = [
        path.stat().st_mode & 0o777 for path in (site.directory, site.directory / "status", site.directory / "status/1")
    ]
    assert modes == [0o755, 0o755, 0o644]


async def test_one_bad_path_stops_all_of_a_publication(site: Site) -> None:
    with pytest.raises(PublicationFailed):
        await site.publish({"keys.jwt": b"new", "../x": b"x"})
    assert await site.read("keys.jwt") is None


async def test_only_one_process_writes_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.publish({"keys.jwt": b"old"})
    monkeypatch.setattr(site_module, "_LOCK_WAIT", 0.0)
    with (site.directory / ".lock").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(PublicationFailed, match="another process"):
            await site.publish({"keys.jwt": b"new"})
    await site.publish({"keys.jwt": b"new"})
    assert await site.read("keys.jwt") == b"new"


async def test_a_full_or_broken_disk_is_a_publication_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PublicationFailed):
        await Site(tmp_path / "file").publish({"keys.jwt": b"x"})
