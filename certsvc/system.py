"""What the machine lends us: its clock and randomness, a place for the log, a tie to the process that started us."""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import secrets
import signal
import socket
import sys
import traceback
import uuid
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
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

    def process_name(self) -> str:
        """`<host>-<process id>-<12 random digits>`, at most 100 characters; no other process ever has the same."""
        return f"{socket.gethostname()[:63]}-{os.getpid()}-{secrets.token_hex(6)}"


_FRAMES_SHOWN = 5

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
    """Sends the log to standard error, one line an event, and with it what libraries log through `logging`.

    Of an exception that those tell of, the type is told and where it arose: its text might quote a row.
    """
    common: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(),
    ]
    renderer: Any
    logger_factory: Any  # one pair for bytes, one for text
    if form == "json":
        renderer, logger_factory = _json_line, structlog.BytesLoggerFactory(sys.stderr.buffer)
        line: Any = _json_text
    else:
        line = renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        logger_factory = structlog.PrintLoggerFactory(sys.stderr)
    structlog.configure(
        processors=[*common, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=logger_factory,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_quotes, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, line],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)


def _without_quotes(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with the logger's name, and of an exception only what cannot quote a value."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    kind, _, trace = event.pop("exc_info", None) or (None, None, None)
    if kind is not None:
        event["fault"] = kind.__name__
        if not record.name.startswith("asyncpg"):  # a database that is away, told again and again
            event["at"] = [f"{at.filename}:{at.lineno}" for at in traceback.extract_tb(trace)[-_FRAMES_SHOWN:]]
    return event


def _json_line(_logger: object, _name: str, event: MutableMapping[str, Any]) -> bytes:
    """The event as JSON. Each call writes one, so the fast encoder is tried first."""
    try:
        return orjson.dumps(event, default=repr)
    except TypeError:  # such as half a surrogate pair, in which a library quotes bytes: no line may be lost for it
        return json.dumps(event, default=repr).encode()


def _json_text(logger: object, name: str, event: MutableMapping[str, Any]) -> str:
    return _json_line(logger, name, event).decode()


def settle_memory() -> None:
    """Leaves what was made at start out of garbage collection, and collects what is young less often.

    Each call makes thousands of objects that reference counts free; looking through them so often costs a
    twentieth of an issue. Called once everything is made.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
