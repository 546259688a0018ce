"""A PostgreSQL of our own, for a first run without a database server.

Invariants
- It listens on a Unix socket in a directory that only its owner may enter, never on a network.
- It is our child and ends with us, also if we are killed; what was committed is on disk (fsync stays on).
- One process at a time holds a directory: an flock that the kernel drops with its holder.
- A data directory is complete and synced before it gets its name, so a crash in initdb leaves nothing half made.
- Nothing outside `directory` (and, where its path is too long, one socket directory of ours) is ever changed:
  no symbolic link is followed, nor is `directory` one.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from certsvc.core.errors import ConfigError
from certsvc.store.embedded_files import FILES, FOLDERS, check_kinds, open_own
from certsvc.store.embedded_owner import Owner, choose_owner, make_room, own, socket_directory, take_over
from certsvc.store.embedded_process import INSTEAD, VERSION, command_of, end, find_programs, read_pid, serves, sync

_log = logging.getLogger(__name__)

_LOG_SIZE = 16 << 20
_STEP = 0.02
# Said by PostgreSQL while processes of a killed predecessor still hold its shared memory or pid file.
_BUSY = ("is still in use", "already exists", "is in use by another")


class EmbeddedPostgres:
    """PostgreSQL from the wheel, its files in `directory`. Its calls block: use them outside the event loop."""

    def __init__(self, directory: Path, *, start_within: float = 60.0, stop_within: float = 30.0) -> None:
        """`start_within` and `stop_within` are seconds; recovery after a crash counts into the first."""
        self.directory = directory.absolute()
        self._data = self.directory / "data"
        self._socket = self.directory / "run"
        self._start_within = start_within
        self._stop_within = stop_within
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._ending = threading.Event()

    @property
    def dsn(self) -> str:
        """How to connect to it, once started."""
        return _dsn(str(self._socket))

    @property
    def pid(self) -> int | None:
        """The process id of the server, None unless it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """On return the server accepts sessions. Raises ConfigError, saying what to do instead."""
        if self._keeper is not None:
            return
        begun = time.monotonic()
        programs = find_programs()
        try:
            self._prepare()
            owner = choose_owner(self.directory, programs)
            own(self.directory, owner)
            self._socket = socket_directory(self.directory, owner)
            self._end_predecessor()
            created = self._create(programs, owner)
            self._begin(programs, owner)
        except OSError as error:
            self.stop()
            fault = f"embedded PostgreSQL in {self.directory}: {error}; mend that, {INSTEAD}"
            raise ConfigError([fault]) from error
        except BaseException:
            self.stop()
            raise
        _log.warning(
            "embedded PostgreSQL %s %s in %s as %s in %.2f s: back that directory up, %s",
            *(VERSION, "created" if created else "started", self.directory, owner.name),
            *(time.monotonic() - begun, INSTEAD),
        )

    def stop(self) -> None:
        """Fast shutdown: sessions are cut, everything committed is kept. Idempotent."""
        self._ending.set()
        for number, patience in ((signal.SIGINT, self._stop_within), (signal.SIGQUIT, None)):
            # After SIGQUIT, immediate shutdown, the next start recovers from the log.
            if (process := self._process) is not None and process.poll() is None:
                process.send_signal(number)
            if self._keeper is not None:
                self._keeper.join(patience)
                if self._keeper.is_alive():
                    continue
            break
        self._keeper = None
        self._process = None
        self._ending.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def running_dsn(self) -> str | None:
        """How to connect to the server that another process runs in this directory; None if there is none."""
        pid_file = self._data / "postmaster.pid"
        if (pid := read_pid(pid_file)) is None or not serves(pid, self._data):
            return None
        lines = pid_file.read_text().splitlines()  # PostgreSQL's own record; the fifth is where it listens
        return _dsn(lines[4]) if _is_ready(lines) else None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _prepare(self) -> None:
        check_kinds(self.directory)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        strange = sorted({p.name for p in self.directory.iterdir()} - FOLDERS - FILES)
        if strange:
            fault = f"{self.directory} holds other files ({strange[0]}); give embedded PostgreSQL an empty directory"
            raise ConfigError([fault])
        lock = open_own(self.directory / "lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise ConfigError(
                [f"{self.directory} is in use by another certsvc; stop it, use another directory, {INSTEAD}"]
            ) from None
        self._lock = lock

    def _end_predecessor(self) -> None:
        """Waits for the server of a killed holder of this directory; removes a pid file that names another process."""
        pid_file = self._data / "postmaster.pid"
        deadline = time.monotonic() + self._stop_within
        asked = False
        while (pid := read_pid(pid_file)) is not None and serves(pid, self._data):
            if not asked:
                _log.warning("a PostgreSQL (pid %d) is left over in %s: ending it", pid, self.directory)
                os.kill(pid, signal.SIGINT)
                asked = True
            if time.monotonic() > deadline:
                raise ConfigError([f"process {pid} still runs PostgreSQL in {self.directory}; end it and start again"])
            time.sleep(_STEP)
        # We hold the flock, so what the file names is not a server of this directory: the pid was given to another.
        pid_file.unlink(missing_ok=True)

    def _create(self, programs: Path, owner: Owner) -> bool:
        """Makes the data directory if there is none; true if it did."""
        if (self._data / "PG_VERSION").exists():
            found = (self._data / "PG_VERSION").read_text().strip()
            if found != VERSION:
                fault = f"{self._data} is of PostgreSQL {found}, not {VERSION}; dump and restore it, {INSTEAD}"
                raise ConfigError([fault])
            return False
        fresh = make_room(self.directory, owner)
        # fmt: off
        self._finish(programs, owner.making, "initdb", "-D", str(fresh), "-U", "certsvc", "-A", "trust",
                     "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                     "--no-instructions", "--no-sync")
        # fmt: on
        # One pass over the finished files instead of a sync for each; only then do they get their name.
        self._finish(programs, owner.making, "initdb", "-D", str(fresh), "--sync-only")
        take_over(fresh, owner)
        fresh.rename(self._data)
        sync(self.directory)
        return True

    def _finish(self, programs: Path, owner: Owner, program: str, *arguments: str) -> None:
        command = command_of(owner, programs / program, arguments)
        done = subprocess.run(  # noqa: S603  # our own arguments
            command, stdin=subprocess.DEVNULL, capture_output=True, cwd="/", check=False
        )
        if done.returncode != 0:
            text = (done.stderr + done.stdout).decode(errors="replace").strip()
            raise ConfigError([f"{program} in {self.directory} failed: {text}; mend that, {INSTEAD}"])

    def _begin(self, programs: Path, owner: Owner) -> None:
        """Starts the thread that starts and keeps the server: the death signal follows the thread that forked."""
        ready: Future[None] = Future()
        self._keeper = threading.Thread(
            target=self._keep, args=(programs, owner, ready), name="embedded-postgres", daemon=True
        )
        self._keeper.start()
        ready.result()

    def _keep(self, programs: Path, owner: Owner, ready: Future[None]) -> None:
        """Runs the server, again whenever it ends unasked, until `stop`."""
        while not self._ending.is_set():
            try:
                process = self._run(programs, owner)
            except BaseException as error:
                if not ready.done():
                    ready.set_exception(error)
                    return
                _log.error("embedded PostgreSQL does not come back: %s", error)
                self._ending.wait(1.0)
                continue
            if not ready.done():
                ready.set_result(None)
            process.wait()
            if not self._ending.is_set():
                _log.error("embedded PostgreSQL ended unasked (%s); starting it again", process.returncode)

    def _run(self, programs: Path, owner: Owner) -> subprocess.Popen[bytes]:
        """The server, ready; tried again for as long as a predecessor's processes are in its way."""
        # fmt: off
        command = command_of(owner, programs / "postgres", (
            "-D", str(self._data), "-k", str(self._socket), "-c", "listen_addresses=", "-c", "port=5432",
            "-c", "unix_socket_permissions=0700", "-c", "jit=off", "-c", "timezone=UTC", "-c", "log_timezone=UTC",
            "-c", "max_connections=60",
        ))
        # fmt: on
        deadline = time.monotonic() + self._start_within
        while True:
            with self._open_log() as log:
                begin = log.tell()
                process = self._process = subprocess.Popen(  # noqa: S603  # our own arguments
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/"
                )
            if self._await_ready(process, deadline):
                return process
            end(process)
            said = self._said_since(begin)
            if self._ending.is_set() or time.monotonic() > deadline or not any(b in said for b in _BUSY):
                fault = f"PostgreSQL in {self.directory} does not start: {said or 'no answer'}; mend that, {INSTEAD}"
                raise ConfigError([fault])
            time.sleep(_STEP)

    def _await_ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """True once the server takes sessions; false if it ended, or the time or our patience did."""
        pid_file = self._data / "postmaster.pid"
        while time.monotonic() < deadline and not self._ending.is_set() and process.poll() is None:
            lines = pid_file.read_text().splitlines() if pid_file.exists() else []
            if _is_ready(lines) and lines[0] == str(process.pid):
                return True
            time.sleep(_STEP)
        return False

    def _open_log(self) -> IO[bytes]:
        path = self.directory / "postgres.log"
        if path.exists() and path.lstat().st_size > _LOG_SIZE:
            path.rename(path.with_suffix(".log.1"))
        log = open_own(path)
        log.seek(0, os.SEEK_END)
        return log

    def _said_since(self, begin: int) -> str:
        with (self.directory / "postgres.log").open("rb") as log:
            log.seek(begin)
            return log.read(4000).decode(errors="replace").strip()


@contextmanager
def existing(directory: Path) -> Iterator[str]:
    """The DSN of the embedded database in this directory, run meanwhile if nobody runs it.

    Raises ConfigError if there is no database there.
    """
    server = EmbeddedPostgres(directory)
    if not (directory / "data" / "PG_VERSION").exists():
        raise ConfigError([f"{directory} holds no database yet; start the service once, {INSTEAD}"])
    if (dsn := server.running_dsn) is not None:
        yield dsn
        return
    with server:
        yield server.dsn


def _is_ready(lines: list[str]) -> bool:
    """True if the pid file says so: the eighth line is the server's own word (pg_ctl reads it too)."""
    return len(lines) > 7 and lines[7].strip() == "ready"


def _dsn(socket: str) -> str:
    return f"postgresql://certsvc@/postgres?host={quote(socket, safe='/')}"
