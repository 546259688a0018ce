"""Becomes a PostgreSQL program: gives up root, asks to end with its parent, then executes.

Run as a script with `python -I -S`, so that nothing of this happens between fork and exec of
a process that may have threads. Arguments: parent pid, uid, gid (-1: keep), one capability
number to keep (-1: none), program, its arguments. Standard library only; Linux and macOS.

Invariants
- The order matters: capabilities survive the change of uid only by a bit set before it, and a
  change of uid clears the death signal, so that one is set last.
- Everything is checked by the kernel's answer; a step that fails ends this process with its name.
"""

import ctypes
import os
import signal
import struct
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522


def main(arguments: list[str]) -> None:
    """Never returns: the process becomes the program or ends."""
    parent, uid, gid, capability = (int(a) for a in arguments[:4])
    linux = sys.platform == "linux"
    if uid >= 0:
        if capability >= 0:
            # Without it, access(2) would answer as if the capability were not there; initdb asks it.
            _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        if capability >= 0:
            _keep(capability)
    if linux:
        # SIGINT is PostgreSQL's fast shutdown: sessions are cut, what was committed is on disk.
        _prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # it died before the signal was set
            sys.exit("the parent process is gone")
    os.umask(0o077)
    os.execv(arguments[4], arguments[4:])  # noqa: S606  # no shell is wanted: these are our own arguments


def _prctl(option: int, *values: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    padded = [ctypes.c_ulong(v) for v in (*values, 0, 0, 0, 0)[:4]]
    if libc.prctl(ctypes.c_int(option), *padded) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl({option}): {os.strerror(code)}")


def _keep(capability: int) -> None:
    """Leaves this one capability, also across exec (capabilities(7), "ambient")."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    low = 1 << capability
    data = struct.pack("=6I", low, low, low, 0, 0, 0)  # effective, permitted, inheritable; then the upper halves
    if libc.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(data)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"capset: {os.strerror(code)}")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.exit(f"cannot start PostgreSQL: {error}")
