"""What the machine lends: names that cannot be guessed or misread, and log lines that are never lost."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest

from certsvc.system import SERIAL_ALPHABET, SystemClock, SystemEntropy, settle_memory

LOGGING = """
import structlog
from certsvc.system import configure_log
configure_log({form!r}, "info")
log = structlog.get_logger("test")
log.debug("unseen")
log.info("plain", count=3)
log.warning("broken", text="half a pair: \\ud800", other=object)
"""


def lines(form: str, program: str = LOGGING) -> list[str]:
    result = subprocess.run([sys.executable, "-c", program.format(form=form)], capture_output=True, check=True)
    assert result.stdout == b""
    return result.stderr.decode("utf-8", "replace").splitlines()


def test_each_event_is_one_line_of_json_whatever_is_in_it() -> None:
    plain, broken = map(json.loads, lines("json"))
    assert (plain["event"], plain["level"], plain["count"]) == ("plain", "info", 3)
    assert plain["timestamp"].endswith("Z")
    assert (broken["event"], broken["text"]) == ("broken", "half a pair: \ud800")


def test_people_read_one_line_an_event_too() -> None:
    plain, broken = lines("console")
    assert "plain" in plain
    assert "broken" in broken


LIBRARY = """
import logging
from certsvc.system import configure_log
configure_log({form!r}, "info")
logging.getLogger("somebody").debug("unseen")
logging.getLogger("somebody").info("said %d", 3)
for name in ("asyncpg.pool", "somebody"):
    try:
        raise ValueError("of 3101123456")
    except ValueError:
        logging.getLogger(name).exception("failed")
"""


def test_what_a_library_logs_has_the_same_form_and_quotes_no_exception() -> None:
    said, pool, failed = map(json.loads, lines("json", LIBRARY))
    assert (said["event"], said["level"], said["logger"]) == ("said 3", "info", "somebody")
    assert said["timestamp"].endswith("Z")
    assert (pool["event"], pool["level"], pool["fault"], "at" in pool) == ("failed", "error", "ValueError", False)
    assert (failed["fault"], len(failed["at"])) == ("ValueError", 1)
    assert len(lines("console", LIBRARY)) == 3
    assert "3101123456" not in str((pool, failed, lines("console", LIBRARY)))


def test_the_clock_is_aware_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() is not None
    assert not now.utcoffset()


def test_names_are_random_and_readable() -> None:
    entropy = SystemEntropy()
    serials = {entropy.serial() for _ in range(100)}
    assert len(serials) == 100
    assert all(re.fullmatch(rf"MSE(-[{SERIAL_ALPHABET}]{{4}}){{5}}", serial) for serial in serials)
    assert UUID(entropy.application_id()).version == 4


@pytest.fixture
def collector() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
def test_what_was_made_at_start_is_not_looked_through_again() -> None:
    settle_memory()
    assert gc.get_freeze_count() > 0
    assert gc.isenabled()
