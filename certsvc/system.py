"""What the machine lends us: its clock and randomness, a place for the log, a tie to the process that started us."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import sys
import uuid
from datetime import UTC, datetime
from typing import Literal

import structlog

SERIAL_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""30 symbols, none read or heard as another."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)


class SystemEntropy:
    """The machine's randomness."""

    def application_id(self) -> str:
        """A random UUID (RFC 9562, version 4)."""
        return str(uuid.uuid4())

    def serial(self) -> str:
        """A printed number, `MSE-` and five groups of four: 98 random bits."""
        number, drawn = secrets.randbits(128), ""
        for _ in range(20):
            number, digit = divmod(number, 30)
            drawn += SERIAL_ALPHABET[digit]
        return f"MSE-{drawn[:4]}-{drawn[4:8]}-{drawn[8:12]}-{drawn[12:16]}-{drawn[16:]}"


_PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with_parent(parent: int) -> None:
    """From now on this process gets SIGTERM when the thread that started it ends. Linux only, elsewhere nothing.

    `parent` is the process id of the parent, read at start. Exits if it is already gone: the signal would never come.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)


def configure_log(form: Literal["json", "console"], level: str) -> None:
    """Sends the log to standard error, one line an event."""
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
