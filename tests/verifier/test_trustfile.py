"""A trust store in a file: whole or not at all, one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from certsvc.verifier import TrustStore, VerificationError, trustfile
from tests.trust_kit import TrustKit

KIT = TrustKit()


def test_a_saved_store_loads_as_it_was(tmp_path: Path) -> None:
    path = str(tmp_path / "trust")
    store = KIT.trust({7: 1})
    trustfile.save(path, store)
    loaded = trustfile.load(path)
    assert loaded is not None
    assert loaded.state == store.state
    assert os.stat(path).st_mode & 0o077 == 0


def test_an_absent_store_is_none_and_a_damaged_one_an_error(tmp_path: Path) -> None:
    path = tmp_path / "trust"
    assert trustfile.load(str(path)) is None
    path.write_bytes(b"{}")
    with pytest.raises(VerificationError, match="trust_store_malformed"):
        trustfile.load(str(path))


def test_a_crash_before_the_rename_leaves_the_old_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "trust")
    old = KIT.trust()
    trustfile.save(path, old)

    def crash(source: str, target: str) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", crash)
        with pytest.raises(OSError, match="power cut"):
            trustfile.save(path, TrustStore(KIT.pin))
    loaded = trustfile.load(path)
    assert loaded is not None
    assert loaded.state == old.state
    assert os.listdir(tmp_path) == ["trust"]


def test_what_a_crash_left_is_removed_by_the_next_call_and_nothing_else(tmp_path: Path) -> None:
    left = tmp_path / "trust.0123456789abcdef.new"
    others = {"trust", "trust.new", "trust.x.new", "other.0123456789abcdef.new", "trust.0123456789abcdeg.new"}
    for name in (left.name, *others):
        (tmp_path / name).write_bytes(b"x")
    trustfile.save(str(tmp_path / "trust"), KIT.trust())
    assert set(os.listdir(tmp_path)) == others


def test_every_link_to_a_store_leads_to_the_one_file_and_the_one_lock(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "folder" / "link"
    link.parent.mkdir()
    link.symlink_to(real)
    for number, path in enumerate((link, real, link)):
        store = KIT.trust({7: number})
        with trustfile.locked(str(path)) as locked:
            assert locked == str(real)
            assert set(os.listdir(tmp_path)) <= {"real", "real.lock", "folder"}
        trustfile.save(str(path), store)
        for other in (link, real):
            loaded = trustfile.load(str(other))
            assert loaded is not None
            assert loaded.state == store.state
    assert link.is_symlink()
    assert os.listdir(link.parent) == ["link"]


def test_no_planted_link_has_another_file_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, victim = str(tmp_path / "trust"), tmp_path / "victim"
    victim.write_bytes(b"precious")
    for name in ("trust.new", "trust.0000000000000000.new"):
        (tmp_path / name).symlink_to(victim)
    monkeypatch.setattr(os, "urandom", bytes)  # even the name that the thief guessed
    trustfile.save(path, KIT.trust())
    with monkeypatch.context() as patched:
        patched.setattr(
            trustfile, "_remove_leftovers", lambda _: (tmp_path / f"trust.{'0' * 16}.new").symlink_to(victim)
        )
        with pytest.raises(FileExistsError):
            trustfile.save(path, KIT.trust())
    (tmp_path / "trust.lock").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"), trustfile.locked(path):
        raise AssertionError("the lock was followed")
    assert victim.read_bytes() == b"precious"


def test_the_data_are_synced_before_the_rename_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noting_fsync(descriptor: int) -> None:
        steps.append("sync folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "sync file")
        fsync(descriptor)

    def noting_replace(source: str, target: str) -> None:
        steps.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "replace", noting_replace)
    trustfile.save(str(tmp_path / "trust"), KIT.trust())
    assert steps == ["sync file", "rename", "sync folder"]


def test_a_second_process_waits_for_the_store(tmp_path: Path) -> None:
    """The child tries the lock without waiting, and must not get it while this process holds it."""
    path = str(tmp_path / "trust")
    program = (
        "import fcntl, sys\n"
        "file = open(sys.argv[1] + '.lock')\n"
        "try:\n"
        "    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError:\n"
        "    sys.exit(7)\n"
    )
    command = [sys.executable, "-c", program, path]
    with trustfile.locked(path) as real:
        assert real == path
        assert subprocess.run(command, timeout=60, check=False).returncode == 7
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
