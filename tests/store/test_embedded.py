"""Embedded PostgreSQL starts anywhere, ends with us, and keeps what was committed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from certsvc.core.errors import ConfigError
from certsvc.store import embedded, embedded_files, embedded_owner, embedded_process
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.embedded_process import command_of, find_programs

ROOT = Path(__file__).parents[2]
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")

_PATH = os.pathsep.join([str(ROOT), str(find_programs().parents[2])])

# Starts a server in the directory of its argument, says so, and waits to be killed.
_HOLDER = """
import sys, threading
from pathlib import Path
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.embedded_process import command_of, find_programs
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
threading.Event().wait()
"""


@pytest.fixture
def directory(tmp_short: Path) -> Path:
    return tmp_short / "pg"


async def _ask(server: EmbeddedPostgres, sql: str) -> object:
    connection = await asyncpg.connect(server.dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_committed_rows_survive_a_restart(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server:
        await _ask(server, "CREATE TABLE t AS SELECT 7 AS x")
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SELECT x FROM t") == 7


async def test_it_is_durable_utf8_and_off_the_network(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SHOW fsync") == "on"
        assert await _ask(server, "SHOW server_encoding") == "UTF8"
        assert await _ask(server, "SHOW listen_addresses") == ""
        assert await _ask(server, "SELECT lower('ÑANDÚ')") == "ñandú"


def test_nobody_else_may_enter_its_directory(directory: Path) -> None:
    with EmbeddedPostgres(directory):
        # As root, the server's own group may pass through, and no more; without root there is no such group.
        assert stat.S_IMODE(directory.stat().st_mode) == (0o710 if os.geteuid() == 0 else 0o700)
        assert directory.stat().st_uid == os.geteuid()
        for name in ("data", "run"):
            assert stat.S_IMODE((directory / name).stat().st_mode) == 0o700
        for name in ("lock", "postgres.log"):
            assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600


def test_starting_and_stopping_twice_is_harmless(directory: Path) -> None:
    server = EmbeddedPostgres(directory)
    server.start()
    pid = server.pid
    server.start()
    assert server.pid == pid
    server.stop()
    server.stop()
    assert server.pid is None


def test_a_directory_has_one_holder(directory: Path) -> None:
    with EmbeddedPostgres(directory), pytest.raises(ConfigError, match="in use by another"):
        EmbeddedPostgres(directory).start()


def test_a_directory_with_other_files_is_left_alone(tmp_short: Path) -> None:
    (tmp_short / "keys").touch(mode=0o644)
    before = tmp_short.stat()
    with pytest.raises(ConfigError, match="empty directory"):
        EmbeddedPostgres(tmp_short).start()
    assert tmp_short.stat().st_mode == before.st_mode
    assert [p.name for p in tmp_short.iterdir()] == ["keys"]


def test_a_directory_of_another_major_version_is_refused(directory: Path) -> None:
    with EmbeddedPostgres(directory):
        pass
    (directory / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ConfigError, match="dump and restore"):
        EmbeddedPostgres(directory).start()


async def test_a_crash_during_creation_leaves_nothing_half_made(directory: Path) -> None:
    (directory / "data.new" / "base").mkdir(parents=True)
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SELECT 1") == 1
    assert not (directory / "data.new").exists()


async def test_a_stale_pid_file_of_another_process_is_no_obstacle(directory: Path) -> None:
    with EmbeddedPostgres(directory):
        pass
    (directory / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{directory / 'data'}\n1\n5432\n\n\n\nready\n")
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SELECT 1") == 1


async def test_a_long_path_gets_a_short_socket(tmp_short: Path) -> None:
    directory = tmp_short / ("long" * 30) / "pg"
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SELECT 1") == 1
        assert str(directory) not in server.dsn
        dsn = server.dsn
    with EmbeddedPostgres(directory) as server:
        assert server.dsn == dsn
    shutil.rmtree(dsn.partition("host=")[2])


def test_a_socket_directory_of_someone_else_is_refused(tmp_short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_short))
    directory = tmp_short / ("long" * 30) / "pg"
    owner = embedded_owner.Owner("this user")
    embedded_owner.socket_directory(directory, owner).chmod(0o777)
    with pytest.raises(ConfigError, match="someone else"):
        embedded_owner.socket_directory(directory, owner)


def test_without_the_wheel_the_operator_is_told_of_a_dsn(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_process, "_WHEEL", "no_such_wheel")
    with pytest.raises(ConfigError, match="DSN"):
        EmbeddedPostgres(directory).start()
    assert not directory.exists()


def test_a_server_that_cannot_start_says_why(directory: Path) -> None:
    with EmbeddedPostgres(directory):
        pass
    (directory / "data" / "global" / "pg_control").unlink()
    server = EmbeddedPostgres(directory)
    with pytest.raises(ConfigError, match="pg_control"):
        server.start()
    assert server.pid is None


async def test_a_killed_server_comes_back(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server:
        await _ask(server, "CREATE TABLE t AS SELECT 7 AS x")
        killed = server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        _wait_until(lambda: server.pid not in (None, killed) and _answers(server))
        assert await _ask(server, "SELECT x FROM t") == 7


@pytest.fixture
def holder(directory: Path) -> Iterator[subprocess.Popen[str]]:
    yield from _holder([sys.executable], directory)


def _holder(python: list[str], directory: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*python, "-c", _HOLDER, str(directory)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": _PATH},
    ) as process:
        yield process
        process.kill()


def _server_pid(holder: subprocess.Popen[str]) -> int:
    assert holder.stdout is not None
    return int(holder.stdout.readline())


@linux
def test_the_server_ends_with_a_killed_parent(holder: subprocess.Popen[str]) -> None:
    server = _server_pid(holder)
    holder.kill()
    holder.wait()
    _wait_until(lambda: not _alive(server))


async def test_the_heir_of_a_killed_holder_waits_for_its_server(holder: subprocess.Popen[str], directory: Path) -> None:
    _server_pid(holder)
    holder.kill()
    holder.wait()
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SELECT 1") == 1


def test_the_heir_ends_a_server_that_was_orphaned(directory: Path) -> None:
    # A server that nobody keeps, as after a kill on a system without the death signal.
    with EmbeddedPostgres(directory):
        pass
    programs = find_programs()
    owner = embedded_owner.choose_owner(directory, programs)
    arguments = ("-D", str(directory / "data"), "-k", str(directory / "run"), "-c", "listen_addresses=")
    with subprocess.Popen(
        command_of(owner, programs / "postgres", arguments), stderr=subprocess.DEVNULL, cwd="/"
    ) as orphan:
        _wait_until(lambda: "ready" in (directory / "data" / "postmaster.pid").read_text(), FileNotFoundError)
        with EmbeddedPostgres(directory) as server:
            assert server.pid not in (None, orphan.pid)
            assert orphan.wait() == 0


@as_root
async def test_as_root_below_a_closed_folder(tmp_short: Path) -> None:
    closed = tmp_short / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres(closed / "pg") as server:
        assert await _ask(server, "SELECT 1") == 1
    assert (closed.stat().st_uid, closed.stat().st_mode & 0o777) == (0, 0o700)


@as_root
async def test_as_root_with_the_programs_below_a_closed_folder(
    tmp_short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = find_programs().parents[1]
    closed = tmp_short / "closed"
    closed.mkdir(mode=0o700)
    for name in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(
            wheel.parent / name, closed / name, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include", "*.py")
        )
    monkeypatch.setattr(embedded, "find_programs", lambda: closed / wheel.name / "pginstall18" / "bin")
    with EmbeddedPostgres(tmp_short / "pg") as server:
        assert await _ask(server, "SELECT 1") == 1
    assert (closed.stat().st_uid, closed.stat().st_mode & 0o777) == (0, 0o700)


@as_root
def test_as_an_ordinary_user(tmp_short: Path) -> None:
    os.chown(tmp_short, NOBODY, NOBODY)
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    # Our own interpreter may lie where only root can reach it.
    runnable = "import os, sys; sys.exit(not (sys.version_info >= (3, 11) and os.access(sys.executable, os.X_OK)))"
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([*become, python, "-c", runnable], check=False).returncode == 0:
            break
    else:
        pytest.skip("there is no Python that an ordinary user can run")
    for process in _holder([*become, python], tmp_short / "pg"):
        assert _alive(_server_pid(process))
        assert (tmp_short / "pg").stat().st_uid == NOBODY


@pytest.mark.parametrize("name", ["data", "data.new", "run", "lock", "postgres.log", "postgres.log.1"])
def test_a_link_in_the_directory_is_refused_and_its_target_left_alone(directory: Path, name: str) -> None:
    victim = directory.parent / "victim"
    victim.mkdir(mode=0o751)
    (victim / "shadow").write_text("x")
    before = (victim.stat().st_uid, victim.stat().st_mode, (victim / "shadow").stat().st_uid)
    directory.mkdir()
    (directory / name).symlink_to(victim / "shadow" if name in embedded_files.FILES else victim)
    with pytest.raises(ConfigError, match="symbolic link"):
        EmbeddedPostgres(directory).start()
    assert (victim.stat().st_uid, victim.stat().st_mode, (victim / "shadow").stat().st_uid) == before
    assert (victim / "shadow").read_text() == "x"


def test_a_directory_that_is_a_link_is_refused(directory: Path) -> None:
    target = directory.parent / "target"
    target.mkdir()
    directory.symlink_to(target)
    with pytest.raises(ConfigError, match="symbolic link"):
        EmbeddedPostgres(directory).start()
    assert list(target.iterdir()) == []


def test_a_log_that_is_another_name_of_a_file_is_refused(directory: Path) -> None:
    victim = directory.parent / "victim"
    victim.write_text("x")
    directory.mkdir()
    (directory / "postgres.log").hardlink_to(victim)
    with pytest.raises(ConfigError, match="not a file of its own"):
        EmbeddedPostgres(directory).start()
    assert victim.read_text() == "x"


@as_root
@pytest.mark.parametrize("kind", ["link", "folder link", "second name", "file of root", "pipe"])
def test_what_an_account_put_into_its_data_is_not_given_away(directory: Path, kind: str) -> None:
    victim = directory.parent / "victim"
    victim.mkdir()
    (victim / "shadow").write_text("x")
    inside = directory / "data" / "base"
    inside.mkdir(parents=True)
    for folder in (inside, inside.parent):
        os.chown(folder, NOBODY, NOBODY)
    if kind == "second name":
        (inside / "1").hardlink_to(victim / "shadow")
    elif kind == "file of root":
        (inside / "1").touch()
    elif kind == "pipe":
        os.mkfifo(inside / "1")
    else:
        (inside / "1").symlink_to(victim if kind == "folder link" else victim / "shadow")
    with pytest.raises(ConfigError, match="link, no ordinary file, or another account's"):
        embedded_owner.own(directory, embedded_owner.Owner("other", 65533, 65533))
    assert (victim.stat().st_uid, (victim / "shadow").stat().st_uid) == (0, 0)
    assert (directory / "data").stat().st_uid == NOBODY


@pytest.fixture
def no_postgres_account(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pwd.getpwnam

    def look(name: str) -> object:
        if name == "postgres":
            raise KeyError(name)
        return found(name)

    monkeypatch.setattr(pwd, "getpwnam", look)


@as_root
@pytest.mark.usefixtures("no_postgres_account")
async def test_as_root_without_an_account_of_its_own_it_shares_a_uid_with_nobody(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SELECT 1") == 1
        uid = os.stat(f"/proc/{server.pid}").st_uid
        with pytest.raises(KeyError):
            pwd.getpwuid(uid)
        assert {p.lstat().st_uid for p in (directory / "data").rglob("*")} == {uid}
    assert f"uid {uid}, which no account has" in caplog.text
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SELECT 1") == 1


@as_root
@pytest.mark.usefixtures("no_postgres_account")
async def test_a_database_made_under_one_account_is_taken_over_by_another(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddedPostgres(directory) as server:
        await _ask(server, "CREATE TABLE t AS SELECT 7 AS x")
    # As if the account had been added meanwhile.
    monkeypatch.setattr(embedded_owner, "_account", lambda _: pwd.getpwnam("nobody"))
    with EmbeddedPostgres(directory) as server:
        assert await _ask(server, "SELECT x FROM t") == 7
        assert {p.lstat().st_uid for p in (directory / "data").rglob("*")} == {NOBODY}


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _answers(server: EmbeddedPostgres) -> bool:
    pid_file = server.directory / "data" / "postmaster.pid"
    return pid_file.exists() and pid_file.read_text().startswith(f"{server.pid}\n") and "ready" in pid_file.read_text()


def _wait_until(true: object, ignore: type[BaseException] = AssertionError) -> None:
    assert callable(true)
    while True:  # the test's own timeout bounds it
        try:
            if true():
                return
        except ignore:
            pass
        time.sleep(0.01)
