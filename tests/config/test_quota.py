"""A quota that could not be used is a fault of the configuration, and not a silence in operation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from certsvc.config import load
from certsvc.config.quota import allowance_of
from certsvc.core.errors import ConfigError

Edit = Callable[[str, str], None]
NO_ENVIRONMENT: dict[str, str] = {}
PUBLISHED = "quota = [{ calls = 100, seconds = 5 }, { calls = 1200, seconds = 120 }]\n"


def test_what_init_writes_keeps_the_ministry_s_limits_and_no_others(folder: Path) -> None:
    allowed = {agency.name: allowance_of(agency) for agency in load(folder, NO_ENVIRONMENT).agencies}
    hacienda = allowed.pop("hacienda")
    assert hacienda is not None
    assert hacienda.burst == 52
    assert set(allowed.values()) == {None}


def test_a_longer_try_leaves_less_to_ask(folder: Path, edit: Edit) -> None:
    before = allowance_of(load(folder, NO_ENVIRONMENT).agencies[0])
    edit("try_seconds = 1.0", "try_seconds = 3.0")
    after = allowance_of(load(folder, NO_ENVIRONMENT).agencies[0])
    assert before is not None
    assert after is not None
    assert (after.rate, after.burst) < (before.rate, before.burst)


@pytest.mark.parametrize(
    ("quota", "fault"),
    [
        ("[{ calls = 3, seconds = 1 }]", 'agencies["hacienda"].quota: 3 calls in 1 seconds are too few'),
        ("[{ calls = 19, seconds = 1 }]", "write windows of at least 20 calls"),
        ("[{ calls = 100, seconds = 5 }, { calls = 4, seconds = 60 }]", "4 calls in 60 seconds are too few"),
        ("[{ calls = 100, seconds = 5 }, { calls = 90, seconds = 5 }]", "2 windows have 5 seconds"),
        ("[{ calls = 0, seconds = 5 }]", "greater than 0"),
        ("[{ calls = 100, seconds = 0 }]", "greater than 0"),
        ("[{ calls = 100 }]", "seconds: is missing"),
    ],
)
def test_a_window_that_leaves_nothing_to_ask_is_refused(folder: Path, edit: Edit, quota: str, fault: str) -> None:
    edit(PUBLISHED, f"quota = {quota}\n")
    with pytest.raises(ConfigError) as caught:
        load(folder, NO_ENVIRONMENT)
    (only,) = caught.value.faults
    assert fault in only


def test_the_least_that_is_said_to_do_does(folder: Path, edit: Edit) -> None:
    edit(PUBLISHED, "quota = [{ calls = 20, seconds = 1 }]\n")
    assert allowance_of(load(folder, NO_ENVIRONMENT).agencies[0]) is not None


def test_a_file_has_no_calls_to_count(folder: Path, edit: Edit) -> None:
    edit('layout = "fodesaf"\n', 'layout = "fodesaf"\nquota = [{ calls = 100, seconds = 5 }]\n')
    with pytest.raises(ConfigError) as caught:
        load(folder, NO_ENVIRONMENT)
    assert caught.value.faults == ['agencies["fodesaf"].quota: counts calls, and a file is read without any; remove it']
